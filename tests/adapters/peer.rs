//! The other end of a TCP stream over loopback, which speaks the protocol byte by byte.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs as _};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use sansocket::Parsed;
use sansocket::blocking::{Acceptor, Connector, WebSocket};
use sansocket::handshake::server::Request;
use sansocket::handshake::{HandshakeError, HeadLimits};
use sansocket::{Error, Limits, Options, Role};

use crate::wire;

/// How long a test waits for something that must arrive, so that the test ends even if it does not.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A request that every server accepts.
pub(crate) const REQUEST: &str = "GET /chat HTTP/1.1\r\n\
    Host: localhost\r\n\
    Upgrade: websocket\r\n\
    Connection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Version: 13\r\n\r\n";

#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) stream: TcpStream,
    /// The role of the endpoint under test.
    other: Role,
}

pub(crate) fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Accepts the next stream. Since the client may have failed, this must not wait for ever.
#[track_caller]
pub(crate) fn accept(listener: &TcpListener) -> TcpStream {
    accept_within(listener, PATIENCE).expect("somebody connects")
}

fn accept_within(listener: &TcpListener, limit: Duration) -> io::Result<TcpStream> {
    let listener = listener.try_clone()?;
    let (sender, receiver) = mpsc::channel();
    // A listener of the standard library has no timeout. If nobody connects, the thread ends with
    // the process.
    thread::spawn(move || sender.send(listener.accept()));
    let accepted = receiver.recv_timeout(limit).map_err(|_| io::ErrorKind::TimedOut)?;
    Ok(accepted?.0)
}

/// The first address of a name reserved for tests. Not every machine resolves it.
pub(crate) fn localhost(port: u16) -> Option<SocketAddr> {
    ("localhost", port).to_socket_addrs().ok()?.next()
}

/// A stream for an end with this role, and its peer.
pub(crate) fn connect(role: Role) -> (TcpStream, Peer) {
    let (listener, address) = listen();
    let stream = TcpStream::connect(address).unwrap();
    (stream, Peer::accept(&listener, role))
}

/// A server after the handshake, and its client.
pub(crate) fn server(options: Options) -> (WebSocket<TcpStream>, Peer) {
    let (stream, mut peer) = connect(Role::Server);
    peer.write(REQUEST.as_bytes());
    let socket = Acceptor::new().options(options).accept(stream).unwrap();
    assert!(peer.read_head().starts_with("HTTP/1.1 101 "));
    (socket, peer)
}

/// A client after the handshake, and its server.
pub(crate) fn client(options: Options) -> (WebSocket<TcpStream>, Peer) {
    let (listener, address) = listen();
    let connecting = thread::spawn(move || {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        let connector = Connector::new().options(options);
        connector.connect_over(stream, &address.to_string(), "/").unwrap().0
    });
    let mut peer = Peer::accept(&listener, Role::Client);
    let head = peer.read_head();
    peer.write(&response_to(&head));
    (connecting.join().unwrap(), peer)
}

/// The response that opens the connection.
pub(crate) fn response_to(request: &str) -> Vec<u8> {
    let parsed = Request::parse(request.as_bytes(), &HeadLimits::default()).unwrap();
    let Parsed::Complete { value: request, .. } = parsed else {
        panic!("{request:?} is not complete");
    };
    let mut response = Vec::new();
    let accepted = request.accept().send(&Limits::default(), &mut response);
    accepted.unwrap();
    response
}

#[track_caller]
pub(crate) fn assert_handshake(error: Error, expected: impl Into<HandshakeError>) {
    assert_eq!(*handshake_error(&error), expected.into());
}

/// Returns why the opening handshake failed.
#[track_caller]
pub(crate) fn handshake_error(error: &Error) -> &HandshakeError {
    match innermost(error) {
        Error::Handshake(error) => error,
        error => panic!("{error:?}"),
    }
}

/// Returns the error of the step of connecting that failed, without the step.
pub(crate) fn innermost(error: &Error) -> &Error {
    match error {
        Error::Connect(error) => error.error(),
        error => error,
    }
}

impl Peer {
    fn new(stream: TcpStream, other: Role) -> Self {
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self { stream, other }
    }

    #[track_caller]
    pub(crate) fn accept(listener: &TcpListener, other: Role) -> Self {
        Self::new(accept(listener), other)
    }

    /// The same peer, for another thread.
    pub(crate) fn another(&self) -> Self {
        let stream = self.stream.try_clone().unwrap();
        Self { stream, other: self.other }
    }

    #[track_caller]
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// Sends a frame, masked if the endpoint under test is a server.
    #[track_caller]
    pub(crate) fn send(&mut self, first: u8, payload: &[u8]) {
        self.write(&wire::to(self.other, first, payload));
    }

    /// Reads an HTTP head, and nothing after it.
    #[track_caller]
    pub(crate) fn read_head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.extend(self.read_exact(1));
        }
        String::from_utf8(head).unwrap()
    }

    /// Reads the next frame: its first byte and its payload. Checks its masking.
    #[track_caller]
    pub(crate) fn receive(&mut self) -> (u8, Vec<u8>) {
        let mut bytes = self.read_exact(2);
        let masked = usize::from(bytes[1] >> 7) * 4;
        let len = match bytes[1] & 0x7F {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        bytes.extend(self.read_exact(len + masked));
        let len = match len {
            2 => u64::from(u16::from_be_bytes(bytes[2..4].try_into().unwrap())),
            8 => u64::from_be_bytes(bytes[2..10].try_into().unwrap()),
            _ => u64::from(bytes[1] & 0x7F),
        };
        bytes.extend(self.read_exact(usize::try_from(len).unwrap()));
        let frame = wire::frames(&bytes).remove(0);
        frame.assert_is_from(self.other);
        (frame.first, frame.payload)
    }

    /// Reads the next frame, which must be a Close frame, and returns its code.
    #[track_caller]
    pub(crate) fn receive_close(&mut self) -> u16 {
        let (first, payload) = self.receive();
        assert_eq!(first, wire::FIN | wire::CLOSE);
        u16::from_be_bytes(payload[..2].try_into().unwrap())
    }

    /// Reads to the end of the stream, which must not be a reset.
    #[track_caller]
    pub(crate) fn read_to_end(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.stream.read_to_end(&mut bytes).unwrap();
        bytes
    }

    #[track_caller]
    pub(crate) fn read_exact(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.stream.read_exact(&mut bytes).unwrap();
        bytes
    }

    /// Returns whether nothing can be read within this time, not even the end of the stream.
    pub(crate) fn waits_in_vain(&mut self, limit: Duration) -> bool {
        self.stream.set_read_timeout(Some(limit)).unwrap();
        let peeked = self.stream.peek(&mut [0]);
        self.stream.set_read_timeout(Some(PATIENCE)).unwrap();
        peeked.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }
}

#[test]
fn an_accepting_side_gives_up_when_nobody_connects() {
    let (listener, _) = listen();
    let error = accept_within(&listener, Duration::from_millis(50)).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
}

#[test]
fn an_accepting_side_gets_who_connects() {
    let (listener, address) = listen();
    let connected = TcpStream::connect(address).unwrap();
    let accepted = accept_within(&listener, PATIENCE).unwrap();
    assert_eq!(accepted.peer_addr().unwrap(), connected.local_addr().unwrap());
}
