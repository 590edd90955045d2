//! A server that a test plays by hand, packet by packet.

use std::{io, time::Duration};

use sansocket::{
    Backoff, Message, Options, Seed, Timeouts,
    tokio::{Acceptor, Connector, WebSocket},
};
use sansocket_socketio::client::{Builder, Client, Incoming, Socket};
use tokio::{
    io::{DuplexStream, duplex},
    sync::mpsc,
};

/// What a stream holds before its writer has to wait.
pub(crate) const STREAM_LEN: usize = 16 * 1024;
/// An open packet without pings, which would only make noise.
pub(crate) const OPEN: &str =
    r#"0{"sid":"e1","upgrades":[],"pingInterval":3600000,"pingTimeout":3600000}"#;

pub(crate) fn builder() -> Builder {
    let backoff = Backoff::new(Seed::from([7; 32])).first_delay(Duration::from_secs(1));
    Client::builder("").backoff(backoff)
}

/// Returns a client, and the server for it.
pub(crate) fn pair(builder: Builder) -> (Client, Server) {
    let (sender, attempts) = mpsc::unbounded_channel();
    let client = builder.build_over(move || {
        let (near, far) = duplex(STREAM_LEN);
        let sent = sender.send(far);
        async move {
            sent.map_err(|_| io::Error::from(io::ErrorKind::ConnectionRefused))?;
            // The WebSocket of a test that waits is not read.
            let timeouts = Timeouts::default().ping_interval(None);
            let connector = Connector::new().options(Options::default().timeouts(timeouts));
            Ok(connector.connect_over(near, "localhost", "/").await?.0)
        }
    });
    (client, Server { attempts })
}

/// Connects a client to the main namespace.
pub(crate) async fn joined(builder: Builder) -> (Socket, Peer, Server) {
    let (client, mut server) = pair(builder);
    let (socket, peer) = tokio::join!(client.connect(), async {
        let mut peer = server.accept().await;
        peer.join("s1").await;
        peer
    });
    (socket.unwrap(), peer, server)
}

pub(crate) struct Server {
    attempts: mpsc::UnboundedReceiver<DuplexStream>,
}

impl Server {
    /// Accepts the next connection, and opens a session.
    pub(crate) async fn accept(&mut self) -> Peer {
        let mut peer = self.accept_silently().await;
        peer.send(OPEN).await;
        peer
    }

    /// Accepts the next connection, and sends nothing.
    pub(crate) async fn accept_silently(&mut self) -> Peer {
        let socket = Acceptor::new().accept_over(self.stream().await).await.unwrap();
        Peer { socket }
    }

    /// Lets the next attempt fail.
    pub(crate) async fn refuse(&mut self) {
        drop(self.stream().await);
    }

    /// Returns the stream of the next attempt.
    pub(crate) async fn stream(&mut self) -> DuplexStream {
        self.attempts.recv().await.expect("the client has ended")
    }

    /// Returns whether no attempt has come.
    pub(crate) fn is_quiet(&mut self) -> bool {
        self.attempts.try_recv().is_err()
    }

    /// Waits until the client has ended.
    pub(crate) async fn ended(&mut self) {
        assert!(self.attempts.recv().await.is_none());
    }
}

pub(crate) struct Peer {
    socket: WebSocket<DuplexStream>,
}

impl Peer {
    /// Confirms the connection to the main namespace.
    pub(crate) async fn join(&mut self, sid: &str) {
        assert_eq!(self.text().await, "40");
        self.send(&format!(r#"40{{"sid":"{sid}"}}"#)).await;
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.socket.send(text).await.unwrap();
    }

    /// Returns the next packet.
    pub(crate) async fn text(&mut self) -> String {
        self.next().await.expect("the client has closed the connection")
    }

    /// Returns the next packet, `None` after a Close frame.
    pub(crate) async fn next(&mut self) -> Option<String> {
        let message = self.socket.recv().await.unwrap()?;
        Some(Message::from(&message).as_text().expect("a packet in text").to_owned())
    }
}

pub(crate) async fn next(socket: &mut Socket) -> Incoming {
    socket.recv().await.expect("nothing more comes")
}

/// Returns the name and the first argument, a number, of the event that must come next.
pub(crate) async fn next_event(socket: &mut Socket) -> (String, u32) {
    match next(socket).await {
        Incoming::Event(event) => (event.name().to_owned(), event.read().unwrap()),
        other => panic!("{other:?} instead of an event"),
    }
}
