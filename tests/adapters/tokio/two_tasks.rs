//! Two tasks that share one socket, for every order in which its stream can become ready. Each task
//! is polled only after it was woken, so that a lost wake-up shows.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::{Sink, SinkExt, Stream, StreamExt as _};
use sansocket::connection::SendError;
use sansocket::tokio::{Closer, WebSocket};
use sansocket::{
    Chunk, CloseCode, CloseFrame, Error, Limits, Message, MessageKind, Options, Outgoing,
    OwnedMessage, PreparedMessage, Role, TimeoutKind, Timeouts,
};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::task::LocalSet;
use tokio::time::{Instant, sleep};

use super::adapter::RUNTIME;
use super::peer::{self, ROLES};
use super::tasks::{Task, task};
use crate::wire::{self, BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, TEXT};

/// A stream whose directions are ready for as many bytes as they are granted. It wakes only the
/// task that waited for a direction last.
#[derive(Clone, Debug)]
struct Valves(Rc<RefCell<State>>);

#[derive(Debug, Default)]
struct State {
    input: Vec<u8>,
    read: usize,
    may_read: usize,
    reader: Option<Waker>,
    written: Vec<u8>,
    may_write: usize,
    writer: Option<Waker>,
}

#[derive(Clone, Copy, Debug)]
enum Grant {
    Read,
    Write,
}

impl Valves {
    fn grant(&self, grant: Grant, count: usize) {
        let state = &mut *self.0.borrow_mut();
        let (credit, waker) = match grant {
            Grant::Read => (&mut state.may_read, &mut state.reader),
            Grant::Write => (&mut state.may_write, &mut state.writer),
        };
        *credit += count;
        if let Some(waker) = waker.take() {
            waker.wake();
        }
    }
}

