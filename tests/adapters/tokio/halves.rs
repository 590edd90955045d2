//! What happens to the queue of a half: after feeding, dropping, cancelling and panicking.

use std::io;
use std::time::Duration;

use futures_util::stream::FusedStream as _;
use futures_util::{SinkExt, StreamExt as _};
use sansocket::connection::SendError;
use sansocket::tokio::WebSocket;
use sansocket::{CloseCode, CloseFrame, Error, Limits, Options, OwnedMessage, Role, Timeouts};
use tokio::io::join;
use tokio::task::LocalSet;
use tokio::time::{sleep, timeout};

use super::peer::{self, ROLES};
use super::tasks::finish;
use crate::script::{Call, Script};
use crate::wire::{self, BINARY, CLOSE, FIN, TEXT};

/// More than the streams of these tests hold.
const LARGE: usize = 100_000;

// Shows own-adapters-4.
#[tokio::test(start_paused = true)]
async fn what_was_fed_leaves_when_the_half_that_writes_is_dropped() {
    for role in ROLES {
        for len in [5, LARGE] {
            let (socket, mut peer) = peer::over(role, tokio::io::duplex(1000), &Options::default());
            let (mut writer, mut reader) = socket.split();
            let feeding = async move {
                // The other half already waits.
                sleep(Duration::from_secs(1)).await;
                writer.feed(vec![7; len]).await.unwrap();
                drop(writer);
            };
            let peer = async {
                assert_eq!(peer.receive().await, (FIN | BINARY, vec![7; len]));
                peer.send(FIN | TEXT, b"thanks").await;
            };
            let all = async { tokio::join!(reader.recv(), feeding, peer) };
            // Long before there is a Ping.
            let (message, ..) = timeout(Duration::from_secs(10), all).await.unwrap();
            assert_eq!(message.unwrap(), Some(OwnedMessage::Text("thanks".into())));
        }
    }
}

#[test]
fn dropping_either_half_makes_one_attempt_to_write() {
    for is_writer in [true, false] {
        let (script, other) = (Script::default(), Script::default());
        let log = other.log();
        let connection = peer::connection(Role::Server, &Limits::default());
        let (mut writer, reader) = finish(async {
            let (stream, options) = (join(script, other), Options::default());
            WebSocket::from_upgraded(stream, connection, Vec::new(), &options).split()
        });
        finish(writer.feed("fed")).unwrap();
        assert_eq!(log.take(), []);
        let frame = wire::to(Role::Client, FIN | TEXT, b"fed");
        if is_writer {
            drop(writer);
            assert_eq!(log.take(), [Call::Write(frame)]);
            drop(reader);
        } else {
            drop(reader);
            assert_eq!(log.take(), [Call::Write(frame)]);
            drop(writer);
        }
        assert_eq!(log.take(), [], "once");
    }
}

