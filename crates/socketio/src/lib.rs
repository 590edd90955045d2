//! Socket.IO without the socket: Engine.IO v4 and Socket.IO v5, on the WebSocket engine `sansocket`.
//!
//! The codec and the sessions do no I/O and read no clock. Bytes and time come in, packets and events
//! go out. They are `no_std` (with `alloc`), have no `unsafe` code, and no input from a peer makes
//! them panic.
//!
//! | module | for |
//! | --- | --- |
//! | [`engine_io`] | packets of Engine.IO, payloads of HTTP long-polling, the opening handshake |
//! | [`packet`] | packets of Socket.IO, with their binary attachments |
//! | `server` | a server on Tokio, with the feature of that name |
//! | [`session`] | all that happens on a connection, in both roles |
//! | [`value`] | what events carry: JSON and binary, from and to serde's types |
//!
//! # Example
//!
//! ```
//! use sansocket_socketio::engine_io::{self, EncodedPacket};
//! use sansocket_socketio::packet::{Body, Decoder, Limits, Packet};
//! use sansocket_socketio::{Arguments, Binary, Namespace};
//!
//! // An event with a binary argument is two messages on the wire.
//! let arguments = Arguments::new(&("cat.png", Binary::from(vec![1, 2, 3, 4])))?;
//! let packet = Packet::event(Namespace::default(), "upload", arguments);
//! let messages = packet.encode()?;
//! assert_eq!(
//!     messages,
//!     [
//!         EncodedPacket::Text(r#"451-["upload","cat.png",{"_placeholder":true,"num":0}]"#.into()),
//!         EncodedPacket::Binary(Binary::from(vec![1, 2, 3, 4])),
//!     ]
//! );
//!
//! // The decoder puts them together again.
//! let mut decoder = Decoder::new(&Limits::default());
//! let mut received = None;
//! for message in &messages {
//!     let message = match message {
//!         EncodedPacket::Text(text) => engine_io::Packet::parse(text)?,
//!         EncodedPacket::Binary(bytes) => engine_io::Packet::from(&bytes[..]),
//!     };
//!     let engine_io::Packet::Message(message) = message else { unreachable!() };
//!     received = decoder.receive(message)?;
//! }
//! let Some(Packet { body: Body::Event { name, arguments, .. }, .. }) = received else {
//!     unreachable!()
//! };
//! assert_eq!(name, "upload");
//! let (file, bytes): (String, Binary) = arguments.read()?;
//! assert_eq!((file.as_str(), &bytes[..]), ("cat.png", &[1, 2, 3, 4][..]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! Both are on by default; without them the crate needs only `alloc`.
//!
//! | feature | what it adds |
//! | --- | --- |
//! | `client` | the client on Tokio; brings `std` |
//! | `server` | the server on Tokio; brings `std` |

#![no_std]
#![forbid(unsafe_code)]
// What peer bytes reach never panics and never loses a bit of a number.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::exit,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::mem_forget,
    clippy::modulo_arithmetic,
    clippy::panic,
    clippy::string_slice,
    clippy::todo,
    clippy::unimplemented,
    clippy::unreachable,
    clippy::unwrap_used
)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "no bytes of a peer here"))]
// The codec needs no `std`; and what may grow is marked.
#![deny(
    clippy::alloc_instead_of_core,
    clippy::exhaustive_enums,
    clippy::exhaustive_structs,
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core
)]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

mod binary;
pub mod engine_io;
pub mod packet;
#[cfg(feature = "server")]
pub mod server;
pub mod session;
pub mod value;

pub use binary::Binary;
pub use packet::Namespace;
pub use value::{Arguments, Value};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
