//! What a connection keeps after a large message while it waits for the next one: no more than any
//! other connection, whichever end sends meanwhile, and without a timer.

use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;

use sansocket::connection::Connection;
use sansocket::{Error, Limits, Options, Role, Timeouts};

use crate::allocations::{calls_during, held_after};
use crate::wire::{self, BINARY, FIN};

/// A fault would hold six large messages at the same time.
const CONNECTIONS: u64 = 6;
const LARGE: usize = 16 << 20;
/// What each connection may keep.
const KEPT: u64 = 2 << 20;

/// Without Pings, so that nothing wakes a waiting connection.
fn options() -> Options {
    Options::default().timeouts(Timeouts::default().ping_interval(None))
}

/// A stream of bytes that all connections share in memory. After them, reads wait. It accepts all
/// writes.
#[derive(Clone, Debug)]
struct Replay {
    bytes: Arc<[u8]>,
    read: usize,
}

impl Replay {
    fn new(bytes: &[u8]) -> Self {
        Self { bytes: bytes.into(), read: 0 }
    }
}

impl Read for Replay {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match (&self.bytes[self.read..]).read(buffer)? {
            0 => Err(ErrorKind::WouldBlock.into()),
            count => {
                self.read += count;
                Ok(count)
            }
        }
    }
}

impl Write for Replay {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn plain(role: Role) -> Connection {
    let config = Limits::default();
    match role {
        Role::Client => Connection::client(&config, [7; 32].into()),
        Role::Server => Connection::server(&config),
    }
}

#[cfg(feature = "deflate")]
fn compressed(role: Role) -> Connection {
    use sansocket::deflate::{Config, Offer};

    let config = Config::default();
    let (_, params) = Offer::new(&config).answer(&config);
    plain(role).with_deflate(&params, &config)
}

/// The frame of a client's message that compresses to a thousandth.
#[cfg(feature = "deflate")]
fn bomb() -> Vec<u8> {
    let mut wire = Vec::new();
    compressed(Role::Client).sender.send_binary(&vec![0; LARGE], &mut wire).unwrap();
    assert!(wire.len() < 20 << 10, "{} bytes", wire.len());
    wire
}

/// A large message, and the start of a small one.
fn message_and_a_half(role: Role) -> Vec<u8> {
    let small = wire::to(role, FIN | BINARY, &[7; 100]);
    [&wire::to(role, FIN | BINARY, &vec![7; LARGE])[..], &small[..50]].concat()
}

/// Checks how much memory six connections made by `run` hold, each after a large message.
fn assert_little_is_kept<T>(run: impl Fn() -> T) {
    // What the thread keeps.
    drop(run());
    let run_all = || (0..CONNECTIONS).map(|_| run()).collect::<Vec<_>>();
    let (_connections, held) = held_after(run_all);
    assert!(held < CONNECTIONS * KEPT, "each holds {} bytes", held / CONNECTIONS);
}

mod threads {
    use sansocket::blocking::{Untimed, WebSocket};

    use super::*;

    fn open(bytes: &Replay, connection: Connection) -> WebSocket<Untimed<Replay>> {
        WebSocket::from_upgraded(Untimed(bytes.clone()), connection, Vec::new(), &options())
    }

    #[track_caller]
    fn assert_waits(socket: &mut WebSocket<Untimed<Replay>>) {
        match socket.recv() {
            Err(Error::Io(error)) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
            other => panic!("{other:?}"),
        }
    }

    /// A connection that has received a large message, and sends while it waits for more.
    fn receive(bytes: &Replay, connection: Connection) -> WebSocket<Untimed<Replay>> {
        let mut socket = open(bytes, connection);
        assert_eq!(socket.recv().unwrap().unwrap().len(), LARGE);
        for _ in 0..3 {
            assert_waits(&mut socket);
            socket.send("a tick of the server's").unwrap();
        }
        assert_waits(&mut socket);
        socket
    }

