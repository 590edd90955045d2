//! Clients that know no more than how packets are carried.

use std::convert::Infallible;

use http::{Request, Response};
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use sansocket::{
    CloseCode, OwnedMessage,
    tokio::{Connector, WebSocket},
};
use sansocket_socketio::{
    Arguments,
    server::{Event, Server, Socket},
};
use tokio::{
    io::{DuplexStream, duplex},
    sync::mpsc,
};

/// A client over a WebSocket.
pub(crate) struct Client {
    socket: WebSocket<DuplexStream>,
}

impl Client {
    /// Opens a session.
    pub(crate) async fn open(server: &Server) -> Self {
        let mut client = Self::connect(server, "EIO=4&transport=websocket", 64 * 1024).await;
        assert!(client.text().await.starts_with("0{"));
        client
    }

    /// Opens a session, and connects to the main namespace. Returns the ids of the answer too.
    pub(crate) async fn join(server: &Server) -> (Self, Ids) {
        let mut client = Self::open(server).await;
        client.send("40").await;
        let ids = client.connected().await;
        (client, ids)
    }

    /// Opens a WebSocket, over a stream that holds `len` bytes in each direction.
    pub(crate) async fn connect(server: &Server, query: &str, len: usize) -> Self {
        let (stream, accepted) = duplex(len);
        let server = server.clone();
        let service = service_fn(move |request| {
            let response = server.respond(request);
            async { Ok::<_, Infallible>(response.await) }
        });
        let connection =
            http1::Builder::new().serve_connection(TokioIo::new(accepted), service).with_upgrades();
        tokio::spawn(connection);
        let target = format!("/socket.io/?{query}");
        let connected = Connector::new().connect_over(stream, "localhost", &target).await;
        let (socket, _) = connected.unwrap();
        Self { socket }
    }

    pub(crate) async fn send(&mut self, packet: &str) {
        self.socket.send(packet).await.unwrap();
    }

    pub(crate) async fn send_binary(&mut self, bytes: &[u8]) {
        self.socket.send(bytes).await.unwrap();
    }

    /// The next packet, `None` at the end of the connection.
    pub(crate) async fn packet(&mut self) -> Option<OwnedMessage> {
        self.socket.recv().await.ok().flatten()
    }

    pub(crate) async fn text(&mut self) -> String {
        match self.packet().await {
            Some(OwnedMessage::Text(text)) => text,
            other => panic!("{other:?}"),
        }
    }

    /// Takes the answer to a CONNECT.
    pub(crate) async fn connected(&mut self) -> Ids {
        Ids::parse(&self.text().await)
    }

    pub(crate) async fn close(mut self) {
        self.socket.close(CloseCode::NORMAL, "").await.unwrap();
    }
}

/// What the answer to a CONNECT to the main namespace has.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ids {
    pub(crate) sid: String,
    pub(crate) pid: Option<String>,
}

impl Ids {
    pub(crate) fn parse(packet: &str) -> Self {
        let json = packet.strip_prefix("40").unwrap_or_else(|| panic!("{packet}"));
        let data: serde_json::Value = serde_json::from_str(json).unwrap();
        let text = |name: &str| data[name].as_str().map(String::from);
        Self { sid: text("sid").unwrap(), pid: text("pid") }
    }
}

/// Sends a request, and returns the status and the body.
pub(crate) async fn request(
    server: &Server,
    method: &str,
    query: &str,
    body: &str,
) -> (u16, String) {
    let response = respond(server, method, query, body).await;
    (response.status().as_u16(), response.into_body())
}

pub(crate) async fn respond(
    server: &Server,
    method: &str,
    query: &str,
    body: &str,
) -> Response<String> {
    let uri = format!("/socket.io/?{query}");
    let request = Request::builder().method(method).uri(uri).body(body.to_owned());
    server.respond(request.unwrap()).await
}

/// A client that polls.
#[derive(Clone)]
pub(crate) struct Poller {
    server: Server,
    pub(crate) query: String,
}

impl Poller {
    /// Opens a session.
    pub(crate) async fn open(server: &Server) -> Self {
        let (status, body) = request(server, "GET", "EIO=4&transport=polling", "").await;
        assert_eq!(status, 200, "{body}");
        let open: serde_json::Value = serde_json::from_str(&body[1..]).unwrap();
        let sid = open["sid"].as_str().unwrap();
        Self { server: server.clone(), query: format!("EIO=4&transport=polling&sid={sid}") }
    }

    /// Opens a session, and connects to the main namespace.
    pub(crate) async fn join(server: &Server) -> (Self, Ids) {
        let poller = Self::open(server).await;
        poller.post("40").await;
        let ids = Ids::parse(&poller.get().await);
        (poller, ids)
    }

    pub(crate) async fn get(&self) -> String {
        let (status, body) = request(&self.server, "GET", &self.query, "").await;
        assert_eq!(status, 200, "{body}");
        body
    }

    pub(crate) async fn post(&self, payload: &str) {
        assert_eq!(request(&self.server, "POST", &self.query, payload).await, (200, "ok".into()));
    }

    pub(crate) async fn request(&self, method: &str, body: &str) -> (u16, String) {
        request(&self.server, method, &self.query, body).await
    }
}

/// Serves the main namespace with a handler that hands its sockets to the test, and stays until they are
/// disconnected.
pub(crate) fn sockets(server: &Server) -> mpsc::UnboundedReceiver<Socket> {
    sockets_of(server, "/")
}

pub(crate) fn sockets_of(server: &Server, namespace: &str) -> mpsc::UnboundedReceiver<Socket> {
    let (sender, receiver) = mpsc::unbounded_channel();
    let handler = move |socket: Socket| {
        sender.send(socket.clone()).unwrap();
        async move { _ = socket.disconnected().await }
    };
    server.namespace(namespace).serve(handler).unwrap();
    receiver
}

/// Serves the main namespace with an echo that acknowledges.
pub(crate) fn echo(server: &Server) {
    let echo = |socket: Socket| async move {
        while let Some(event) = socket.recv().await {
            answer(&socket, event).await;
        }
    };
    server.namespace("/").serve(echo).unwrap();
}

async fn answer(socket: &Socket, event: Event) {
    let arguments: Arguments = event.arguments().clone();
    if event.wants_ack() {
        event.ack(&arguments).unwrap();
    } else {
        socket.emit(event.name(), &arguments).await.unwrap();
    }
}
