//! What is logged of errors: words that no peer and no application chose.

use alloc::string::String;

use super::Error;
use crate::{
    handshake::{HandshakeError, RequestError, ResponseError, proxy::ProxyError},
    session::Failure,
};

/// What a connection has failed with, in words that nobody else chose.
pub(super) fn text(failure: &Failure) -> String {
    match failure {
        Failure::Protocol(error) => alloc::format!("{error}"),
        Failure::Handshake(error) => handshake_reason(error),
        Failure::Left => "the client left before its request".into(),
        Failure::Lost => "the transport failed".into(),
        Failure::Timeout(kind) => alloc::format!("{kind}"),
    }
}

/// What a client's attempt has failed with, without the words of the server.
pub(super) fn reason(error: &Error) -> String {
    match (error, error.innermost()) {
        // Of a refused tunnel, the whole text has the words of the proxy.
        (_, Error::Handshake(inner)) if inner.error_response().is_some() => handshake_reason(inner),
        (Error::Handshake(error), _) => handshake_reason(error),
        (Error::Io(error), _) => alloc::format!("{}", error.kind()),
        #[cfg(feature = "url")]
        (Error::Redirect(_), _) => "the redirect was not followed".into(),
        (error, _) => alloc::format!("{error}"),
    }
}

/// The origin for which a request was rejected, if that is why.
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
