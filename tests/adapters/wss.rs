//! `wss` URLs in the blocking adapter.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use rustls::{ClientConfig, ServerConfig, ServerConnection};
use sansocket::blocking::{Acceptor, ClientStream, Connector, TlsStream, WebSocket};
use sansocket::{CloseCode, CloseFrame, Error, Options, OwnedMessage, Role, TimeoutKind, Timeouts};

use crate::peer::{self, innermost, response_to};
use crate::tls::{self, ServerStream, bounded, drip, long_record, read_to_end};
use crate::wire::{self, CLOSE, FIN, close_payload};

fn connector(config: &Arc<ClientConfig>) -> Connector {
    Connector::new().tls(Arc::clone(config))
}

/// Accepts the next client in a thread, and runs `action` as its server.
fn serve<T: Send + 'static>(
    listener: TcpListener,
    config: Arc<ServerConfig>,
    action: impl FnOnce(WebSocket<TlsStream<ServerConnection, TcpStream>>) -> T + Send + 'static,
) -> thread::JoinHandle<T> {
    thread::spawn(move || {
        let stream = listener.accept().unwrap().0;
        stream.set_nodelay(true).unwrap();
        let stream = tls::ours(tls::server(config, stream));
        action(Acceptor::new().accept_over(stream).unwrap())
    })
}

/// A client over TLS, and the thread of its server.
fn open<T: Send + 'static>(
    action: impl FnOnce(WebSocket<TlsStream<ServerConnection, TcpStream>>) -> T + Send + 'static,
) -> (WebSocket<ClientStream>, thread::JoinHandle<T>) {
    let (of_server, of_client) = tls::configs();
    let (listener, address) = peer::listen();
    let serving = serve(listener, of_server, action);
    // A thread that reads waits until something arrives.
    let connector = connector(&of_client).options(without_pings());
    (connector.connect(&url(address)).unwrap().0, serving)
}

fn without_pings() -> Options {
    Options::default().timeouts(Timeouts::default().ping_interval(None))
}

fn url(address: SocketAddr) -> String {
    format!("wss://{address}/")
}

fn echo(mut socket: WebSocket<TlsStream<ServerConnection, TcpStream>>) {
    while let Some(message) = socket.recv().unwrap() {
        socket.send(message).unwrap();
    }
}

fn payload(len: usize) -> Vec<u8> {
    (0..=250).cycle().take(len).collect()
}

// Shows 6455-3-2, 6455-4.2.2-1, 6455-10.6-1 (both).
#[test]
fn messages_of_any_size_are_echoed_over_tls() {
    let (mut socket, serving) = open(echo);
    for len in [0, 1, 125, 16 << 10, (16 << 10) + 1, 1 << 20, 3 << 20] {
        socket.send(&payload(len)[..]).unwrap();
        assert!(socket.recv().unwrap() == Some(OwnedMessage::Binary(payload(len))), "{len} bytes");
    }
    assert!(socket.close(CloseCode::NORMAL, "").unwrap().was_clean);
    serving.join().unwrap();
}

#[test]
fn two_threads_send_and_receive_large_messages_over_tls_at_once() {
    const COUNT: usize = 40;
    let (socket, serving) = open(echo);
    let (writer, mut reader) = socket.split();
    let reader = bounded(move || {
        thread::scope(|scope| {
            scope.spawn(|| {
                for n in 0..COUNT {
                    writer.send(&payload(n * 10_007)[..]).unwrap();
                }
            });
            for n in 0..COUNT {
                assert!(reader.recv().unwrap() == Some(OwnedMessage::Binary(payload(n * 10_007))));
            }
        });
        reader.reunite(writer).unwrap()
    });
    let mut socket = reader;
    assert!(bounded(move || socket.close(CloseCode::NORMAL, "").unwrap()).was_clean);
    serving.join().unwrap();
}

