use alloc::{string::String, sync::Arc};
use core::fmt;

use super::{Builder, ConnectError, Socket, handle::Handle};
use crate::Namespace;

/// A connection to a server, which all namespaces share. A clone is another handle of the same one.
///
/// A task of the client keeps the connection. It ends after all handles are dropped: those of the
/// client, of its [sockets](Socket) and of their [emitters](super::Emitter).
#[derive(Clone)]
pub struct Client {
    handle: Arc<Handle>,
}

impl Client {
    pub(super) const fn new(handle: Arc<Handle>) -> Self {
        Self { handle }
    }

    /// Begins a client of the server at a URL: `http://` or `ws://`, and `https://` or `wss://` with the
    /// feature `tokio-rustls` of `sansocket`.
    ///
    /// If the URL has no path, it is that of Socket.IO, `/socket.io/`. The path is never a namespace.
    /// The query is sent with the handshake.
    #[must_use]
    pub fn builder(url: impl Into<String>) -> Builder {
        Builder::new(url.into())
    }

    /// Connects to the main namespace, `/`, see [`connect_to`](Self::connect_to).
    ///
    /// # Errors
    ///
    /// As with [`connect_to`](Self::connect_to).
    ///
    /// # Cancel safety
    ///
    /// As with [`connect_to`](Self::connect_to).
    pub async fn connect(&self) -> Result<Socket, ConnectError> {
        self.connect_to(Namespace::default()).await
    }

    /// Connects to a namespace, over the connection that the client has or a new one.
    ///
    /// The first attempt counts: if it fails, so does this. If the client is connected, or was, it
    /// reconnects by itself, and this waits for it.
    ///
    /// # Errors
    ///
    /// [`ConnectError::Refused`]: the server refused it, with a message and perhaps data.
    /// [`ConnectError::Transport`]: the transport could not be opened. [`ConnectError::Closed`]: the
    /// connection ended before the server answered. [`ConnectError::Timeout`]: no answer came within
    /// [`connect_timeout`](Builder::connect_timeout). [`ConnectError::InUse`]: the namespace has a
    /// socket.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the namespace is left.
    pub async fn connect_to(&self, namespace: Namespace) -> Result<Socket, ConnectError> {
        let mut socket = Socket::new(Arc::clone(&self.handle), namespace)?;
        socket.connect().await?;
        Ok(socket)
    }

    /// Leaves all namespaces, and waits until what was emitted is sent and the connection is closed.
    /// Without this, a program that ends may end before its last events are sent.
    ///
    /// Sent does not mean handled: the server of npm drops events that it reads together with the client's
    /// farewell. For what must arrive, await [`emit_with_ack`](super::Emitter::emit_with_ack) first.
    ///
    /// Each [`Socket`] still returns what arrived before, and can connect again.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the client closes all the same.
    pub async fn close(&self) {
        self.handle.shared.change(|state, _| state.disconnect_all());
        self.handle.shared.idle().await;
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}
