//! The server that `tests/socketio/README.md` describes, for the clients of that folder.
//!
//!     cargo run -p sansocket-socketio --example contract_server -- --listen 127.0.0.1:3000

use std::{error::Error, time::Duration};

use axum::{
    Router,
    routing::{any, get},
};
use lexopt::prelude::*;
use sansocket::OriginPolicy;
#[cfg(feature = "redis")]
use sansocket_socketio::redis_streams::{RedisStreams, Settings as RedisSettings};
use sansocket_socketio::{
    Arguments, Value,
    packet::ConnectError,
    server::{AckError, Broadcast, EmitError, Event, Handshake, MemoryAdapter, Server, Socket},
    session::server::Settings,
};
use serde_json::json;
use tokio::net::TcpListener;

const USAGE: &str = "\
usage: contract_server [--listen ADDRESS] [--ping-interval MS] [--ping-timeout MS] [--max-payload BYTES]
                       [--origin ORIGIN] [--redis URL]

  --listen ADDRESS    where to listen (127.0.0.1:3000); port 0 picks one
  --ping-interval MS  the time between two pings in milliseconds (25000)
  --ping-timeout MS   the timeout for the answer to a ping in milliseconds (20000)
  --max-payload BYTES the longest payload in bytes (1000000)
  --origin ORIGIN     the origin of pages that may connect; by default, that of the server
  --redis URL         the Redis that it shares with other servers (feature `redis`); by default, there is none";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut listen = String::from("127.0.0.1:3000");
    let mut settings = Settings::default();
    let mut origin_policy = OriginPolicy::default();
    #[cfg(feature = "redis")]
    let mut redis = None;
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("listen") => listen = parser.value()?.string()?,
            Long("ping-interval") => {
                settings.ping_interval = Duration::from_millis(parser.value()?.parse()?);
            }
            Long("ping-timeout") => {
                settings.ping_timeout = Duration::from_millis(parser.value()?.parse()?);
            }
            Long("max-payload") => {
                settings.max_payload = parser.value()?.parse()?;
                settings.limits.max_len = settings.limits.max_len.max(settings.max_payload);
            }
            #[cfg(feature = "redis")]
            Long("redis") => redis = Some(parser.value()?.string()?),
            Long("origin") => origin_policy = OriginPolicy::List(vec![parser.value()?.string()?]),
            Long("help") => {
                println!("{USAGE}");
                return Ok(());
            }
            _ => return Err(argument.unexpected().into()),
        }
    }
    let builder = Server::builder()
        .settings(settings)
        .origin_policy(origin_policy)
        .allow_credentials(true)
        .adapter(MemoryAdapter::recovering(Duration::from_secs(120)));
    #[cfg(feature = "redis")]
    let builder = match redis {
        Some(url) => builder.adapter(RedisStreams::new(&url, &RedisSettings::default())?),
        None => builder,
    };
    let server = builder.build();
    server.namespace("/").serve(serve)?;
    server.namespace("/chat").serve(serve)?;
    server.namespace("/admin").guard(authorize).serve(serve)?;
    let routes = Router::new()
        .route("/health", get("ok"))
        .route("/socket.io/", any(move |request| server.respond(request)));
    let listener = TcpListener::bind(listen).await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, routes).await?)
}

async fn authorize(handshake: Handshake) -> Result<Handshake, ConnectError> {
    match handshake.auth().get("token").and_then(Value::as_str) {
        Some("sesame") => Ok(handshake),
        _ => Err(ConnectError {
            message: "not authorized".into(),
            data: Some(json!({ "status": 401, "hint": "auth.token" }).into()),
        }),
    }
}

async fn serve(socket: Socket) {
    while let Some(event) = socket.recv().await {
        if let Err(error) = handle(&socket, event).await {
            eprintln!("{}: {error}", socket.id());
        }
    }
    let watchers = socket.server().of(socket.namespace().as_str()).to("watchers");
    if let Err(error) = watchers.emit("left", socket.id()).await {
        eprintln!("{}: {error}", socket.id());
    }
}

async fn handle(socket: &Socket, event: Event) -> Result<(), EmitError> {
    let everybody = || socket.server().of(socket.namespace().as_str());
    match event.name() {
        "echo" => socket.emit("echo", event.arguments()).await,
        "echo-ack" => {
            let arguments = event.arguments().clone();
            event.ack(&arguments)
        }
        "who-am-i" => {
            let (transport, recovered) = (socket.transport().name(), socket.is_recovered());
            event.ack(&json!({ "id": socket.id(), "transport": transport, "recovered": recovered }))
        }
        "join" => {
            socket.join(&event.read::<String>()?).await?;
            event.ack(&socket.rooms())
        }
        "leave" => {
            socket.leave(&event.read::<String>()?).await?;
            event.ack(&socket.rooms())
        }
        "to-all" => say(everybody(), event, 0).await,
        "to-all-but-me" => say(socket.broadcast(), event, 0).await,
        "to-room" => {
            let room: String = event.read()?;
            say(everybody().to(room), event, 1).await
        }
        "to-room-but-me" => {
            let room: String = event.read()?;
            say(socket.to(room), event, 1).await
        }
        "to-room-except" => {
            let (room, except): (String, String) = event.read()?;
            say(everybody().to(room).except(except), event, 2).await
        }
        "volatile" => {
            let count: u32 = event.read()?;
            for number in 0..count {
                socket.volatile().emit("tick", &number).await?;
            }
            socket.emit("tock", &count).await
        }
        "ask-me" => {
            let timeout = Duration::from_millis(event.read()?);
            match socket.emit_with_ack("question", &without(&event, 1), timeout).await {
                Ok(answer) => {
                    let answer = Value::Array(answer.into_values());
                    event.ack(&Value::Object([("answer".into(), answer)].into_iter().collect()))
                }
                Err(AckError::Timeout) => event.ack(&json!({ "timeout": true })),
                Err(AckError::Emit(error)) => Err(error),
                Err(_) => Ok(()),
            }
        }
        // For servers that share a Redis.
        "to-rooms" => {
            let (rooms, text): (Vec<String>, String) = event.read()?;
            let everybody = rooms.into_iter().fold(everybody(), Broadcast::to);
            everybody.emit("said", &text).await?;
            event.ack(&())
        }
        "sockets" => {
            let room: String = event.read()?;
            event.ack(&everybody().to(room).sockets().await?)
        }
        "healthy" => {
            let is_healthy = socket.server().health().await.is_ok();
            event.ack(&is_healthy)
        }
        "disconnect-me" => {
            socket.disconnect();
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Emits the arguments after the first `skipped`.
async fn say(to: Broadcast, event: Event, skipped: usize) -> Result<(), EmitError> {
    to.emit("said", &without(&event, skipped)).await?;
    event.ack(&())
}

fn without(event: &Event, skipped: usize) -> Arguments {
    event.arguments().iter().skip(skipped).cloned().collect::<Vec<_>>().into()
}
