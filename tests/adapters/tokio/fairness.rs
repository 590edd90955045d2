//! Peers that always send more: the task still lets others run.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::io::{self, Read as _, Write as _};
use std::net::Ipv4Addr;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_util::StreamExt as _;
use sansocket::tokio::WebSocket;
use sansocket::{Error, Limits, Options, Role};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_test::task;

use super::adapter::RUNTIME;
use super::peer::{self, Peer};
use crate::flood::{Flood, Gauge};
use crate::wire::{self, BINARY, CONTINUATION, FIN, PING, PONG, TEXT};

/// How often a task may read its stream in one turn, if a read brings much, and if it brings little.
const MAX_READS: usize = 16;
const MAX_SHORT_READS: usize = 64;

fn open(begin: &[u8], frame: Vec<u8>) -> (WebSocket<Flood>, Gauge) {
    let flood = Flood::new(frame, usize::MAX).take(usize::MAX);
    let gauge = flood.gauge();
    let _entered = RUNTIME.enter();
    let connection = peer::connection(Role::Server, &Limits::default());
    (WebSocket::from_upgraded(flood, connection, begin.into(), &Options::default()), gauge)
}

/// Checks that a task yields repeatedly, and is woken to be polled again.
#[track_caller]
fn assert_yields(gauge: &Gauge, flooded: impl Future<Output = ()>) {
    assert_yields_after(MAX_READS, gauge, flooded);
}

#[track_caller]
fn assert_yields_after(max_reads: usize, gauge: &Gauge, flooded: impl Future<Output = ()>) {
    let _entered = RUNTIME.enter();
    let mut task = task::spawn(flooded);
    for turn in 0..4 {
        assert!(task.poll().is_pending(), "there is no end");
        assert!(task.is_woken(), "there is more");
        let reads = gauge.take_reads();
        assert!((1..=max_reads).contains(&reads), "{reads} reads in turn {turn}");
    }
}

fn frames() -> [Vec<u8>; 4] {
    [
        wire::to(Role::Server, FIN | TEXT, &[b'x'; 200]),
        wire::to(Role::Server, FIN | BINARY, &[7; 100_000]),
        wire::to(Role::Server, FIN | PING, &[7; 125]),
        [
            wire::to(Role::Server, BINARY, &[7; 300]),
            wire::to(Role::Server, FIN | PING, b""),
            wire::to(Role::Server, FIN | CONTINUATION, &[7; 300]),
        ]
        .concat(),
    ]
}

// Shows own-adapters-5 (server).
#[test]
fn an_echo_yields_under_a_flood() {
    for frame in frames() {
        let (mut socket, gauge) = open(b"", frame.clone());
        assert_yields(&gauge, async {
            while let Some(message) = socket.recv().await.unwrap() {
                socket.send(message).await.unwrap();
            }
        });
        let (mut socket, gauge) = open(b"", frame);
        assert_yields(&gauge, async {
            while let Some((message, mut writer)) = socket.read().await.unwrap() {
                writer.send(message).await.unwrap();
            }
        });
    }
}

// Shows own-adapters-5 (server).
#[test]
fn a_task_that_only_reads_yields_under_a_flood() {
    for frame in frames() {
        let (mut socket, gauge) = open(b"", frame.clone());
        assert_yields(&gauge, async { while socket.recv().await.unwrap().is_some() {} });
        let (mut socket, gauge) = open(b"", frame.clone());
        assert_yields(&gauge, async { while socket.read_chunk().await.unwrap().is_some() {} });
        let (socket, gauge) = open(b"", frame);
        let (_writer, mut reader) = socket.split();
        assert_yields(&gauge, async { while reader.recv().await.unwrap().is_some() {} });
    }
}

// Shows own-adapters-5 (client).
#[test]
fn a_client_yields_under_a_flood_too() {
    let frame = wire::to(Role::Client, FIN | TEXT, &[b'x'; 200]);
    let flood = Flood::new(frame, usize::MAX).take(usize::MAX);
    let gauge = flood.gauge();
    let connection = peer::connection(Role::Client, &Limits::default());
    let entered = RUNTIME.enter();
    let options = Options::default();
    let mut socket = WebSocket::from_upgraded(flood, connection, Vec::new(), &options);
    drop(entered);
    assert_yields(&gauge, async {
        while let Some(message) = socket.recv().await.unwrap() {
            socket.send(message).await.unwrap();
        }
    });
}

