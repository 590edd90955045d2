//! How connections end: by a closing handshake, by a peer that breaks a rule, and without a Close
//! frame.

use core::fmt::Debug;
use std::io::ErrorKind;

use futures_util::stream::FusedStream as _;
use futures_util::{SinkExt, StreamExt as _};
use sansocket::connection::{ProtocolError, SendError};
use sansocket::tokio::{Acceptor, WebSocket};
use sansocket::{CloseCode, CloseFrame, Error, Initiator, Options, OwnedMessage, Ping, Role};
use tokio::io::{AsyncRead, AsyncReadExt, DuplexStream};

use super::peer::{self, Peer, ROLES, tcp};
use super::stingy::Stingy;
use super::tasks::{finish, poll_times};
use crate::failing::{limits, violations};
use crate::flood::{Flood, Gauge};
use crate::script::Script;
use crate::wire::{self, CLOSE, FIN, PING, PONG, TEXT, close_payload};

/// An endpoint with limits that are easy to exceed.
fn open(role: Role) -> (WebSocket<DuplexStream>, Peer<DuplexStream>) {
    let (stream, other) = tokio::io::duplex(64 << 10);
    let connection = peer::connection(role, &limits());
    let socket = WebSocket::from_upgraded(stream, connection, Vec::new(), &Options::default());
    (socket, Peer::new(other, role))
}

#[track_caller]
fn assert_lost<T: Debug>(result: Result<T, Error>) {
    assert!(matches!(result, Err(Error::ConnectionLost)), "{result:?}");
}

#[track_caller]
fn assert_closed<T: Debug>(result: Result<T, Error>) {
    assert!(matches!(result, Err(Error::Send(SendError::Closed))), "{result:?}");
}

/// Reads up to the Close frame, skipping Pongs, and returns its code.
async fn close_code<S: AsyncRead + Unpin>(peer: &mut Peer<S>) -> u16 {
    loop {
        let (first, payload) = peer.receive().await;
        if first == FIN | CLOSE {
            return u16::from_be_bytes(payload[..2].try_into().unwrap());
        }
        assert_eq!(first, FIN | PONG);
    }
}

// Shows 6455-7.1.7-1, 6455-7.1.7-2, 6455-7.1.7-4, 6455-10.7-2, own-frames-5.
#[tokio::test(start_paused = true)]
async fn a_violation_gets_its_close_frame_before_the_end_of_the_stream() {
    for role in ROLES {
        for (bytes, code) in violations(role) {
            let (mut socket, mut peer) = open(role);
            let violating = async {
                peer.write(&bytes).await;
                assert_eq!(close_code(&mut peer).await, code, "{bytes:02x?} to the {role:?}");
                assert_eq!(peer.read_to_end().await, b"");
                drop(peer);
            };
            let (result, ()) = tokio::join!(socket.recv(), violating);
            let Err(Error::Protocol(error)) = result else {
                panic!("{result:?}");
            };
            assert_eq!(u16::from(error.close_code()), code);
            let info = socket.close_info().unwrap();
            assert_eq!(u16::from(info.sent.unwrap().code), code);
            assert_eq!(info.received, None);
            assert!(!info.was_clean);
        }
    }
}

// Shows 6455-7.1.7-6, own-frames-6.
#[tokio::test(start_paused = true)]
async fn a_violation_is_reported_again_and_nothing_after_it_is_processed() {
    for role in ROLES {
        let (mut socket, mut peer) = open(role);
        let frames = [
            wire::to(role, FIN | TEXT, b"good"),
            wire::to(role, FIN | 0x3, b""),
            wire::to(role, FIN | PING, b"late"),
            wire::to(role, FIN | TEXT, b"late"),
            wire::to(role, FIN | CLOSE, b""),
        ];
        peer.write(&frames.concat()).await;
        peer.shut_down().await;
        let (message, mut writer) = socket.read().await.unwrap().unwrap();
        writer.send(message).await.unwrap();
        let first = socket.recv().await.unwrap_err().to_string();
        assert_eq!(socket.recv().await.unwrap_err().to_string(), first);
        assert_eq!(socket.read().await.unwrap_err().to_string(), first);
        assert_eq!(socket.read_chunk().await.unwrap_err().to_string(), first);
        assert!(socket.next().await.is_none(), "a stream tells it once");
        assert_closed(socket.send("late").await);
        assert_eq!(socket.close(1000.into(), "").await.unwrap_err().to_string(), first);
        assert_eq!(peer.receive().await, (FIN | TEXT, b"good".into()));
        assert_eq!(peer.receive_close().await, 1002);
        assert_eq!(peer.read_to_end().await, b"", "neither a Pong nor a second Close");
    }
}

