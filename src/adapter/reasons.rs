//! The texts of errors in the log, without words chosen by a peer or the application.

use alloc::string::String;

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
