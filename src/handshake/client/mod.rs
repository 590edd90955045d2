//! The client's side of the opening handshake (RFC 6455 4.1).
//!
//! [`Request::send`] sends the request, [`AwaitingResponse::parse`] parses the response, and
//! [`Accepted`] is a response that opened the connection.
//!
//! The caller opens the stream. It must choose the proxy, and open at most one connection to an
//! address at a time (RFC 6455 4.1).

mod accepted;
mod awaiting_response;
mod body_decoder;
mod error_response;
mod request;
mod response_scanner;

pub use accepted::Accepted;
pub use awaiting_response::AwaitingResponse;
pub use error_response::ErrorResponse;
pub use request::Request;
pub(super) use response_scanner::ResponseScanner;
