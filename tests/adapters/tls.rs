//! TLS streams that the application gives to the blocking adapter.

use std::cell::Cell;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, ServerConfig, ServerConnection, StreamOwned};
use sansocket::blocking::{Acceptor, Connector, Socket, TlsStream, WebSocket};
use sansocket::connection::Connection;
use sansocket::{CloseCode, Error, Limits, Options, Role, Seed, TimeoutKind, Timeouts};

use crate::peer;
pub(crate) use crate::tls_configs::{configs, configs_for};
use crate::wire::{self, CLOSE, FIN, TEXT, close_payload};

pub(crate) type ServerStream = StreamOwned<ServerConnection, TcpStream>;
pub(crate) type ClientStream = StreamOwned<ClientConnection, TcpStream>;

/// A client's TLS stream, which does its handshake when the first bytes are read or written.
pub(crate) fn client(config: Arc<ClientConfig>, stream: TcpStream) -> ClientStream {
    let name = ServerName::try_from("localhost").unwrap();
    StreamOwned::new(ClientConnection::new(config, name).unwrap(), stream)
}

/// A server's TLS stream.
pub(crate) fn server(config: Arc<ServerConfig>, stream: TcpStream) -> ServerStream {
    StreamOwned::new(ServerConnection::new(config).unwrap(), stream)
}

/// The end under test.
pub(crate) fn ours<C, T: Read + Write>(stream: StreamOwned<C, T>) -> TlsStream<C, T> {
    TlsStream::new(stream.conn, stream.sock)
}

/// Both ends of a TLS connection.
pub(crate) fn pair() -> (ServerStream, ClientStream) {
    let (of_server, of_client) = configs();
    let (listener, address) = peer::listen();
    let client_tcp = TcpStream::connect(address).unwrap();
    let server_tcp = listener.accept().unwrap().0;
    // The test ends even if the expected bytes do not arrive.
    for tcp in [&client_tcp, &server_tcp] {
        tcp.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    }
    (server(of_server, server_tcp), client(of_client, client_tcp))
}

/// Returns what the other endpoint sent before the alert `close_notify`, without which reading
/// fails, and checks that TCP ended after it.
pub(crate) fn read_to_end(stream: &mut impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    bytes
}

fn options() -> Options {
    Options::default().timeouts(Timeouts::default().ping_interval(None))
}

// Shows 6455-7.1.1-2 (both).
#[test]
fn close_notify_is_sent_before_tcp_ends() {
    // The server ends first.
    let (server, mut client) = pair();
    let connection = Connection::server(&Limits::default());
    let mut socket = WebSocket::from_upgraded(ours(server), connection, Vec::new(), &options());
    let closing = thread::spawn(move || {
        let info = socket.close(CloseCode::NORMAL, "").unwrap();
        (info, socket)
    });
    client.write_all(&wire::to(Role::Server, FIN | CLOSE, &close_payload(1000, ""))).unwrap();
    let close = wire::to(Role::Client, FIN | CLOSE, &close_payload(1000, ""));
    assert_eq!(read_to_end(&mut client), close);
    assert_eq!(client.sock.read(&mut [0]).unwrap(), 0, "TCP has ended, too");
    client.sock.shutdown(Shutdown::Write).unwrap();
    assert!(closing.join().unwrap().0.was_clean);

    // The client ends after the server.
    let (mut server, client) = pair();
    let connection = Connection::client(&Limits::default(), Seed::from([7; 32]));
    let mut socket = WebSocket::from_upgraded(ours(client), connection, Vec::new(), &options());
    let closing = thread::spawn(move || {
        let info = socket.close(CloseCode::NORMAL, "").unwrap();
        (info, socket)
    });
    server.write_all(&wire::to(Role::Client, FIN | CLOSE, &close_payload(1000, ""))).unwrap();
    server.conn.send_close_notify();
    server.flush().unwrap();
    server.sock.shutdown(Shutdown::Write).unwrap();
    let frames = wire::contents(&read_to_end(&mut server));
    assert_eq!(frames, [(FIN | CLOSE, close_payload(1000, ""))]);
    assert!(closing.join().unwrap().0.was_clean);
}

