//! The server's side of the opening handshake (RFC 6455 4.2).
//!
//! [`AwaitingRequest`] reads what the client sends and checks it, [`Request::accept`] begins the
//! [`Response`], and a [`Rejection`] refuses. With the feature `http` all three convert from and to the types of
//! the crate `http`, so that another HTTP server can read the request and send the response.

mod awaiting_request;
#[cfg(feature = "http")]
mod http;
mod http_request;
mod rejecting;
mod rejection;
mod request;
mod response;

pub use awaiting_request::AwaitingRequest;
pub use http_request::HttpRequest;
pub use rejection::Rejection;
pub use request::Request;
pub use response::Response;
