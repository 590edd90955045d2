use alloc::boxed::Box;
use std::io;

use thiserror::Error;

use crate::{
    connection::{ProtocolError, SendError},
    handshake::{HandshakeError, client::ErrorResponse},
    session::{Failure, Writing},
    time::TimeoutKind,
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
    Handshake(Box<HandshakeError>),
    /// The URL is none that can be connected to.
    #[cfg(feature = "url")]
    #[error(transparent)]
    Url(Box<crate::connecting::UrlError>),
    /// A redirect was not followed.
    #[cfg(feature = "url")]
    #[error(transparent)]
    Redirect(Box<crate::connecting::RedirectError>),
    /// A limit in time has passed, and the connection has ended.
    #[error("{0}")]
    Timeout(TimeoutKind),
    /// The transport failed.
    ///
    /// [`WouldBlock`](std::io::ErrorKind::WouldBlock) or [`TimedOut`](std::io::ErrorKind::TimedOut)
    /// comes from a stream that does not block, or has a timeout of the application's: nothing is
    /// lost, and the call can be made again. After a call that sends, the message is queued; go on
    /// with `flush`.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl From<HandshakeError> for Error {
    fn from(error: HandshakeError) -> Self {
        // Boxed, as what is rare and large: every result has room for an error.
        Self::Handshake(Box::new(error))
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Protocol(error) => Self::Protocol(error),
            Failure::Handshake(error) => Self::Handshake(error),
            Failure::Left => io::Error::from(io::ErrorKind::UnexpectedEof).into(),
            Failure::Lost => io::Error::from(io::ErrorKind::NotConnected).into(),
            Failure::Timeout(kind) => Self::Timeout(kind),
        }
    }
}

#[cfg(feature = "url")]
impl From<crate::connecting::UrlError> for Error {
    fn from(error: crate::connecting::UrlError) -> Self {
        Self::Url(Box::new(error))
    }
}

#[cfg(feature = "url")]
impl From<crate::connecting::RedirectError> for Error {
    fn from(error: crate::connecting::RedirectError) -> Self {
        Self::Redirect(Box::new(error))
    }
}

impl Error {
    /// The response with which a server, or a proxy, has refused the upgrade: its status, headers and
    /// body. `None` for every other error.
    #[must_use]
    pub fn error_response(&self) -> Option<&ErrorResponse> {
        match self {
            Self::Handshake(error) => error.error_response(),
            _ => None,
        }
    }

    /// Whether it makes sense to connect again later, with [`Backoff`](crate::Backoff) (RFC 6455
    /// 7.2.3):
    ///
    /// - after a connection that [was lost](ProtocolError::ConnectionLost);
    /// - after a handshake for which the same [holds](HandshakeError::is_retryable);
    /// - after any limit in time;
    /// - after a transport that failed, be it at a name that cannot be resolved now.
    ///
    /// Not where the same would fail in the same way: a peer that breaks rules or limits, what the
    /// application must not ask for, URLs and redirects, and of the kinds of [`std::io::Error`]
    /// `InvalidInput`, `InvalidData` (such as a certificate that is not trusted),
    /// `PermissionDenied` and `Unsupported`. With `WouldBlock` the connection goes on.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Protocol(error) => matches!(error, ProtocolError::ConnectionLost),
            Self::Handshake(error) => error.is_retryable(),
            Self::Timeout(_) => true,
            Self::Io(error) => !matches!(
                error.kind(),
                io::ErrorKind::InvalidInput
                    | io::ErrorKind::InvalidData
                    | io::ErrorKind::PermissionDenied
                    | io::ErrorKind::Unsupported
                    | io::ErrorKind::WouldBlock
            ),
            Self::Send(_) => false,
            #[cfg(feature = "url")]
            Self::Url(_) | Self::Redirect(_) => false,
        }
    }
}

/// Whether the queue has left, once no call of the stream is next; `failure` is what one has failed with.
///
/// # Errors
///
/// Nothing can be written any more.
pub(crate) fn check_writing(
    writing: &Writing,
    failure: Option<io::ErrorKind>,
) -> Result<bool, Error> {
    match failure {
        _ if writing.has_timed_out() => Err(Error::Timeout(TimeoutKind::Write)),
        None if !writing.has_failed() => Ok(true),
        failure => Err(Error::Io(failure.unwrap_or(io::ErrorKind::BrokenPipe).into())),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::Error;
    use crate::{
        connection::{ProtocolError, SendError},
        handshake::{HandshakeError, HeadError, RequestError, ResponseError},
        time::TimeoutKind,
    };

    fn io(kind: io::ErrorKind) -> Error {
        Error::Io(kind.into())
    }

    #[test]
    fn section_7_2_3_what_may_pass_by_itself_is_worth_another_attempt() {
        for error in [
            Error::Protocol(ProtocolError::ConnectionLost),
            HandshakeError::from(ResponseError::Head(HeadError::Incomplete)).into(),
            Error::Timeout(TimeoutKind::Handshake),
            Error::Timeout(TimeoutKind::Pong),
            io(io::ErrorKind::ConnectionRefused),
            io(io::ErrorKind::ConnectionReset),
            io(io::ErrorKind::HostUnreachable),
            io(io::ErrorKind::TimedOut),
            io(io::ErrorKind::UnexpectedEof),
            Error::Io(io::Error::other("failure in name resolution")),
        ] {
            assert!(error.is_retryable(), "{error:?}");
        }
    }

    #[test]
    fn section_7_2_3_what_would_fail_again_is_not() {
        for error in [
            Error::Protocol(ProtocolError::InvalidUtf8),
            Error::Send(SendError::Closed),
            HandshakeError::from(ResponseError::WrongAccept).into(),
            HandshakeError::from(RequestError::Head(HeadError::Incomplete)).into(),
            io(io::ErrorKind::InvalidInput),
            io(io::ErrorKind::InvalidData),
            io(io::ErrorKind::PermissionDenied),
            io(io::ErrorKind::Unsupported),
            io(io::ErrorKind::WouldBlock),
        ] {
            assert!(!error.is_retryable(), "{error:?}");
        }
    }

    #[cfg(feature = "url")]
    #[test]
    fn section_7_2_3_neither_urls_nor_redirects_get_better() {
        use crate::connecting::{RedirectError, UrlError};

        assert!(!Error::from(UrlError::Fragment).is_retryable());
        assert!(!Error::from(RedirectError::Insecure).is_retryable());
    }
}