#[test]
fn a_thread_that_waits_to_write_over_tls_does_not_keep_another_from_reading() {
    const LEN: usize = 24 << 20;
    let (socket, serving) = open(|mut socket| {
        // It reads nothing before all of this is sent.
        for _ in 0..3 {
            socket.send(&payload(LEN / 3)[..]).unwrap();
        }
        let received = (0..3).map(|_| socket.recv().unwrap().unwrap().len()).sum::<usize>();
        assert_eq!(socket.recv().unwrap(), None);
        received
    });
    let (writer, mut reader) = socket.split();
    bounded(move || {
        thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..3 {
                    writer.send(&payload(LEN / 3)[..]).unwrap();
                }
                writer.send(CloseFrame { code: CloseCode::NORMAL, reason: "" }).unwrap();
            });
            let mut received = 0;
            while let Some(message) = reader.recv().unwrap() {
                assert!(message.as_bytes() == payload(LEN / 3));
                received += message.len();
            }
            assert_eq!(received, LEN);
        });
    });
    assert_eq!(serving.join().unwrap(), LEN);
}

#[test]
fn a_thread_that_waits_to_read_over_tls_does_not_keep_another_from_writing() {
    let (socket, serving) = open(echo);
    let (writer, mut reader) = socket.split();
    let (received, messages) = mpsc::channel();
    let reading = thread::spawn(move || {
        while let Some(message) = reader.recv().unwrap() {
            received.send(message).unwrap();
        }
    });
    for n in 0..10 {
        // Long enough that the other thread is waiting.
        thread::sleep(Duration::from_millis(20));
        writer.send(&payload(n)[..]).unwrap();
        let message = messages.recv_timeout(Duration::from_secs(20)).unwrap();
        assert_eq!(message, OwnedMessage::Binary(payload(n)));
    }
    writer.send(CloseFrame { code: CloseCode::NORMAL, reason: "" }).unwrap();
    reading.join().unwrap();
    serving.join().unwrap();
}

/// A client on an open connection, with a bare TLS stream as its server.
fn open_raw() -> (WebSocket<ClientStream>, ServerStream) {
    let (of_server, of_client) = tls::configs();
    let (listener, address) = peer::listen();
    let serving = thread::spawn(move || {
        let stream = listener.accept().unwrap().0;
        stream.set_read_timeout(Some(peer::PATIENCE)).unwrap();
        let mut stream = tls::server(of_server, stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.push(byte[0].into());
        }
        stream.write_all(&response_to(&head)).unwrap();
        stream
    });
    let connector = connector(&of_client).options(without_pings());
    (connector.connect(&url(address)).unwrap().0, serving.join().unwrap())
}

#[test]
fn the_keys_of_a_tls_session_may_change() {
    let (mut socket, mut server) = open_raw();
    for n in 0..4_u8 {
        server.conn.refresh_traffic_keys().unwrap();
        server.write_all(&wire::to(Role::Client, FIN | wire::TEXT, b"with other keys")).unwrap();
        assert_eq!(socket.recv().unwrap().unwrap().as_text(), Some("with other keys"));
        socket.send([n]).unwrap();
        let mut frame = vec![0; wire::to(Role::Server, FIN | wire::TEXT, b".").len()];
        server.read_exact(&mut frame).unwrap();
    }
}

// Shows 6455-7.1.1-2 (client).
#[test]
fn the_closing_handshake_over_tls_ends_with_close_notify() {
    for is_split in [false, true] {
        let (mut socket, mut server) = open_raw();
        let closing = thread::spawn(move || {
            if !is_split {
                return socket.close(CloseCode::NORMAL, "").unwrap();
            }
            let (_writer, mut reader) = socket.split();
            reader.close(CloseCode::NORMAL, "").unwrap()
        });
        server.write_all(&wire::to(Role::Client, FIN | CLOSE, &close_payload(1000, ""))).unwrap();
        server.conn.send_close_notify();
        server.flush().unwrap();
        server.sock.shutdown(Shutdown::Write).unwrap();
        // It fails without the alert.
        let frames = wire::contents(&read_to_end(&mut server));
        assert_eq!(frames, [(FIN | CLOSE, close_payload(1000, ""))]);
        assert!(closing.join().unwrap().was_clean);
    }
}

#[test]
fn a_tls_stream_that_ends_without_close_notify_is_not_a_clean_end() {
    let (mut socket, server) = open_raw();
    drop(server.sock);
    socket.recv().unwrap_err();
    assert!(socket.close_info().is_none_or(|info| !info.was_clean));
}

