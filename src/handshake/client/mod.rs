//! The client's side of the opening handshake (RFC 6455 4.1).
//!
//! [`Request::send`] makes the request, [`AwaitingResponse::parse`] reads what comes back, and
//! [`Accepted`] is the response that opened the connection.
//!
//! That at most one connection to an address is being opened at a time, and through which proxy,
//! is for those to see to who open the streams (RFC 6455 4.1).

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