// Shows own-adapters-4.
#[tokio::test(start_paused = true)]
async fn what_is_fed_while_the_other_half_waits_leaves() {
    for role in ROLES {
        for panics in [false, true] {
            let (socket, mut peer) = peer::over(role, tokio::io::duplex(1000), &{
                Options::default().timeouts(Timeouts::default().ping_interval(None))
            });
            let (mut writer, mut reader) = socket.split();
            let local = LocalSet::new();
            let reading = local.spawn_local(async move { reader.recv().await.unwrap() });
            let feeding = local.spawn_local(async move {
                sleep(Duration::from_secs(1)).await;
                writer.feed("fed").await.unwrap();
                assert!(!panics, "as a task may");
                writer
            });
            local
                .run_until(async {
                    let received = timeout(Duration::from_secs(60), peer.receive()).await;
                    assert_eq!(received.unwrap(), (FIN | TEXT, b"fed".into()));
                    assert_eq!(feeding.await.is_err(), panics);
                    peer.send(FIN | CLOSE, b"").await;
                    peer.shut_down().await;
                    assert_eq!(reading.await.unwrap(), None);
                })
                .await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_queued_close_frame_has_a_timeout_even_if_its_future_is_dropped() {
    for role in ROLES {
        let timeouts = Timeouts::default().ping_interval(None);
        let options = Options::default().timeouts(timeouts).write_timeout(None);
        let (socket, _peer) = peer::over(role, tokio::io::duplex(10), &options);
        let (mut writer, mut reader) = socket.split();
        let local = LocalSet::new();
        let reading = local.spawn_local(async move { reader.recv().await });
        let closing = async {
            sleep(Duration::from_secs(1)).await;
            let frame = CloseFrame { code: CloseCode::NORMAL, reason: "longer than the stream" };
            timeout(Duration::from_secs(1), writer.send(frame)).await.unwrap_err();
        };
        local.run_until(closing).await;
        let ended = timeout(Duration::from_secs(60), local.run_until(reading)).await;
        assert!(matches!(ended.unwrap().unwrap(), Err(Error::Timeout(_))));
    }
}

#[test]
fn what_halves_have_queued_is_written_by_the_socket_that_they_become() {
    let (script, other) =
        (Script::default(), Script::default().fail_write(2, io::ErrorKind::ConnectionReset));
    let connection = peer::connection(Role::Server, &Limits::default());
    let (mut writer, reader) = finish(async {
        let (stream, options) = (join(script, other), Options::default());
        WebSocket::from_upgraded(stream, connection, Vec::new(), &options).split()
    });
    finish(writer.feed("fed")).unwrap();
    let mut socket = reader.reunite(writer).unwrap();
    assert_eq!(socket.queued(), 5);
    let flushed = finish(socket.flush());
    assert!(matches!(flushed, Err(Error::Io(_))), "{flushed:?}");
    let late = finish(socket.send("late"));
    assert!(matches!(late, Err(Error::Send(SendError::Closed))), "{late:?}");
    let mut parts = socket.into_parts();
    let late = parts.write_buffer.send(&mut parts.connection.sender, "late");
    assert_eq!(late, Err(SendError::Closed), "half a frame is out");
    assert!(parts.write_buffer.unwritten().is_empty());
}

#[test]
fn halves_report_the_earlier_error_of_the_stream() {
    let script = Script::default().fail_write(2, io::ErrorKind::ConnectionReset);
    let log = script.log();
    let connection = peer::connection(Role::Server, &Limits::default());
    let (mut writer, _reader) = finish(async {
        let options = Options::default();
        let mut socket = WebSocket::from_upgraded(script, connection, Vec::new(), &options);
        socket.send("first").await.unwrap_err();
        log.take();
        socket.split()
    });
    let flushed = finish(writer.flush());
    let Err(Error::Io(error)) = flushed else { panic!("{flushed:?}") };
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    let late = finish(writer.send("late"));
    assert!(matches!(late, Err(Error::Send(SendError::Closed))), "{late:?}");
    assert_eq!(log.take(), [], "half a frame is out");
}

#[test]
fn a_reunited_socket_reports_the_earlier_error_of_the_stream() {
    let script = Script::default().fail_write(2, io::ErrorKind::ConnectionReset);
    let connection = peer::connection(Role::Server, &Limits::default());
    let mut socket = finish(async {
        let options = Options::default();
        let socket = WebSocket::from_upgraded(script, connection, Vec::new(), &options);
        let (mut writer, reader) = socket.split();
        writer.send("first").await.unwrap_err();
        reader.reunite(writer).unwrap()
    });
    let flushed = finish(socket.flush());
    let Err(Error::Io(error)) = flushed else { panic!("{flushed:?}") };
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
}

#[tokio::test(start_paused = true)]
async fn halves_are_a_stream_and_a_sink() {
    for role in ROLES {
        let (socket, mut peer) = peer::over(role, tokio::io::duplex(1000), &Options::default());
        let (mut sink, mut stream) = socket.split();
        let peer = async move {
            assert_eq!(peer.receive().await, (FIN | TEXT, b"a question".into()));
            peer.send(FIN | TEXT, b"an answer").await;
            // The read half already waits, and is woken to start the timeout for the answer.
            assert_eq!(peer.receive().await.0, FIN | CLOSE);
            peer.send(FIN | CLOSE, b"\x03\xE8").await;
            // A client waits for its server to end the stream first.
            if role == Role::Server {
                peer.read_to_end().await;
            }
        };
        let talking = async {
            SinkExt::send(&mut sink, "a question".into()).await.unwrap();
            let answer = stream.next().await.unwrap().unwrap();
            assert_eq!(answer, OwnedMessage::Text("an answer".into()));
            let closing = SinkExt::close(&mut sink);
            let (closed, end) = tokio::join!(closing, stream.next());
            closed.unwrap();
            assert!(end.is_none());
            assert!(stream.is_terminated());
            assert!(stream.close_info().unwrap().was_clean);
            let late = SinkExt::send(&mut sink, "late".into()).await;
            assert!(matches!(late, Err(Error::Send(SendError::Closed))), "{late:?}");
        };
        timeout(Duration::from_secs(5), async { tokio::join!(talking, peer) }).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn items_of_a_sink_leave_without_a_flush() {
    let (socket, mut peer) = peer::over(Role::Server, tokio::io::duplex(1000), &Options::default());
    let (mut sink, mut stream) = socket.split();
    let feeding = async {
        sleep(Duration::from_secs(1)).await;
        sink.feed("fed").await.unwrap();
        assert_eq!(sink.queued(), 5);
        peer.receive().await
    };
    let received = async {
        tokio::select! {
            received = feeding => received,
            _ = stream.next() => unreachable!("the peer says nothing"),
        }
    };
    let received = timeout(Duration::from_secs(5), received).await.unwrap();
    assert_eq!(received, (FIN | TEXT, b"fed".into()));
    assert_eq!(sink.queued(), 0);
}
