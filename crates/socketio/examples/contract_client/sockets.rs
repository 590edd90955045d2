//! What the scenarios do with sockets.

use std::time::Duration;

use sansocket::{Backoff, Seed};
use sansocket_socketio::{
    Arguments, Namespace, Value,
    client::{Builder, Client, Event, Incoming, Socket},
    session::DisconnectReason,
};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use crate::{
    Outcome,
    values::{equal, equal_arguments},
};

/// How long an acknowledgement may take: longer than all that is to happen.
const PATIENCE: Duration = Duration::from_secs(8);
/// As long as nothing must happen: some delays of reconnection.
const QUIET: Duration = Duration::from_millis(400);

pub(crate) fn builder(url: &str) -> Builder {
    let seed = Seed::from_os().expect("the system has no random numbers");
    let backoff = Backoff::new(seed)
        .first_delay(Duration::from_millis(50))
        .max_delay(Duration::from_millis(200));
    Client::builder(url).backoff(backoff).ack_timeout(PATIENCE)
}

pub(crate) fn client(url: &str) -> Client {
    builder(url).build()
}

pub(crate) fn chat() -> Namespace {
    Namespace::new("/chat").expect("it starts with a slash")
}

pub(crate) async fn next_incoming(socket: &mut Socket) -> Outcome<Incoming> {
    socket.recv().await.ok_or_else(|| "the socket has ended".into())
}

pub(crate) async fn next_event(socket: &mut Socket, name: &str) -> Outcome<Event> {
    loop {
        match next_incoming(socket).await? {
            Incoming::Event(event) if event.name() == name => return Ok(event),
            _ => {}
        }
    }
}

/// Returns the first arguments of the events of that name up to the one that is `last`.
pub(crate) async fn heard(socket: &mut Socket, name: &str, last: &Value) -> Outcome<Vec<Value>> {
    let mut heard = Vec::new();
    while heard.last() != Some(last) {
        let arguments = next_event(socket, name).await?.into_arguments();
        heard.extend(arguments.into_values().into_iter().next());
    }
    Ok(heard)
}

pub(crate) async fn disconnected(socket: &mut Socket) -> Outcome<DisconnectReason> {
    loop {
        if let Incoming::Disconnected(reason) = next_incoming(socket).await? {
            return Ok(reason);
        }
    }
}

/// Returns whether the session was recovered.
pub(crate) async fn connected(socket: &mut Socket) -> Outcome<bool> {
    loop {
        if let Incoming::Connected { recovered } = next_incoming(socket).await? {
            return Ok(recovered);
        }
    }
}

pub(crate) async fn call<A: Serialize>(
    socket: &Socket,
    name: &str,
    arguments: A,
) -> Outcome<Arguments> {
    Ok(socket.emit_with_ack(name, &arguments).await?)
}

#[derive(Deserialize)]
pub(crate) struct Who {
    pub(crate) id: String,
    pub(crate) transport: String,
    pub(crate) recovered: bool,
}

pub(crate) async fn who_am_i(socket: &Socket) -> Outcome<Who> {
    Ok(call(socket, "who-am-i", ()).await?.read()?)
}

pub(crate) async fn echo(socket: &mut Socket, arguments: Arguments) -> Outcome {
    socket.emit("echo", &arguments).await?;
    equal_arguments(next_event(socket, "echo").await?.into_arguments(), arguments)
}

pub(crate) async fn echo_each(socket: &mut Socket, all: Vec<Arguments>) -> Outcome {
    for arguments in all {
        echo(socket, arguments).await?;
    }
    Ok(())
}

/// Fails if the socket does not stay disconnected.
pub(crate) async fn stays_gone(socket: &mut Socket) -> Outcome {
    if let Ok(Some(incoming)) = timeout(QUIET, socket.recv()).await {
        return Err(format!("got {incoming:?} from a socket that has left").into());
    }
    equal(&socket.is_connected(), &false)
}
