//! The server's side of the opening handshake (RFC 6455 4.2).
//!
//! [`Request::parse`] checks what the client sent, [`Request::accept`] begins the [`Response`],
//! and a [`Rejection`] refuses.

mod rejection;
mod request;
mod response;

pub use rejection::Rejection;
pub use request::Request;
pub use response::Response;
