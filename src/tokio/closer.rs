use alloc::{sync::Arc, vec::Vec};

use super::tasks::Wakers;
use crate::{
    close::{CloseCode, CloseFrame},
    connection::{Connection, Limits, SendError},
};

/// Closes or aborts a connection from any task: one that waits for a signal to shut down, or one
/// that supervises many connections.
///
/// Created by [`WebSocket::closer`](super::WebSocket::closer) and by both halves of a split, and
/// valid after a split and after [`reunite`](super::ReadHalf::reunite). It does not keep the
/// connection open. After the connection has ended, it does nothing.
///
/// ```
/// use sansocket::{CloseCode, tokio::WebSocket};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (mut client, mut server) = WebSocket::pair();
/// let closer = server.closer();
/// tokio::spawn(async move { while let Ok(Some(_)) = client.recv().await {} });
/// tokio::spawn(async move { closer.close(CloseCode::GOING_AWAY, "restarting") });
/// assert_eq!(server.recv().await?, None);
/// assert_eq!(server.close_info().unwrap().code(), CloseCode::GOING_AWAY);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Closer {
    wakers: Arc<Wakers>,
}

impl Closer {
    pub(super) const fn new(wakers: Arc<Wakers>) -> Self {
        Self { wakers }
    }

    /// Sends a Close frame, like the connection's own task: after the queue, and unless one was
    /// sent before. The task that reads is woken, completes the closing handshake, and gets its
    /// result.
    ///
    /// If no task reads or sends, the frame waits until one does.
    ///
    /// # Errors
    ///
    /// The code or the reason is invalid.
    pub fn close(&self, code: CloseCode, reason: &str) -> Result<(), SendError> {
        let frame = Some(CloseFrame { code, reason });
        // Everything that a sender refuses is refused here.
        Connection::server(&Limits::default()).sender.send_close(frame, &mut Vec::new())?;
        self.wakers.close(frame.into());
        Ok(())
    }

    /// Aborts the connection at once, without a closing handshake and without writing the queue.
    /// Reads return the same as after a lost transport:
    /// [`ProtocolError::ConnectionLost`](crate::connection::ProtocolError::ConnectionLost), unless
    /// the peer has closed the connection. Sends fail.
    pub fn abort(&self) {
        self.wakers.abort();
    }
}
