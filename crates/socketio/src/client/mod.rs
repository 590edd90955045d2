//! The client on Tokio: a [`Client`] keeps one connection to a server, and each of its [`Socket`]s is a
//! namespace of it.
//!
//! ```no_run
//! use sansocket_socketio::client::{Client, Incoming};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let auth = serde_json::json!({ "token": "0123" });
//! let client = Client::builder("http://localhost:3000").auth(&auth)?.build();
//! let mut socket = client.connect().await?;
//!
//! socket.emit("join", "kitchen").await?;
//! let users: Vec<String> = socket.emit_with_ack("who", "kitchen").await?.read()?;
//! println!("{users:?} are here");
//!
//! while let Some(incoming) = socket.recv().await {
//!     match incoming {
//!         Incoming::Event(event) if event.name() == "message" => {
//!             let (from, text) = event.read::<(String, String)>()?;
//!             println!("{from}: {text}");
//!             event.ack("seen").await?;
//!         }
//!         Incoming::Connected { recovered } => println!("back; recovered: {recovered}"),
//!         Incoming::Disconnected(reason) => println!("away: {reason}"),
//!         _ => {}
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A task drives the connection. It is started by [`Builder::build`], and ends after all handles are
//! dropped. Whatever a handle does takes effect at once, without a wait for the task: an event is queued
//! completely or not at all.
//!
//! # Transport
//!
//! [`Transports`] is a setting of the [`Builder`]:
//!
//! | value | in JavaScript | use it |
//! | --- | --- | --- |
//! | [`WebSocket`](Transports::WebSocket) | `["websocket"]` | by default: one round trip to connect, and a load balancer needs no sticky sessions |
//! | [`PollingThenUpgrade`](Transports::PollingThenUpgrade) | `["polling", "websocket"]` | if a network on the way may let no WebSocket through; servers often need it in any case for browsers |
//! | [`Polling`](Transports::Polling) | `["polling"]` | if it is known that none gets through |
//!
//! A proxy or TLS is often enough to let a WebSocket through: both are settings of the
//! [`Connector`](sansocket::tokio::Connector). Its headers, credentials and handshake timeout apply to
//! polling too; its other timeouts and its limits are those of the WebSocket, as are redirects.
//!
//! Polling keeps two HTTP/1.1 connections open, one for GET and one for POST. If the server closes one
//! between two requests, the next request opens another. A request that may have arrived is not sent
//! again: if it fails, the session is lost, and the client reconnects. An upgrade that fails leaves the
//! session on polling; it is tried again with the next session.
//!
//! Cookies that a server sets are not sent back, as with `socket.io-client` outside of browsers. A load
//! balancer that chooses the server by such a cookie needs another way with polling, such as the address
//! of the client.
//!
//! For `https` and `wss` URLs, enable the features `tokio-rustls`, a crypto provider and roots of
//! `sansocket`:
//!
//! ```toml
//! sansocket = { version = "0.1", features = ["tokio-rustls", "rustls-ring", "rustls-platform-verifier"] }
//! ```
//!
//! # What is lost, and what is not
//!
//! | situation | effect |
//! | --- | --- |
//! | an event is emitted while away | it is sent after the reconnection, in order, within [`max_queued_len`](Builder::max_queued_len) |
//! | the connection is lost after an event was emitted | it may have arrived or not, and is not sent again; [`emit_with_ack`](Emitter::emit_with_ack) returns [`EmitError::Disconnected`] |
//! | the server emits while the client is away | a server with recovery sends it later, with [`Connected { recovered: true }`](Incoming::Connected); from others it is lost |
//! | the application takes no events | the client stops reading, at [`max_unread_len`](Builder::max_unread_len) |
//! | the server does not read, or answer a POST | [`emit`](Emitter::emit) waits |
//! | the program ends | what waits is lost, unless it awaits [`Client::close`]; what must be handled needs an acknowledgement |
//!
//! # Coming from other clients
//!
//! | `socket.io-client` | `rust_socketio` | here |
//! | --- | --- | --- |
//! | `io(url)` | `ClientBuilder::new(url).connect()` | [`Client::builder(url).build()`](Client::builder), [`client.connect()`](Client::connect) |
//! | `io(url + "/admin")` | `.namespace("/admin")` | [`client.connect_to("/admin".parse()?)`](Client::connect_to); the path of the URL is that of the server |
//! | `path: "/live/"` | the path of the URL | the path of the URL |
//! | `query` | the query of the URL | the query of the URL |
//! | `transports: [..]` | `.transport_type(..)` | [`transports`](Builder::transports); the default is WebSocket alone |
//! | `auth: {..}` | `.auth(json)` | [`auth`](Builder::auth) |
//! | `auth: (cb) => ..` | | [`auth_with`](Builder::auth_with), asynchronous |
//! | `extraHeaders`, `agent` | `.opening_header(..)`, `.tls_config(..)` | [`connector`](Builder::connector) with the engine's [`Connector`](sansocket::tokio::Connector) |
//! | `socket.on(name, ..)` | `.on(name, ..)` | [`recv`](Socket::recv) gives all events in order; `match` on the name |
//! | `socket.onAny(..)` | `.on_any(..)` | the same |
//! | `socket.emit(name, ..)` | `client.emit(name, ..)` | [`emit`](Emitter::emit); several arguments are a tuple |
//! | a `Buffer` | `Payload::Binary` | [`Binary`](crate::Binary), anywhere in the arguments |
//! | `socket.emitWithAck(..)`, a callback | `emit_with_ack(.., timeout, callback)` | [`emit_with_ack`](Emitter::emit_with_ack) |
//! | `socket.timeout(ms)`, `ackTimeout` | | [`emit_with_ack_within`](Emitter::emit_with_ack_within), [`ack_timeout`](Builder::ack_timeout) |
//! | the callback among the arguments of a listener | | [`event.ack`](Event::ack) |
//! | `socket.volatile.emit(..)` | | [`emit_volatile`](Emitter::emit_volatile) |
//! | `connect`, `socket.recovered` | `Event::Connect` | the return of [`connect`](Client::connect); after a loss, [`Incoming::Connected`] |
//! | `connect_error` | `Event::Error` | [`ConnectError`] of [`connect`](Client::connect); after a loss, [`Incoming::Refused`] and [`Incoming::AttemptFailed`] |
//! | `disconnect` | `Event::Close` | [`Incoming::Disconnected`] |
//! | `reconnect_failed` | | [`recv`](Socket::recv) returns `None` |
//! | `reconnection: false` | `.reconnect(false)` | [`reconnect_attempts(0)`](Builder::reconnect_attempts) |
//! | `reconnectionDelay`, `reconnectionDelayMax` | `.reconnect_delay(..)` | [`backoff`](Builder::backoff) |
//! | `socket.disconnect()`, `socket.connect()` | `client.disconnect()` | [`disconnect`](Socket::disconnect), [`connect`](Socket::connect) |
//! | `socket.id`, `socket.connected` | | [`id`](Emitter::id), [`is_connected`](Emitter::is_connected) |
//! | `autoConnect` | | nothing happens before [`connect`](Client::connect) |
//! | `retries` | | none: call [`emit_with_ack`](Emitter::emit_with_ack) again |
//!
//! The first attempt is different: it is not repeated by itself. [`Client::connect`] returns why it
//! failed.

mod auth;
mod builder;
#[expect(clippy::module_inception, reason = "the file of its main type")]
mod client;
mod connect_error;
mod driver;
mod emit_error;
mod emitter;
mod endpoint;
mod handle;
mod incoming;
mod polling;
mod shared;
mod socket;
mod state;
mod transport_error;
mod transports;

pub use builder::Builder;
pub use client::Client;
pub use connect_error::ConnectError;
pub use emit_error::EmitError;
pub use emitter::Emitter;
pub use incoming::{Event, Incoming};
pub use socket::Socket;
pub use transport_error::TransportError;
pub use transports::Transports;
