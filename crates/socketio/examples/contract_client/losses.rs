//! The scenarios whose connection is lost, or might be.

use std::{io::Write as _, time::Duration};

use sansocket_socketio::{
    Binary, Value,
    client::{Incoming, Transports},
    session::DisconnectReason,
};
use tokio::time::sleep;

use crate::{
    Outcome,
    relay::Relay,
    sockets::{
        builder, call, client, connected, disconnected, echo, heard, next_event, next_incoming,
        who_am_i,
    },
    values::{bytes, equal, equal_arguments, one},
};

const PING_INTERVAL_AND_TIMEOUT: Duration = Duration::from_secs(3);
const MAX_PAYLOAD: usize = 1_000_000;

/// Asks the runner for something.
pub(crate) fn ask(what: &str) -> Outcome {
    println!("server: {what}");
    Ok(std::io::stdout().flush()?)
}

pub(crate) async fn large(url: &str, transports: Transports, len: usize) -> Outcome {
    let mut socket = builder(url).transports(transports).build().connect().await?;
    echo(&mut socket, one(Binary::from(vec![7; len]))).await
}

pub(crate) async fn too_large(url: &str, transports: Transports) -> Outcome {
    let mut socket = builder(url).transports(transports).build().connect().await?;
    socket.emit("echo", &Binary::from(vec![0; MAX_PAYLOAD / 10 * 11])).await?;
    disconnected(&mut socket).await?;
    connected(&mut socket).await?;
    echo(&mut socket, one("smaller")).await
}

pub(crate) async fn heartbeat(url: &str, transports: Transports) -> Outcome {
    let mut socket = builder(url).transports(transports).build().connect().await?;
    let id = socket.id();
    sleep(PING_INTERVAL_AND_TIMEOUT + Duration::from_millis(300)).await;
    equal(&(socket.is_connected(), socket.id()), &(true, id))?;
    echo(&mut socket, one("still here")).await
}

pub(crate) async fn silent_server(url: &str) -> Outcome {
    let mut socket = client(url).connect().await?;
    ask("stop")?;
    let reason = disconnected(&mut socket).await;
    ask("continue")?;
    equal(&reason?, &DisconnectReason::PingTimeout)?;
    connected(&mut socket).await?;
    echo(&mut socket, one("here again")).await
}

pub(crate) async fn cut(url: &str) -> Outcome {
    let relay = Relay::new(url).await?;
    let mut socket = client(&relay.url).connect().await?;
    relay.close();
    disconnected(&mut socket).await?;
    relay.open();
    connected(&mut socket).await?;
    echo(&mut socket, one("here again")).await
}

pub(crate) async fn offline_buffer(url: &str) -> Outcome {
    let relay = Relay::new(url).await?;
    let mut socket = client(&relay.url).connect().await?;
    relay.close();
    disconnected(&mut socket).await?;
    let all = [one(1), vec![2.into(), bytes().into()].into(), one(3)];
    for arguments in &all {
        socket.emit("echo", arguments).await?;
    }
    equal(&socket.is_connected(), &false)?;
    relay.open();
    for arguments in all {
        let echo = next_event(&mut socket, "echo").await?;
        equal_arguments(echo.into_arguments(), arguments)?;
    }
    Ok(())
}

pub(crate) async fn reconnect(url: &str) -> Outcome {
    let mut socket = client(url).connect().await?;
    let id = socket.id();
    ask("kill")?;
    disconnected(&mut socket).await?;
    equal(&connected(&mut socket).await?, &false)?;
    if socket.id() == id {
        return Err("the id is that of before".into());
    }
    echo(&mut socket, one("here again")).await
}

pub(crate) async fn recovery(url: &str) -> Outcome {
    let relay = Relay::new(url).await?;
    let mut away = client(&relay.url).connect().await?;
    let other = client(url).connect().await?;
    let id = away.id();
    call(&away, "join", "kitchen").await?;
    call(&other, "to-room", ("kitchen", 0)).await?;
    heard(&mut away, "said", &0.into()).await?;
    relay.close();
    disconnected(&mut away).await?;
    for what in [1.into(), 2.into(), Value::from(bytes()), 4.into(), 5.into()] {
        call(&other, "to-room", ("kitchen", what)).await?;
    }
    relay.open();
    let mut said = Vec::new();
    let recovered = loop {
        match next_incoming(&mut away).await? {
            Incoming::Event(event) => {
                said.extend(event.into_arguments().into_values().into_iter().next());
            }
            Incoming::Connected { recovered } => break recovered,
            _ => {}
        }
    };
    equal(&(recovered, away.is_recovered(), away.id()), &(true, true, id.clone()))?;
    let who = who_am_i(&away).await?;
    equal(&(Some(who.id), who.recovered), &(id, true))?;
    call(&other, "to-room", ("kitchen", 6)).await?;
    said.extend(heard(&mut away, "said", &6.into()).await?);
    equal(&said, &vec![1.into(), 2.into(), bytes().into(), 4.into(), 5.into(), 6.into()])
}
