//! What both adapters log, line by line, up to the level `trace`.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustls::{ClientConfig, ServerConnection};
use sansocket::blocking::{Socket, TlsStream};
use sansocket::{CloseCode, Limits, Options, Proxy, Role, Timeouts, blocking, deflate};
use tracing::Level;

use crate::recorder::Recorder;
use crate::source_tree::root;
use crate::tls_configs::configs;
use crate::wire::{self, BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, TEXT};

const PAYLOAD: &str = "payload-8d2e";
const REASON: &str = "reason-51ab";
const QUERY: &str = "querytoken-77d1";
const BEARER: &str = "bearer-9a7c";
const SUBPROTOCOL: &str = "subtoken-31bb";
const PASSWORD: &str = "urlpass-c0de";
const PROXY_PASSWORD: &str = "proxypass-4b1d";

/// What must never be logged; the last two as encoded in a header.
const SECRETS: [&str; 9] = [
    PAYLOAD,
    REASON,
    QUERY,
    BEARER,
    SUBPROTOCOL,
    PASSWORD,
    PROXY_PASSWORD,
    "dXNlcjp1cmxwYXNzLWMwZGU",
    "dXNlcjpwcm94eXBhc3MtNGIxZA",
];

/// What a server does with a connection.
#[derive(Clone, Copy)]
enum Serving {
    ToTheEnd,
    /// Drops it after a message.
    OneMessage,
    /// Drops the request.
    DroppedRequest,
    /// Takes the connection apart.
    TakenApart,
    /// Times out waiting for a Pong.
    Impatient,
    /// Closes, and times out waiting for the answer.
    Closing,
    /// Sends more than the peer reads, and times out.
    Flooding,
}

/// The timeout of a server that times out.
const SOON: Duration = Duration::from_millis(20);

/// More than the system buffers.
static FLOOD: [u8; 16 << 20] = [0; 16 << 20];

/// A request, with secrets in many places, and this header line.
fn request(line: &str) -> Vec<u8> {
    format!(
        "GET /chat?token={QUERY} HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Version: 13\r\nAuthorization: Bearer {BEARER}\r\n\
         Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\n{line}\r\n"
    )
    .into_bytes()
}

fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    wire::to(Role::Server, first, payload)
}

fn options(serving: Serving) -> Options {
    let options = Options::default()
        .limits(Limits::default().max_message_len(1000))
        .deflate(Some(deflate::Config::default()));
    let timeouts = Timeouts::default();
    match serving {
        Serving::ToTheEnd | Serving::OneMessage | Serving::DroppedRequest | Serving::TakenApart => {
            options
        }
        Serving::Impatient => options.timeouts(timeouts.ping_interval(Some(SOON)).pong(SOON)),
        Serving::Closing => options.timeouts(timeouts.close(SOON)),
        Serving::Flooding => options.write_timeout(Some(SOON)),
    }
}

/// A stream with `bytes` as its input, and its other end.
fn stream(bytes: &[u8]) -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    peer.write_all(bytes).unwrap();
    (listener.accept().unwrap().0, peer)
}

fn serve_blocking(stream: TcpStream, serving: Serving) -> Result<(), sansocket::Error> {
    let acceptor = blocking::Acceptor::new().options(options(serving)).subprotocol(SUBPROTOCOL);
    let received = acceptor.receive(stream)?;
    if let Serving::DroppedRequest = serving {
        return Ok(());
    }
    let mut socket = received.accept()?;
    match serving {
        Serving::TakenApart => {
            drop(socket.into_parts());
            return Ok(());
        }
        Serving::Closing => drop(socket.close(CloseCode::NORMAL, REASON)?),
        // The end is logged when the connection is read.
        Serving::Flooding => drop(socket.send(&FLOOD[..])),
        _ => {}
    }
    while let Some(message) = socket.recv()? {
        if let Serving::OneMessage = serving {
            return Ok(());
        }
        socket.feed(message)?;
    }
    Ok(())
}

async fn serve_tokio(stream: TcpStream, serving: Serving) -> Result<(), sansocket::Error> {
    stream.set_nonblocking(true)?;
    let stream = tokio::net::TcpStream::from_std(stream)?;
    let acceptor =
        sansocket::tokio::Acceptor::new().options(options(serving)).subprotocol(SUBPROTOCOL);
    let received = acceptor.receive(stream).await?;
    if let Serving::DroppedRequest = serving {
        return Ok(());
    }
    let mut socket = received.accept().await?;
    match serving {
        Serving::TakenApart => {
            drop(socket.into_parts());
            return Ok(());
        }
        Serving::Closing => drop(socket.close(CloseCode::NORMAL, REASON).await?),
        Serving::Flooding => drop(socket.send(&FLOOD[..]).await),
        _ => {}
    }
    while let Some(message) = socket.recv().await? {
        if let Serving::OneMessage = serving {
            return Ok(());
        }
        socket.feed(message).await?;
    }
    Ok(())
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(future)
}

