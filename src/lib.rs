//! WebSocket without the socket: a sans-IO engine for RFC 6455, with thin adapters on top.
//!
//! The engine has no socket, no clock and no randomness of its own. Bytes, time and seeds come in as
//! arguments; events and bytes go out. It is `no_std` (with `alloc`), has no `unsafe` code, and no
//! input from a peer makes it panic.
//!
//! Most programs use an adapter, in a loop. This one echoes, with a thread for each connection. On
//! Tokio it is the same with `tokio` instead of `blocking`, and `.await`.
//!
//! ```no_run
//! # #[cfg(feature = "std")] {
//! use sansocket::blocking::WebSocket;
//!
//! fn serve(stream: std::net::TcpStream) -> Result<(), sansocket::Error> {
//!     let mut socket = WebSocket::accept(stream)?;
//!     while let Some(message) = socket.recv()? {
//!         socket.feed(message)?;
//!     }
//!     Ok(())
//! }
//! # }
//! ```
//!
//! # Layers
//!
//! ```text
//!            handshake: Request, Response     the HTTP head <-> offers and answers
//!                       | makes
//!                       v
//! bytes --> frame --> connection --> buffered --> session --> blocking    std::io
//!           Decoder   Receiver       ReadBuffer   Reading     WebSocket
//!           Header    Sender         WriteBuffer  Writing
//!           Masker    Watchdog                           \--> tokio       tokio::io
//!                       ^                                     WebSocket
//!                       | inside
//!                     deflate: Offer, Params  compressed messages
//! ```
//!
//! Each layer is public and uses only those to its left:
//!
//! | layer | for |
//! | --- | --- |
//! | [`frame`] | tools that print, relay or fuzz frames; needs `core` alone |
//! | [`connection`] | an engine of your own: chunks of messages of any size in constant memory |
//! | [`deflate`] | used inside a connection that negotiated it |
//! | [`handshake`] | the upgrade, over any transport or in any HTTP server |
//! | [`buffered`] | a loop of your own: whole messages, in place, and the write queue |
//! | [`session`] | an adapter of your own: which call is next and what is due when, up to the end |
//! | [`blocking`] | programs with threads |
//! | [`tokio`] | programs with tasks |
//!
//! The page [recipes](recipes/index.html) has short programs for common tasks, and the page
//! [coming from](coming_from/index.html) what is different from other libraries. The page
//! [raw WebSocket or Socket.IO](raw_or_socketio/index.html) builds events, acknowledgements, rooms and more by
//! hand.
//!
//! The page [`architecture`] follows a message through the layers and a connection through its
//! life. The page [`examples`] lists the programs in the folder `examples` and what each of them
//! teaches.
//!
//! The page [reading the wire](reading_the_wire/index.html) shows how to look at a connection byte by
//! byte, and what the usual faults look like.
//!
//! # The engine in one example
//!
//! ```
//! use sansocket::Parsed;
//! use sansocket::buffered::{Progress, ReadBuffer};
//! use sansocket::connection::Connection;
//! use sansocket::handshake::{HeadLimits, server::Request};
//! use sansocket::{Limits, Message};
//!
//! let (limits, head_limits) = (Limits::default(), HeadLimits::default());
//! let mut out = Vec::new(); // what you write to your transport
//!
//! // What you read from it: a request, and after it a first frame already.
//! let mut input = ReadBuffer::from(
//!     b"GET /chat HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\n\
//!       Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
//!       Sec-WebSocket-Version: 13\r\n\r\n\
//!       \x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"
//!         .to_vec(),
//! );
//! let Parsed::Complete { value: request, consumed } = Request::parse(input.unread(), &head_limits)?
//! else {
//!     panic!("the head is whole")
//! };
//! let Connection { mut receiver, mut sender } = request.accept().send(&limits, &mut out)?;
//! input.consume(consumed);
//! assert!(out.starts_with(b"HTTP/1.1 101 "));
//! out.clear();
//!
//! let progress = input.advance(&mut receiver, |reply| sender.reply(reply, &mut out))?;
//! assert_eq!(progress, Progress::Message);
//! assert_eq!(input.message()?, Message::Text("Hello"));
//! sender.send_text("Hello to you", &mut out)?;
//! assert_eq!(out, b"\x81\x0cHello to you");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! Only `std` is on by default. The table has the number of packages that a program compiles on Linux
//! with each feature and those that it enables, including this crate; without features it is 20.
//!
//! | feature | packages | what it adds |
//! | --- | ---: | --- |
//! | `std` | 23 | [`blocking`], [`Seed::from_os`], masking and UTF-8 checks with SIMD chosen at run time |
//! | `url` | 53 | connecting to URLs, [`ProxyRules`], redirects |
//! | `tokio` | 29 | the async adapter, over any `AsyncRead + AsyncWrite` |
//! | `net` | 31 | Tokio's `TcpStream` in the async adapter, and with `url` its `connect`; brings `tokio` |
//! | `rustls` | 30 | `blocking::TlsStream`, and with `url` `wss` URLs in the blocking adapter; chooses neither a crypto provider nor roots |
//! | `tokio-rustls` | 69 | `wss` URLs in the async adapter; brings `net`, `rustls` and `url` |
//! | `rustls-ring` | 31 | TLS with the crypto provider `ring`; brings `rustls` |
//! | `rustls-aws-lc-rs` | 32 | TLS with the crypto provider `aws-lc-rs`; brings `rustls` |
//! | `rustls-platform-verifier` | 34 | TLS with the roots that the platform trusts; brings `rustls` |
//! | `rustls-webpki-roots` | 31 | TLS with Mozilla's roots, compiled in; brings `rustls` |
//! | `deflate` | 21 | permessage-deflate (RFC 7692), negotiated where [`Options`] ask for it |
//! | `stats` | 20 | `stats()` on connections: messages, bytes, Pings and Pongs both ways |
//! | `tracing` | 27 | a span for each connection, and [`events`] in it; brings `stats` |
//! | `bytes` | 21 | conversions from and to `bytes::Bytes` |
//! | `http` | 26 | conversions from and to requests and responses of the crate `http` |
//! | `hyper` | 34 | upgrades of requests that hyper 1 has read; brings `http` and `tokio` |
//! | `axum` | 40 | `upgrade::WebSocketUpgrade`, an extractor for axum 0.8; brings `hyper` |
//!
//! Without features the crate needs only `alloc`. Features are additive. `deflate` works without
//! `std` too; the documentation of `deflate` explains where the compressor's memory then comes
//! from, and what to do if there is no C library.
//!
//! ```toml
//! # A client with threads, and one with tasks, that connect to `ws` and `wss` URLs.
//! sansocket = { version = "0.1", features = ["url", "rustls-ring", "rustls-platform-verifier"] }
//! sansocket = { version = "0.1", features = ["tokio-rustls", "rustls-ring", "rustls-platform-verifier"] }
//! ```
//!
//! If an application passes its own TLS settings to `Connector::tls`, it needs neither a provider
//! nor roots, only `tokio-rustls`, or `rustls` and `url`. Without such settings, `ring` takes
//! precedence over `aws-lc-rs`, and that over the default provider of the process; the platform's
//! verifier takes precedence over Mozilla's roots.
//!
//! # Errors
//!
//! The type of an error says who erred:
//!
//! - [`ProtocolError`]: the peer. It has the close code that is sent to the peer.
//! - [`SendError`]: the caller. Nothing was sent.
//! - [`HandshakeError`]: either, before the connection was open. It has the HTTP status of a server's
//!   [rejection](handshake::HandshakeError::rejection_status).
//! - [`Error`]: the error of an adapter, which is one of these, a lost connection, an I/O error or a
//!   timeout.
//!
//! A normal close is not an error but a value, [`CloseInfo`].
//!
//! The text, in one line, also says where, and what to do: `ConnectError` names the step of
//! connecting to a URL that failed, with host and port, and says whether it was the proxy.
//!
//! | question to an [`Error`] | answered by |
//! | --- | --- |
//! | Is the peer just gone, so that there is nothing to log? | [`is_closed`](Error::is_closed) |
//! | May another attempt succeed? [`Backoff`] returns the delay. | [`is_retryable`](Error::is_retryable) |
//! | With which status, headers and body was the upgrade refused? | [`error_response`](Error::error_response) |
//! | Which close code is sent to the peer? | [`close_code`](Error::close_code) |
//!
//! An [`Error`] converts into a [`std::io::Error`] of a suitable kind.
//!
//! # Cancel safety
//!
//! Calls hold no protocol state. A call of an adapter that ends early, because the stream would
//! block or a timeout of the application has passed, loses nothing: input is in the read buffer,
//! and output is in the write queue, which records how much was written. A message is queued
//! completely or not at all. Reads and `flush` can be repeated. Do not repeat a `send`: its message
//! is queued, and `flush` continues with it. The same is true for a future of the async adapter
//! that is dropped, for example by a `select!`; each method documents what that means. An opening
//! handshake that ends early cannot be continued.
//!
//! # Logs
//!
//! With the feature `tracing` a server logs how each connection ended. The page [`events`] lists
//! all events.
//!
//! `Debug` and error texts show lengths and stages, but no payloads, header values, queries,
//! subprotocols, credentials or seeds. Only what the application receives or makes shows its
//! contents: messages, chunks and events, the header of a frame, the reason of a Close frame, the
//! body of an error response. A type that contains a message, a chunk or an event does not show it.
//! A stream shows what its own `Debug` shows. The text of a refusal has the first line of the body
//! that the server sent.
//!
//! # Conformance
//!
//! The page [`conformance`] has every clause of RFC 6455 and RFC 7692, and of this crate's own
//! decisions, with the code that obeys it, the tests that show it, and the exceptions. The page
//! [`attacks`] lists what hostile peers try, the response, and the limit.
//!
//! # Performance
//!
//! The page [`performance`] has what messages and connections cost, which methods to choose for speed,
//! and how an embedder keeps it.
//!
//! # Stability
//!
//! The crate follows semantic versioning; before 1.0, a minor version may contain breaking changes.
//! The page [`stability`] says which layers may still change, and what is not promised.