// Shows 6455-7.1.1-2 (server).
#[test]
fn close_notify_is_sent_after_a_refusal_too() {
    let (server, mut client) = pair();
    let refusing = thread::spawn(move || Acceptor::new().accept_over(ours(server)));
    client.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let response = String::from_utf8(read_to_end(&mut client)).unwrap();
    assert!(response.starts_with("HTTP/1.1 426 "), "{response}");
    drop(client);
    assert!(matches!(refusing.join().unwrap(), Err(Error::Handshake(_))));
}

// Shows 6455-7.1.1-2 (client).
#[test]
fn close_notify_is_sent_by_a_client_that_is_refused_too() {
    let (mut server, client) = pair();
    let connecting = thread::spawn(move || {
        Connector::new().connect_over(ours(client), "localhost", "/").unwrap_err()
    });
    server.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").unwrap();
    let request = String::from_utf8(read_to_end(&mut server)).unwrap();
    assert!(request.starts_with("GET / HTTP/1.1\r\n"), "{request}");
    let error = connecting.join().unwrap();
    assert!(matches!(error, Error::Handshake(_)), "{error:?}");
}

// Shows 6455-7.1.1-2 (server).
#[test]
fn close_notify_is_sent_after_a_violation_too() {
    let (server, mut client) = pair();
    let connection = Connection::server(&Limits::default());
    let mut socket = WebSocket::from_upgraded(ours(server), connection, Vec::new(), &options());
    let failing = thread::spawn(move || (socket.recv().unwrap_err(), socket));
    client.write_all(&wire::to(Role::Client, FIN | TEXT, b"not masked")).unwrap();
    let frames = wire::contents(&read_to_end(&mut client));
    assert_eq!(frames[0].1[..2], 1002_u16.to_be_bytes());
    drop(client);
    failing.join().unwrap();
}

/// A write that has to wait must not turn into a read that waits for a peer that sends nothing.
// Shows own-adapters-2 (server).
#[test]
fn a_peer_that_reads_nothing_from_a_tls_stream_is_dropped() {
    let (server, mut client) = pair();
    let connection = Connection::server(&Limits::default());
    let options = options().write_timeout(Some(Duration::from_millis(200)));
    let mut socket = WebSocket::from_upgraded(ours(server), connection, Vec::new(), &options);
    let (sent, result) = mpsc::channel();
    let sending = thread::spawn(move || sent.send(socket.send(vec![7; 64 << 20])));
    while client.conn.is_handshaking() {
        client.conn.complete_io(&mut client.sock).unwrap();
    }
    let result = result.recv_timeout(Duration::from_secs(60)).unwrap();
    assert!(matches!(result, Err(Error::Timeout(TimeoutKind::Write))), "{result:?}");
    sending.join().unwrap().unwrap();
}

#[test]
fn a_tls_stream_is_read_without_a_timeout_after_a_write() {
    let (server, mut client) = pair();
    let connection = Connection::server(&Limits::default());
    let mut socket = WebSocket::from_upgraded(ours(server), connection, Vec::new(), &options());
    let talking = thread::spawn(move || {
        socket.send("question").unwrap();
        socket.recv()
    });
    let question = wire::to(Role::Client, FIN | TEXT, b"question");
    let mut bytes = vec![0; question.len()];
    client.read_exact(&mut bytes).unwrap();
    assert_eq!(bytes, question);
    // Longer than a read may wait inside a write.
    client.sock.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    assert!(client.read(&mut [0]).is_err(), "the other end waits, too");
    client.write_all(&wire::to(Role::Server, FIN | TEXT, b"answer")).unwrap();
    assert!(talking.join().unwrap().unwrap().is_some());
}

