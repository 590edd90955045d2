use alloc::sync::Arc;
use core::{fmt, ops::Deref, task::Poll};

use tokio::{
    sync::{Notify, oneshot},
    time::timeout,
};

use super::{Client, ConnectError, Emitter, Incoming, handle::Handle};
use crate::Namespace;

/// A namespace of a server, connected and reconnected. It sends with the methods of [`Emitter`].
///
/// ```no_run
/// use sansocket_socketio::client::{Client, Incoming};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let mut socket = Client::builder("http://localhost:3000").build().connect().await?;
/// socket.emit("hello", "world").await?;
/// while let Some(incoming) = socket.recv().await {
///     match incoming {
///         Incoming::Event(event) => println!("{}: {:?}", event.name(), event.arguments()),
///         Incoming::Connected { recovered: false } => println!("back, and something was missed"),
///         other => println!("{other:?}"),
///     }
/// }
/// # Ok(())
/// # }
/// ```
///
/// Whoever has a socket must [receive](Self::recv). When too much waits for the application, the client
/// stops reading from the server, for the other namespaces and for acknowledgements too. If that lasts,
/// the connection ends, since pings are not answered.
///
/// Dropping the socket leaves the namespace. What was emitted before is still sent, see
/// [`Client::close`].
pub struct Socket {
    emitter: Emitter,
    arrived: Arc<Notify>,
}

impl Socket {
    pub(super) fn new(handle: Arc<Handle>, namespace: Namespace) -> Result<Self, ConnectError> {
        let arrived = handle.shared.change(|state, _| state.join(&namespace))?;
        Ok(Self { emitter: Emitter::new(handle, namespace), arrived })
    }

    /// Waits for the next event of the server, or change of the connection. Returns `None` if nothing
    /// more will come: the socket has [left](Self::disconnect), the server disconnected or refused it, or
    /// the client gave up to reconnect. [`connect`](Self::connect) starts anew.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, nothing is lost.
    pub async fn recv(&mut self) -> Option<Incoming> {
        let shared = &self.emitter.handle().shared;
        loop {
            match shared.look(|state| state.poll_take(self.emitter.namespace())) {
                Poll::Ready(Some((incoming, token))) => {
                    shared.taken();
                    return Some(match (incoming, token) {
                        (Incoming::Event(event), Some(token)) => {
                            Incoming::Event(event.acknowledged_over(self.emitter.clone(), token))
                        }
                        (incoming, _) => incoming,
                    });
                }
                Poll::Ready(None) => return None,
                Poll::Pending => self.arrived.notified().await,
            }
        }
    }

    /// Connects again, after [`recv`](Self::recv) returned `None`. Does nothing if the socket is
    /// connected. If the client reconnects already, this waits for the next attempt, which is then the
    /// last one.
    ///
    /// # Errors
    ///
    /// As with [`Client::connect_to`].
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the client continues to connect, and [`recv`](Self::recv) returns how
    /// it went.
    pub async fn connect(&mut self) -> Result<(), ConnectError> {
        let (handle, namespace) = (self.emitter.handle(), self.emitter.namespace());
        let connecting = async {
            let auth = handle.shared.auth.make(namespace).await;
            let (opener, opened) = oneshot::channel();
            handle.shared.change(|state, _| state.connect(namespace, auth, opener));
            opened.await
        };
        if let Ok(Ok(result)) = timeout(handle.connect_timeout, connecting).await {
            return result;
        }
        handle.shared.change(|state, _| state.disconnect(namespace));
        Err(ConnectError::Timeout(namespace.clone(), handle.connect_timeout))
    }

    /// Leaves the namespace, and does not reconnect. After the last namespace of the client, the
    /// connection is closed. What was emitted before is still sent, see [`Client::close`]; what is
    /// buffered because the client is away is not.
    ///
    /// Whoever [connects](Self::connect) again at once, while another namespace is connected, may lose the
    /// connection of both: the server of npm takes it for a fault if it reads the two packets together.
    pub fn disconnect(&mut self) {
        let namespace = self.emitter.namespace();
        self.emitter.handle().shared.change(|state, _| state.disconnect(namespace));
    }

    /// Returns the client, which may connect to other namespaces over the same connection.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::new(Arc::clone(self.emitter.handle()))
    }

    /// Returns a handle that sends events to the namespace from another task.
    #[must_use]
    pub fn emitter(&self) -> Emitter {
        self.emitter.clone()
    }
}

/// What sends.
impl Deref for Socket {
    type Target = Emitter;

    fn deref(&self) -> &Emitter {
        &self.emitter
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let (shared, namespace) = (&self.emitter.handle().shared, self.emitter.namespace());
        shared.change(|state, _| state.leave(namespace));
        shared.taken();
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket")
            .field("namespace", self.namespace())
            .field("is_connected", &self.is_connected())
            .finish_non_exhaustive()
    }
}