/// Compares what is logged with the file of this name, at every level and for both adapters.
/// `run` runs the connection with threads, or on Tokio if its argument is `true`.
#[track_caller]
fn assert_logged(name: &str, run: impl Fn(bool)) {
    let path = root().join("tests/inside/logged").join(name).with_extension("txt");
    let expected = fs::read_to_string(&path).unwrap_or_default();
    for is_async in [false, true] {
        let ((), text) = Recorder::record(Level::TRACE, || run(is_async));
        for secret in SECRETS {
            assert!(!text.contains(secret), "{secret} is in\n{text}");
        }
        let adapter = if is_async { "tokio" } else { "blocking" };
        assert!(text == expected, "{name}, {adapter}:\n{text}\nand not\n{expected}");
        // At a lower level, a part of it is logged.
        let lines = |start: &'static str| text.lines().filter(move |line| line.starts_with(start));
        assert!(lines("INFO").count() <= 1, "{text}");
        let ((), text) = Recorder::record(Level::INFO, || run(is_async));
        assert_eq!(
            text.lines().collect::<Vec<_>>(),
            expected.lines().filter(|line| line.starts_with("INFO")).collect::<Vec<_>>()
        );
        let ((), text) = Recorder::record(Level::WARN, || run(is_async));
        assert_eq!(text, "");
    }
}

#[track_caller]
fn assert_served(name: &str, bytes: &[u8], serving: Serving) {
    assert_logged(name, |is_async| {
        let (stream, peer) = stream(bytes);
        if let Serving::ToTheEnd | Serving::OneMessage = serving {
            peer.shutdown(Shutdown::Write).unwrap();
        }
        let _ = match is_async {
            false => serve_blocking(stream, serving),
            true => block_on(serve_tokio(stream, serving)),
        };
        drop(peer);
    });
}

#[test]
fn a_message_and_a_close() {
    let close = wire::close_payload(1001, REASON);
    let bytes = [
        request(""),
        frame(FIN | TEXT, PAYLOAD.as_bytes()),
        frame(FIN | PING, PAYLOAD.as_bytes()),
        frame(FIN | PONG, PAYLOAD.as_bytes()),
        frame(FIN | CLOSE, &close),
    ];
    assert_served("close", &bytes.concat(), Serving::ToTheEnd);
}

#[test]
fn compression_that_was_agreed_on() {
    let line = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
    let bytes = [request(line), frame(FIN | CLOSE, b"")];
    assert_served("compression", &bytes.concat(), Serving::ToTheEnd);
}

#[test]
fn an_origin_that_is_refused() {
    let bytes = request("Origin: https://elsewhere.example\r\n");
    assert_served("origin", &bytes, Serving::ToTheEnd);
}

#[test]
fn a_request_other_than_an_upgrade() {
    let bytes = format!("GET /?token={QUERY} HTTP/1.1\r\nHost: example.com\r\n\r\n");
    assert_served("no_upgrade", bytes.as_bytes(), Serving::ToTheEnd);
}

#[test]
fn a_client_that_leaves() {
    assert_served("left", b"", Serving::ToTheEnd);
}

#[test]
fn a_frame_that_breaks_a_rule() {
    let bytes = [request(""), wire::frame(FIN | TEXT, PAYLOAD.as_bytes(), None)];
    assert_served("violation", &bytes.concat(), Serving::ToTheEnd);
}

#[test]
fn a_text_that_is_not_utf8() {
    let bytes = [request(""), frame(FIN | TEXT, &[PAYLOAD.as_bytes(), b"\xFF"].concat())];
    assert_served("text", &bytes.concat(), Serving::ToTheEnd);
}

#[test]
fn a_message_that_is_too_long() {
    let bytes = [request(""), frame(FIN | BINARY, &[0; 1001])];
    assert_served("limit", &bytes.concat(), Serving::ToTheEnd);
}

#[test]
fn a_transport_that_ends_without_a_close() {
    let bytes = [request(""), frame(FIN | TEXT, PAYLOAD.as_bytes())];
    assert_served("lost", &bytes.concat(), Serving::ToTheEnd);
}

#[test]
fn a_peer_that_does_not_answer_a_ping() {
    assert_served("silent", &request(""), Serving::Impatient);
}

#[test]
fn a_peer_that_does_not_answer_a_close() {
    assert_served("unanswered", &request(""), Serving::Closing);
}

#[test]
fn a_peer_that_does_not_read() {
    assert_served("stalled", &request(""), Serving::Flooding);
}

#[test]
fn a_connection_that_is_dropped() {
    // In two frames: several short messages that were read together count a little later.
    let bytes = [request(""), frame(TEXT, PAYLOAD.as_bytes()), frame(FIN | CONTINUATION, b"")];
    assert_served("dropped", &bytes.concat(), Serving::OneMessage);
}

/// How a client reaches its server.
#[derive(Clone, Default)]
struct Way {
    proxy: Option<Proxy>,
    tls: Option<Arc<ClientConfig>>,
}

#[test]
fn a_request_that_is_dropped() {
    assert_served("request_dropped", &request(""), Serving::DroppedRequest);
}

