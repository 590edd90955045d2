//! The client with the server of this package.

use std::convert::Infallible;

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use sansocket_socketio::{
    Arguments, Binary,
    client::{Incoming, Socket, Transports},
    server::{self, Server},
};
use tokio::net::TcpListener;

use crate::http_server::builder;

/// Serves an echo that acknowledges, and returns the URL.
async fn echo_server() -> String {
    let server = Server::builder().build();
    let echo = |socket: server::Socket| async move {
        while let Some(event) = socket.recv().await {
            let arguments: Arguments = event.arguments().clone();
            match event.wants_ack() {
                true => event.ack(&arguments).unwrap(),
                false => socket.emit(event.name(), &arguments).await.unwrap(),
            }
        }
    };
    server.namespace("/").serve(echo).unwrap();
    serve(server).await
}

async fn serve(server: Server) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let server = server.clone();
            let service = service_fn(move |request| {
                let response = server.respond(request);
                async { Ok::<_, Infallible>(response.await) }
            });
            let connection = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .with_upgrades();
            tokio::spawn(connection);
        }
    });
    url
}

async fn connect(transports: Transports) -> Socket {
    let client = builder(&echo_server().await).transports(transports).build();
    client.connect().await.unwrap()
}

#[tokio::test]
async fn events_and_acknowledgements_go_both_ways_over_each_transport() {
    for transports in [Transports::WebSocket, Transports::Polling, Transports::PollingThenUpgrade] {
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
    let client = builder(&serve(server).await).build();
    let socket = client.connect().await.unwrap();
    for number in 0..100 {
        socket.emit("a", &number).await.unwrap();
    }
    client.close().await;
    for number in 0..100 {
        assert_eq!(events.recv().await, Some(number));
    }
}
