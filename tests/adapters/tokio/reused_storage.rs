//! The storage that the connections of a thread share: no connection sees what another has
//! received, even if its stream reports more than it wrote.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use sansocket::connection::Connection;
use sansocket::tokio::WebSocket;
use sansocket::{Limits, Options, OwnedMessage, Role};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_test::{assert_pending, task};

use super::adapter::RUNTIME;
use crate::wire::{self, BINARY, CLOSE, CONTINUATION, FIN, Length};

const SECRET: &[u8] = b"what only the first connection may see";
const LEN: usize = 60 << 10;

/// The behaviour of a read.
enum Step {
    Read(Vec<u8>),
    /// Reads, and reports this many more bytes.
    Lie(Vec<u8>, usize),
    /// Writes to the whole buffer, and then reads.
    Scribble(Vec<u8>),
    /// Records the contents of the buffer before a read.
    Look,
    End,
}

/// After all steps, reads wait. Accepts all writes.
#[derive(Default)]
struct Stream {
    steps: VecDeque<Step>,
    seen: Vec<u8>,
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { steps, seen } = self.get_mut();
        match steps.pop_front() {
            None => return Poll::Pending,
            Some(Step::End) => {}
            Some(Step::Read(bytes)) => buffer.put_slice(&bytes),
            Some(Step::Lie(bytes, more)) => {
                buffer.put_slice(&bytes);
                buffer.advance(more);
            }
            Some(Step::Scribble(bytes)) => {
                buffer.initialize_unfilled().fill(b'.');
                buffer.put_slice(&bytes);
            }
            Some(Step::Look) => {
                seen.extend_from_slice(buffer.initialize_unfilled());
                return Poll::Pending;
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
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

fn open(role: Role, steps: impl IntoIterator<Item = Step>) -> WebSocket<Stream> {
    let limits = Limits::default();
    let connection = match role {
        Role::Client => Connection::client(&limits, [7; 32].into()),
        Role::Server => Connection::server(&limits),
    };
    let stream = Stream { steps: steps.into_iter().collect(), ..Stream::default() };
    WebSocket::from_upgraded(stream, connection, Vec::new(), &Options::default())
}

/// Secrets all over the storage.
fn secrets() -> Vec<u8> {
    SECRET.iter().copied().cycle().take(LEN).collect()
}

/// Leaves secrets in the storage of the thread, in different ways.
fn leave_secrets() -> Vec<WebSocket<Stream>> {
    let _entered = RUNTIME.enter();
    let secrets = secrets();
    let (front, back) = secrets.split_at(1000);
    let fragments =
        [wire::to(Role::Client, BINARY, front), wire::to(Role::Client, FIN | CONTINUATION, back)];
    let cases = [
        (true, vec![Step::Read(wire::to(Role::Client, FIN | BINARY, &secrets))]),
        (true, vec![Step::Read(fragments.concat())]),
        // A little of this one is held.
        (
            true,
            vec![Step::Read([wire::to(Role::Client, FIN | BINARY, &secrets), vec![2]].concat())],
        ),
        // Bytes after the Close frame are read to the end, and discarded.
        (
            false,
            vec![
                Step::Read(wire::to(Role::Client, FIN | CLOSE, &[0x03, 0xE8])),
                Step::Read(secrets.clone()),
            ],
        ),
    ];
    let sockets = cases.into_iter().map(|(has_message, steps)| {
        let mut socket = open(Role::Client, steps);
        if has_message {
            let received = task::spawn(socket.recv()).poll();
            assert!(matches!(received, Poll::Ready(Ok(Some(_)))), "{received:?}");
        }
        while task::spawn(socket.recv()).poll().is_ready() {}
        let _ = task::spawn(socket.recv()).poll();
        assert_pending!(task::spawn(socket.recv()).poll());
        socket
    });
    sockets.collect()
}

#[test]
fn a_stream_that_reports_more_than_it_wrote_delivers_zeros() {
    let _sockets = leave_secrets();
    let _entered = RUNTIME.enter();
    let mut sockets = Vec::new();
    for _ in 0..6 {
        let header = wire::header(FIN | BINARY, Length::of(LEN as u64), None);
        let mut socket = open(Role::Client, [Step::Lie(header, LEN)]);
        let received = task::spawn(socket.recv()).poll();
        let Poll::Ready(Ok(Some(message))) = received else { panic!("{received:?}") };
        assert!(message == OwnedMessage::Binary(vec![0; LEN]));
        // The next connection gets other storage.
        sockets.push(socket);
    }
}

#[test]
fn a_stream_that_looks_into_the_room_for_a_read_finds_zeros() {
    let _sockets = leave_secrets();
    let _entered = RUNTIME.enter();
    let mut sockets = Vec::new();
    for _ in 0..6 {
        let mut socket = open(Role::Server, [Step::Look, Step::End]);
        assert_pending!(task::spawn(socket.recv()).poll());
        let parts = socket.into_parts();
        assert!(parts.stream.seen.len() > LEN && parts.stream.seen.iter().all(|&byte| byte == 0));
        sockets.push(parts);
    }
}

#[test]
fn what_was_received_is_cleared_though_the_stream_wrote_more() {
    let _entered = RUNTIME.enter();
    let frame = wire::to(Role::Client, FIN | BINARY, &secrets()[..1000]);
    let mut scribbling = open(Role::Client, [Step::Scribble(frame)]);
    let received = task::spawn(scribbling.recv()).poll();
    assert!(matches!(received, Poll::Ready(Ok(Some(_)))), "{received:?}");
    assert_pending!(task::spawn(scribbling.recv()).poll());

    let mut socket = open(Role::Server, [Step::Look, Step::End]);
    assert_pending!(task::spawn(socket.recv()).poll());
    let seen = socket.into_parts().stream.seen;
    assert!(seen.len() > LEN && seen[..1000].iter().all(|&byte| byte == 0));
    assert!(!seen.windows(SECRET.len()).any(|bytes| bytes == SECRET));
}
