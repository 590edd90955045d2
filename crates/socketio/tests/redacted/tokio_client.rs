//! The client on Tokio, and a server that is played by hand.

use std::time::Duration;

use sansocket::tokio::{Acceptor, Connector, WebSocket};
use sansocket_socketio::{
    Namespace, Value,
    client::{Builder, Client, ConnectError, EmitError, Incoming, TransportError, Transports},
    packet,
};
use tokio::{
    io::{DuplexStream, duplex},
    sync::mpsc,
};

use crate::{PID, SID, TEXT, auth, log, log::Log};

pub(crate) async fn check(log: &mut Log) {
    let url = format!("http://user:{}@example.com/?token={}", log::PASSWORD, log::QUERY);
    let connector = Connector::new().header("Authorization", log::AUTHORIZATION);
    let builder: Builder =
        Client::builder(url).connector(connector).auth(&Value::from(auth())).unwrap();
    log.check(&builder);
    let (sender, mut accepted) = mpsc::unbounded_channel();
    let client = builder.build_over(move || {
        let (near, far) = duplex(64 * 1024);
        sender.send(far).unwrap();
        async move { Ok(Connector::new().connect_over(near, "localhost", "/").await?.0) }
    });
    log.check(&client);

    let (socket, peer) = tokio::join!(client.connect(), async {
        let stream: DuplexStream = accepted.recv().await.unwrap();
        let mut peer = Acceptor::new().accept_over(stream).await.unwrap();
        open(&mut peer).await;
        peer.send(&*format!(r#"40{{"sid":"socket","pid":"{PID}"}}"#)).await.unwrap();
        peer
    });
    let (mut socket, mut peer) = (socket.unwrap(), peer);
    log.check(&socket);
    log.check(&socket.emitter());
    log.check(&client);
    peer.send(&*format!(r#"427["login","{TEXT}"]"#)).await.unwrap();
    let incoming = socket.recv().await.unwrap();
    log.check(&incoming);
    let Incoming::Event(event) = incoming else { panic!("an event") };
    log.check(&event);
    log.check_error(&EmitError::from(event.read::<u8>().unwrap_err()));
    event.ack(TEXT).await.unwrap();
    socket.emit("answer", TEXT).await.unwrap();
    log.check(&socket);

    drop(peer);
    log.check(&socket.recv().await.unwrap());
    socket.emit("away", TEXT).await.unwrap();
    log.check(&socket);
    log.check_error(&ConnectError::Refused(packet::ConnectError::new("Not authorized")));
    log.check(&Transports::Polling);
    log.check_error(&TransportError::from(lost().await));
    let body = String::from("Session ID unknown");
    log.check_error(&TransportError::Response { status: 400, body });
    log.check_error(&TransportError::Request("a body that ends early".into()));
    let timeout = ConnectError::Timeout(Namespace::default(), Duration::from_secs(20));
    log.check_error(&timeout);
}

async fn open(peer: &mut WebSocket<DuplexStream>) {
    let open = format!(r#"0{{"sid":"{SID}","pingInterval":25000,"pingTimeout":20000}}"#);
    peer.send(&*open).await.unwrap();
    let connect = peer.recv().await.unwrap().expect("a CONNECT");
    assert!(format!("{connect:?}").contains(log::AUTHORIZATION));
}

/// The error of a server that ends the handshake.
async fn lost() -> sansocket::Error {
    let target = format!("/?token={}", log::QUERY);
    let (near, _) = duplex(64);
    Connector::new().connect_over(near, "localhost", &target).await.unwrap_err()
}
