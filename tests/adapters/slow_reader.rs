//! Peers that read slowly, in real time: a large message arrives with the default options.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use sansocket::blocking::{Socket, WebSocket};
use sansocket::connection::Connection;
use sansocket::{CloseCode, Limits, Options, OwnedMessage, Role, Seed};

use crate::peer;
#[cfg(feature = "rustls")]
use crate::tls;
use crate::wire::{self, BINARY, CLOSE, FIN, PING, PONG, TEXT};

pub(crate) const LEN: usize = 16 << 20;
/// Bytes per second.
const RATE: usize = 256 << 10;

/// A peer that reads this many bytes per second, and answers each Ping when it gets to it.
pub(crate) struct SlowPeer<S> {
    stream: S,
    /// The role of the other endpoint.
    other: Role,
    since: Instant,
    read: usize,
}

impl<S: Read + Write> SlowPeer<S> {
    pub(crate) fn new(stream: S, other: Role) -> Self {
        Self { stream, other, since: Instant::now(), read: 0 }
    }

    fn read_exact(&mut self, mut buffer: &mut [u8]) {
        while !buffer.is_empty() {
            let due = Duration::from_secs(1) * u32::try_from(self.read / 1024).unwrap()
                / u32::try_from(RATE / 1024).unwrap();
            thread::sleep(due.saturating_sub(self.since.elapsed()));
            let len = buffer.len().min(RATE / 20);
            let count = self.stream.read(&mut buffer[..len]).unwrap();
            assert_ne!(count, 0, "the end, after {} bytes", self.read);
            self.read += count;
            buffer = &mut buffer[count..];
        }
    }

    fn receive(&mut self) -> (u8, Vec<u8>) {
        let mut head = vec![0; 2];
        self.read_exact(&mut head);
        let masked = usize::from(head[1] >> 7) * 4;
        let extended = match head[1] & 0x7F {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let mut rest = vec![0; extended + masked];
        self.read_exact(&mut rest);
        let len = match extended {
            0 => usize::from(head[1] & 0x7F),
            len => rest[..len].iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)),
        };
        let mut payload = vec![0; len];
        self.read_exact(&mut payload);
        head.extend(rest);
        head.extend(payload);
        wire::contents(&head).remove(0)
    }

    fn send(&mut self, first: u8, payload: &[u8]) {
        self.stream.write_all(&wire::to(self.other, first, payload)).unwrap();
        self.stream.flush().unwrap();
    }

    /// Reads up to the message, answers that it has arrived, and answers the Close frame.
    pub(crate) fn run(mut self) {
        loop {
            match self.receive() {
                (first, data) if first == FIN | PING => self.send(FIN | PONG, &data),
                (first, payload) if first == FIN | BINARY => {
                    assert!(payload == vec![7; LEN]);
                    self.send(FIN | TEXT, b"it is there");
                }
                (first, payload) => {
                    assert_eq!((first, &payload[..2]), (FIN | CLOSE, &[3, 0xE8][..]));
                    self.send(FIN | CLOSE, &payload);
                    return;
                }
            }
        }
    }
}

fn connection(role: Role) -> Connection {
    match role {
        Role::Client => Connection::client(&Limits::default(), Seed::from([7; 32])),
        Role::Server => Connection::server(&Limits::default()),
    }
}

fn send_whole<S: Socket>(mut socket: WebSocket<S>) {
    socket.send(vec![7; LEN]).unwrap();
    assert_eq!(socket.recv().unwrap(), Some(OwnedMessage::Text("it is there".into())));
    assert!(socket.close(CloseCode::NORMAL, "").unwrap().was_clean);
}

fn send_by_halves(socket: WebSocket<TcpStream>) {
    let (writer, mut reader) = socket.split();
    let sending = thread::spawn(move || {
        writer.send(vec![7; LEN]).unwrap();
        writer
    });
    assert_eq!(reader.recv().unwrap(), Some(OwnedMessage::Text("it is there".into())));
    let writer = sending.join().unwrap();
    writer.send(sansocket::CloseFrame { code: CloseCode::NORMAL, reason: "" }).unwrap();
    assert_eq!(reader.recv().unwrap(), None);
    assert!(reader.close_info().unwrap().was_clean);
}

/// A socket over `stream` with the defaults.
fn open<S: Socket>(stream: S, role: Role) -> WebSocket<S> {
    WebSocket::from_upgraded(stream, connection(role), Vec::new(), &Options::default())
}

#[test]
#[ignore = "takes more than a minute: `.ci/run slow`"]
fn a_large_message_arrives_at_a_peer_that_reads_slowly() {
    thread::scope(|scope| {
        for role in [Role::Client, Role::Server] {
            for send in [send_whole, send_by_halves] {
                let (stream, peer) = peer::connect(role);
                let peer = SlowPeer::new(peer.stream, role);
                scope.spawn(move || send(open(stream, role)));
                scope.spawn(move || peer.run());
            }
        }
        #[cfg(feature = "rustls")]
        {
            let (server, client) = tls::pair();
            scope.spawn(move || send_whole(open(tls::ours(server), Role::Server)));
            scope.spawn(move || SlowPeer::new(client, Role::Server).run());
            let (server, client) = tls::pair();
            scope.spawn(move || send_whole(open(tls::ours(client), Role::Client)));
            scope.spawn(move || SlowPeer::new(server, Role::Client).run());
        }
    });
}