// Shows own-frames-7.
#[tokio::test]
async fn a_close_frame_is_not_lost_to_a_reset_however_much_follows_the_violation() {
    for role in ROLES {
        let (mut socket, peer) = peer::over(role, tcp().await, &Options::default());
        let failing = tokio::spawn(async move { socket.recv().await.unwrap_err() });
        let (mut receiving, mut sending) = peer.split();
        sending.write(&wire::to(role, FIN | 0x3, b"")).await;
        sending.write(&vec![0; 16 << 20]).await;
        assert_eq!(close_code(&mut receiving).await, 1002);
        assert_eq!(receiving.read_to_end().await, b"");
        drop((receiving, sending));
        failing.await.unwrap();
    }
}

/// Polls a future that fails this many times, drops it, continues, and checks that the peer gets
/// one Close frame. Returns whether the future was ready before.
fn fail_after(polls: usize, violation: &[u8], is_lent: bool) -> bool {
    let stream = Stingy::new(violation, 3, 2);
    let mut socket = finish(async {
        let connection = peer::connection(Role::Server, &limits());
        WebSocket::from_upgraded(stream.clone(), connection, Vec::new(), &Options::default())
    });
    let is_done = if is_lent {
        poll_times(polls, async { drop(socket.read().await) }).is_some()
    } else {
        poll_times(polls, socket.recv()).is_some()
    };
    match finish(socket.recv()) {
        Err(Error::Protocol(error)) => assert_ne!(error, ProtocolError::ConnectionLost),
        result => panic!("{result:?}"),
    }
    drop(socket);
    let contents = wire::contents(&stream.written());
    assert_eq!(contents.len(), 1, "{polls}");
    assert_eq!(contents[0].0, FIN | CLOSE);
    is_done
}

#[test]
fn failing_continues_after_any_future_was_dropped_at_any_poll() {
    let violations = [
        wire::to(Role::Client, FIN | TEXT, b"not masked"),
        // Found by the receiver, and when the text is validated.
        wire::to(Role::Server, TEXT, b"\xFF"),
        wire::to(Role::Server, FIN | TEXT, b"\xFF"),
    ];
    let mut dropped = 0;
    for violation in violations {
        for is_lent in [true, false] {
            dropped += (0..).take_while(|polls| !fail_after(*polls, &violation, is_lent)).count();
        }
    }
    println!("{dropped} futures dropped");
    assert!(dropped > 100);
}

// Shows 6455-7.2.1-1, own-control-7.
#[tokio::test(start_paused = true)]
async fn the_end_without_a_close_frame_is_an_error() {
    for role in ROLES {
        // Between messages, inside of one, and inside of a header.
        for end in
            [&b""[..], &wire::to(role, TEXT, b"cut"), &wire::to(role, FIN | TEXT, b"cut")[..3]]
        {
            let (mut socket, mut peer) = open(role);
            peer.send(FIN | TEXT, b"last").await;
            peer.write(end).await;
            drop(peer);
            assert!(socket.recv().await.unwrap().is_some());
            assert_lost(socket.recv().await);
            assert_lost(socket.recv().await);
            assert!(socket.is_terminated());
            let info = socket.close_info().unwrap();
            assert_eq!(info.initiator, Initiator::Transport);
            assert_eq!(info.code(), CloseCode::ABNORMAL);
            assert!(!info.was_clean);
        }
    }
}

// Shows own-closing-3 (server).
#[test]
fn a_close_frame_that_the_transport_did_not_accept_does_not_count_as_sent() {
    for taken in 0..4 {
        let script = Script::default().read(b"").fail_write(taken, ErrorKind::BrokenPipe);
        let connection = peer::connection(Role::Server, &limits());
        let mut socket =
            WebSocket::from_upgraded(script, connection, Vec::new(), &Options::default());
        let sent = finish(socket.send(CloseFrame { code: CloseCode::NORMAL, reason: "" }));
        assert!(matches!(sent, Err(Error::Io(_))), "{sent:?}");
        assert!(finish(socket.recv()).is_err());
        let info = socket.close_info().unwrap();
        assert_eq!((info.initiator, info.sent), (Initiator::Transport, None));
    }
}