impl AsyncRead for Valves {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let state = &mut *self.0.borrow_mut();
        let left = state.input.len() - state.read;
        let count = left.min(state.may_read).min(buffer.remaining());
        if count == 0 && left > 0 {
            state.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        buffer.put_slice(&state.input[state.read..state.read + count]);
        state.read += count;
        state.may_read -= count;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Valves {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let state = &mut *self.0.borrow_mut();
        let count = bytes.len().min(state.may_write);
        if count == 0 {
            state.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        state.written.extend(&bytes[..count]);
        state.may_write -= count;
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// A message that is longer than a grant.
const LARGE: usize = 40;

/// What the peer sends: Pings that must be answered while the other task writes, messages, and a
/// Close frame.
fn input(role: Role) -> Vec<u8> {
    [
        wire::to(role, FIN | PING, b"one"),
        wire::to(role, FIN | TEXT, b"first"),
        wire::to(role, FIN | PING, b"two"),
        wire::to(role, FIN | TEXT, b"second"),
        wire::to(role, FIN | CLOSE, b""),
    ]
    .concat()
}

/// Two ways in which two tasks use one socket.
type Share = fn(WebSocket<Valves>) -> [Task<'static>; 2];

/// Reads until the end.
async fn receive_all(mut stream: impl Stream<Item = Result<OwnedMessage, Error>> + Unpin) {
    for expected in ["first", "second"] {
        let message = stream.next().await.unwrap().unwrap();
        assert_eq!(message, OwnedMessage::Text(expected.into()));
    }
    assert!(stream.next().await.is_none());
}

/// Sends until the peer's Close frame stops it.
async fn send_all(mut sink: impl Sink<OwnedMessage, Error = Error> + Unpin) {
    for _ in 0..2 {
        match sink.send(vec![7; LARGE].into()).await {
            Ok(()) | Err(Error::Send(_)) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
}

fn by_stream_ext(socket: WebSocket<Valves>) -> [Task<'static>; 2] {
    let (sink, stream) = futures_util::StreamExt::split(socket);
    [task(receive_all(stream)), task(send_all(sink))]
}

/// A lock that is held for one poll at a time.
fn by_mutex(socket: WebSocket<Valves>) -> [Task<'static>; 2] {
    let shared = Rc::new(Mutex::new(socket));
    let reading = Rc::clone(&shared);
    let stream =
        futures_util::stream::poll_fn(move |cx| reading.lock().unwrap().poll_next_unpin(cx));
    let sending = async move {
        for _ in 0..2 {
            poll_fn(|cx| Sink::poll_ready(Pin::new(&mut *shared.lock().unwrap()), cx))
                .await
                .unwrap();
            let sent = shared.lock().unwrap().start_send_unpin(vec![7; LARGE].into());
            match sent {
                Ok(()) | Err(Error::Send(_)) => {}
                Err(error) => panic!("{error:?}"),
            }
            poll_fn(|cx| Sink::poll_flush(Pin::new(&mut *shared.lock().unwrap()), cx))
                .await
                .unwrap();
        }
    };
    [task(receive_all(stream)), task(sending)]
}

fn by_halves(socket: WebSocket<Valves>) -> [Task<'static>; 2] {
    let (mut writer, mut reader) = socket.split();
    let reading = async move {
        for expected in ["first", "second"] {
            let message = reader.recv().await.unwrap();
            assert_eq!(message, Some(OwnedMessage::Text(expected.into())));
        }
        assert_eq!(reader.recv().await.unwrap(), None);
    };
    let writing = async move {
        for _ in 0..2 {
            match writer.send(vec![7; LARGE]).await {
                Ok(()) | Err(Error::Send(_)) => {}
                Err(error) => panic!("{error:?}"),
            }
        }
    };
    [task(reading), task(writing)]
}

/// The number of grants that are tried in every order; those after them alternate.
const ORDERED: u32 = 11;

/// What is done to a connection from outside its tasks, before a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Request {
    Nothing,
    Close(u32),
    Abort(u32),
}

/// Grants in this order, one bit each, and runs the tasks whenever they were woken. Returns what
/// was written.
fn run(
    role: Role,
    share: Share,
    mark: usize,
    order: u32,
    is_writer_first: bool,
    request: Request,
) -> Vec<(u8, Vec<u8>)> {
    let valves = Valves(Rc::new(RefCell::new(State { input: input(role), ..State::default() })));
    let config = Limits::default().high_water_mark(mark);
    let connection = peer::connection(role, &config);
    let options = Options::default().limits(config);
    let _entered = RUNTIME.enter();
    let mut socket = WebSocket::from_upgraded(valves.clone(), connection, Vec::new(), &options);
    let closer = (request != Request::Nothing).then(|| socket.closer());
    let mut tasks = share(socket).map(Some);
    if is_writer_first {
        tasks.reverse();
    }
    let mut are_new = true;
    // 100 grants are more than both directions need.
    for step in 0..100 {
        while tasks.iter().flatten().any(|task| are_new || task.is_woken()) {
            for slot in &mut tasks {
                if let Some(task) = slot
                    && (are_new || task.is_woken())
                    && task.poll().is_ready()
                {
                    *slot = None;
                }
            }
            are_new = false;
        }
        match (request, &closer) {
            (Request::Close(at), Some(closer)) if at == step => {
                closer.close(CloseCode::GOING_AWAY, "").unwrap();
                continue;
            }
            (Request::Abort(at), Some(closer)) if at == step => {
                closer.abort();
                continue;
            }
            _ => {}
        }
        let is_read = if step < ORDERED { order >> step & 1 == 0 } else { step % 2 == 0 };
        valves.grant(if is_read { Grant::Read } else { Grant::Write }, 13);
    }
    let waiting = tasks.iter().flatten().count();
    assert_eq!(
        waiting, 0,
        "tasks sleep for ever: {role:?} {order:b} {mark} {is_writer_first} {request:?}"
    );
    if matches!(request, Request::Abort(_)) {
        return Vec::new();
    }
    wire::contents(&valves.0.borrow().written)
}

#[track_caller]
fn enumerate(share: Share) {
    for role in ROLES {
        for mark in [16, 1 << 10] {
            for order in 0..1 << ORDERED {
                for is_writer_first in [false, true] {
                    let written = run(role, share, mark, order, is_writer_first, Request::Nothing);
                    let kinds: Vec<u8> = written.iter().map(|(first, _)| *first).collect();
                    assert_eq!(kinds.last(), Some(&(FIN | CLOSE)));
                    assert!(kinds.contains(&(FIN | PONG)), "{kinds:?}");
                    assert!(kinds.iter().filter(|first| **first == FIN | BINARY).count() <= 2);
                }
            }
        }
    }
}

/// Requests something from outside before each of the grants, in every order of the first ones.
#[track_caller]
fn enumerate_requests(share: Share, request: fn(u32) -> Request) {
    for role in ROLES {
        for (order, at) in (0..1 << 7).flat_map(|order| (0..20).map(move |at| (order, at))) {
            for is_writer_first in [false, true] {
                let request = request(at);
                let written = run(role, share, 16, order, is_writer_first, request);
                let closes = written.iter().filter(|(first, _)| *first == FIN | CLOSE).count();
                assert_eq!(closes, usize::from(matches!(request, Request::Close(_))));
            }
        }
    }
}

#[test]
fn halves_of_stream_ext_wake_each_other_in_every_order_of_readiness() {
    enumerate(by_stream_ext);
}

#[test]
fn tasks_with_a_mutex_wake_each_other_in_every_order_of_readiness() {
    enumerate(by_mutex);
}

#[test]
fn own_halves_wake_each_other_in_every_order_of_readiness() {
    enumerate(by_halves);
}

/// Reads and writes until both end, with any result.
fn by_halves_until_the_end(socket: WebSocket<Valves>) -> [Task<'static>; 2] {
    let (mut writer, mut reader) = socket.split();
    let reading =
        async move { while reader.recv().await.is_ok_and(|message| message.is_some()) {} };
    let writing = async move { while writer.send(vec![7; LARGE]).await.is_ok() {} };
    [task(reading), task(writing)]
}

/// The same through traits, under a lock of another library.
fn by_stream_ext_until_the_end(socket: WebSocket<Valves>) -> [Task<'static>; 2] {
    let (mut sink, mut stream) = futures_util::StreamExt::split(socket);
    let reading =
        async move { while stream.next().await.is_some_and(|message| message.is_ok()) {} };
    let writing = async move { while sink.send(vec![7; LARGE].into()).await.is_ok() {} };
    [task(reading), task(writing)]
}

/// One task that only reads.
fn by_reading_until_the_end(mut socket: WebSocket<Valves>) -> [Task<'static>; 2] {
    let reading =
        async move { while socket.recv().await.is_ok_and(|message| message.is_some()) {} };
    [task(reading), task(async {})]
}

const UNTIL_THE_END: [Share; 3] =
    [by_halves_until_the_end, by_stream_ext_until_the_end, by_reading_until_the_end];

#[test]
fn a_close_from_outside_is_never_lost_in_any_order_of_readiness() {
    for share in [by_stream_ext, by_mutex, by_halves].into_iter().chain(UNTIL_THE_END) {
        enumerate_requests(share, Request::Close);
    }
}

#[test]
fn an_abort_from_outside_is_never_lost_in_any_order_of_readiness() {
    for share in UNTIL_THE_END {
        enumerate_requests(share, Request::Abort);
    }
}

#[test]
fn a_request_from_outside_wakes_a_task_that_waits_for_input() {
    let requests: [fn(&Closer); 2] =
        [|closer| closer.close(CloseCode::GOING_AWAY, "").unwrap(), Closer::abort];
    for (role, request) in
        ROLES.into_iter().flat_map(|role| requests.map(|request| (role, request)))
    {
        // There is no grant, so nothing else wakes the task.
        let valves =
            Valves(Rc::new(RefCell::new(State { input: input(role), ..State::default() })));
        let connection = peer::connection(role, &Limits::default());
        let _entered = RUNTIME.enter();
        let options = Options::default();
        let mut socket = WebSocket::from_upgraded(valves, connection, Vec::new(), &options);
        let closer = socket.closer();
        let mut reading = task(async move { drop(socket.recv().await) });
        assert!(reading.poll().is_pending());
        assert!(!reading.is_woken());
        request(&closer);
        assert!(reading.is_woken(), "{role:?}");
    }
}

/// Runs two tasks, each with its own waker.
async fn in_two_tasks<T: 'static, U: 'static>(
    one: impl Future<Output = T> + 'static,
    other: impl Future<Output = U> + 'static,
) -> (T, U) {
    let tasks = LocalSet::new();
    let (one, other) = (tasks.spawn_local(one), tasks.spawn_local(other));
    tasks.run_until(async { (one.await.unwrap(), other.await.unwrap()) }).await
}

/// An endpoint over a stream that holds little.
fn open(role: Role, timeouts: Timeouts) -> (WebSocket<DuplexStream>, peer::Peer<DuplexStream>) {
    peer::over(role, tokio::io::duplex(1000), &Options::default().timeouts(timeouts))
}

#[tokio::test(start_paused = true)]
async fn the_reader_wakes_the_writer_whose_last_bytes_it_wrote() {
    for role in ROLES {
        let (socket, peer) = open(role, Timeouts::default());
        let (mut sink, mut stream) = futures_util::StreamExt::split(socket);
        let (mut receiving, mut sending) = peer.split();
        let talking = async {
            for _ in 0..500 {
                sending.send(FIN | TEXT, b"now and then").await;
                sleep(Duration::from_millis(5)).await;
            }
            sending.send(FIN | CLOSE, b"").await;
            sending.shut_down().await;
        };
        let taking = async {
            sleep(Duration::from_millis(500)).await;
            while receiving.receive().await.0 != FIN | CLOSE {}
        };
        let reading =
            async move { while stream.next().await.is_some_and(|message| message.is_ok()) {} };
        let writing = async move {
            let start = Instant::now();
            sink.send(vec![7; 1 << 20].into()).await.unwrap();
            assert!(start.elapsed() < Duration::from_secs(1), "it was woken");
        };
        tokio::join!(talking, taking, in_two_tasks(reading, writing));
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_that_only_writes_times_out_while_another_reads() {
    for role in ROLES {
        let (socket, mut peer) = open(role, Timeouts::default().ping_interval(None));
        let (mut sink, mut stream) = futures_util::StreamExt::split(socket);
        let start = Instant::now();
        let talking = async {
            for _ in 0..10 {
                sleep(Duration::from_secs(2)).await;
                peer.send(FIN | TEXT, b"not reading").await;
            }
        };
        let reading = async move {
            for _ in 0..10 {
                stream.next().await.unwrap().unwrap();
            }
            stream.next().await.unwrap().unwrap_err()
        };
        let writing = async move { sink.send(vec![7; 10_000].into()).await };
        let ((received, sent), ()) = tokio::join!(in_two_tasks(reading, writing), talking);
        for error in [sent.unwrap_err(), received] {
            assert!(matches!(error, Error::Timeout(TimeoutKind::Write)), "{error:?}");
        }
        assert_eq!(start.elapsed().as_secs(), 30);
    }
}

#[tokio::test(start_paused = true)]
async fn a_close_of_the_sink_has_a_timeout_even_if_another_task_already_waits() {
    for role in ROLES {
        // Nothing else would wake the task that reads.
        let (socket, mut peer) = open(role, Timeouts::default().ping_interval(None));
        let (mut sink, mut stream) = futures_util::StreamExt::split(socket);
        let start = Instant::now();
        let closing = async move {
            sleep(Duration::from_secs(5)).await;
            SinkExt::close(&mut sink).await.unwrap();
        };
        let reading = async move { stream.next().await };
        let (received, ()) = in_two_tasks(reading, closing).await;
        let error = received.unwrap().unwrap_err();
        assert!(matches!(error, Error::Timeout(TimeoutKind::Close)), "{error:?}");
        assert_eq!(start.elapsed().as_secs(), 15);
        assert_eq!(peer.receive_close().await, 1000);
    }
}

#[tokio::test(start_paused = true)]
async fn a_close_frame_of_a_closer_has_a_timeout_even_if_a_task_already_waits() {
    for role in ROLES {
        // Nothing else would wake the task that reads.
        let (mut socket, mut peer) = open(role, Timeouts::default().ping_interval(None));
        let closer = socket.closer();
        let (mut sink, mut stream) = futures_util::StreamExt::split(socket);
        let start = Instant::now();
        let closing = async move {
            sleep(Duration::from_secs(5)).await;
            closer.close(CloseCode::GOING_AWAY, "").unwrap();
        };
        let reading = async move { stream.next().await };
        let (received, ()) = in_two_tasks(reading, closing).await;
        let error = received.unwrap().unwrap_err();
        assert!(matches!(error, Error::Timeout(TimeoutKind::Close)), "{error:?}");
        assert_eq!(start.elapsed().as_secs(), 15);
        assert_eq!(peer.receive_close().await, 1001);
        let late = SinkExt::send(&mut sink, "late".into()).await;
        assert!(matches!(late, Err(Error::Send(SendError::Closed))), "{late:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_close_frame_that_cannot_leave_is_timed_by_the_task_that_already_waits() {
    for role in ROLES {
        for is_split in [false, true] {
            // More than the stream holds, and the peer does not read.
            let (socket, _peer) = open(role, Timeouts::default().ping_interval(None));
            let start = Instant::now();
            let (received, sent) = if is_split {
                let (mut writer, mut reader) = socket.split();
                let closing = async move {
                    sleep(Duration::from_secs(5)).await;
                    writer.feed(Message::Binary(&[7; 5000])).await.unwrap();
                    writer.send(None::<CloseFrame<'_>>).await
                };
                let reading = async move { reader.recv().await.unwrap_err() };
                in_two_tasks(reading, closing).await
            } else {
                let (mut sink, mut stream) = futures_util::StreamExt::split(socket);
                let closing = async move {
                    sleep(Duration::from_secs(5)).await;
                    sink.feed(OwnedMessage::Binary(vec![7; 5000])).await.unwrap();
                    SinkExt::close(&mut sink).await
                };
                let reading = async move { stream.next().await.unwrap().unwrap_err() };
                in_two_tasks(reading, closing).await
            };
            assert!(matches!(received, Error::Timeout(TimeoutKind::Close)), "{received:?}");
            assert_eq!(start.elapsed().as_secs(), 15);
            assert!(sent.is_err());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_item_type_of_a_sink_needs_no_annotation() {
    for role in ROLES {
        let (mut socket, mut peer) = open(role, Timeouts::default().ping_interval(None));
        SinkExt::feed(&mut socket, "text".into()).await.unwrap();
        SinkExt::feed(&mut socket, vec![1, 2].into()).await.unwrap();
        SinkExt::flush(&mut socket).await.unwrap();
        SinkExt::close(&mut socket).await.unwrap();
        assert_eq!(peer.receive().await, (FIN | TEXT, b"text".into()));
        assert_eq!(peer.receive().await, (FIN | BINARY, vec![1, 2]));
        assert_eq!(peer.receive_close().await, 1000);
        let error = SinkExt::feed(&mut socket, "late".into()).await.unwrap_err();
        assert!(matches!(error, Error::Send(SendError::Closed)), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_socket_accepts_everything_that_can_be_sent() {
    for role in ROLES {
        let (mut socket, mut peer) = open(role, Timeouts::default().ping_interval(None));
        let prepared = PreparedMessage::text("prepared");
        let items = [
            Outgoing::Message(Message::Text("text")),
            Outgoing::Prepared(&prepared),
            Outgoing::Chunk(Chunk::more(MessageKind::Binary, b"chu")),
            Outgoing::Ping(b"1"),
            Outgoing::Chunk(Chunk::last(MessageKind::Binary, b"nk")),
            Outgoing::Close(None),
        ];
        for item in items {
            socket.feed(item).await.unwrap();
        }
        socket.flush().await.unwrap();
        for (first, payload) in [
            (FIN | TEXT, &b"text"[..]),
            (FIN | TEXT, b"prepared"),
            (BINARY, b"chu"),
            (FIN | PING, b"1"),
            (FIN | CONTINUATION, b"nk"),
            (FIN | CLOSE, b""),
        ] {
            assert_eq!(peer.receive().await, (first, payload.into()));
        }
        let error = socket.feed("late").await.unwrap_err();
        assert!(matches!(error, Error::Send(SendError::Closed)), "{error:?}");
    }
}

/// A connection whose peer does not read and does not answer Pings.
fn impatient() -> Options {
    let timeouts = Timeouts::default().ping_interval(Some(Duration::from_secs(1)));
    let timeouts = timeouts.pong(Duration::from_secs(1)).close(Duration::from_secs(1));
    Options::default().write_timeout(None).timeouts(timeouts)
}

#[tokio::test(start_paused = true)]
async fn the_writer_is_woken_when_the_reader_drops_the_connection() {
    for role in ROLES {
        for is_split in [false, true] {
            let (socket, _peer) = peer::over(role, tokio::io::duplex(1000), &impatient());
            let start = Instant::now();
            let (received, sent) = if is_split {
                let (mut writer, mut reader) = socket.split();
                let reading = async move { (reader.recv().await.unwrap_err(), reader).0 };
                let writing = async move { writer.send(vec![7; 10_000]).await.unwrap_err() };
                in_two_tasks(reading, writing).await
            } else {
                let (mut sink, mut stream) = futures_util::StreamExt::split(socket);
                let reading = async move { stream.next().await.unwrap().unwrap_err() };
                let writing = async move { sink.send(vec![7; 10_000].into()).await.unwrap_err() };
                in_two_tasks(reading, writing).await
            };
            assert!(matches!(received, Error::Timeout(TimeoutKind::Pong)), "{received:?}");
            assert!(matches!(sent, Error::Io(_)), "{sent:?}");
            assert_eq!(start.elapsed().as_secs(), 2);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_writer_is_woken_when_the_end_of_the_connection_times_out() {
    for role in ROLES {
        let (socket, mut peer) = peer::over(role, tokio::io::duplex(1000), &impatient());
        let (mut writer, mut reader) = socket.split();
        let start = Instant::now();
        let reading = async move { (reader.recv().await.unwrap_err(), reader).0 };
        let writing = async move { writer.send(vec![7; 10_000]).await.unwrap_err() };
        let violation = async { peer.send(FIN | 0x3, b"").await };
        let ((received, sent), ()) = tokio::join!(in_two_tasks(reading, writing), violation);
        assert!(matches!(received, Error::Protocol(_)), "{received:?}");
        assert!(matches!(sent, Error::Io(_)), "{sent:?}");
        assert_eq!(start.elapsed().as_secs(), 1);
    }
}
