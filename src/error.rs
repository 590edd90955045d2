use thiserror::Error;

use crate::{
    connection::{ProtocolError, SendError},
    handshake::HandshakeError,
    time::Deadline,
};

/// What an adapter's call can fail with. The normal end of a connection is no error.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The peer broke a rule or a limit, or went away without a Close frame. It was told why, and
    /// the connection has ended.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// The application asked for something that may not be sent. Nothing was sent, and the
    /// connection goes on.
    #[error(transparent)]
    Send(#[from] SendError),
    /// The opening handshake failed.
    #[error(transparent)]
    Handshake(#[from] HandshakeError),
    /// The URL is none that can be connected to.
    #[cfg(feature = "url")]
    #[error(transparent)]
    Url(#[from] crate::url::UrlError),
    /// A redirect was not followed.
    #[cfg(feature = "url")]
    #[error(transparent)]
    Redirect(#[from] crate::redirects::RedirectError),
    /// A limit in time has passed, and the connection has ended.
    #[error("{0}")]
    Timeout(Deadline),
    /// The transport failed.
    ///
    /// [`WouldBlock`](std::io::ErrorKind::WouldBlock) or [`TimedOut`](std::io::ErrorKind::TimedOut)
    /// comes from a stream that does not block, or has a timeout of the application's: nothing is
    /// lost, and the call can be made again. After a call that sends, the message is queued; go on
    /// with `flush`.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}
