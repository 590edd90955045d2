//! The server on Tokio.

use std::{convert::Infallible, time::Duration};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use sansocket::tokio::{Connector, WebSocket};
use sansocket_socketio::{
    Namespace,
    engine_io::EncodedPacket,
    packet::{ConnectError, Packet},
    server::{
        AckError, AdapterError, EmitError, Handshake, MemoryAdapter, Publication, SavedSession,
        Selection, Server, Socket,
    },
};
use tokio::{
    io::{DuplexStream, duplex},
    sync::mpsc,
};

use crate::{PID, TEXT, TOKEN, arguments, log, log::Log};

/// Opens a WebSocket to a server, with secrets in the request.
async fn connect(server: &Server) -> WebSocket<DuplexStream> {
    let (stream, accepted) = duplex(64 * 1024);
    let server = server.clone();
    let service = service_fn(move |request| {
        let response = server.respond(request);
        async { Ok::<_, Infallible>(response.await) }
    });
    let connection =
        http1::Builder::new().serve_connection(TokioIo::new(accepted), service).with_upgrades();
    tokio::spawn(connection);
    let target = format!("/socket.io/?EIO=4&transport=websocket&token={TOKEN}");
    let connector = Connector::new().header("Cookie", log::COOKIE);
    connector.connect_over(stream, "localhost", &target).await.unwrap().0
}

pub(crate) async fn check(log: &mut Log) {
    let adapter = MemoryAdapter::recovering(Duration::from_secs(60));
    log.check(&adapter);
    let builder = Server::builder().adapter(adapter);
    log.check(&builder);
    let server = builder.build();
    let (sender, mut sockets) = mpsc::unbounded_channel::<Socket>();
    let (shown, mut handshakes) = mpsc::unbounded_channel::<Handshake>();
    let namespace = server.namespace("/").guard(move |mut handshake: Handshake| {
        let shown = shown.clone();
        async move {
            handshake.insert(TOKEN);
            shown.send(handshake.clone()).map_err(|_| ConnectError::new("over"))?;
            Ok(handshake)
        }
    });
    log.check(&namespace);
    let handler = move |socket: Socket| {
        sender.send(socket.clone()).unwrap();
        async move { _ = socket.disconnected().await }
    };
    namespace.serve(handler).unwrap();

    let mut client = connect(&server).await;
    client.send(&*format!(r#"40{{"token":"{TOKEN}"}}"#)).await.unwrap();
    let socket = sockets.recv().await.unwrap();
    let handshake = handshakes.recv().await.unwrap();
    assert_eq!(handshake.get(), Some(&TOKEN));
    log.check(&handshake);
    log.check(&socket);
    client.send(&*format!(r#"427["login","{TEXT}"]"#)).await.unwrap();
    let event = socket.recv().await.unwrap();
    assert_eq!(event.read::<String>().unwrap(), TEXT);
    log.check(&event);
    let error = EmitError::from(event.read::<u8>().unwrap_err());
    log.check_error(&error);
    log.check_error(&AckError::from(error));
    event.ack(&arguments()).unwrap();
    socket.join("room").await.unwrap();
    socket.emit("news", &TEXT).await.unwrap();
    log.check(&socket);
    log.check(&server);
    let broadcast = server.of("/").to("room");
    log.check(&broadcast);
    broadcast.emit("news", &TEXT).await.unwrap();
    log.check(&server);
    drop(client);
    socket.disconnected().await;
    log.check(&socket);
    log.check(&server);
    log.check_error(&AdapterError::new("the database is not there"));
    parts(log);
}

/// What an adapter gets.
fn parts(log: &mut Log) {
    let packet = Packet::event(Namespace::default(), "news", arguments());
    let packets: Vec<EncodedPacket> = packet.encode().unwrap();
    let selection = Selection { rooms: vec!["room".into()], except: Vec::new() };
    log.check(&selection);
    log.check(&Publication {
        namespace: Namespace::default(),
        selection,
        is_volatile: false,
        packets,
        offset: Some("7".into()),
    });
    log.check(&SavedSession {
        namespace: Namespace::default(),
        pid: PID.into(),
        id: "socket".into(),
        rooms: vec!["room".into()],
    });
    #[cfg(feature = "redis")]
    redis(log);
}

#[cfg(feature = "redis")]
fn redis(log: &mut Log) {
    use sansocket_socketio::redis_streams::{RedisStreams, Settings};

    let settings = Settings::default();
    log.check(&settings);
    let url = format!("redis://user:{}@127.0.0.1:1", log::PASSWORD);
    log.check(&RedisStreams::new(&url, &settings).unwrap());
}
