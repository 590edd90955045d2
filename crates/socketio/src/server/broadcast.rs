use alloc::{string::String, vec::Vec};

use serde::Serialize;

use super::{EmitError, Publication, Selection, Server};
use crate::{
    Arguments, Namespace,
    packet::{NamespaceError, Packet},
};

/// The sockets of a namespace, of all servers, that get an event.
///
/// ```
/// use sansocket_socketio::server::{EmitError, Server};
///
/// # async fn run(server: Server) -> Result<(), EmitError> {
/// server.of("/").emit("news", "to all").await?;
/// server.of("/").to("red").to("blue").except("muted").emit("news", &("to some", 2)).await?;
/// server.of("/").to("red").volatile().emit("position", &(1, 2)).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent without `emit`"]
pub struct Broadcast {
    server: Server,
    namespace: Result<Namespace, NamespaceError>,
    selection: Selection,
    is_volatile: bool,
}

impl Broadcast {
    pub(super) fn new(
        server: &Server,
        namespace: Result<Namespace, NamespaceError>,
        selection: Selection,
    ) -> Self {
        Self { server: server.clone(), namespace, selection, is_volatile: false }
    }

    /// Selects the sockets in a room. After several calls, those in any of the rooms. The id of a
    /// socket is a room with only that socket.
    pub fn to(mut self, room: impl Into<String>) -> Self {
        self.selection.rooms.push(room.into());
        self
    }

    /// Leaves out the sockets in a room.
    pub fn except(mut self, room: impl Into<String>) -> Self {
        self.selection.except.push(room.into());
        self
    }

    /// Leaves out the sockets that cannot get the event at once, since other packets wait for them, or
    /// since a client that polls does not wait for an answer right now.
    pub fn volatile(mut self) -> Self {
        self.is_volatile = true;
        self
    }

    /// Sends an event, with arguments as for [`Arguments::new`]. It is encoded once.
    ///
    /// A socket whose client reads too slowly, so that the event would exceed
    /// [`max_queued_len`](crate::session::server::Settings::max_queued_len), is disconnected.
    ///
    /// # Errors
    ///
    /// The name of the namespace is invalid, the event has no form in Socket.IO, or the adapter did not
    /// publish it. There is no error if nobody is selected.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the event may have been sent or not.
    pub async fn emit<T: Serialize + ?Sized + Sync>(
        self,
        name: &str,
        arguments: &T,
    ) -> Result<(), EmitError> {
        let Self { server, namespace, selection, is_volatile } = self;
        let namespace = namespace?;
        let packet = Packet::event(namespace.clone(), name, Arguments::new(arguments)?);
        let packets = packet.encode()?;
        let publication = Publication { namespace, selection, is_volatile, packets, offset: None };
        Ok(server.adapter().publish(publication).await?)
    }

    /// Returns the ids of the sockets.
    ///
    /// # Errors
    ///
    /// The name of the namespace is invalid, or the adapter could not ask the other servers.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    pub async fn sockets(self) -> Result<Vec<String>, EmitError> {
        let Self { server, namespace, selection, .. } = self;
        Ok(server.adapter().sockets(&namespace?, &selection).await?)
    }
}