#[test]
fn a_tls_stream_that_ends_without_an_alert_is_a_lost_connection() {
    let (server, mut client) = pair();
    let connection = Connection::server(&Limits::default());
    let mut socket = WebSocket::from_upgraded(ours(server), connection, Vec::new(), &options());
    let receiving = thread::spawn(move || {
        assert!(socket.recv().unwrap().is_some());
        socket.recv().unwrap_err()
    });
    client.write_all(&wire::to(Role::Server, FIN | TEXT, b"last words")).unwrap();
    client.sock.shutdown(Shutdown::Write).unwrap();
    let error = receiving.join().unwrap();
    assert!(matches!(error, Error::ConnectionLost), "{error:?}");
    assert!(error.is_closed());
}

#[test]
fn each_end_notices_that_the_other_speaks_tls() {
    // A TLS server answers a plain request with an alert.
    let (of_server, of_client) = configs();
    let (listener, address) = peer::listen();
    let serving = thread::spawn(move || {
        let error = server(of_server, listener.accept().unwrap().0).read(&mut [0]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    });
    let error = Connector::new().connect(&format!("ws://{address}/")).unwrap_err();
    let expected =
        format!("WebSocket handshake with {address}: the server speaks TLS; did you mean wss://?");
    assert_eq!(error.to_string(), expected);
    assert!(!error.is_retryable());
    serving.join().unwrap();

    // A TLS client gets the answer in plain text.
    let (listener, address) = peer::listen();
    let connecting = thread::spawn(move || {
        let stream = TcpStream::connect(address).unwrap();
        client(of_client, stream).write_all(b"GET").unwrap_err()
    });
    let error = Acceptor::new().accept(listener.accept().unwrap().0).unwrap_err();
    assert_eq!(error.to_string(), "the client speaks TLS, where HTTP is expected");
    assert_eq!(connecting.join().unwrap().kind(), io::ErrorKind::InvalidData);
}

/// Short enough to wait for, and longer than the time between the bytes of a dripping peer.
const SHORT: Duration = Duration::from_millis(500);

/// Sends byte after byte, without completing anything, until the other endpoint is gone.
pub(crate) fn drip(mut stream: TcpStream, bytes: Vec<u8>) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        for byte in bytes {
            if stream.write_all(&[byte]).is_err() {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
    })
}

/// Returns the result of `action`, or fails the test if it does not return.
pub(crate) fn bounded<T: Send + 'static>(action: impl FnOnce() -> T + Send + 'static) -> T {
    let (sent, result) = mpsc::channel();
    thread::spawn(move || sent.send(action()));
    result.recv_timeout(peer::PATIENCE).unwrap()
}

/// The header of a 16 KiB record, and a payload.
pub(crate) fn long_record() -> Vec<u8> {
    let mut record = vec![0; 5 + (16 << 10)];
    record[..6].copy_from_slice(&[0x16, 3, 1, 0x40, 0, 1]);
    record
}

// Shows own-limits-6 (server).
#[test]
fn a_client_whose_tls_handshake_drips_times_out() {
    let (server, client) = pair();
    let dripping = drip(client.sock, long_record());
    let options = Options::default().handshake_timeout(SHORT);
    let result = bounded(move || {
        let acceptor = Acceptor::new().options(options);
        acceptor.accept_over(ours(server))
    });
    assert!(matches!(result, Err(Error::Timeout(TimeoutKind::Request))), "{result:?}");
    dripping.join().unwrap();
}

// Shows own-limits-6 (client).
#[test]
fn a_server_whose_tls_handshake_drips_times_out() {
    let (server, client) = pair();
    let dripping = drip(server.sock, long_record());
    // A client's first bytes are those of its TLS handshake, so it waits in a write.
    let options = Options::default().handshake_timeout(SHORT);
    let result = bounded(move || {
        let connector = Connector::new().options(options);
        connector.connect_over(ours(client), "localhost", "/").map(|_| ())
    });
    assert!(matches!(result, Err(Error::Timeout(TimeoutKind::Response))), "{result:?}");
    dripping.join().unwrap();
}