#[tokio::test(start_paused = true)]
async fn after_an_error_a_stream_has_ended() {
    let (mut socket, peer) = open(Role::Server);
    drop(peer);
    assert!(!socket.is_terminated());
    assert_lost(socket.next().await.unwrap());
    assert!(socket.is_terminated());
    assert!(socket.next().await.is_none());

    let (mut socket, mut peer) = open(Role::Server);
    peer.send(FIN | TEXT, b"\xFF").await;
    drop(peer);
    let error = socket.next().await.unwrap().unwrap_err();
    assert!(matches!(error, Error::Protocol(ProtocolError::InvalidUtf8)), "{error:?}");
    assert!(socket.next().await.is_none());

    let reset = Script::default().fail_read(ErrorKind::ConnectionReset);
    let connection = peer::connection(Role::Server, &limits());
    let mut socket = WebSocket::from_upgraded(reset, connection, Vec::new(), &Options::default());
    let error = socket.next().await.unwrap().unwrap_err();
    assert!(
        matches!(&error, Error::Io(error) if error.kind() == ErrorKind::ConnectionReset),
        "{error:?}"
    );
    assert!(socket.next().await.is_none());
    assert_lost(socket.recv().await);
}

// Shows 6455-5.5.1-9, 6455-7.3-1, own-control-6, own-closing-4.
#[tokio::test(start_paused = true)]
async fn close_returns_how_the_connection_ended() {
    for role in ROLES {
        let (mut socket, mut peer) = open(role);
        let answering = async {
            assert_eq!(peer.receive().await, (FIN | CLOSE, close_payload(1001, "maintenance")));
            // Messages that still arrive are discarded.
            peer.send(FIN | TEXT, b"late").await;
            peer.send(FIN | PING, b"late").await;
            assert_eq!(peer.receive().await, (FIN | PONG, b"late".into()));
            peer.send(FIN | CLOSE, &close_payload(1000, "bye")).await;
            peer.shut_down().await;
            assert_eq!(peer.read_to_end().await, b"");
        };
        let (info, ()) =
            tokio::join!(socket.close(CloseCode::GOING_AWAY, "maintenance"), answering);
        let info = info.unwrap();
        assert_eq!(info.initiator, Initiator::Local);
        assert_eq!(info.sent.as_ref().unwrap().code, CloseCode::GOING_AWAY);
        assert_eq!((info.code(), info.reason()), (CloseCode::NORMAL, "bye"));
        assert!(info.was_clean);
        let again = socket.close(CloseCode::NORMAL, "").await.unwrap();
        assert_eq!(info, again, "closing twice changes nothing");
        assert_eq!(socket.recv().await.unwrap(), None);
        assert_closed(socket.send("late").await);
        assert_closed(socket.feed("late").await);
        assert_closed(socket.send(Ping(b"")).await);
    }
}

#[tokio::test(start_paused = true)]
async fn messages_under_way_can_be_read_after_our_close() {
    let (mut socket, mut peer) = open(Role::Server);
    socket.send(CloseFrame::EMPTY).await.unwrap();
    peer.send(FIN | TEXT, b"under way").await;
    peer.send(FIN | CLOSE, b"").await;
    peer.shut_down().await;
    let message = socket.recv().await.unwrap();
    assert_eq!(message, Some(OwnedMessage::Text("under way".into())));
    assert!(socket.close_info().is_none(), "more may come");
    assert_eq!(socket.recv().await.unwrap(), None);
    assert_eq!(peer.receive().await, (FIN | CLOSE, Vec::new()));
    assert_eq!(peer.read_to_end().await, b"");
}

