//! The texts of errors in the log, without words chosen by a peer or the application.

use alloc::string::String;

#[cfg(feature = "url")]
use super::ConnectStep;
use super::Error;
use crate::{
    handshake::{HandshakeError, RequestError, ResponseError, proxy::ProxyError},
    session::Failure,
};

/// Returns why a connection failed, in our own words.
pub(super) fn text(failure: &Failure) -> String {
    match failure {
        Failure::Protocol(error) => alloc::format!("{error}"),
        Failure::Handshake(error) => handshake_reason(error),
        Failure::Left => "the client left before its request".into(),
        Failure::Lost => "the transport failed".into(),
        Failure::Timeout(kind) => alloc::format!("{kind}"),
    }
}

/// Returns why a client's attempt failed, without the words of the server.
pub(super) fn reason(error: &Error) -> String {
    match (error, error.innermost()) {
        // The whole text of a refused tunnel has the words of the proxy.
        (_, Error::Handshake(inner)) if inner.error_response().is_some() => handshake_reason(inner),
        (Error::Handshake(error), _) => handshake_reason(error),
        (Error::Io(error), _) => alloc::format!("{}", error.kind()),
        // The text of a TLS library may have names from the server's certificate.
        #[cfg(feature = "url")]
        (Error::Connect(error), Error::Io(cause)) if error.step() == ConnectStep::Tls => {
            alloc::format!("the TLS handshake failed: {}", cause.kind())
        }
        #[cfg(feature = "url")]
        (Error::Redirect(_), _) => "the redirect was not followed".into(),
        (error, _) => alloc::format!("{error}"),
    }
}

/// Returns the origin because of which a request was rejected, if that is the reason.
pub(super) fn refused_origin(error: &HandshakeError) -> Option<&str> {
    match error {
        HandshakeError::Request(RequestError::Origin { origin, .. }) => Some(origin),
        _ => None,
    }
}

pub(super) fn handshake_reason(error: &HandshakeError) -> String {
    match error {
        HandshakeError::UnexpectedResponse(_) => "the server refused the upgrade".into(),
        HandshakeError::Proxy(ProxyError::UnexpectedResponse(_)) => {
            "the proxy refused the tunnel".into()
        }
        HandshakeError::Response(ResponseError::UnofferedExtension(_)) => {
            "the server chose an extension that was not offered".into()
        }
        error if refused_origin(error).is_some() => "pages of this origin may not connect".into(),
        error => alloc::format!("{error}"),
    }
}

#[cfg(all(test, feature = "url"))]
mod tests {
    use std::io;

    use super::{super::hop::Hop, ConnectStep, Error, reason};
    use crate::connecting::Endpoint;

    #[test]
    fn names_in_a_certificate_are_not_logged() {
        let error = || Error::Io(io::Error::new(io::ErrorKind::InvalidData, "valid for evil.test"));
        let endpoint = Endpoint::parse("wss://h/").unwrap();
        let hop = Hop::server(&endpoint);
        assert_eq!(
            reason(&hop.failed(ConnectStep::Tls)(error())),
            "the TLS handshake failed: invalid data"
        );
        assert_eq!(reason(&error()), "invalid data");
    }
}
