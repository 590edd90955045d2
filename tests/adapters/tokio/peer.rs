//! The other end of an async stream, which speaks the protocol byte by byte.

use std::net::Ipv4Addr;
use std::time::Duration;

use sansocket::connection::Connection;
use sansocket::tokio::WebSocket;
use sansocket::{Limits, Options, Role, Seed};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::io::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::wire::{self, CLOSE, FIN};

pub(crate) const ROLES: [Role; 2] = [Role::Client, Role::Server];

#[derive(Debug)]
pub(crate) struct Peer<S> {
    pub(crate) stream: S,
    /// The role of the endpoint under test.
    other: Role,
    unread: Vec<u8>,
}

/// An open connection.
pub(crate) fn connection(role: Role, limits: &Limits) -> Connection {
    match role {
        Role::Client => Connection::client(limits, Seed::from([7; 32])),
        Role::Server => Connection::server(limits),
    }
}

/// An endpoint with this role over an open stream, and its peer.
pub(crate) fn over<S, T>(
    role: Role,
    (stream, other): (S, T),
    options: &Options,
) -> (WebSocket<S>, Peer<T>)
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    let connection = connection(role, &Limits::default());
    let socket = WebSocket::from_upgraded(stream, connection, Vec::new(), options);
    (socket, Peer::new(other, role))
}

/// A stream over loopback, and its other end.
pub(crate) async fn tcp() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (one, other) = tokio::try_join!(TcpStream::connect(address), listener.accept()).unwrap();
    (one, other.0)
}

impl<S> Peer<S> {
    pub(crate) fn new(stream: S, other: Role) -> Self {
        Self { stream, other, unread: Vec::new() }
    }
}

impl<S: AsyncRead + AsyncWrite> Peer<S> {
    /// Splits the peer for two tasks: one receives and one sends.
    pub(crate) fn split(self) -> (Peer<ReadHalf<S>>, Peer<WriteHalf<S>>) {
        let (reading, writing) = tokio::io::split(self.stream);
        let receiving = Peer { unread: self.unread, ..Peer::new(reading, self.other) };
        (receiving, Peer::new(writing, self.other))
    }
}

impl<S: AsyncWrite + Unpin> Peer<S> {
    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// Sends a frame, masked if the endpoint under test is a server.
    pub(crate) async fn send(&mut self, first: u8, payload: &[u8]) {
        self.write(&wire::to(self.other, first, payload)).await;
    }

    /// Ends its direction.
    pub(crate) async fn shut_down(&mut self) {
        self.stream.shutdown().await.unwrap();
    }
}

impl<S: AsyncRead + Unpin> Peer<S> {
    /// Reads an HTTP head.
    pub(crate) async fn read_head(&mut self) -> String {
        loop {
            let end = self.unread.windows(4).position(|end| end == b"\r\n\r\n");
            if let Some(at) = end {
                let rest = self.unread.split_off(at + 4);
                return String::from_utf8(std::mem::replace(&mut self.unread, rest)).unwrap();
            }
            assert!(self.read_more().await, "the stream has ended");
        }
    }

    /// Reads the next frame: its first byte and its payload. Checks its masking.
    pub(crate) async fn receive(&mut self) -> (u8, Vec<u8>) {
        loop {
            if let Some((frame, rest)) = wire::first_frame(&self.unread) {
                frame.assert_is_from(self.other);
                self.unread = rest.into();
                return (frame.first, frame.payload);
            }
            assert!(self.read_more().await, "the stream has ended");
        }
    }

    /// Reads what arrives without a pause, up to this many bytes.
    pub(crate) async fn read_at_most(&mut self, count: usize) {
        let end = self.unread.len() + count;
        while self.unread.len() < end {
            let mut reading =
                (&mut self.stream).take((end - self.unread.len()).try_into().unwrap());
            let read = reading.read_buf(&mut self.unread);
            match timeout(Duration::from_millis(1), read).await {
                Ok(Ok(count)) if count > 0 => {}
                _ => return,
            }
        }
    }

    /// Returns the next frame of what was read.
    pub(crate) fn next_read(&mut self) -> Option<(u8, Vec<u8>)> {
        let (frame, rest) = wire::first_frame(&self.unread)?;
        self.unread = rest.into();
        Some((frame.first, frame.payload))
    }

    /// Reads the next frame, which must be a Close frame, and returns its code.
    pub(crate) async fn receive_close(&mut self) -> u16 {
        let (first, payload) = self.receive().await;
        assert_eq!(first, FIN | CLOSE);
        u16::from_be_bytes(payload[..2].try_into().unwrap())
    }

    /// Reads to the end of the stream, which must not be a reset.
    pub(crate) async fn read_to_end(&mut self) -> Vec<u8> {
        while self.read_more().await {}
        std::mem::take(&mut self.unread)
    }

    /// Frees the memory of what was read.
    pub(crate) fn forget(&mut self) {
        assert!(self.unread.is_empty());
        self.unread = Vec::new();
    }

    async fn read_more(&mut self) -> bool {
        self.unread.reserve(64 << 10);
        self.stream.read_buf(&mut self.unread).await.unwrap() > 0
    }
}
