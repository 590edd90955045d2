//! The client with the server of this package.

use std::{convert::Infallible, sync::Arc};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use sansocket::tokio::Connector;
use sansocket_socketio::{
    Arguments, Binary,
    client::{ConnectError, Incoming, Socket, TransportError, Transports},
    engine_io::Transport,
    server::{self, Server},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

use crate::{http_server::builder, tls_configs};

const ALL: [Transports; 3] =
    [Transports::WebSocket, Transports::Polling, Transports::PollingThenUpgrade];

/// Makes a server whose main namespace is an echo that acknowledges.
fn echo_server() -> Server {
    let server = Server::builder().build();
    let echo = |socket: server::Socket| async move {
        while let Some(event) = socket.recv().await {
            let arguments: Arguments = event.arguments().clone();
            if event.name() == "transport" {
                event.ack(&(socket.transport() == Transport::Polling)).unwrap();
                continue;
            }
            match event.wants_ack() {
                true => event.ack(&arguments).unwrap(),
                false => socket.emit(event.name(), &arguments).await.unwrap(),
            }
        }
    };
    server.namespace("/").serve(echo).unwrap();
    server
}

/// Serves on loopback, and returns the URL.
async fn serve(server: Server, tls: Option<Arc<ServerConfig>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let scheme = if tls.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (server, tls) = (server.clone(), tls.clone());
            tokio::spawn(async move {
                let Some(tls) = tls else { return answer(server, stream).await };
                // A client that does not trust the certificate ends the handshake.
                if let Ok(stream) = TlsAcceptor::from(tls).accept(stream).await {
                    answer(server, stream).await;
                }
            });
        }
    });
    url
}

/// Answers the requests of a connection.
async fn answer<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(server: Server, stream: S) {
    let service = service_fn(move |request| {
        let response = server.respond(request);
        async { Ok::<_, Infallible>(response.await) }
    });
    let stream = TokioIo::new(stream);
    // Clients end connections as they like.
    let _ = http1::Builder::new().serve_connection(stream, service).with_upgrades().await;
}

async fn connect(transports: Transports) -> Socket {
    let client = builder(&serve(echo_server(), None).await).transports(transports).build();
    client.connect().await.unwrap()
}

#[tokio::test]
async fn events_and_acknowledgements_go_both_ways_over_each_transport() {
    for transports in ALL {
        let mut socket = connect(transports).await;
        for number in 0..100_u8 {
            socket.emit("a", &(number, Binary::from(vec![number; 3]))).await.unwrap();
            if number % 10 == 0 {
                let answer = socket.emit_with_ack("b", &number).await.unwrap();
                assert_eq!(answer.read(), Ok(number), "{transports:?}");
            }
        }
        for number in 0..100_u8 {
            let Some(Incoming::Event(event)) = socket.recv().await else { panic!("no event") };
            let expected = (number, Binary::from(vec![number; 3]));
            assert_eq!(event.read::<(u8, Binary)>().unwrap(), expected, "{transports:?}");
        }
        let is_polling = socket.emit_with_ack("transport", &()).await.unwrap().read();
        assert_eq!(is_polling, Ok(transports == Transports::Polling), "{transports:?}");
        socket.client().close().await;
        assert!(matches!(socket.recv().await, Some(Incoming::Disconnected(_))));
        assert!(socket.recv().await.is_none());
    }
}

#[tokio::test]
async fn what_is_emitted_before_closing_arrives() {
    let server = Server::builder().build();
    let (sender, mut events) = tokio::sync::mpsc::unbounded_channel();
    let collect = move |socket: server::Socket| {
        let sender = sender.clone();
        async move {
            while let Some(event) = socket.recv().await {
                sender.send(event.read::<u32>().unwrap()).unwrap();
            }
        }
    };
    server.namespace("/").serve(collect).unwrap();
    let client = builder(&serve(server, None).await).build();
    let socket = client.connect().await.unwrap();
    for number in 0..100 {
        socket.emit("a", &number).await.unwrap();
    }
    client.close().await;
    for number in 0..100 {
        assert_eq!(events.recv().await, Some(number));
    }
}

#[tokio::test]
async fn each_transport_works_over_tls() {
    let (server, client) = tls_configs::configs();
    let url = serve(echo_server(), Some(server)).await;
    let trusting = Connector::new().tls(client);
    for transports in ALL {
        let client = builder(&url).connector(trusting.clone()).transports(transports).build();
        let socket = client.connect().await.unwrap();
        let answer = socket.emit_with_ack("a", &1).await.unwrap();
        assert_eq!(answer.read(), Ok(1), "{transports:?}");
        client.close().await;
    }
    let (_, stranger) = tls_configs::configs();
    for transports in ALL {
        let connector = Connector::new().tls(stranger.clone());
        let client = builder(&url).connector(connector).transports(transports).build();
        let Err(ConnectError::Transport(error)) = client.connect().await else { panic!() };
        assert!(matches!(&*error, TransportError::Connect(_)), "{transports:?}: {error:?}");
    }
}
