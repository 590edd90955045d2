//! Streams that panic: whichever call it is, nothing follows half a frame, and there is no panic
//! during another panic.

use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use sansocket::blocking::{ReadHalf, Socket, WebSocket, WriteHalf};
use sansocket::connection::Connection;
use sansocket::{CloseCode, Error, Limits, Options, OwnedMessage, Ping, Role, Timeouts};

use crate::script::Halves;
use crate::wire::{self, BINARY, CLOSE, FIN, TEXT, close_payload};

/// The calls of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Read,
    Write,
    Flush,
    Shutdown,
    SetReadTimeout,
    SetWriteTimeout,
}

/// A stream that accepts a little of each write, and panics in one kind of call, from a given call
/// on.
#[derive(Clone, Debug, Default)]
struct Panicky(Rc<State>);

#[derive(Debug, Default)]
struct State {
    place: Cell<Option<Place>>,
    /// The number of calls before that.
    calls_left: Cell<usize>,
    has_panicked: Cell<bool>,
    input: RefCell<Vec<u8>>,
    written: RefCell<Vec<u8>>,
}

impl Panicky {
    fn arm(&self, place: Place, calls_left: usize) {
        self.0.place.set(Some(place));
        self.0.calls_left.set(calls_left);
    }

    /// Fails if there is a call after one that has panicked.
    fn call(&self, place: Place) {
        assert!(!self.0.has_panicked.get(), "another call");
        if self.0.place.get() == Some(place) {
            let Some(calls_left) = self.0.calls_left.get().checked_sub(1) else {
                self.0.has_panicked.set(true);
                panic!("planned");
            };
            self.0.calls_left.set(calls_left);
        }
    }

    fn receive(&self, frame: &[u8]) {
        self.0.input.borrow_mut().extend(frame);
    }
}

impl Read for Panicky {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.call(Place::Read);
        let input = &mut *self.0.input.borrow_mut();
        let count = input.len().min(buffer.len());
        buffer[..count].copy_from_slice(&input[..count]);
        input.drain(..count);
        Ok(count)
    }
}

impl Write for Panicky {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.call(Place::Write);
        let bytes = slices.iter().flat_map(|slice| slice.iter());
        let written = &mut *self.0.written.borrow_mut();
        let before = written.len();
        written.extend(bytes.take(1000));
        Ok(written.len() - before)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.call(Place::Flush);
        Ok(())
    }
}

impl Socket for Panicky {
    fn set_read_timeout(&mut self, _: Option<std::time::Duration>) -> io::Result<()> {
        self.call(Place::SetReadTimeout);
        Ok(())
    }

    fn set_write_timeout(&mut self, _: Option<std::time::Duration>) -> io::Result<()> {
        self.call(Place::SetWriteTimeout);
        Ok(())
    }

    fn set_nonblocking(&mut self, _: bool) -> io::Result<()> {
        Ok(())
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        self.call(Place::Shutdown);
        Ok(())
    }
}

fn over<S: Socket>(stream: S) -> WebSocket<S> {
    let connection = Connection::server(&Limits::default());
    let options = Options::default().timeouts(Timeouts::default().ping_interval(None));
    WebSocket::from_upgraded(stream, connection, Vec::new(), &options)
}

fn open() -> (WebSocket<Panicky>, Panicky) {
    let stream = Panicky::default();
    (over(stream.clone()), stream)
}

type Two = Halves<Panicky>;

/// Two directions, of which only the one for writing can panic.
fn halves() -> (WriteHalf<Two>, ReadHalf<Two>, Panicky, Panicky) {
    let (reading, writing) = (Panicky::default(), Panicky::default());
    let (writer, reader) = over(Halves::new(reading.clone(), writing.clone())).split();
    (writer, reader, reading, writing)
}

#[track_caller]
fn assert_panics<T>(action: impl FnOnce() -> T) {
    assert!(catch_unwind(AssertUnwindSafe(action)).is_err(), "a panic");
}

#[track_caller]
fn assert_broken<T: core::fmt::Debug>(result: Result<T, Error>) {
    match result {
        Err(Error::Io(error)) => assert_eq!(error.kind(), ErrorKind::Other),
        Err(Error::Send(_)) => {}
        result => panic!("{result:?}"),
    }
}

