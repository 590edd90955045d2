use thiserror::Error;

use super::{
    InvalidArgument, RequestError, ResponseError, client::ErrorResponse, proxy::ProxyError,
    server::Rejection,
};

/// The opening handshake failed: there is no connection.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HandshakeError {
    /// To a server: the client's request is none that can be accepted.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// To a server: the application refused the request.
    #[error("the application refused the request with status {}", .0.status())]
    Rejected(Rejection),
    /// To a client: the server refused the request, or wants something else first.
    #[error("the server answered {0}")]
    UnexpectedResponse(ErrorResponse),
    /// To a client: the server's response is none to this request.
    #[error(transparent)]
    Response(#[from] ResponseError),
    /// To a client: the proxy opens no tunnel to the server.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// The application asked for something that may not be sent. Nothing was sent.
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

    /// Whether it makes sense to a client to try the same again later, with
    /// [`Backoff`](crate::Backoff) (RFC 6455 7.2.3):
    ///
    /// - after a refusal that [is temporary](ErrorResponse::is_retryable);
    /// - after a stream that ended inside the response, as when a server restarts;
    /// - after a failure of a proxy [that may pass](ProxyError::is_retryable).
    ///
    /// Not where the same would fail in the same way: whatever breaks a rule or a limit, other
    /// refusals, and errors of the application. What a server fails with is nothing to try again.
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
