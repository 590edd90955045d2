use std::io;

use super::Error;
use crate::{
    connection::SendError,
    handshake::{HandshakeError, client::ErrorResponse},
};

impl Error {
    /// Returns the kind of the [`io::Error`] into which the error is converted.
    fn io_kind(&self) -> io::ErrorKind {
        use io::ErrorKind;

        match self.innermost() {
            Self::Io(error) => error.kind(),
            Self::ConnectionLost => ErrorKind::UnexpectedEof,
            Self::Send(SendError::Closed) => ErrorKind::BrokenPipe,
            Self::Timeout(_) => ErrorKind::TimedOut,
            Self::Protocol(_) => ErrorKind::InvalidData,
            Self::Handshake(error) => match &**error {
                HandshakeError::InvalidArgument(_) => ErrorKind::InvalidInput,
                _ if self.is_closed() => ErrorKind::UnexpectedEof,
                error
                    if matches!(
                        error.error_response().map(ErrorResponse::status),
                        Some(401 | 403 | 407)
                    ) =>
                {
                    ErrorKind::PermissionDenied
                }
                HandshakeError::Rejected(_) => ErrorKind::ConnectionRefused,
                error if error.error_response().is_some() => ErrorKind::ConnectionRefused,
                _ => ErrorKind::InvalidData,
            },
            Self::Send(_) => ErrorKind::InvalidInput,
            #[cfg(feature = "url")]
            Self::Url(_) => ErrorKind::InvalidInput,
            #[cfg(feature = "url")]
            Self::Redirect(_) | Self::Connect(_) => ErrorKind::InvalidData,
        }
    }
}

/// | error | kind |
/// | --- | --- |
/// | [`Io`](Error::Io) | the error that is in it |
/// | [`ConnectionLost`](Error::ConnectionLost) | `UnexpectedEof` |
/// | [`SendError::Closed`] | `BrokenPipe` |
/// | [`Timeout`](Error::Timeout) | `TimedOut` |
/// | other [`SendError`]s, what may not be sent in the handshake, [`Url`](Error::Url) | `InvalidInput` |
/// | an error response with status 401, 403 or 407 | `PermissionDenied` |
/// | any other, and a rejection | `ConnectionRefused` |
/// | no answer, or no request | `UnexpectedEof` |
/// | other errors of the peer | `InvalidData` |
///
/// [`Connect`](Error::Connect) has the kind of the error of its step. Except for `Io`, the original
/// error can be retrieved with [`io::Error::downcast`].
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Io(error) => error,
            error => Self::new(error.io_kind(), error),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;
    use std::io;

    use super::Error;
    use crate::{
        connection::{ProtocolError, SendError},
        handshake::{HandshakeError, InvalidArgument, ResponseError, server::Rejection},
        time::TimeoutKind,
    };

    #[test]
    fn every_error_is_an_io_error_of_a_kind_that_fits() {
        use io::ErrorKind;

        for (error, kind) in [
            (Error::Io(ErrorKind::AddrInUse.into()), ErrorKind::AddrInUse),
            (Error::ConnectionLost, ErrorKind::UnexpectedEof),
            (Error::Send(SendError::Closed), ErrorKind::BrokenPipe),
            (Error::Send(SendError::InvalidUtf8), ErrorKind::InvalidInput),
            (Error::Timeout(TimeoutKind::Pong), ErrorKind::TimedOut),
            (Error::Protocol(ProtocolError::InvalidUtf8), ErrorKind::InvalidData),
            (HandshakeError::from(ResponseError::Missing).into(), ErrorKind::UnexpectedEof),
            (HandshakeError::from(ResponseError::WrongAccept).into(), ErrorKind::InvalidData),
            (HandshakeError::from(InvalidArgument::Status(1)).into(), ErrorKind::InvalidInput),
            (HandshakeError::Rejected(Rejection::new(404)).into(), ErrorKind::ConnectionRefused),
        ] {
            let text = error.to_string();
            let error = io::Error::from(error);
            assert_eq!((error.kind(), error.to_string()), (kind, text));
        }
    }
}
