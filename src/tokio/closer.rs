use alloc::{sync::Arc, vec::Vec};

use super::waiting::Wakers;
use crate::{
    close::{CloseCode, CloseFrame},
    connection::{Connection, Limits, SendError},
};

/// Closes or aborts a connection from any task: one that waits for a signal to shut down, or one
/// that supervises many connections.
///
/// Made by [`WebSocket::closer`](super::WebSocket::closer) and by both halves of a split, which it
/// stays valid for, also after they are put together again. It does not keep the connection open:
/// once that has ended, nothing happens.
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

    /// Sends a Close frame, as if the connection's own task had: after what is queued, and unless one
    /// was sent before. The task that reads brings the closing handshake to its end, and is woken for
    /// that; how it went is what that task gets.
    ///
    /// Without a task that reads or sends, the frame waits for one.
    ///
    /// # Errors
    ///
    /// The code or the reason may not be sent.
    pub fn close(&self, code: CloseCode, reason: &str) -> Result<(), SendError> {
        let frame = Some(CloseFrame { code, reason });
        // Whatever a sender refuses is refused here already.
        Connection::server(&Limits::default()).sender.send_close(frame, &mut Vec::new())?;
        self.wakers.close(frame.into());
        Ok(())
    }

    /// Gives the connection up at once, without a closing handshake: what is queued is not written.
    /// Reads return as after a transport that was lost, with
    /// [`ProtocolError::ConnectionLost`](crate::connection::ProtocolError::ConnectionLost) unless the
    /// peer had closed the connection. Sends fail.
    pub fn abort(&self) {
        self.wakers.abort();
    }
}
