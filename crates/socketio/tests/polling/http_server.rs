//! An HTTP server that a test plays by hand, request by request.

use std::{io::Cursor, time::Duration};

use sansocket::{
    Backoff, Message, Seed,
    tokio::{Acceptor, WebSocket},
};
use sansocket_socketio::client::{Builder, Client, Socket, Transports};
use tokio::{
    io::{
        AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _,
        BufReader, join,
    },
    net::{TcpListener, TcpStream},
    sync::{mpsc, oneshot},
    time::timeout,
};

/// Longer than anything takes that is to happen.
const PATIENCE: Duration = Duration::from_secs(20);
pub(crate) const OPEN: &str =
    r#"0{"sid":"e1","upgrades":["websocket"],"pingInterval":3600000,"pingTimeout":3600000}"#;

pub(crate) fn builder(url: &str) -> Builder {
    let backoff = Backoff::new(Seed::from([7; 32])).first_delay(Duration::from_millis(10));
    Client::builder(url).backoff(backoff).transports(Transports::Polling)
}

/// Polls by GET, payloads by POST, and attempts to open a WebSocket arrive apart, since the client does
/// not wait for one before the other.
pub(crate) struct HttpServer {
    pub(crate) url: String,
    gets: mpsc::UnboundedReceiver<Request>,
    posts: mpsc::UnboundedReceiver<Request>,
    upgrades: mpsc::UnboundedReceiver<Upgrade>,
}

pub(crate) struct Request {
    /// The first line and the headers.
    pub(crate) head: String,
    pub(crate) body: String,
    /// The number of the connection.
    pub(crate) connection: usize,
    answer: oneshot::Sender<Answer>,
}

/// A request for a WebSocket.
pub(crate) struct Upgrade {
    pub(crate) head: String,
    stream: BufReader<TcpStream>,
}

/// What is written, and whether the connection is closed after it.
type Answer = (String, bool);

impl HttpServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (get, gets) = mpsc::unbounded_channel();
        let (post, posts) = mpsc::unbounded_channel();
        let (upgrade, upgrades) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            for connection in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                let senders = (get.clone(), post.clone(), upgrade.clone());
                tokio::spawn(serve(stream, connection, senders));
            }
        });
        Self { url, gets, posts, upgrades }
    }

    pub(crate) async fn get(&mut self) -> Request {
        next(&mut self.gets).await
    }

    pub(crate) async fn post(&mut self) -> Request {
        next(&mut self.posts).await
    }

    pub(crate) async fn upgrade(&mut self) -> Upgrade {
        next(&mut self.upgrades).await
    }

    /// Returns whether no poll has come.
    pub(crate) fn has_no_get(&mut self) -> bool {
        self.gets.try_recv().is_err()
    }

    /// Returns whether no attempt to open a WebSocket has come.
    pub(crate) fn has_no_upgrade(&mut self) -> bool {
        self.upgrades.try_recv().is_err()
    }

    /// Opens a session, and confirms the connection to the main namespace. Returns the next poll.
    pub(crate) async fn join(&mut self) -> Request {
        self.get().await.answer(OPEN);
        let post = self.post().await;
        assert_eq!(post.body, "40");
        post.answer("ok");
        self.get().await.answer(r#"40{"sid":"s1"}"#);
        self.get().await
    }
}

/// Connects a client to the main namespace. Also returns the poll that waits.
pub(crate) async fn joined(
    build: impl FnOnce(Builder) -> Builder,
) -> (Socket, HttpServer, Request) {
    let mut server = HttpServer::start().await;
    let client = build(builder(&server.url)).build();
    let (socket, poll) = tokio::join!(client.connect(), server.join());
    (socket.unwrap(), server, poll)
}

impl Request {
    /// Answers with a payload.
    pub(crate) fn answer(self, body: &str) {
        self.respond(200, body, false);
    }

    /// The same, and then closes the connection without an announcement.
    pub(crate) fn answer_and_close(self, body: &str) {
        self.respond(200, body, true);
    }

    pub(crate) fn refuse(self, status: u16, body: &str) {
        self.respond(status, body, false);
    }

    fn respond(self, status: u16, body: &str, closes: bool) {
        let len = body.len();
        self.write(format!("HTTP/1.1 {status} x\r\nContent-Length: {len}\r\n\r\n{body}"), closes);
    }

    /// Writes something else than an answer.
    pub(crate) fn write(self, bytes: String, closes: bool) {
        // The client may have gone.
        let _ = self.answer.send((bytes, closes));
    }

    /// Waits until the client has closed the connection.
    pub(crate) async fn given_up(mut self) {
        timeout(PATIENCE, self.answer.closed()).await.expect("the client keeps the connection");
    }
}

impl Upgrade {
    pub(crate) async fn refuse(mut self) {
        let answer = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
        self.stream.write_all(answer.as_bytes()).await.unwrap();
    }

    pub(crate) async fn accept(self) -> Peer<impl AsyncRead + AsyncWrite + Unpin> {
        let (read, write) = self.stream.into_inner().into_split();
        let stream = join(Cursor::new(self.head).chain(read), write);
        Peer(Acceptor::new().accept_over(stream).await.unwrap())
    }
}

/// The server's end of a WebSocket.
pub(crate) struct Peer<S>(WebSocket<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> Peer<S> {
    pub(crate) async fn send(&mut self, packet: &str) {
        self.0.send(packet).await.unwrap();
    }

    /// Returns the next packet, `None` at the end of the WebSocket.
    pub(crate) async fn next(&mut self) -> Option<String> {
        let message = timeout(PATIENCE, self.0.recv()).await.expect("no packet comes").ok()??;
        Some(Message::from(&message).as_text().expect("a packet in text").to_owned())
    }

    pub(crate) async fn text(&mut self) -> String {
        self.next().await.expect("the client has closed the WebSocket")
    }
}

async fn next<T>(requests: &mut mpsc::UnboundedReceiver<T>) -> T {
    timeout(PATIENCE, requests.recv()).await.expect("no request comes").unwrap()
}

/// Serves a connection until its end. A request that is dropped ends it without an answer.
async fn serve(
    stream: TcpStream,
    connection: usize,
    (gets, posts, upgrades): (
        mpsc::UnboundedSender<Request>,
        mpsc::UnboundedSender<Request>,
        mpsc::UnboundedSender<Upgrade>,
    ),
) {
    let mut stream = BufReader::new(stream);
    while let Some((head, body)) = read_request(&mut stream).await {
        if head.contains("transport=websocket") {
            let _ = upgrades.send(Upgrade { head, stream });
            return;
        }
        let (answer, answered) = oneshot::channel();
        let requests = if head.starts_with("GET ") { &gets } else { &posts };
        let _ = requests.send(Request { head, body, connection, answer });
        let answer = tokio::select! {
            answer = answered => answer,
            // The client sends nothing before the answer, so this is the end.
            _ = stream.fill_buf() => return,
        };
        let Ok((bytes, closes)) = answer else { return };
        if stream.write_all(bytes.as_bytes()).await.is_err() || closes {
            return;
        }
    }
}

async fn read_request(stream: &mut BufReader<TcpStream>) -> Option<(String, String)> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    let len = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then(|| value.parse().unwrap())
    });
    let mut body = vec![0; len.unwrap_or(0)];
    stream.read_exact(&mut body).await.ok()?;
    Some((head, String::from_utf8(body).unwrap()))
}