    #[cfg(feature = "deflate")]
    #[test]
    fn a_message_that_was_inflated_is_not_kept() {
        let bytes = Replay::new(&bomb());
        assert_little_is_kept(|| receive(&bytes, compressed(Role::Server)));
    }

    #[test]
    fn a_message_followed_by_the_start_of_another_is_not_kept() {
        for role in [Role::Server, Role::Client] {
            let bytes = Replay::new(&message_and_a_half(role));
            assert_little_is_kept(|| receive(&bytes, plain(role)));
        }
    }

    #[test]
    fn a_message_that_was_sent_is_not_kept() {
        let nothing = Replay::new(b"");
        let message = vec![7; LARGE];
        for role in [Role::Server, Role::Client] {
            assert_little_is_kept(|| {
                let mut socket = open(&nothing, plain(role));
                socket.feed(&message).unwrap();
                assert_waits(&mut socket);
                socket
            });
        }
    }

    #[test]
    fn consecutive_large_messages_cost_the_same() {
        let message = wire::to(Role::Server, FIN | BINARY, &vec![7; 2 << 20]);
        let bytes = Replay::new(&message.repeat(8));
        let mut socket = open(&bytes, plain(Role::Server));
        for _ in 0..8 {
            // The buffer doubles from 4 KiB to at most 4 MiB, and the message is copied out.
            let calls = calls_during(|| drop(socket.recv().unwrap()));
            assert!(calls <= 12, "{calls} allocations");
        }
    }
}

#[cfg(feature = "net")]
mod tasks {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use ::tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
    use sansocket::tokio::WebSocket;
    use tokio_test::{assert_pending, assert_ready_ok, task};

    use super::*;
    use crate::tokio::adapter::RUNTIME;

    impl AsyncRead for Replay {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            match self.get_mut().read(buffer.initialize_unfilled()) {
                Ok(count) => {
                    buffer.advance(count);
                    Poll::Ready(Ok(()))
                }
                Err(_) => Poll::Pending,
            }
        }
    }

    impl AsyncWrite for Replay {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    fn open(bytes: &Replay, connection: Connection) -> WebSocket<Replay> {
        WebSocket::from_upgraded(bytes.clone(), connection, Vec::new(), &options())
    }

    /// As for the blocking adapter, with a task that waits each time.
    fn receive(bytes: &Replay, connection: Connection) -> WebSocket<Replay> {
        let mut socket = open(bytes, connection);
        // The task yields after some consecutive reads.
        let received = loop {
            if let Poll::Ready(received) = task::spawn(socket.recv()).poll() {
                break received.unwrap().unwrap();
            }
        };
        assert_eq!(received.len(), LARGE);
        drop(received);
        for _ in 0..3 {
            assert_pending!(task::spawn(socket.recv()).poll());
            assert_ready_ok!(task::spawn(socket.send("a tick of the server's")).poll());
        }
        assert_pending!(task::spawn(socket.recv()).poll());
        socket
    }

    #[cfg(feature = "deflate")]
    #[test]
    fn a_message_that_was_inflated_is_not_kept() {
        let _entered = RUNTIME.enter();
        let bytes = Replay::new(&bomb());
        assert_little_is_kept(|| receive(&bytes, compressed(Role::Server)));
    }

    #[test]
    fn a_message_followed_by_the_start_of_another_is_not_kept() {
        let _entered = RUNTIME.enter();
        for role in [Role::Server, Role::Client] {
            let bytes = Replay::new(&message_and_a_half(role));
            assert_little_is_kept(|| receive(&bytes, plain(role)));
        }
    }

    #[test]
    fn a_message_that_was_sent_is_not_kept() {
        let _entered = RUNTIME.enter();
        let nothing = Replay::new(b"");
        let message = vec![7; LARGE];
        for role in [Role::Server, Role::Client] {
            assert_little_is_kept(|| {
                let mut socket = open(&nothing, plain(role));
                assert_ready_ok!(task::spawn(socket.feed(&message)).poll());
                assert_pending!(task::spawn(socket.recv()).poll());
                socket
            });
        }
    }
}