// Without the feature, to how it is enabled.
#![cfg_attr(not(feature = "deflate"), doc = "\n[`deflate`]: #features")]
#![cfg_attr(not(feature = "tokio"), doc = "\n[`tokio`]: #features")]
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
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
// The core needs no `std`; and what may grow is marked.
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

#[cfg(feature = "std")]
mod adapter;
#[cfg(doc)]
#[doc = include_str!("../docs/architecture.md")]
pub mod architecture {}
#[cfg(doc)]
#[doc = include_str!("../docs/attacks.md")]
pub mod attacks {}
#[cfg(feature = "std")]
pub mod blocking;
pub mod buffered;
mod close;
// Its programs need the other libraries: `tests/coming_from` compiles them.
#[cfg(all(doc, not(doctest), feature = "axum", feature = "tokio-rustls"))]
#[doc = include_str!("../docs/coming_from.md")]
pub mod coming_from {}
mod connecting;
#[cfg(doc)]
#[doc = include_str!("../docs/conformance.md")]
pub mod conformance {}
pub mod connection;
#[cfg(feature = "deflate")]
pub mod deflate;
// Its program uses an adapter.
#[cfg(all(doc, feature = "std"))]
#[doc = include_str!("../docs/events.md")]
pub mod events {}
#[cfg(doc)]
#[doc = include_str!("../docs/examples.md")]
pub mod examples {}
pub mod frame;
pub mod handshake;
#[cfg(not(feature = "deflate"))]
mod no_deflate;
mod parsed;
#[cfg(doc)]
#[doc = include_str!("../docs/performance.md")]
pub mod performance {}
mod random;
#[cfg(all(any(doc, doctest), feature = "tokio-rustls"))]
#[doc = include_str!("../docs/raw_or_socketio.md")]
pub mod raw_or_socketio {}
// Its program uses `sansocket-explain`, whose doc tests compile it.
#[cfg(all(doc, not(doctest)))]
#[doc = include_str!("../docs/reading_the_wire.md")]
// What programs print fits in the width of the page, and the id of a rule in a line.
/// <style>.docblock :is(.language-console, .language-text) { font-size: 0.85rem }
/// .docblock td a[href*=conformance] { white-space: nowrap }</style>
pub mod reading_the_wire {}
#[cfg(all(any(doc, doctest), feature = "tokio-rustls"))]
#[doc = include_str!("../docs/recipes.md")]
pub mod recipes {}
mod redacted;
mod role;
pub mod session;
#[cfg(doc)]
#[doc = include_str!("../docs/stability.md")]
pub mod stability {}
#[cfg(feature = "std")]
mod streams;
mod time;
#[cfg(feature = "tokio")]
pub mod tokio;
#[cfg(feature = "hyper")]
pub mod upgrade;