#[test]
fn after_a_panic_in_a_write_nothing_is_written() {
    let payload = vec![7; 20 << 10];
    let frame = wire::to(Role::Client, FIN | BINARY, &payload);
    for calls in 0..5 {
        for place in [Place::Write, Place::Flush] {
            let (mut socket, stream) = open();
            stream.arm(place, if place == Place::Flush { 0 } else { calls });
            assert_panics(|| socket.send(&payload));
            assert_broken(socket.send("later"));
            assert_broken(socket.send(&payload));
            assert_broken(socket.flush());
            assert_broken(socket.send(Ping(b"")));
            assert_broken(socket.recv());
            assert!(socket.close(CloseCode::NORMAL, "").is_err());
            assert_eq!(socket.close_info().unwrap().sent, None);
            drop(socket);
            let written = stream.0.written.borrow();
            assert!(frame.starts_with(&written), "{} bytes", written.len());
        }
    }
}

#[test]
fn a_connection_whose_stream_has_panicked_sends_nothing_more_when_it_is_taken_apart() {
    let (mut socket, stream) = open();
    socket.feed("queued").unwrap();
    stream.arm(Place::Write, 0);
    assert_panics(|| socket.flush());
    let parts = socket.into_parts();
    assert!(parts.connection.sender.is_closed());
    assert_eq!(parts.write_buffer.unwritten(), b"");
}

/// If dropping the connection called the stream again, that would be a panic within a panic, which
/// aborts the process.
#[test]
fn a_panic_in_any_call_drops_the_connection_that_it_unwinds_through() {
    let close = wire::to(Role::Server, FIN | CLOSE, &close_payload(1000, ""));
    for place in [Place::Read, Place::Write, Place::Flush, Place::Shutdown, Place::SetReadTimeout] {
        let (mut socket, stream) = open();
        stream.receive(&close);
        stream.arm(place, 0);
        assert_panics(move || {
            socket.feed("queued").unwrap();
            socket.recv()
        });
        assert!(stream.0.has_panicked.get());
    }
}

#[test]
fn after_a_panic_in_a_read_nothing_is_read_and_nothing_is_written() {
    let (mut socket, stream) = open();
    stream.arm(Place::Read, 0);
    assert_panics(|| socket.recv());
    assert_broken(socket.send("later"));
    assert_broken(socket.recv());
    drop(socket);
    assert_eq!(*stream.0.written.borrow(), b"");
}

#[test]
fn a_shutdown_that_panicked_is_not_repeated() {
    let (mut socket, stream) = open();
    stream.receive(&wire::to(Role::Server, FIN | CLOSE, &close_payload(1000, "")));
    stream.arm(Place::Shutdown, 0);
    assert_panics(|| socket.recv());
    assert_eq!(socket.recv().unwrap(), None, "the Close frames have crossed");
    assert!(socket.close_info().unwrap().was_clean);
}

#[test]
fn after_a_panic_one_half_stops_writing_and_the_other_reads_on() {
    for place in [Place::Write, Place::Flush] {
        for calls in 0..3 {
            let (writer, mut reader, reading, writing) = halves();
            let writer = Rc::new(writer);
            let other = Rc::clone(&writer);
            writing.arm(place, if place == Place::Flush { 0 } else { calls });
            writer.feed("queued").unwrap();
            assert_panics(move || writer.send(vec![7; 3000]));
            let before = writing.0.written.borrow().len();
            for _ in 0..2 {
                assert_broken(other.send("later"));
                assert_broken(other.flush());
            }
            reading.receive(&wire::to(Role::Server, FIN | TEXT, b"still there"));
            assert_eq!(reader.recv().unwrap(), Some(OwnedMessage::Text("still there".into())));
            reading.receive(&wire::to(Role::Server, FIN | CLOSE, &close_payload(1000, "")));
            assert_eq!(reader.recv().unwrap(), None);
            let info = reader.close_info().unwrap();
            assert_eq!((info.code(), info.was_clean), (CloseCode::NORMAL, false));
            drop((reader, other));
            assert_eq!(writing.0.written.borrow().len(), before);
        }
    }
}

#[test]
fn a_half_that_a_panic_unwinds_through_makes_no_attempt_at_a_stream_that_has_panicked() {
    let (writer, _reader, _, writing) = halves();
    writing.arm(Place::SetWriteTimeout, 0);
    // The attempt of the dropped half panics; the read half makes no further attempt.
    assert_panics(move || {
        writer.feed("queued").unwrap();
        drop(writer);
    });
    assert_eq!(*writing.0.written.borrow(), b"");
}