// Shows own-limits-6 (client).
#[test]
fn a_server_that_is_silent_in_its_tls_handshake_times_out() {
    let (server, client) = pair();
    client.sock.set_read_timeout(None).unwrap();
    let options = Options::default().handshake_timeout(SHORT);
    let result = bounded(move || {
        let connector = Connector::new().options(options);
        connector.connect_over(ours(client), "localhost", "/").map(|_| ())
    });
    assert!(matches!(result, Err(Error::Timeout(TimeoutKind::Response))), "{result:?}");
    drop(server);
}

/// Sends a message over an open TLS connection, and then a record that drips.
fn open_and_drip(mut client: ClientStream) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        client.write_all(&wire::to(Role::Server, FIN | TEXT, b"open")).unwrap();
        client.conn.writer().write_all(&[7; 8 << 10]).unwrap();
        let mut record = Vec::new();
        client.conn.write_tls(&mut record).unwrap();
        drip(client.sock, record).join().unwrap();
    })
}

// Shows own-limits-7 (server).
#[test]
fn a_record_that_drips_does_not_extend_a_timeout() {
    let timeouts = Timeouts::default().ping_interval(None).close(SHORT);
    for (timeouts, deadline) in
        [(timeouts.idle(Some(SHORT)), TimeoutKind::Idle), (timeouts, TimeoutKind::Close)]
    {
        let (server, client) = pair();
        let dripping = open_and_drip(client);
        let connection = Connection::server(&Limits::default());
        let options = Options::default().timeouts(timeouts);
        let mut socket = WebSocket::from_upgraded(ours(server), connection, Vec::new(), &options);
        assert!(socket.recv().unwrap().is_some());
        let result = bounded(move || match deadline {
            TimeoutKind::Close => socket.close(CloseCode::NORMAL, "").map(|_| ()),
            _ => socket.recv().map(|_| ()),
        });
        assert!(
            matches!(result, Err(Error::Timeout(passed)) if passed == deadline),
            "{deadline:?}: {result:?}"
        );
        dripping.join().unwrap();
    }
}

/// A stream that counts how often its read timeout is set.
#[derive(Debug)]
struct Counting<'a> {
    stream: TcpStream,
    count: &'a Cell<usize>,
}

impl Read for Counting<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer)
    }
}

impl Write for Counting<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Socket for Counting<'_> {
    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.count.set(self.count.get() + 1);
        Socket::set_read_timeout(&mut self.stream, timeout)
    }

    fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        Socket::set_write_timeout(&mut self.stream, timeout)
    }

    fn set_nonblocking(&mut self, nonblocking: bool) -> io::Result<()> {
        Socket::set_nonblocking(&mut self.stream, nonblocking)
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        self.stream.shutdown_write()
    }
}

#[test]
fn a_round_trip_over_tls_sets_no_timeouts() {
    let (server, mut client) = pair();
    let count = Cell::new(0);
    let StreamOwned { conn, sock } = server;
    let stream = TlsStream::new(conn, Counting { stream: sock, count: &count });
    let connection = Connection::server(&Limits::default());
    let mut socket = WebSocket::from_upgraded(stream, connection, Vec::new(), &options());
    let asking = thread::spawn(move || {
        let mut answer = vec![0; wire::to(Role::Client, FIN | TEXT, b"8 bytes.").len()];
        for _ in 0..10 {
            client.write_all(&wire::to(Role::Server, FIN | TEXT, b"8 bytes.")).unwrap();
            client.read_exact(&mut answer).unwrap();
        }
        client
    });
    let mut counts = Vec::new();
    for _ in 0..10 {
        let message = socket.recv().unwrap().unwrap();
        socket.send(message).unwrap();
        counts.push(count.get());
    }
    assert_eq!(counts[1], counts[9], "{counts:?}");
    drop(asking.join().unwrap());
}