#[cfg(feature = "url")]
pub use adapter::{ConnectError, ConnectStep};
#[cfg(feature = "std")]
pub use adapter::{Error, Options};
#[doc(inline)]
pub use buffered::{Message, Outgoing, OwnedMessage, Ping, Pong, Sendable};
pub use close::{CloseCode, CloseFrame, CloseInfo, Initiator, OwnedCloseFrame};
pub use connecting::Backoff;
#[cfg(feature = "url")]
pub use connecting::{Proxy, ProxyRules, RedirectError, UrlError};
#[doc(inline)]
pub use connection::{
    Chunk, Limits, MessageKind, PreparedMessage, ProtocolError, SendError, Timeouts,
};
#[doc(inline)]
pub use handshake::{HandshakeError, HeadLimits, OriginPolicy, server::Rejection};
#[cfg(not(feature = "deflate"))]
use no_deflate as deflate;
pub use parsed::Parsed;
pub use random::{Random, Seed};
pub use role::Role;
#[cfg(feature = "rustls")]
pub use rustls;
pub use time::{TimeoutKind, Timestamp};
#[cfg(feature = "stats")]
#[doc(inline)]
pub use {connection::Traffic, session::Stats};

#[cfg(all(doctest, feature = "axum", feature = "net", feature = "url"))]
#[doc = include_str!("../README.md")]
struct Readme;
