//! Peers that always have more for us: the task lets others run all the same.

use std::future::Future;

use sansocket::connection::Config;
use sansocket::tokio::WebSocket;
use sansocket::{Error, Options, Role};
use tokio_test::task;

use super::adapter::RUNTIME;
use super::peer;
use crate::flood::{Flood, Gauge};
use crate::wire::{self, BINARY, CONTINUATION, FIN, PING, TEXT};

/// How often a stream is read in one turn of a task, at most.
const MAX_READS: usize = 16;

fn open(begin: &[u8], frame: Vec<u8>) -> (WebSocket<Flood>, Gauge) {
    let flood = Flood::new(frame, usize::MAX).take(usize::MAX);
    let gauge = flood.gauge();
    let _entered = RUNTIME.enter();
    let connection = peer::connection(Role::Server, &Config::default());
    (WebSocket::from_upgraded(flood, connection, begin.into(), &Options::default()), gauge)
}

/// Checks that a task yields again and again, and wants to be polled again.
#[track_caller]
fn assert_yields(gauge: &Gauge, flooded: impl Future<Output = ()>) {
    let _entered = RUNTIME.enter();
    let mut task = task::spawn(flooded);
    for turn in 0..4 {
        assert!(task.poll().is_pending(), "there is no end");
        assert!(task.is_woken(), "there is more");
        let reads = gauge.take_reads();
        assert!((1..=MAX_READS).contains(&reads), "{reads} reads in turn {turn}");
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
fn whoever_only_reads_yields_under_a_flood() {
    for frame in frames() {
        let (mut socket, gauge) = open(b"", frame.clone());
        assert_yields(&gauge, async { while socket.recv().await.unwrap().is_some() {} });
        let (mut socket, gauge) = open(b"", frame.clone());
        assert_yields(&gauge, async { while socket.read_part().await.unwrap().is_some() {} });
        let (socket, gauge) = open(b"", frame);
        let (mut reader, _writer) = socket.split_with(tokio::io::split).unwrap();
        assert_yields(&gauge, async { while reader.recv().await.unwrap().is_some() {} });
    }
}

// Shows own-adapters-5 (client).
#[test]
fn a_client_yields_under_a_flood_too() {
    let frame = wire::to(Role::Client, FIN | TEXT, &[b'x'; 200]);
    let flood = Flood::new(frame, usize::MAX).take(usize::MAX);
    let gauge = flood.gauge();
    let connection = peer::connection(Role::Client, &Config::default());
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

#[test]
fn a_message_without_end_is_taken_with_yields() {
    let begin = wire::to(Role::Server, BINARY, b"");
    let (mut socket, gauge) = open(&begin, wire::to(Role::Server, CONTINUATION, &[7; 1000]));
    assert_yields(&gauge, async {
        let error = socket.recv().await.unwrap_err();
        assert!(matches!(error, Error::Protocol(_)), "{error:?}");
        panic!("what follows is drained for ever");
    });
}

#[test]
fn what_follows_the_end_is_thrown_away_with_yields() {
    let violation = wire::to(Role::Client, FIN | TEXT, b"not masked");
    let (mut socket, gauge) = open(&violation, vec![0; 1000]);
    // Nothing was read before the end.
    assert_yields(&gauge, async { drop(socket.recv().await) });
}