// Shows 6455-4.1-9.
#[test]
fn the_tls_session_can_be_inspected() {
    let (of_server, of_client) = tls::configs();
    let mut of_server = Arc::unwrap_or_clone(of_server);
    of_server.alpn_protocols = [b"h2".to_vec(), b"http/1.1".to_vec()].into();
    let mut of_client = Arc::unwrap_or_clone(of_client);
    of_client.alpn_protocols = of_server.alpn_protocols.clone();
    let (listener, address) = peer::listen();
    let serving = serve(listener, Arc::new(of_server), |socket| {
        socket.get_ref().get_ref().0.server_name().map(String::from)
    });
    let host = peer::localhost(0).map_or("127.0.0.1", |_| "localhost");
    let url = format!("wss://{host}:{}/", address.port());
    let (socket, _) = connector(&Arc::new(of_client)).connect(&url).unwrap();
    let stream = socket.get_ref();
    assert_eq!(stream.tcp_stream().peer_addr().unwrap().port(), address.port());
    assert!(stream.tcp_stream().nodelay().unwrap());
    let connection = stream.tls_connection().unwrap();
    assert_eq!(connection.alpn_protocol(), Some(&b"http/1.1"[..]));
    assert_eq!(connection.peer_certificates().unwrap().len(), 1);
    // In TLS, an address is not a server name (RFC 6066 3).
    let name = serving.join().unwrap();
    assert_eq!(name.as_deref(), Some(host).filter(|host| *host == "localhost"));
}

/// Returns the error of a client whose server does only its TLS handshake.
fn refused(connector: Connector, server: Arc<ServerConfig>) -> Error {
    let (listener, address) = peer::listen();
    let serving = thread::spawn(move || {
        let mut stream = tls::server(server, listener.accept().unwrap().0);
        let _ = stream.conn.complete_io(&mut stream.sock);
    });
    let error = bounded(move || connector.connect(&url(address)).unwrap_err());
    serving.join().unwrap();
    error
}

fn is_invalid(error: &Error) -> bool {
    matches!(innermost(error), Error::Io(error) if error.kind() == ErrorKind::InvalidData)
        && !error.is_retryable()
}

// Shows 6455-4.1-8.
#[test]
fn a_certificate_with_another_name_or_without_trust_is_refused() {
    let (server, client) = tls::configs_for(&["elsewhere.test"]);
    let wrong_name = refused(connector(&client), server);
    assert!(is_invalid(&wrong_name), "{wrong_name:?}");
    assert!(wrong_name.to_string().contains("not valid for name"), "{wrong_name}");

    let (server, _) = tls::configs();
    let untrusted = refused(connector(&client), server);
    assert!(is_invalid(&untrusted), "{untrusted:?}");
}

#[test]
#[cfg(all(
    any(feature = "rustls-ring", feature = "rustls-aws-lc-rs"),
    any(feature = "rustls-platform-verifier", feature = "rustls-webpki-roots")
))]
fn the_default_settings_trust_no_self_signed_certificate() {
    let (server, _) = tls::configs();
    let error = refused(Connector::new(), server);
    assert!(is_invalid(&error), "{error:?}");
}

#[test]
fn a_server_that_does_not_speak_tls_is_refused() {
    let (_, client) = tls::configs();
    let (listener, address) = peer::listen();
    let serving = thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        stream
    });
    let error = bounded(move || connector(&client).connect(&url(address)).unwrap_err());
    assert!(is_invalid(&error), "{error:?}");
    drop(serving.join().unwrap());
}

// Shows own-limits-6 (client).
#[test]
fn tls_handshakes_that_are_silent_or_drip_time_out() {
    for is_silent in [true, false] {
        let (_, client) = tls::configs();
        let (listener, address) = peer::listen();
        let serving = thread::spawn(move || {
            let stream = listener.accept().unwrap().0;
            let bytes = if is_silent { Vec::new() } else { long_record() };
            drip(stream.try_clone().unwrap(), bytes).join().unwrap();
            stream
        });
        let options = Options::default().handshake_timeout(Duration::from_millis(500));
        let connector = connector(&client).options(options);
        let error = bounded(move || connector.connect(&url(address)).unwrap_err());
        let is_expected = matches!(innermost(&error), Error::Timeout(TimeoutKind::Handshake));
        assert!(is_expected, "{error:?}");
        drop(serving.join());
    }
}