#[test]
fn a_connection_that_is_taken_apart() {
    assert_served("taken_apart", &request(""), Serving::TakenApart);
}

/// Connects a client to a server in another thread, and closes. `through` may use the client's
/// stream before the server gets it, and returns whether the client connects again.
#[track_caller]
fn assert_connects(
    name: &str,
    through: fn(&mut TcpStream) -> bool,
    is_proxy: bool,
    acceptor: &blocking::Acceptor,
) {
    assert_logged(name, |is_async| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = match is_proxy {
            true => format!("ws://user:{PASSWORD}@server.example/chat?token={QUERY}"),
            false => format!("ws://user:{PASSWORD}@127.0.0.1:{port}/chat?token={QUERY}"),
        };
        let proxy =
            Proxy::parse(&format!("http://user:{PROXY_PASSWORD}@127.0.0.1:{port}")).unwrap();
        let acceptor = acceptor.clone();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            if through(&mut stream) {
                // A redirected client connects again.
                stream = listener.accept().unwrap().0;
            }
            echo(&acceptor, stream)
        });
        let proxy = is_proxy.then_some(proxy);
        let _ = connect(&url, Way { proxy, ..Way::default() }, is_async);
        let _ = server.join().unwrap();
    });
}

fn echo(acceptor: &blocking::Acceptor, stream: impl Socket) -> Result<(), sansocket::Error> {
    let mut socket = acceptor.accept_over(stream)?;
    while let Some(message) = socket.recv()? {
        socket.send(message)?;
    }
    Ok(())
}

fn connect(url: &str, way: Way, is_async: bool) -> Result<(), sansocket::Error> {
    if is_async { block_on(connect_tokio(url, way)) } else { connect_blocking(url, way) }
}

fn connect_blocking(url: &str, way: Way) -> Result<(), sansocket::Error> {
    let mut connector = blocking::Connector::new()
        .subprotocol(SUBPROTOCOL)
        .max_redirects(1)
        .header("X-Token", BEARER);
    if let Some(proxy) = way.proxy {
        connector = connector.proxies(proxy);
    }
    if let Some(tls) = way.tls {
        connector = connector.tls(tls);
    }
    let (mut socket, _) = connector.connect(url)?;
    socket.send(PAYLOAD)?;
    socket.recv()?;
    socket.close(CloseCode::NORMAL, REASON)?;
    Ok(())
}

async fn connect_tokio(url: &str, way: Way) -> Result<(), sansocket::Error> {
    let mut connector = sansocket::tokio::Connector::new()
        .subprotocol(SUBPROTOCOL)
        .max_redirects(1)
        .header("X-Token", BEARER);
    if let Some(proxy) = way.proxy {
        connector = connector.proxies(proxy);
    }
    if let Some(tls) = way.tls {
        connector = connector.tls(tls);
    }
    let (mut socket, _) = connector.connect(url).await?;
    socket.send(PAYLOAD).await?;
    socket.recv().await?;
    socket.close(CloseCode::NORMAL, REASON).await?;
    Ok(())
}

/// Reads a head, byte by byte.
fn read_head(stream: &mut TcpStream) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
}

#[test]
fn a_client() {
    let acceptor = blocking::Acceptor::new().subprotocol(SUBPROTOCOL);
    assert_connects("client", |_| false, false, &acceptor);
}

#[test]
fn a_client_through_a_proxy() {
    let answer = |stream: &mut TcpStream| {
        read_head(stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        false
    };
    assert_connects("proxy", answer, true, &blocking::Acceptor::new());
}

#[test]
fn a_client_over_tls() {
    let (of_server, of_client) = configs();
    assert_logged("tls", |is_async| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let session = ServerConnection::new(Arc::clone(&of_server)).unwrap();
        let server = thread::spawn(move || {
            let stream = listener.accept().unwrap().0;
            echo(&blocking::Acceptor::new(), TlsStream::new(session, stream))
        });
        let url = format!("wss://user:{PASSWORD}@127.0.0.1:{port}/chat?token={QUERY}");
        let way = Way { tls: Some(Arc::clone(&of_client)), ..Way::default() };
        connect(&url, way, is_async).unwrap();
        server.join().unwrap().unwrap();
    });
}

#[test]
fn a_client_that_is_refused() {
    let refuse = |stream: &mut TcpStream| {
        read_head(stream);
        let response = format!("HTTP/1.1 401 {BEARER}\r\nContent-Length: 12\r\n\r\n{PAYLOAD}");
        stream.write_all(response.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        false
    };
    assert_connects("refused", refuse, false, &blocking::Acceptor::new());
}

#[test]
fn a_client_that_is_redirected() {
    let redirect = |stream: &mut TcpStream| {
        read_head(stream);
        let response = format!(
            "HTTP/1.1 307 x\r\nLocation: /elsewhere?token={QUERY}\r\nContent-Length: 0\r\n\r\n"
        );
        stream.write_all(response.as_bytes()).unwrap();
        true
    };
    assert_connects("redirected", redirect, false, &blocking::Acceptor::new());
}
