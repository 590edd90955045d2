//! The opening handshake: from an HTTP request to a [`Connection`](crate::connection::Connection)
//! (RFC 6455 4).
//!
//! Like the rest of the engine, it maps bytes to bytes:
//!
//! ```text
//!  client::Request --send--> bytes --> server::AwaitingRequest::parse --> Request --accept--+
//!                                                |                                          |
//!                                                +-- HandshakeError --> Rejection           |
//!                                                                           |               v
//!                                                                          send          Response
//!                                                                           |               |
//!                                                                           v              send
//!  Connection <-- Accepted <-- client::AwaitingResponse::parse <-- bytes <--+---------------+
//! ```
//!
//! If the client is behind a proxy, [`proxy::Tunnel`] opens a tunnel first.
//!
//! Bytes after a head are frames; they start at `consumed`.
//!
//! A head takes linear time, however it is split, and memory within [`HeadLimits`]. Values from the
//! application are validated before they are sent, so that none can smuggle in a header.
//!
//! ```
//! use sansocket::connection::Event;
//! use sansocket::handshake::{HeadLimits, client, server};
//! use sansocket::{Limits, Parsed, Seed};
//!
//! let limits = Limits::default();
//! let (mut to_server, mut to_client) = (Vec::new(), Vec::new());
//!
//! let mut awaiting = client::Request::new("example.com", "/chat")
//!     .subprotocol("chat")
//!     .send(*b"the sample nonce", &mut to_server)?;
//!
//! let request = server::Request::parse(&to_server, &HeadLimits::default())?;
//! let Parsed::Complete { value: request, .. } = request else { panic!() };
//! assert_eq!(request.path(), "/chat");
//! let mut server = request.accept().subprotocol("chat").send(&limits, &mut to_client)?;
//!
//! let Parsed::Complete { value: accepted, .. } = awaiting.parse(&to_client)? else { panic!() };
//! assert_eq!(accepted.subprotocol(), Some("chat"));
//! let mut client = accepted.connection(&limits, Seed::from([7; 32]));
//!
//! to_server.clear();
//! client.sender.send_ping(b"open?", &mut to_server)?;
//! let event = server.receive(&mut &mut to_server[..], &mut to_client)?;
//! assert_eq!(event, Some(Event::Ping(b"open?")));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod accept_key;
mod authority;
mod byte_run;
mod byte_set;
pub mod client;
mod credentials;
mod error;
mod excerpt;
mod extensions;
mod extra_headers;
mod grammar;
mod head;
mod head_error;
mod head_limits;
mod head_lines;
mod head_scanner;
mod headers;
mod invalid_argument;
mod origin;
pub mod proxy;
mod request_error;
mod response_error;
pub mod server;
mod target;

pub use credentials::Credentials;
pub use error::HandshakeError;
pub use extensions::{Extension, Extensions, InvalidExtension};
#[cfg(feature = "std")]
pub(crate) use extra_headers::ExtraHeaders;
#[cfg(feature = "url")]
pub(crate) use grammar::parse_decimal;
pub use head_error::HeadError;
pub use head_limits::HeadLimits;
pub use head_scanner::HeadScanner;
pub use headers::Headers;
pub use invalid_argument::InvalidArgument;
pub use origin::{OriginFunction, OriginPolicy};
pub use request_error::RequestError;
pub use response_error::ResponseError;
