//! What becomes of what was queued in a half: fed, dropped, cancelled or unwound through.

use std::io;
use std::time::Duration;

use sansocket::connection::SendError;
use sansocket::tokio::WebSocket;
use sansocket::{CloseCode, CloseFrame, Config, Error, Options, OwnedMessage, Role, Timeouts};
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
            let (mut reader, mut writer) = socket.split_with(tokio::io::split).unwrap();
            let feeding = async move {
                // The other half waits already.
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
        let connection = peer::connection(Role::Server, &Config::default());
        let (reader, mut writer) = finish(async {
            let options = Options::default();
            let socket = WebSocket::from_upgraded(script, connection, Vec::new(), &options);
            socket.split_with(|script| (script, other)).unwrap()
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
            let (mut reader, mut writer) = socket.split_with(tokio::io::split).unwrap();
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
async fn a_close_frame_that_was_queued_is_timed_though_its_future_is_dropped() {
    for role in ROLES {
        let timeouts = Timeouts::default().ping_interval(None);
        let options = Options::default().timeouts(timeouts).write_timeout(None);
        let (socket, _peer) = peer::over(role, tokio::io::duplex(10), &options);
        let (mut reader, mut writer) = socket.split_with(tokio::io::split).unwrap();
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
fn an_error_that_a_dropped_half_meets_is_not_forgotten() {
    let (script, other) =
        (Script::default(), Script::default().fail_write(2, io::ErrorKind::ConnectionReset));
    let connection = peer::connection(Role::Server, &Config::default());
    let (reader, mut writer) = finish(async {
        let socket = WebSocket::from_upgraded(script, connection, Vec::new(), &Options::default());
        socket.split_with(|script| (script, other)).unwrap()
    });
    finish(writer.feed("fed")).unwrap();
    let mut socket = reader.reunite_with(writer, |_, other| other).unwrap();
    let late = finish(socket.send("late"));
    assert!(matches!(late, Err(Error::Send(SendError::Closed))), "{late:?}");
    assert!(socket.into_parts().is_err(), "half a frame is out");
}

#[test]
fn halves_tell_what_the_stream_has_failed_with_before() {
    let (script, other) =
        (Script::default().fail_write(2, io::ErrorKind::ConnectionReset), Script::default());
    let log = other.log();
    let connection = peer::connection(Role::Server, &Config::default());
    let (_reader, mut writer) = finish(async {
        let options = Options::default();
        let mut socket = WebSocket::from_upgraded(script, connection, Vec::new(), &options);
        socket.send("first").await.unwrap_err();
        socket.split_with(|script| (script, other)).unwrap()
    });
    let flushed = finish(writer.flush());
    let Err(Error::Io(error)) = flushed else { panic!("{flushed:?}") };
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    let late = finish(writer.send("late"));
    assert!(matches!(late, Err(Error::Send(SendError::Closed))), "{late:?}");
    assert_eq!(log.take(), [], "half a frame is out");
}
