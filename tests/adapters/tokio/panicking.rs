//! Streams that panic: nothing more is written, and a second panic does not abort the process.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use sansocket::connection::SendError;
use sansocket::tokio::WebSocket;
use sansocket::{
    Chunk, CloseCode, CloseFrame, Error, Initiator, Limits, MessageKind, Options, Ping, Role,
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::adapter::RUNTIME;
use super::peer;
use super::tasks::finish;
use crate::wire::{self, CLOSE, FIN, PING, TEXT};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    Read,
    Write,
    WriteVectored,
    Flush,
}

/// A stream with some input, one kind of call of which always panics.
#[derive(Clone, Debug)]
struct Trap {
    panics_at: Call,
    input: Vec<u8>,
    has_panicked: Arc<AtomicBool>,
    calls_after: Arc<Mutex<Vec<Call>>>,
}

impl Trap {
    fn new(panics_at: Call, input: Vec<u8>) -> Self {
        Self { panics_at, input, has_panicked: Arc::default(), calls_after: Arc::default() }
    }

    /// Records a call, and panics if it is of that kind.
    fn call(&self, call: Call) {
        let had_panicked = self.has_panicked.fetch_or(call == self.panics_at, Ordering::SeqCst);
        if had_panicked {
            self.calls_after.lock().unwrap().push(call);
        }
        assert_ne!(call, self.panics_at, "as it is to");
    }

    fn calls_after(&self) -> Vec<Call> {
        self.calls_after.lock().unwrap().clone()
    }
}

impl AsyncRead for Trap {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.input.is_empty() {
            self.call(Call::Read);
        }
        buffer.put_slice(&std::mem::take(&mut self.input));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Trap {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.call(Call::Write);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.call(Call::WriteVectored);
        // Only a little, so that more is left.
        Poll::Ready(Ok(1))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.call(Call::Flush);
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn open(trap: &Trap) -> WebSocket<Trap> {
    let _entered = RUNTIME.enter();
    let connection = peer::connection(Role::Server, &Limits::default());
    WebSocket::from_upgraded(trap.clone(), connection, Vec::new(), &Options::default())
}

#[track_caller]
fn assert_panics(action: impl FnOnce()) {
    assert!(catch_unwind(AssertUnwindSafe(action)).is_err());
}

const WRITES: [Call; 3] = [Call::Write, Call::WriteVectored, Call::Flush];

/// Makes the call.
fn message_for(call: Call) -> Vec<u8> {
    vec![7; if call == Call::WriteVectored { 100_000 } else { 10 }]
}

#[test]
fn after_a_panic_in_a_write_nothing_more_is_written() {
    for call in WRITES {
        let trap = Trap::new(call, Vec::new());
        let mut socket = open(&trap);
        assert_panics(|| finish(socket.send(message_for(call))).unwrap());
        // Half a frame may be sent, and anything after it would be taken for its payload.
        for result in [
            finish(socket.send("text")),
            finish(socket.feed("text")),
            finish(socket.send(Chunk::more(MessageKind::Binary, b"part"))),
            finish(socket.send(Ping(b""))),
            finish(socket.send(None::<CloseFrame<'_>>)),
        ] {
            assert!(matches!(result, Err(Error::Send(SendError::Closed))), "{result:?}");
        }
        let flushed = finish(socket.flush());
        assert!(matches!(flushed, Err(Error::Io(_))), "{flushed:?}");
        let mut parts = socket.into_parts();
        assert!(parts.write_buffer.unwritten().is_empty());
        let sent = parts.write_buffer.send(&mut parts.connection.sender, "text");
        assert_eq!(sent, Err(SendError::Closed));
        assert_eq!(trap.calls_after(), []);
    }
}

#[test]
fn after_a_panic_in_a_write_of_a_half_nothing_more_is_written() {
    for call in WRITES {
        let trap = Trap::new(call, wire::to(Role::Server, FIN | PING, b""));
        let (mut writer, mut reader) = open(&trap).split();
        assert_panics(|| finish(writer.send(message_for(call))).unwrap());
        assert!(finish(writer.send("text")).is_err());
        // The Ping is not answered, and the end of the input ends the connection.
        let error = finish(reader.recv()).unwrap_err();
        assert!(matches!(error, Error::ConnectionLost), "{error:?}");
        drop((reader, writer));
        assert!(trap.calls_after().iter().all(|call| *call == Call::Read));
    }
}

#[test]
fn a_stream_that_has_panicked_is_not_written_to_by_halves_either() {
    for call in WRITES {
        let trap = Trap::new(call, Vec::new());
        let mut socket = open(&trap);
        assert_panics(|| finish(socket.send(message_for(call))).unwrap());
        let (mut writer, reader) = socket.split();
        let sent = finish(writer.send("text"));
        assert!(matches!(sent, Err(Error::Send(SendError::Closed))), "{sent:?}");
        let flushed = finish(writer.flush());
        assert!(matches!(flushed, Err(Error::Io(_))), "{flushed:?}");
        drop((reader, writer));
        assert_eq!(trap.calls_after(), []);
    }
}

#[test]
fn a_socket_with_a_full_queue_is_dropped_by_a_panic_without_a_second_one() {
    for call in [Call::Read, Call::Write] {
        let trap = Trap::new(call, wire::to(Role::Server, FIN | TEXT, b"message"));
        let mut socket = open(&trap);
        finish(socket.recv()).unwrap().unwrap();
        finish(socket.feed("queued")).unwrap();
        assert_panics(move || {
            // Owned by the future that unwinds.
            let mut socket = socket;
            let _ = finish(socket.recv());
        });
        assert_eq!(trap.calls_after(), [], "{call:?}: dropping writes nothing");
    }
}

#[test]
fn halves_with_a_full_queue_are_dropped_by_a_panic_without_a_second_one() {
    let trap = Trap::new(Call::Write, Vec::new());
    let (mut writer, reader) = open(&trap).split();
    finish(writer.feed("queued")).unwrap();
    assert_panics(move || {
        let (_reader, mut writer) = (reader, writer);
        let _ = finish(writer.flush());
    });
    assert_eq!(trap.calls_after(), []);
}

#[test]
fn a_close_after_a_panic_in_a_write_does_not_count_as_sent() {
    let trap = Trap::new(Call::Write, wire::to(Role::Server, FIN | CLOSE, b""));
    let mut socket = open(&trap);
    assert_panics(|| finish(socket.send("text")).unwrap());
    let info = finish(socket.close(CloseCode::NORMAL, "")).unwrap();
    assert_eq!((info.initiator, info.sent, info.was_clean), (Initiator::Peer, None, false));
}
