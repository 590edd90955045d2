use alloc::boxed::Box;
#[cfg(feature = "url")]
use alloc::string::String;
#[cfg(feature = "url")]
use core::fmt;
use std::io;

use thiserror::Error;

#[cfg(feature = "url")]
use super::ConnectStep;
use crate::{
    close::CloseCode,
    connection::{ProtocolError, SendError, farewell},
    handshake::{HandshakeError, RequestError, ResponseError, client::ErrorResponse},
    session::{Failure, Writing},
    time::TimeoutKind,
};

/// The error of a call of an adapter. The normal end of a connection is not an error.
///
/// A peer that is gone causes different errors, depending on the call and on the moment.
/// [`is_closed`](Self::is_closed) returns `true` for all of them. To learn how the connection ended,
/// read to the end and call `close_info`.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The peer broke a rule or a limit. The reason was sent to it, and the connection has ended.
    #[error(transparent)]
    Protocol(ProtocolError),
    /// The transport ended without a Close frame (RFC 6455 7.1.5). A TLS stream that ends without
    /// `close_notify` counts as well.
    #[error("the connection ended without a Close frame")]
    ConnectionLost,
    /// The application supplied something that must not be sent. Nothing was sent, and the connection
    /// stays open.
    #[error(transparent)]
    Send(#[from] SendError),
    /// The opening handshake failed.
    #[error(transparent)]
    Handshake(Box<HandshakeError>),
    /// The URL cannot be connected to.
    #[cfg(feature = "url")]
    #[error(transparent)]
    Url(Box<crate::connecting::UrlError>),
    /// A redirect was not followed.
    #[cfg(feature = "url")]
    #[error(transparent)]
    Redirect(Box<crate::connecting::RedirectError>),
    /// A step of connecting to a URL failed. The error names the step, the host and the port. If the
    /// server has answered, the error is [`Handshake`](Self::Handshake).
    #[cfg(feature = "url")]
    #[error(transparent)]
    Connect(Box<ConnectError>),
    /// A timeout has passed, and the connection has ended.
    #[error("{0}")]
    Timeout(TimeoutKind),
    /// The transport failed.
    ///
    /// [`WouldBlock`](std::io::ErrorKind::WouldBlock) or [`TimedOut`](std::io::ErrorKind::TimedOut)
    /// comes from a nonblocking stream, or one with a timeout set by the application: nothing is
    /// lost, and the call can be repeated. After a call that sends, the message is queued; continue
    /// with `flush`.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl From<ProtocolError> for Error {
    fn from(error: ProtocolError) -> Self {
        match error {
            ProtocolError::ConnectionLost => Self::ConnectionLost,
            error => Self::Protocol(error),
        }
    }
}

impl From<HandshakeError> for Error {
    fn from(error: HandshakeError) -> Self {
        // Boxed, since it is rare and large, and every result has room for an error.
        Self::Handshake(Box::new(error))
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Protocol(error) => error.into(),
            Failure::Handshake(error) => Self::Handshake(error),
            Failure::Left => HandshakeError::from(RequestError::Missing).into(),
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
    /// Returns the response with which a server or a proxy refused the upgrade: status, headers and
    /// body. For every other error, returns `None`.
    #[must_use]
    pub fn error_response(&self) -> Option<&ErrorResponse> {
        match self.innermost() {
            Self::Handshake(error) => error.error_response(),
            _ => None,
        }
    }

    /// Returns whether the connection has ended or was lost, and nobody broke a rule. Servers need not
    /// log this.
    ///
    /// | error | when |
    /// | --- | --- |
    /// | [`ConnectionLost`](Self::ConnectionLost) | the stream ended without a Close frame |
    /// | [`Send`](Self::Send) with [`SendError::Closed`] | a Close frame was sent, or the transport is lost |
    /// | [`Io`](Self::Io) of kind `BrokenPipe`, `ConnectionReset`, `ConnectionAborted`, `UnexpectedEof` or `NotConnected` | the transport broke |
    /// | [`Handshake`](Self::Handshake) with [`RequestError::Missing`] | the client left before its request, as a port scan does |
    /// | [`Handshake`](Self::Handshake) with [`ResponseError::Missing`] | the server left without an answer |
    ///
    /// The normal end is not an error: `recv` and `read` return `None`.
    ///
    /// ```
    /// use sansocket::{Error, SendError};
    ///
    /// assert!(Error::ConnectionLost.is_closed());
    /// assert!(Error::from(SendError::Closed).is_closed());
    /// assert!(!Error::from(SendError::InvalidUtf8).is_closed());
    /// ```
    #[must_use]
    pub fn is_closed(&self) -> bool {
        match self.innermost() {
            Self::ConnectionLost | Self::Send(SendError::Closed) => true,
            Self::Io(error) => matches!(
                error.kind(),
                io::ErrorKind::BrokenPipe
                    | io::ErrorKind::ConnectionReset
                    | io::ErrorKind::ConnectionAborted
                    | io::ErrorKind::UnexpectedEof
                    | io::ErrorKind::NotConnected
            ),
            Self::Handshake(error) => matches!(
                **error,
                HandshakeError::Request(RequestError::Missing)
                    | HandshakeError::Response(ResponseError::Missing)
            ),
            _ => false,
        }
    }

    /// Returns the close code that is sent to the peer for this error (RFC 6455 7.4.1), or `None` if no
    /// Close frame is sent.
    #[must_use]
    pub fn close_code(&self) -> Option<CloseCode> {
        match self {
            Self::Protocol(error) => Some(error.close_code()),
            Self::Timeout(kind) => farewell(*kind).map(|close| close.code),
            _ => None,
        }
    }

    /// Returns whether a later attempt to connect may succeed, with [`Backoff`](crate::Backoff) (RFC 6455
    /// 7.2.3):
    ///
    /// - after a connection that [was lost](Self::ConnectionLost);
    /// - after a handshake for which the same [holds](HandshakeError::is_retryable);
    /// - after any timeout;
    /// - after a transport that failed, or a name that cannot be resolved now.
    ///
    /// It is `false` where the next attempt would fail in the same way: after a broken rule or limit, a
    /// mistake of the application, an invalid URL or redirect, and an [`std::io::Error`] of kind
    /// `InvalidInput`, `InvalidData` (such as a certificate that is not trusted), `PermissionDenied`
    /// or `Unsupported`. It is `false` for `WouldBlock`, since the connection stays open.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self.innermost() {
            Self::ConnectionLost | Self::Timeout(_) => true,
            Self::Handshake(error) => error.is_retryable(),
            Self::Io(error) => !matches!(
                error.kind(),
                io::ErrorKind::InvalidInput
                    | io::ErrorKind::InvalidData
                    | io::ErrorKind::PermissionDenied
                    | io::ErrorKind::Unsupported
                    | io::ErrorKind::WouldBlock
            ),
            _ => false,
        }
    }

    /// Returns the error of the step that failed, without the step.
    pub(super) fn innermost(&self) -> &Self {
        match self {
            #[cfg(feature = "url")]
            Self::Connect(error) => error.error(),
            error => error,
        }
    }
}