// Shows own-adapters-5 (server).
#[test]
fn reads_that_bring_little_are_counted_too() {
    let in_pieces = wire::to(Role::Server, FIN | BINARY, &[7; 60_000]);
    for frame in [wire::to(Role::Server, FIN | PONG, b""), in_pieces] {
        let flood = Flood::new(frame, usize::MAX).sip(6);
        let gauge = flood.gauge();
        let entered = RUNTIME.enter();
        let connection = peer::connection(Role::Server, &Limits::default());
        let options = Options::default();
        let mut socket = WebSocket::from_upgraded(flood, connection, Vec::new(), &options);
        drop(entered);
        assert_yields_after(MAX_SHORT_READS, &gauge, async {
            while socket.recv().await.unwrap().is_some() {}
        });
    }
}

#[test]
fn reads_that_are_interrupted_again_and_again_end_the_turn_with_a_wake_up() {
    let flood = Flood::new(Vec::new(), 1).interrupted();
    let gauge = flood.gauge();
    let entered = RUNTIME.enter();
    let connection = peer::connection(Role::Server, &Limits::default());
    let options = Options::default();
    let mut socket = WebSocket::from_upgraded(flood, connection, Vec::new(), &options);
    drop(entered);
    assert_yields_after(MAX_SHORT_READS, &gauge, async { drop(socket.recv().await) });
}

#[test]
fn an_endless_message_is_received_with_yields() {
    let begin = wire::to(Role::Server, BINARY, b"");
    let (mut socket, gauge) = open(&begin, wire::to(Role::Server, CONTINUATION, &[7; 1000]));
    assert_yields(&gauge, async {
        let error = socket.recv().await.unwrap_err();
        assert!(matches!(error, Error::Protocol(_)), "{error:?}");
        panic!("what follows is drained for ever");
    });
}

#[test]
fn bytes_after_the_end_are_discarded_with_yields() {
    let violation = wire::to(Role::Client, FIN | TEXT, b"not masked");
    let (mut socket, gauge) = open(&violation, vec![0; 1000]);
    // Nothing was read before the end.
    assert_yields(&gauge, async { drop(socket.recv().await) });
}

/// How many messages a task may receive in one turn: 16 for each of the 128 units of the budget,
/// and what was left of 16.
const MAX_MESSAGES: usize = 16 * 129;

