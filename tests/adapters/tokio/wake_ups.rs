//! Wake-ups between two tasks that use one connection: each test leaves a single way to be woken,
//! and checks that it works.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use sansocket::tokio::WebSocket;
use sansocket::{Error, Limits, Options, OwnedMessage, Role, TimeoutKind, Timeouts};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::{LocalSet, yield_now};
use tokio::time::{Duration, Instant, timeout};
use tokio_test::task;

use super::adapter::RUNTIME;
use super::peer;
use super::tasks::finish;
use crate::wire::{self, CLOSE, FIN};

/// A stream with some input that accepts everything or nothing. It keeps the waker of the task that
/// waits to write, and wakes it only on request.
#[derive(Clone, Debug, Default)]
struct Door(Rc<RefCell<State>>);

#[derive(Debug, Default)]
struct State {
    input: Vec<u8>,
    is_open: bool,
    /// Whether a write wakes its task before it returns.
    wakes_early: bool,
    writer: Option<Waker>,
}

impl Door {
    /// The input from a peer that has closed the connection, so that it needs an answer.
    fn closing() -> Self {
        let door = Self::default();
        door.0.borrow_mut().input = wire::to(Role::Server, FIN | CLOSE, b"");
        door
    }

    fn open(&self) {
        self.0.borrow_mut().is_open = true;
    }

    fn wake(&self) {
        let waker = self.0.borrow_mut().writer.take();
        waker.expect("somebody waits to write").wake();
    }
}

impl AsyncRead for Door {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let input = std::mem::take(&mut self.0.borrow_mut().input);
        if input.is_empty() {
            return Poll::Pending;
        }
        buffer.put_slice(&input);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Door {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let state = &mut *self.0.borrow_mut();
        if state.is_open {
            return Poll::Ready(Ok(bytes.len()));
        }
        state.writer = Some(cx.waker().clone());
        if state.wakes_early {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn open(door: &Door, timeouts: Timeouts) -> WebSocket<Door> {
    let connection = peer::connection(Role::Server, &Limits::default());
    let options = Options::default().timeouts(timeouts);
    WebSocket::from_upgraded(door.clone(), connection, Vec::new(), &options)
}

/// A socket with something to write, under a lock that is held for one poll at a time.
fn shared(door: &Door) -> RefCell<WebSocket<Door>> {
    let _entered = RUNTIME.enter();
    let mut socket = open(door, Timeouts::default());
    finish(socket.feed("message")).unwrap();
    RefCell::new(socket)
}

fn flush(socket: &RefCell<WebSocket<Door>>) -> impl Future<Output = Result<(), Error>> {
    poll_fn(|cx| pin!(socket.borrow_mut().flush()).poll(cx))
}

fn recv(
    socket: &RefCell<WebSocket<Door>>,
) -> impl Future<Output = Result<Option<OwnedMessage>, Error>> {
    poll_fn(|cx| pin!(socket.borrow_mut().recv()).poll(cx))
}

#[test]
fn whichever_task_writes_everything_wakes_the_other() {
    for by_reader in [true, false] {
        let door = Door::closing();
        let socket = shared(&door);
        let _entered = RUNTIME.enter();
        let (mut reading, mut writing) = (task::spawn(recv(&socket)), task::spawn(flush(&socket)));
        assert!(reading.poll().is_pending() && writing.poll().is_pending());
        assert!(!reading.is_woken() && !writing.is_woken());
        door.open();
        // The stream need not wake a task for bytes that it accepted from another.
        if by_reader {
            assert!(reading.poll().is_pending(), "for the end of the stream");
            assert!(writing.is_woken() && writing.poll().is_ready());
        } else {
            assert!(writing.poll().is_ready());
            assert!(reading.is_woken());
        }
    }
}

#[test]
fn the_stream_wakes_both_tasks_whichever_has_waited_first() {
    for is_reader_first in [true, false] {
        let door = Door::closing();
        let socket = shared(&door);
        let _entered = RUNTIME.enter();
        let (mut reading, mut writing) = (task::spawn(recv(&socket)), task::spawn(flush(&socket)));
        if is_reader_first {
            assert!(reading.poll().is_pending());
        }
        assert!(writing.poll().is_pending() && reading.poll().is_pending());
        // It may have been woken to use its own timer.
        assert!(writing.poll().is_pending() && !writing.is_woken() && !reading.is_woken());
        door.wake();
        assert!(writing.is_woken() && reading.is_woken());
    }
}

#[test]
fn the_task_that_waited_first_is_woken_by_the_stream_before_it_is_polled_again() {
    let door = Door::closing();
    let socket = shared(&door);
    let _entered = RUNTIME.enter();
    let (mut reading, mut writing) = (task::spawn(recv(&socket)), task::spawn(flush(&socket)));
    assert!(reading.poll().is_pending() && writing.poll().is_pending());
    assert!(!reading.is_woken());
    door.wake();
    assert!(reading.is_woken() && writing.is_woken());
}

#[test]
fn a_wake_up_during_the_attempt_to_write_is_not_lost() {
    let door = Door::closing();
    let socket = shared(&door);
    let _entered = RUNTIME.enter();
    let (mut reading, mut writing) = (task::spawn(recv(&socket)), task::spawn(flush(&socket)));
    assert!(reading.poll().is_pending());
    door.0.borrow_mut().wakes_early = true;
    assert!(writing.poll().is_pending() && writing.is_woken());
    assert!(reading.poll().is_pending() && reading.is_woken());
}

#[test]
fn a_wake_up_during_the_attempt_of_a_half_to_write_is_not_lost() {
    let door = Door::closing();
    door.0.borrow_mut().wakes_early = true;
    let _entered = RUNTIME.enter();
    let (mut writer, mut reader) = open(&door, Timeouts::default()).split();
    let (mut reading, mut writing) =
        (task::spawn(reader.recv()), task::spawn(writer.send("message")));
    assert!(writing.poll().is_pending() && writing.is_woken());
    assert!(reading.poll().is_pending() && reading.is_woken());
}

#[test]
fn a_dropped_half_that_has_written_everything_wakes_the_other() {
    let door = Door::closing();
    let _entered = RUNTIME.enter();
    let (writer, mut reader) = open(&door, Timeouts::default()).split();
    let mut reading = task::spawn(reader.recv());
    assert!(reading.poll().is_pending(), "its answer to the Close frame waits");
    assert!(!reading.is_woken());
    door.open();
    drop(writer);
    assert!(reading.is_woken(), "nobody else tells it that its answer has left");
}

#[tokio::test(start_paused = true)]
async fn a_task_that_writes_times_out_even_if_the_one_that_read_is_gone() {
    let door = Door::default();
    let mut socket = open(&door, Timeouts::default().ping_interval(None));
    socket.feed("message").await.unwrap();
    let socket = Rc::new(RefCell::new(socket));
    let other = Rc::clone(&socket);
    let start = Instant::now();
    let tasks = LocalSet::new();
    let writing = tasks.spawn_local(async move { flush(&socket).await });
    tasks.spawn_local(async move {
        for _ in 0..2 {
            let is_waiting = poll_fn(|cx| Poll::Ready(pin!(recv(&other)).poll(cx).is_pending()));
            assert!(is_waiting.await);
            yield_now().await;
        }
    });
    let written = tasks.run_until(timeout(Duration::from_secs(60), writing)).await;
    let error = written.expect("it was woken").unwrap().unwrap_err();
    assert!(matches!(error, Error::Timeout(TimeoutKind::Write)), "{error:?}");
    assert_eq!(start.elapsed().as_secs(), 30);
}
