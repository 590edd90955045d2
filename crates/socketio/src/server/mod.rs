//! The server on Tokio, behind any HTTP server that works with the types of the crate `http`.
//!
//! A [`Server`] has namespaces with a handler each, and answers the requests for `/socket.io/`. Everything
//! else on the port is the HTTP server's. With axum:
//!
//! ```no_run
//! use axum::{Router, routing::{any, get}};
//! use sansocket_socketio::server::{EmitError, Server, Socket};
//!
//! async fn chat(socket: Socket) -> Result<(), EmitError> {
//!     while let Some(event) = socket.recv().await {
//!         match event.name() {
//!             "join" => {
//!                 let room: String = event.read()?;
//!                 socket.join(&room).await?;
//!                 event.ack(&socket.rooms())?;
//!             }
//!             "say" => {
//!                 let (room, text): (String, String) = event.read()?;
//!                 socket.to(&room).emit("said", &(socket.id(), text)).await?;
//!             }
//!             _ => {}
//!         }
//!     }
//!     Ok(())
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let server = Server::new();
//!     server.namespace("/").serve(|socket| async {
//!         if let Err(error) = chat(socket).await {
//!             eprintln!("{error}");
//!         }
//!     })?;
//!     let routes = Router::new()
//!         .route("/health", get("ok"))
//!         .route("/socket.io/", any(move |request| server.respond(request)));
//!     let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//!     axum::serve(listener, routes).await?;
//!     Ok(())
//! }
//! ```
//!
//! With hyper:
//!
//! ```no_run
//! use std::convert::Infallible;
//!
//! use hyper::{server::conn::http1, service::service_fn};
//! use hyper_util::rt::{TokioIo, TokioTimer};
//! use sansocket_socketio::server::Server;
//! use tokio::net::TcpStream;
//!
//! async fn serve(server: Server, stream: TcpStream) -> hyper::Result<()> {
//!     let service = service_fn(move |request| {
//!         let response = server.respond(request);
//!         async { Ok::<_, Infallible>(response.await) }
//!     });
//!     // The timer is for hyper's timeout for heads.
//!     http1::Builder::new()
//!         .timer(TokioTimer::new())
//!         .serve_connection(TokioIo::new(stream), service)
//!         .with_upgrades()
//!         .await
//! }
//! ```
//!
//! # Coming from socket.io
//!
//! | in JavaScript | here |
//! | --- | --- |
//! | `io.of("/chat").on("connection", (socket) => ..)` | [`server.namespace("/chat").serve(\|socket\| ..)`](NamespaceBuilder::serve) |
//! | `io.of("/chat").use((socket, next) => ..)` | [`.guard(\|handshake\| ..)`](NamespaceBuilder::guard), before `serve` |
//! | `socket.on("say", (room, text) => ..)` | [`socket.recv()`](Socket::recv) in a loop, [`event.name()`](Event::name), [`event.read()`](Event::read) |
//! | `socket.on("say", (text, callback) => ..)` | [`event.ack(&..)`](Event::ack) |
//! | `socket.emit("said", text)` | [`socket.emit("said", &text)`](Socket::emit) |
//! | `socket.timeout(1000).emitWithAck(..)` | [`socket.emit_with_ack(.., timeout)`](Socket::emit_with_ack) |
//! | `socket.volatile.emit(..)` | [`socket.volatile()`](Socket::volatile)`.emit(..)` |
//! | `socket.join("red")`, `socket.rooms` | [`socket.join("red")`](Socket::join), [`socket.rooms()`](Socket::rooms), without the one named as its id |
//! | `socket.to("red").emit(..)` | [`socket.to("red")`](Socket::to)`.emit(..)` |
//! | `socket.broadcast.emit(..)` | [`socket.broadcast()`](Socket::broadcast)`.emit(..)` |
//! | `io.to("red").except("blue").emit(..)` | [`server.of("/")`](Server::of)`.to("red").except("blue").emit(..)` |
//! | `io.in("red").fetchSockets()` | [`server.of("/").to("red").sockets()`](Broadcast::sockets) |
//! | `socket.handshake`, `socket.data` | [`socket.handshake()`](Socket::handshake), to which guards [add](Handshake::insert) |
//! | `socket.on("disconnect", (reason) => ..)` | after the loop: [`socket.disconnect_reason()`](Socket::disconnect_reason) |
//! | `socket.on("disconnecting", ..)` | the same: [`socket.rooms()`](Socket::rooms) are those at the end |
//! | `connectionStateRecovery` | [`MemoryAdapter::recovering`], [`socket.is_recovered()`](Socket::is_recovered) |
//! | `cors: { origin, credentials }` | [`origin_policy`](Builder::origin_policy), for WebSockets too, and [`allow_credentials`](Builder::allow_credentials) |
//! | `maxHttpBufferSize`, `pingInterval`, .. | [`Settings`](crate::session::server::Settings) |
//! | `io.close()` | [`server.shutdown(grace)`](Server::shutdown) |
//!
//! # What is bounded
//!
//! | what | by | if exceeded |
//! | --- | --- | --- |
//! | connections | [`max_connections`](Builder::max_connections) | another client gets 503 |
//! | what waits for a client, in bytes, 128 more for each packet | [`max_queued_len`](crate::session::server::Settings::max_queued_len) | it is disconnected; a volatile event is not sent to it |
//! | events of a client that wait for handlers | 1 MiB as they were sent, up to 40 times as much in memory | nothing more is read from it |
//! | what a client sends to authenticate, and a namespace keeps | [`max_auth_len`](crate::session::server::Settings::max_auth_len) as it was sent, up to 16 times as much in memory | its connection to the namespace is refused |
//! | what a client sends | [`max_payload`](crate::session::server::Settings::max_payload), [`limits`](crate::session::server::Settings::limits) | it is disconnected |
//! | how long a handler may take nothing, then | the ping timeout | its client is disconnected |
//!
//! JSON takes more memory once it is decoded: for each byte that was sent, 16 bytes for `[0,0,..]`,
//! `[[0],[0],..]` and nested arrays, 11 for `[[],[],..]` and `[{},{},..]`, and 7 for `{"0":0,"1":0,..}`; and
//! while it is decoded up to twice as much.
//!
//! A client's handler is a task, and its transport another one. Both end with the connection.

mod access;
mod adapter;
mod backlog;
mod broadcast;
mod builder;
mod connection;
mod emit_error;
mod event;
mod handshake;
mod ids;
mod inbox;
mod lock;
mod memory_adapter;
mod namespace;
mod polling;
mod respond;
mod rooms;
mod selection;
#[expect(clippy::module_inception, reason = "the main type")]
mod server;
mod socket;
mod web_socket;

pub use adapter::{Adapter, AdapterError, AdapterFuture, Node, Publication, SavedSession};
pub use broadcast::Broadcast;
pub use builder::Builder;
pub use emit_error::{AckError, EmitError};
pub use event::Event;
pub use handshake::Handshake;
#[cfg(feature = "redis")]
pub(crate) use ids::unpredictable_id;
pub use memory_adapter::MemoryAdapter;
pub use namespace::NamespaceBuilder;
pub use selection::Selection;
pub use server::Server;
pub use socket::Socket;
