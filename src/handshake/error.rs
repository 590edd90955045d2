use thiserror::Error;

use super::{
    InvalidArgument, RequestError, ResponseError, client::ErrorResponse, proxy::ProxyError,
    server::Rejection,
};

/// The opening handshake failed: there is no connection.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HandshakeError {
    /// On a server: the request of the client is invalid.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// On a server: the application rejected the request.
    #[error("the application rejected the request with status {}", .0.status())]
    Rejected(Rejection),
    /// On a client: the server answered with another status than 101, such as an error, a redirect or
    /// a challenge.
    #[error("the server answered {0}")]
    UnexpectedResponse(ErrorResponse),
    /// On a client: the response of the server is invalid, or there is none.
    #[error(transparent)]
    Response(#[from] ResponseError),
    /// On a client: the proxy does not open a tunnel to the server.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// The application supplied something that must not be sent. Nothing was sent.
    #[error(transparent)]
    InvalidArgument(#[from] InvalidArgument),
}

impl HandshakeError {
    /// Returns the HTTP status with which a server rejects the request; `None` if the error is not
    /// one of a server, such as a client's [`UnexpectedResponse`](Self::UnexpectedResponse).
    ///
    /// [`Rejection`] makes the whole response from an error.
    #[must_use]
    pub const fn rejection_status(&self) -> Option<u16> {
        match self {
            Self::Request(error) => Some(error.status()),
            Self::Rejected(rejection) => Some(rejection.status()),
            Self::UnexpectedResponse(_)
            | Self::Response(_)
            | Self::Proxy(_)
            | Self::InvalidArgument(_) => None,
        }
    }

    /// Returns the response with which a server, or a proxy, has refused a client's request; `None`
    /// if the error is another.
    #[must_use]
    pub const fn error_response(&self) -> Option<&ErrorResponse> {
        match self {
            Self::UnexpectedResponse(response)
            | Self::Proxy(ProxyError::UnexpectedResponse(response)) => Some(response),
            _ => None,
        }
    }

    /// Returns whether a client may succeed with the same request later, with
    /// [`Backoff`](crate::Backoff) (RFC 6455 7.2.3):
    ///
    /// - after an error response that [is temporary](ErrorResponse::is_retryable);
    /// - after a stream that ended before or inside the response, as when a server restarts;
    /// - after a [temporary](ProxyError::is_retryable) failure of a proxy.
    ///
    /// It is `false` where the next attempt would fail in the same way: after a broken rule or limit,
    /// other error responses, and mistakes of the application. It is `false` for all errors of a
    /// server.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::UnexpectedResponse(refusal) => refusal.is_retryable(),
            Self::Response(error) => error.is_cut_off(),
            Self::Proxy(error) => error.is_retryable(),
            Self::Request(_) | Self::Rejected(_) | Self::InvalidArgument(_) => false,
        }
    }
}
