//! Peers that are slower than we are: the queue for them is bounded, and what they send is still
//! received.

use std::future::Future;

use sansocket::tokio::WebSocket;
use sansocket::{Error, Limits, Options, OwnedMessage, Ping, Role};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_test::task;

use super::adapter::RUNTIME;
use super::peer;
use super::stingy::Stingy;
use super::tasks::{finish, poll_times};
use crate::allocations::growth_during;
use crate::flood::Flood;
use crate::session::Session;
use crate::wire::{self, BINARY, FIN, PING, PONG, TEXT};

/// What the buffers of one connection may hold: one read, the write queue, and as much again
/// because they grow by doubling.
const BOUND: u64 = 1 << 20;

const FLOOD: usize = 1_600_000;

fn open<S: AsyncRead + AsyncWrite + Unpin>(stream: S, role: Role, mark: usize) -> WebSocket<S> {
    let _entered = RUNTIME.enter();
    let config = Limits::default().high_water_mark(mark);
    let connection = peer::connection(role, &config);
    let options = Options::default().limits(config);
    WebSocket::from_upgraded(stream, connection, Vec::new(), &options)
}

/// The default high-water mark.
const MARK: usize = 128 << 10;

async fn echo_owned(mut socket: WebSocket<Flood>) -> Result<(), Error> {
    while let Some(message) = socket.recv().await? {
        socket.send(message).await?;
    }
    Ok(())
}

async fn echo_lent(mut socket: WebSocket<Flood>) -> Result<(), Error> {
    while let Some((message, mut writer)) = socket.read().await? {
        writer.send(message).await?;
    }
    Ok(())
}

/// Polls an echo often enough to read the whole flood if it could. Returns how much its memory
/// grows.
fn growth_of(mut polls: usize, echo: impl Future<Output = Result<(), Error>>) -> u64 {
    let _entered = RUNTIME.enter();
    let mut echo = task::spawn(echo);
    let ((), growth) = growth_during(|| {
        while polls > 0 && echo.poll().is_pending() {
            polls -= 1;
        }
    });
    growth
}

#[test]
fn messages_of_a_peer_that_never_reads_are_not_read() {
    for len in [10, 1000, 10_000, 100_000] {
        let frame = wire::to(Role::Server, FIN | BINARY, &vec![7; len]);
        for echo_lent_messages in [true, false] {
            let flood = Flood::new(frame.clone(), FLOOD);
            let gauge = flood.gauge();
            let socket = open(flood, Role::Server, MARK);
            let growth = if echo_lent_messages {
                growth_of(1000, echo_lent(socket))
            } else {
                growth_of(1000, echo_owned(socket))
            };
            assert!(growth < BOUND, "{growth} bytes");
            let taken = (FLOOD - gauge.frames_left()) * frame.len();
            assert!(taken < 1 << 20, "{taken} bytes were read, and none written");
        }
    }
}

#[test]
fn a_peer_that_reads_slowly_costs_no_more() {
    let frame = wire::to(Role::Server, FIN | BINARY, &[7; 10_000]);
    for role in [Role::Client, Role::Server] {
        let flood = Flood::new(wire::to(role, FIN | BINARY, &[7; 10_000]), FLOOD).drip(1000);
        let gauge = flood.gauge();
        let growth = growth_of(5000, echo_lent(open(flood, role, MARK)));
        assert!(growth < BOUND, "{growth} bytes");
        assert!(gauge.written() > 100 * frame.len(), "{} bytes were written", gauge.written());
    }
}

// Shows own-control-1 (server).
#[test]
fn pings_of_a_peer_that_never_reads_are_received_and_their_pongs_are_bounded() {
    for data in [&b""[..], &[7; 125]] {
        let flood = Flood::new(wire::to(Role::Server, FIN | PING, data), FLOOD);
        let gauge = flood.gauge();
        let growth = growth_of(10_000, echo_lent(open(flood, Role::Server, MARK)));
        assert_eq!(gauge.frames_left(), 0);
        assert!(growth < BOUND, "{growth} bytes");
    }
}

#[test]
fn pings_are_received_while_the_other_half_is_stuck_and_their_pongs_are_bounded() {
    let flood = Flood::new(wire::to(Role::Server, FIN | PING, b"8 bytes."), FLOOD);
    let gauge = flood.gauge();
    let socket = open(flood, Role::Server, MARK);
    let (mut writer, mut reader) = socket.split();
    let growth = growth_of(10_000, async {
        let (sent, received) = tokio::join!(writer.send(vec![7; 200_000]), reader.recv());
        sent.and(received.map(|_| ()))
    });
    assert_eq!(gauge.frames_left(), 0);
    assert!(growth < BOUND, "{growth} bytes");
}