// Shows own-control-4 (server).
#[tokio::test(start_paused = true)]
async fn a_close_that_may_not_be_sent_changes_nothing() {
    let (mut socket, mut peer) = open(Role::Server);
    let too_long = "x".repeat(124);
    for (code, reason) in [(1005, ""), (999, ""), (1000, &too_long)] {
        let error = socket.close(code.into(), reason).await.unwrap_err();
        assert!(matches!(error, Error::Send(_)), "{error:?}");
    }
    assert!(socket.close_info().is_none());
    socket.send("open").await.unwrap();
    assert_eq!(peer.receive().await, (FIN | TEXT, b"open".into()));
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_has_ended_its_direction_is_still_answered() {
    let (mut socket, mut peer) = open(Role::Server);
    peer.send(FIN | TEXT, b"one").await;
    peer.send(FIN | TEXT, b"two").await;
    peer.send(FIN | PING, b"?").await;
    peer.shut_down().await;
    for _ in 0..2 {
        let message = socket.recv().await.unwrap().unwrap();
        socket.send(message).await.unwrap();
    }
    assert_lost(socket.recv().await);
    assert_eq!(peer.receive().await, (FIN | TEXT, b"one".into()));
    assert_eq!(peer.receive().await, (FIN | TEXT, b"two".into()));
    assert_eq!(peer.receive().await, (FIN | PONG, b"?".into()));
    assert_eq!(peer.read_to_end().await, b"");
}

#[tokio::test(start_paused = true)]
async fn a_sink_closes_with_a_close_frame() {
    let (mut socket, mut peer) = open(Role::Server);
    SinkExt::feed(&mut socket, "queued".into()).await.unwrap();
    SinkExt::close(&mut socket).await.unwrap();
    SinkExt::close(&mut socket).await.unwrap();
    assert_closed(SinkExt::send(&mut socket, "late".into()).await);
    assert_eq!(peer.receive().await, (FIN | TEXT, b"queued".into()));
    assert_eq!(peer.receive().await, (FIN | CLOSE, close_payload(1000, "")));
    peer.send(FIN | CLOSE, b"").await;
    drop(peer);
    assert!(socket.next().await.is_none());
    assert!(socket.close_info().unwrap().was_clean);
}

/// How much is read and discarded after the end, at most.
const MAX_DRAIN: usize = 64 << 20;
/// Junk in reads of all sizes, three times as much.
const JUNK: usize = 64 << 10;
const JUNKS: usize = 3 * MAX_DRAIN / JUNK;

/// How many bytes of junk were read.
fn drained(gauge: &Gauge) -> usize {
    (JUNKS - gauge.frames_left()) * JUNK
}

// Shows own-frames-7 (server).
#[test]
fn after_the_end_no_more_than_64_mib_are_drained() {
    let violation = wire::to(Role::Client, FIN | TEXT, b"not masked");
    let close = wire::to(Role::Server, FIN | CLOSE, b"");
    for begin in [violation, close] {
        let flood = Flood::new(vec![0; JUNK], JUNKS).take(usize::MAX);
        let gauge = flood.gauge();
        finish(async {
            let connection = peer::connection(Role::Server, &limits());
            let mut socket =
                WebSocket::from_upgraded(flood, connection, begin, &Options::default());
            let _ = socket.recv().await;
        });
        let drained = drained(&gauge);
        assert!((MAX_DRAIN..MAX_DRAIN + (1 << 20)).contains(&drained), "{drained} bytes");
    }
}

#[test]
fn after_a_refusal_no_more_than_64_mib_are_drained() {
    let request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec();
    let flood = Flood::new(vec![b' '; JUNK], JUNKS).take(usize::MAX);
    let gauge = flood.gauge();
    let stream = tokio::io::join(AsyncReadExt::chain(&request[..], flood), tokio::io::sink());
    let accepted = finish(Acceptor::new().accept_over(stream));
    assert!(matches!(accepted, Err(Error::Handshake(_))));
    let drained = drained(&gauge);
    assert!((MAX_DRAIN..MAX_DRAIN + (1 << 20)).contains(&drained), "{drained} bytes");
}

// Shows own-closing-3, own-closing-4.
#[tokio::test(start_paused = true)]
async fn after_an_end_without_a_close_frame_nothing_is_sent_and_nothing_changes() {
    for role in ROLES {
        let (stream, other) = tokio::io::duplex(1000);
        let (socket, mut peer) = peer::over(role, (stream, other), &Options::default());
        let (mut writer, mut reader) = socket.split();
        writer.feed(vec![7; 9000]).await.unwrap();
        peer.shut_down().await;
        // Ending takes time, since the peer reads nothing.
        let second = core::time::Duration::from_secs(1);
        tokio::time::timeout(second, reader.recv()).await.unwrap_err();
        let info = reader.close_info().unwrap();
        assert_eq!((info.initiator, &info.sent), (Initiator::Transport, &None));
        assert_closed(writer.send("late").await);
        assert_closed(writer.send(CloseFrame::EMPTY).await);
        assert_lost(reader.recv().await);
        assert_eq!(reader.close_info().unwrap(), info);
    }
}