/// Polls a task under the runtime's budget, and returns the most that it counted in one turn.
async fn most_in_a_turn(count: &Cell<usize>, flooded: impl Future<Output = ()>) -> usize {
    let mut flooded = pin!(flooded);
    let (mut most, mut turns) = (0, 0);
    poll_fn(|cx| {
        count.set(0);
        assert!(flooded.as_mut().poll(cx).is_pending(), "there is no end");
        most = most.max(count.get());
        turns += 1;
        if turns == 20 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    most
}

// Shows own-adapters-5 (server).
#[tokio::test]
async fn a_turn_has_a_bounded_number_of_messages() {
    let empty = wire::to(Role::Server, FIN | BINARY, b"");
    let fragments =
        [wire::to(Role::Server, TEXT, b"in "), wire::to(Role::Server, FIN | CONTINUATION, b"two")];
    for frame in [empty, fragments.concat()] {
        let count = Cell::new(0);
        let one_more = || count.set(count.get() + 1);

        let (mut socket, _) = open(b"", frame.clone());
        let owned = most_in_a_turn(&count, async {
            while socket.recv().await.unwrap().is_some() {
                one_more();
            }
        });
        let most = owned.await;
        assert!((2..=MAX_MESSAGES).contains(&most), "{most}");

        let (mut socket, _) = open(b"", frame.clone());
        let lent = most_in_a_turn(&count, async {
            while let Some((message, mut writer)) = socket.read().await.unwrap() {
                one_more();
                writer.feed(message).await.unwrap();
            }
        });
        assert!((2..=MAX_MESSAGES).contains(&lent.await));

        let (mut socket, _) = open(b"", frame.clone());
        let in_parts = most_in_a_turn(&count, async {
            while socket.read_chunk().await.unwrap().is_some() {
                one_more();
            }
        });
        assert!((2..=MAX_MESSAGES).contains(&in_parts.await));

        let (mut socket, _) = open(b"", frame.clone());
        let streamed = most_in_a_turn(&count, async {
            while socket.next().await.is_some() {
                one_more();
            }
        });
        assert!((2..=MAX_MESSAGES).contains(&streamed.await));

        let (socket, _) = open(b"", frame);
        let (_writer, mut reader) = socket.split();
        let by_half = most_in_a_turn(&count, async {
            while reader.recv().await.unwrap().is_some() {
                one_more();
            }
        });
        assert!((2..=MAX_MESSAGES).contains(&by_half.await));
    }
}

/// A stream of the system that counts what is read from it.
#[derive(Debug)]
struct Counted {
    stream: TcpStream,
    read: Rc<Cell<usize>>,
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(cx, buffer);
        self.read.set(self.read.get() + buffer.filled().len() - before);
        result
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Floods a server with this frame. Returns how many bytes of the flood the server reads while
/// another client, in the same thread, waits for an echo: the most of several attempts.
async fn read_during_an_echo(frame: &[u8]) -> usize {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let chunk = frame.repeat((1 << 20) / frame.len() + 1);
    // In a separate thread, so that there is always more to read. It ends with the connection.
    let flooding = std::thread::spawn(move || {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        let mut answers = stream.try_clone().unwrap();
        let reading = std::thread::spawn(move || {
            let mut scratch = vec![0; 1 << 20];
            while answers.read(&mut scratch).is_ok_and(|count| count > 0) {}
        });
        while stream.write_all(&chunk).is_ok() {}
        reading.join().unwrap();
    });
    let (stream, _) = listener.accept().await.unwrap();
    let read = Rc::new(Cell::new(0));
    let counted = Counted { stream, read: Rc::clone(&read) };
    let connection = || peer::connection(Role::Server, &Limits::default());
    let options = Options::default();
    let mut flooded = WebSocket::from_upgraded(counted, connection(), Vec::new(), &options);

    let (stream, other) = peer::tcp().await;
    let mut calm = WebSocket::from_upgraded(stream, connection(), Vec::new(), &options);
    let mut client = Peer::new(other, Role::Server);

    let local = tokio::task::LocalSet::new();
    local.spawn_local(async move {
        while let Ok(Some((message, mut writer))) = flooded.read().await {
            if writer.feed(message).await.is_err() {
                break;
            }
        }
    });
    local.spawn_local(async move {
        while let Ok(Some(message)) = calm.recv().await {
            calm.send(message).await.unwrap();
        }
    });
    let client_of_calm = local.spawn_local(async move {
        let mut most = 0;
        while read.get() < 16 << 20 {
            let before = read.get();
            client.send(FIN | TEXT, b"and I?").await;
            assert_eq!(client.receive().await, (FIN | TEXT, b"and I?".into()));
            most = most.max(read.get() - before);
        }
        most
    });
    let most = local.run_until(client_of_calm).await.unwrap();
    drop(local);
    flooding.join().unwrap();
    most
}

// Shows own-adapters-5 (server).
#[tokio::test]
async fn a_flooded_connection_leaves_the_driver_of_the_runtime_its_turn() {
    for frame in [
        wire::to(Role::Server, FIN | BINARY, b""),
        wire::to(Role::Server, FIN | PING, b"?"),
        wire::to(Role::Server, FIN | BINARY, &vec![7; 256 << 10]),
    ] {
        // During an echo the driver gets a few turns, each after at most three quarters of a
        // mebibyte. On a busy machine the system may deliver the echo late, so that an attempt says
        // nothing; without those turns none succeeds.
        let mut attempts = Vec::new();
        while attempts.last().is_none_or(|most| *most > 4 << 20) {
            assert!(attempts.len() < 5, "{attempts:?} bytes");
            attempts.push(read_during_an_echo(&frame).await);
        }
    }
}