// Shows 6455-5.5.3-2 (server), own-control-1 (server).
#[test]
fn the_latest_of_many_pings_is_answered() {
    let mut input = Vec::new();
    for number in 0..100_u8 {
        input.extend(wire::to(Role::Server, FIN | PING, &[number]));
    }
    let stream = Stingy::new(&input, 1000, 0);
    let mut socket = open(stream.clone(), Role::Server, 30);
    assert!(poll_times(1000, socket.recv()).is_none(), "the end of the stream, and much to write");
    stream.set_take(7);
    assert!(finish(socket.recv()).is_err());
    let pongs: Vec<_> = (0..10).chain([99]).map(|number| (FIN | PONG, vec![number])).collect();
    assert_eq!(wire::contents(&stream.written()), pongs);
}

#[test]
fn feed_waits_at_the_mark_until_the_peer_reads_some() {
    let stream = Stingy::new(&[], 1, 0);
    let mut socket = open(stream.clone(), Role::Server, 28);
    for _ in 0..3 {
        assert!(poll_times(1, socket.feed("8 bytes.")).is_some(), "10 more bytes");
    }
    assert!(poll_times(3, socket.feed("8 bytes.")).is_none(), "30 bytes wait");
    stream.set_take(3);
    // One poll finds the stream not ready, and the next writes.
    assert!(poll_times(1, socket.feed("8 bytes.")).is_none());
    assert!(poll_times(1, socket.feed("8 bytes.")).is_some(), "27 bytes wait");
    // And 37 with the new one: at the mark the queue is written, without waiting.
    assert_eq!(stream.written().len(), 6);
    finish(socket.flush()).unwrap();
    let frame = wire::to(Role::Client, FIN | TEXT, b"8 bytes.");
    assert_eq!(*stream.written(), frame.repeat(4));
}

#[test]
fn send_waits_until_the_stream_has_accepted_everything() {
    for message in ["short", &"long".repeat(10_000)] {
        let stream = Stingy::new(&[], 1, 0);
        let mut socket = open(stream.clone(), Role::Server, MARK);
        let _entered = RUNTIME.enter();
        let mut sending = task::spawn(socket.send(message));
        for _ in 0..3 {
            assert!(sending.poll().is_pending());
        }
        stream.set_take(1000);
        while sending.poll().is_pending() {}
        drop(sending);
        let frame = wire::to(Role::Client, FIN | TEXT, message.as_bytes());
        assert!(*stream.written() == frame);
    }
}

#[test]
fn messages_that_were_not_waited_for_are_bounded_too() {
    const LEN: usize = 1 << 20;

    let stream = Stingy::new(&[], 1, 0);
    let mut socket = open(stream.clone(), Role::Server, MARK);
    let message = vec![7; LEN];
    let ((), growth) = growth_during(|| {
        for _ in 0..10 {
            assert!(poll_times(2, socket.send(&message)).is_none());
            assert!(poll_times(2, socket.send(Ping(b""))).is_none());
        }
    });
    // The first one exceeds the mark, so that no other is queued.
    assert!(usize::try_from(growth).unwrap() < 2 * LEN, "{growth} bytes");
    stream.set_take(LEN);
    finish(socket.flush()).unwrap();
    assert!(wire::contents(&stream.written()) == [(FIN | BINARY, message)]);
}

#[test]
fn messages_are_received_while_nothing_can_be_written() {
    let session = Session::begin(Role::Server);
    let stream = Stingy::new(&session.input, 10, 0);
    let mut socket = open(stream, Role::Server, 8);
    assert!(poll_times(1, socket.feed("8 bytes.")).is_some());
    assert!(poll_times(3, socket.send("more")).is_none());
    for message in session.messages() {
        assert_eq!(finish(socket.recv()).unwrap(), Some(message));
    }
}

#[test]
fn two_loops_that_send_at_once_do_not_deadlock() {
    // More than the stream and both queues hold if neither endpoint reads while it sends.
    let (one, other) = tokio::io::duplex(1000);
    let ends = [(one, Role::Client), (other, Role::Server)]
        .map(|(stream, role)| open(stream, role, 1000).split());
    let [(mut left_writer, mut left_reader), (mut right_writer, mut right_reader)] = ends;
    let message = OwnedMessage::Binary(vec![7; 5000]);
    finish(async {
        let left = async {
            for _ in 0..20 {
                left_writer.send(&message).await.unwrap();
            }
        };
        let right = async {
            for _ in 0..20 {
                right_writer.send(&message).await.unwrap();
            }
        };
        let left_reading = async {
            for _ in 0..20 {
                assert_eq!(left_reader.recv().await.unwrap().as_ref(), Some(&message));
            }
        };
        let right_reading = async {
            for _ in 0..20 {
                assert_eq!(right_reader.recv().await.unwrap().as_ref(), Some(&message));
            }
        };
        tokio::join!(left, right, left_reading, right_reading)
    });
}

#[test]
fn dropping_the_socket_does_not_wait() {
    let stream = Stingy::new(&[], 1, 0);
    let mut socket = open(stream.clone(), Role::Server, MARK);
    assert!(matches!(poll_times(1, socket.feed("queued")), Some(Ok(()))));
    drop(socket);
    assert_eq!(stream.written().len(), 0, "the stream was not ready");
}
