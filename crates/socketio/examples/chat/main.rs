//! A chat in the browser, with the official client of Socket.IO in the page:
//!
//! | | here |
//! | --- | --- |
//! | a name as `auth`, refused with a reason | the guard, `Chat::admit` in `chat.rs` |
//! | rooms, who is typing | `Visit` in `chat.rs` |
//! | who is online, history | `Store`, in memory for one server, or in Redis, where a server that is killed loses nothing |
//! | "delivered", each message once | acknowledgements, and a key by which a repeated message is known |
//! | reconnection and recovery | the library; `page/page.js` shows what happened |
//! | several servers, one chat | the adapter `RedisStreams`, with `--redis` |
//!
//! One command installs what is needed, and starts two servers:
//!
//!     crates/socketio/examples/chat/run.py

mod chat;
mod memory_store;
mod message;
mod name;
mod pages;
mod redis_store;
mod room;
mod store;

use std::{error::Error, path::PathBuf, sync::Arc, time::Duration};

use axum::routing::any;
use lexopt::prelude::*;
use sansocket_socketio::{
    redis_streams::{RedisStreams, Settings as RedisSettings},
    server::{MemoryAdapter, Server},
    session::server::Settings,
};
use tokio::net::TcpListener;

use chat::Chat;
use memory_store::MemoryStore;
use redis_store::RedisStore;
use store::Store;

const USAGE: &str = "\
usage: chat --client FILE [--listen ADDRESS] [--redis URL] [--beside ORIGIN]

  --client FILE     socket.io.min.js of the npm package socket.io-client
  --listen ADDRESS  where to listen (127.0.0.1:3000); port 0 picks one
  --redis URL       the Redis that makes several servers one chat; by default, there is one server
  --beside ORIGIN   another server of the chat, such as http://127.0.0.1:3001, which a page can show beside";

/// How long a client may be away, and still get what it missed.
const RECOVERABLE: Duration = Duration::from_secs(120);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut listen = String::from("127.0.0.1:3000");
    let (mut client, mut redis, mut beside) = (None, None, None);
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("client") => client = Some(PathBuf::from(parser.value()?)),
            Long("listen") => listen = parser.value()?.string()?,
            Long("redis") => redis = Some(parser.value()?.string()?),
            Long("beside") => beside = Some(parser.value()?.string()?),
            Long("help") => {
                println!("{USAGE}");
                return Ok(());
            }
            _ => return Err(argument.unexpected().into()),
        }
    }
    let Some(client) = client else { return Err(USAGE.into()) };
    let client = std::fs::read_to_string(&client)
        .map_err(|error| format!("cannot read {}: {error}", client.display()))?;

    let mut settings = Settings::default();
    // No event of this chat is nearly as long.
    settings.max_payload = 16_384;
    // A dead connection is noticed in 10 s: people see who is online.
    settings.ping_interval = Duration::from_secs(5);
    settings.ping_timeout = Duration::from_secs(5);
    let builder = Server::builder().settings(settings);
    let (builder, store) = match &redis {
        Some(url) => {
            let settings = RedisSettings::default().prefix("chat").max_age(RECOVERABLE);
            let adapter = RedisStreams::new(url, &settings)?;
            (builder.adapter(adapter), Store::Redis(RedisStore::new(url)?))
        }
        None => {
            let adapter = MemoryAdapter::recovering(RECOVERABLE);
            (builder.adapter(adapter), Store::Memory(MemoryStore::default()))
        }
    };
    let server = builder.build();
    let chat = Arc::new(Chat::new(store));
    let guard = Arc::clone(&chat);
    server
        .namespace("/")
        .guard(move |handshake| Arc::clone(&guard).admit(handshake))
        .serve(move |socket| Arc::clone(&chat).serve(socket))?;

    let routes = pages::routes(client, beside)
        .route("/socket.io/", any(move |request| server.respond(request)));
    let listener = TcpListener::bind(listen).await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, routes).await?)
}