/// A step of connecting to a URL that failed, with its host and port.
///
/// The text is one line:
///
/// ```text
/// looking up example.invalid: failed to lookup address information: Name or service not known
/// connecting to the proxy 127.0.0.1:3128: Connection refused (os error 111)
/// TLS handshake with localhost:443: received corrupt message of type InvalidContentType; if the server has no TLS, write ws://
/// no answer from example.com:80 to the upgrade request in time
/// ```
#[cfg(feature = "url")]
#[derive(Debug)]
pub struct ConnectError {
    pub(super) step: ConnectStep,
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) is_proxy: bool,
    pub(super) cause: Error,
}

#[cfg(feature = "url")]
impl ConnectError {
    /// Returns the step that failed.
    #[must_use]
    pub const fn step(&self) -> ConnectStep {
        self.step
    }

    /// Returns the host of the server or the proxy. An IPv6 address has no brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the port of the server or the proxy.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Returns whether host and port are those of the proxy, not those of the server.
    #[must_use]
    pub const fn is_proxy(&self) -> bool {
        self.is_proxy
    }

    /// Returns the error of the step. It is never [`Error::Connect`] again.
    #[must_use]
    pub const fn error(&self) -> &Error {
        &self.cause
    }

    /// Returns whether the server answered the TLS handshake with nothing, or with something else than
    /// TLS.
    fn may_be_without_tls(&self) -> bool {
        match &self.cause {
            Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => true,
            #[cfg(feature = "rustls")]
            Error::Io(error) => {
                let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
                matches!(inner, Some(rustls::Error::InvalidMessage(_)))
            }
            _ => false,
        }
    }
}

#[cfg(feature = "url")]
impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { step, host, port, is_proxy, cause } = self;
        let whom = if *is_proxy { "the proxy " } else { "" };
        if *step == ConnectStep::Lookup {
            return match cause {
                Error::Timeout(_) => write!(f, "looking up {whom}{host} took too long"),
                cause => write!(f, "looking up {whom}{host}: {cause}"),
            };
        }
        let place = Place(host, *port);
        if let Error::Timeout(_) = cause {
            return match step {
                ConnectStep::Tunnel => write!(f, "tunnel through {whom}{place} took too long"),
                ConnectStep::Tls => write!(f, "TLS handshake with {place} took too long"),
                ConnectStep::Upgrade => {
                    write!(f, "no answer from {place} to the upgrade request in time")
                }
                _ => write!(f, "connecting to {whom}{place} took too long"),
            };
        }
        let doing = match step {
            ConnectStep::Tunnel => "tunnel through",
            ConnectStep::Tls => "TLS handshake with",
            ConnectStep::Upgrade => "WebSocket handshake with",
            _ => "connecting to",
        };
        write!(f, "{doing} {whom}{place}: {cause}")?;
        if *step == ConnectStep::Tls && self.may_be_without_tls() {
            f.write_str("; if the server has no TLS, write ws://")?;
        }
        Ok(())
    }
}

#[cfg(feature = "url")]
impl core::error::Error for ConnectError {
    // The text of the cause is in the text of this error.
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.cause.source()
    }
}

/// A host with a port, as in a URL.
#[cfg(feature = "url")]
struct Place<'h>(&'h str, u16);

#[cfg(feature = "url")]
impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(host, port) = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

/// Returns the error for the end of a connection. If its transport is lost, what a call of it has
/// failed with says more than that: the last read, or else a write.
pub(crate) fn ending_error(verdict: Failure, read: Option<Error>, write: Option<Error>) -> Error {
    let said = match verdict {
        Failure::Lost => read.or(write),
        Failure::Protocol(ProtocolError::ConnectionLost) => read,
        _ => None,
    };
    said.unwrap_or_else(|| verdict.into())
}

/// Records that a call has failed, so that nothing more can be written. A timeout means that the peer
/// takes nothing, whether we or the system set it.
#[cfg(feature = "tokio")]
pub(crate) fn fail_writing(writing: &mut Writing, kind: io::ErrorKind) {
    if kind == io::ErrorKind::TimedOut {
        writing.timed_out();
    } else {
        writing.failed();
    }
}

/// Returns whether the queue is written, once no call of the stream is next. `failure` is the kind of
/// error with which a call failed.
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
    use core::error::Error as _;
    use std::io;

    use super::Error;
    use crate::{
        close::CloseCode,
        connection::{ProtocolError, SendError},
        handshake::{HandshakeError, HeadError, RequestError, ResponseError},
        session::Failure,
        time::TimeoutKind,
    };

    fn io(kind: io::ErrorKind) -> Error {
        Error::Io(kind.into())
    }

    fn response(error: ResponseError) -> Error {
        HandshakeError::from(error).into()
    }

    // Every result has room for an error.
    const _: () = assert!(size_of::<Error>() <= 24);

    #[test]
    fn section_7_2_3_temporary_errors_are_retryable() {
        for error in [
            Error::ConnectionLost,
            response(ResponseError::Head(HeadError::Incomplete)),
            response(ResponseError::Missing),
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
    fn section_7_2_3_errors_that_would_recur_are_not_retryable() {
        for error in [
            Error::Protocol(ProtocolError::InvalidUtf8),
            Error::Send(SendError::Closed),
            response(ResponseError::WrongAccept),
            response(ResponseError::NotHttp),
            response(ResponseError::Tls),
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
    fn section_7_2_3_errors_of_urls_and_redirects_are_not_retryable() {
        use crate::connecting::{RedirectError, UrlError};

        assert!(!Error::from(UrlError::Fragment).is_retryable());
        assert!(!Error::from(RedirectError::Insecure).is_retryable());
    }

    #[test]
    fn is_closed_finds_every_peer_that_is_gone() {
        for error in [
            Error::from(ProtocolError::ConnectionLost),
            Error::from(Failure::Protocol(ProtocolError::ConnectionLost)),
            Error::from(Failure::Left),
            Error::from(Failure::Lost),
            Error::Send(SendError::Closed),
            response(ResponseError::Missing),
            io(io::ErrorKind::BrokenPipe),
            io(io::ErrorKind::ConnectionReset),
            io(io::ErrorKind::ConnectionAborted),
            io(io::ErrorKind::UnexpectedEof),
            io(io::ErrorKind::NotConnected),
        ] {
            assert!(error.is_closed(), "{error:?}");
        }
        for error in [
            Error::Protocol(ProtocolError::InvalidUtf8),
            Error::Send(SendError::InvalidUtf8),
            Error::Timeout(TimeoutKind::Pong),
            response(ResponseError::WrongAccept),
            io(io::ErrorKind::WouldBlock),
            io(io::ErrorKind::ConnectionRefused),
            io(io::ErrorKind::TimedOut),
        ] {
            assert!(!error.is_closed(), "{error:?}");
        }
    }

    #[test]
    fn the_close_code_is_the_one_that_is_sent_to_the_peer() {
        for (error, code) in [
            (Error::Protocol(ProtocolError::InvalidUtf8), Some(CloseCode::INVALID_PAYLOAD)),
            (Error::Timeout(TimeoutKind::Idle), Some(CloseCode::GOING_AWAY)),
            (Error::Timeout(TimeoutKind::Pong), Some(CloseCode::INTERNAL_ERROR)),
            (Error::Timeout(TimeoutKind::Close), None),
            (Error::ConnectionLost, None),
            (Error::Send(SendError::Closed), None),
        ] {
            assert_eq!(error.close_code(), code, "{error:?}");
        }
    }

    #[test]
    fn no_source_repeats_the_text() {
        let error = response(ResponseError::Head(HeadError::Incomplete));
        assert!(error.source().is_none());
        let error = HandshakeError::Proxy(ResponseError::Head(HeadError::Incomplete).into());
        assert!(Error::from(error).source().is_none());
    }
}
