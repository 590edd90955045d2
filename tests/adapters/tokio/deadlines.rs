//! Every timeout, with a clock that moves only when all tasks wait.

use core::fmt::Debug;
use std::future::Future;
use std::time::Duration;

use sansocket::connection::SendError;
use sansocket::tokio::WebSocket;
use sansocket::{CloseCode, CloseFrame, Error, Initiator, Options, Role, TimeoutKind, Timeouts};
use tokio::io::DuplexStream;
use tokio::time::{Instant, sleep, timeout};

use super::peer::{self, Peer, ROLES};
use crate::wire::{BINARY, CLOSE, FIN, PING, PONG, TEXT, close_payload};

fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn quiet() -> Timeouts {
    Timeouts::default().ping_interval(None)
}

fn with(timeouts: Timeouts) -> Options {
    Options::default().timeouts(timeouts)
}

/// An endpoint over a stream that buffers little, so that it notices a peer that does not read.
fn open(role: Role, options: &Options) -> (WebSocket<DuplexStream>, Peer<DuplexStream>) {
    peer::over(role, tokio::io::duplex(1000), options)
}

/// Checks how many seconds it takes.
async fn assert_takes<T>(seconds: u64, future: impl Future<Output = T>) -> T {
    let start = Instant::now();
    let value = future.await;
    assert_eq!(start.elapsed().as_secs(), seconds);
    value
}

#[track_caller]
fn assert_timeout<T: Debug>(result: Result<T, Error>, deadline: TimeoutKind) {
    match result {
        Err(Error::Timeout(own)) => assert_eq!(own, deadline),
        result => panic!("{result:?} is not {deadline:?}"),
    }
}

#[track_caller]
fn assert_lost<T: Debug>(result: Result<T, Error>) {
    assert!(matches!(result, Err(Error::ConnectionLost)), "{result:?}");
}

// Shows 6455-7.1.7-7, 6455-7.2.1-2, 6455-7.3-2.
#[tokio::test(start_paused = true)]
async fn a_silent_peer_that_answers_pings_is_kept_for_a_day() {
    for role in ROLES {
        let (mut socket, mut peer) = open(role, &Options::default());
        let answering = async {
            let start = Instant::now();
            while start.elapsed() < secs(24 * 60 * 60) {
                let (first, data) = peer.receive().await;
                assert_eq!(first, FIN | PING);
                peer.send(FIN | PONG, &data).await;
            }
            peer.send(FIN | TEXT, b"at last").await;
        };
        let (received, ()) = tokio::join!(socket.recv(), answering);
        assert!(received.unwrap().is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn a_ping_is_sent_every_20_seconds_and_its_answer_is_timed() {
    for role in ROLES {
        let (mut socket, mut peer) = open(role, &Options::default());
        let peer = async {
            for delay in [3, 0, 19] {
                let (first, data) = peer.receive().await;
                assert_eq!(first, FIN | PING);
                sleep(secs(delay)).await;
                peer.send(FIN | PONG, &data).await;
                sleep(secs(1)).await;
                peer.send(FIN | TEXT, b"answered").await;
            }
            peer
        };
        let socket = async {
            assert_eq!(socket.ping_latency(), None);
            for (at, latency) in [(24, 3), (17, 0), (39, 19)] {
                assert!(assert_takes(at, socket.recv()).await.unwrap().is_some());
                assert_eq!(socket.ping_latency().unwrap().as_secs(), latency);
            }
        };
        tokio::join!(peer, socket);
    }
}

// Shows own-limits-8.
#[tokio::test(start_paused = true)]
async fn a_peer_that_answers_no_ping_for_20_seconds_is_dropped() {
    for role in ROLES {
        let (mut socket, mut peer) = open(role, &Options::default());
        assert_timeout(assert_takes(40, socket.recv()).await, TimeoutKind::Pong);
        assert_lost(socket.recv().await);
        let info = socket.close_info().unwrap();
        assert_eq!((info.initiator, info.was_clean), (Initiator::Local, false));
        assert_eq!(peer.receive().await.0, FIN | PING);
        assert_eq!(peer.receive().await, (FIN | CLOSE, close_payload(1011, "no Pong")));
        assert_eq!(peer.read_to_end().await, b"", "though the socket is not dropped");
    }
}

#[tokio::test(start_paused = true)]
async fn a_timeout_survives_dropped_futures() {
    let (mut socket, _peer) = open(Role::Server, &Options::default());
    let result = assert_takes(40, async {
        loop {
            if let Ok(result) = timeout(Duration::from_millis(700), socket.recv()).await {
                return result;
            }
        }
    });
    assert_timeout(result.await, TimeoutKind::Pong);
}

// Shows own-limits-8 (server).
#[tokio::test(start_paused = true)]
async fn a_silent_connection_is_closed() {
    let (mut socket, mut peer) = open(Role::Server, &with(quiet().idle(Some(secs(60)))));
    let talking = async {
        sleep(secs(50)).await;
        peer.send(FIN | TEXT, b"not silent").await;
        sleep(secs(50)).await;
        // This does not count.
        peer.send(FIN | PING, b"").await;
        peer
    };
    let receiving = async {
        assert!(assert_takes(50, socket.recv()).await.unwrap().is_some());
        assert_timeout(assert_takes(60, socket.recv()).await, TimeoutKind::Idle);
    };
    let (mut peer, ()) = tokio::join!(talking, receiving);
    assert_eq!(peer.receive().await.0, FIN | PONG);
    assert_eq!(peer.receive().await, (FIN | CLOSE, close_payload(1001, "idle")));
    assert_eq!(peer.read_to_end().await, b"", "though the socket is not dropped");
}

// Shows 6455-7.1.1-3, own-limits-7.
#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_answer_a_close_is_dropped_after_10_seconds() {
    for role in ROLES {
        for talks in [true, false] {
            let (mut socket, mut peer) = open(role, &Options::default());
            let talking = async {
                assert_eq!(peer.receive_close().await, 1000);
                while talks && timeout(secs(1), peer.read_to_end()).await.is_err() {
                    peer.send(FIN | TEXT, b"blah").await;
                }
                assert_eq!(peer.read_to_end().await, b"", "though the socket is not dropped");
            };
            let closing = assert_takes(10, socket.close(CloseCode::NORMAL, ""));
            let (result, ()) = tokio::join!(closing, talking);
            assert_timeout(result, TimeoutKind::Close);
            assert!(!socket.close_info().unwrap().was_clean);
            assert_lost(socket.recv().await);
            assert_lost(socket.close(CloseCode::NORMAL, "").await);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_close_that_the_peer_does_not_read_times_out_after_10_seconds() {
    for role in ROLES {
        for queued in [2000, 200_000] {
            let (mut socket, _peer) = open(role, &Options::default());
            socket.feed(vec![7; queued]).await.unwrap();
            let closing = assert_takes(10, socket.close(CloseCode::NORMAL, ""));
            assert_timeout(closing.await, TimeoutKind::Close);
            assert!(!socket.close_info().unwrap().was_clean);
        }
        let (socket, _peer) = open(role, &Options::default());
        let (mut writer, mut reader) = socket.split();
        writer.feed(vec![7; 200_000]).await.unwrap();
        let closing = assert_takes(10, reader.close(CloseCode::NORMAL, ""));
        assert_timeout(closing.await, TimeoutKind::Close);
    }
}

// Shows 6455-5.5.1-12, 6455-7.1.1-6, own-control-5.
#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_end_its_direction_is_not_waited_for_longer() {
    for role in ROLES {
        let (mut socket, mut peer) = open(role, &Options::default());
        peer.send(FIN | CLOSE, b"").await;
        assert_eq!(assert_takes(10, socket.recv()).await.unwrap(), None);
        assert!(socket.close_info().unwrap().was_clean);
        assert_eq!(peer.receive().await, (FIN | CLOSE, Vec::new()));
        assert_eq!(peer.read_to_end().await, b"");

        let (mut socket, mut peer) = open(role, &Options::default());
        let answering = async {
            assert_eq!(peer.receive_close().await, 1000);
            sleep(secs(6)).await;
            peer.send(FIN | CLOSE, b"").await;
        };
        // From the peer's Close frame on.
        let closing = assert_takes(16, socket.close(CloseCode::NORMAL, ""));
        assert!(tokio::join!(closing, answering).0.unwrap().was_clean);
    }
}

// Shows 6455-5.5.1-10, 6455-5.5.1-11, 6455-7.1.1-4, 6455-7.1.1-5, own-control-5 (both).
#[tokio::test(start_paused = true)]
async fn a_client_waits_for_the_server_to_end_the_stream_and_a_server_does_not() {
    for (role, seconds) in [(Role::Client, 5), (Role::Server, 0)] {
        let (mut socket, mut peer) = open(role, &Options::default());
        let receiving = async { assert_eq!(socket.recv().await.unwrap(), None) };
        let ending = async {
            peer.send(FIN | CLOSE, b"").await;
            assert_eq!(peer.receive().await, (FIN | CLOSE, Vec::new()));
            let end = timeout(secs(5), peer.read_to_end());
            assert_eq!(assert_takes(seconds, end).await.is_ok(), role == Role::Server);
            peer.shut_down().await;
            assert_takes(0, peer.read_to_end()).await;
        };
        tokio::join!(receiving, ending);
    }
}

#[tokio::test(start_paused = true)]
async fn a_close_that_cannot_be_answered_is_not_clean() {
    let (mut socket, mut peer) = open(Role::Server, &Options::default());
    peer.send(FIN | CLOSE, b"").await;
    socket.feed(vec![7; 2000]).await.unwrap();
    assert_eq!(assert_takes(10, socket.recv()).await.unwrap(), None);
    let info = socket.close_info().unwrap();
    assert_eq!((info.initiator, info.sent, info.was_clean), (Initiator::Peer, None, false));
    assert!(matches!(socket.send("late").await, Err(Error::Send(SendError::Closed))));
    assert_eq!(socket.recv().await.unwrap(), None);
}

// Shows own-adapters-2.
#[tokio::test(start_paused = true)]
async fn a_peer_that_reads_nothing_for_30_seconds_is_dropped() {
    for role in ROLES {
        let (mut socket, _peer) = open(role, &with(quiet()));
        assert_timeout(assert_takes(30, socket.send(vec![7; 2000])).await, TimeoutKind::Write);
        let late = assert_takes(0, socket.send("more")).await;
        assert!(matches!(late, Err(Error::Send(SendError::Closed))), "{late:?}");
        for result in [
            assert_takes(0, socket.flush()).await,
            assert_takes(0, socket.recv()).await.map(|_| ()),
        ] {
            assert_timeout(result, TimeoutKind::Write);
        }
        assert_lost(socket.recv().await);
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_read_its_pongs_is_dropped_while_we_read() {
    let (mut socket, mut peer) = open(Role::Server, &with(quiet()));
    let pinging = async {
        for _ in 0..20 {
            peer.send(FIN | PING, &[7; 125]).await;
        }
        peer
    };
    let receiving = assert_takes(30, socket.recv());
    let (result, _peer) = tokio::join!(receiving, pinging);
    assert_timeout(result, TimeoutKind::Write);
}

/// Returns the result of sending a message to a peer that reads this much each second.
async fn send_to(pace: usize, len: usize) -> Result<(), Error> {
    let (stream, other) = tokio::io::duplex(pace);
    let (mut socket, mut peer) = peer::over(Role::Server, (stream, other), &with(quiet()));
    let reading = async {
        loop {
            sleep(secs(1)).await;
            let mut bytes = vec![0; pace];
            tokio::io::AsyncReadExt::read_exact(&mut peer.stream, &mut bytes).await.unwrap();
        }
    };
    tokio::select! {
        result = socket.send(vec![7; len]) => result,
        () = reading => unreachable!(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_reads_very_little_is_dropped_and_a_slow_one_is_not() {
    // 64 KiB in 30 seconds.
    let pace = (64 << 10) / 30;
    assert_takes(122, send_to(pace + 100, 280_000)).await.unwrap();
    assert_timeout(assert_takes(30, send_to(pace - 100, 280_000)).await, TimeoutKind::Write);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_has_read_everything_gets_the_full_timeout_again() {
    let (mut socket, mut peer) = open(Role::Server, &with(quiet()));
    let sending = async {
        for _ in 0..3 {
            assert_takes(20, socket.send(vec![7; 2000])).await.unwrap();
        }
    };
    let reading = async {
        for _ in 0..3 {
            sleep(secs(20)).await;
            assert_eq!(peer.receive().await, (FIN | BINARY, vec![7; 2000]));
        }
    };
    tokio::join!(sending, reading);
}

#[tokio::test(start_paused = true)]
async fn both_halves_notice_that_the_peer_reads_nothing() {
    for has_keepalive in [true, false] {
        let timeouts = if has_keepalive { Timeouts::default().pong(secs(60)) } else { quiet() };
        let (socket, _peer) = open(Role::Server, &with(timeouts));
        let (mut writer, mut reader) = socket.split();
        let (received, sent) = tokio::join!(
            assert_takes(30, reader.recv()),
            assert_takes(30, writer.send(vec![7; 2000]))
        );
        assert_timeout(received, TimeoutKind::Write);
        assert_timeout(sent, TimeoutKind::Write);
        assert_lost(reader.recv().await);
        let late = writer.send("more").await;
        assert!(matches!(late, Err(Error::Send(SendError::Closed))), "{late:?}");
        assert_timeout(writer.flush().await, TimeoutKind::Write);
    }
}

#[tokio::test(start_paused = true)]
async fn a_half_that_is_stuck_ends_with_the_connection() {
    let options = Options::default().write_timeout(None);
    let (socket, _peer) = open(Role::Server, &options);
    let (mut writer, mut reader) = socket.split();
    let (received, sent) =
        tokio::join!(assert_takes(40, reader.recv()), assert_takes(40, writer.send(vec![7; 2000])));
    assert_timeout(received, TimeoutKind::Pong);
    assert!(matches!(sent, Err(Error::Io(_))), "{sent:?}");
}

#[tokio::test(start_paused = true)]
async fn a_close_of_the_write_half_has_a_timeout_even_if_the_other_already_waits() {
    for role in ROLES {
        let (socket, mut peer) = open(role, &Options::default());
        let (mut writer, mut reader) = socket.split();
        let closing = async {
            sleep(secs(5)).await;
            writer.send(CloseFrame::EMPTY).await.unwrap();
        };
        let (received, ()) = tokio::join!(assert_takes(15, reader.recv()), closing);
        assert_timeout(received, TimeoutKind::Close);
        assert_eq!(peer.receive().await, (FIN | CLOSE, Vec::new()));
        assert_eq!(peer.read_to_end().await, b"", "though the halves are not dropped");
    }
}

#[tokio::test(start_paused = true)]
async fn timeouts_may_be_infinite() {
    let timeouts = Timeouts::default()
        .close(Duration::MAX)
        .pong(Duration::MAX)
        .idle(Some(Duration::MAX))
        .ping_interval(Some(Duration::MAX));
    let options = with(timeouts).write_timeout(Some(Duration::MAX));
    let (mut socket, mut peer) = open(Role::Server, &options);
    socket.feed(vec![7; 2000]).await.unwrap();
    let talking = async {
        sleep(secs(1_000_000)).await;
        peer.send(FIN | CLOSE, b"").await;
        sleep(secs(1_000_000)).await;
        assert_eq!(peer.receive().await, (FIN | BINARY, vec![7; 2000]));
        assert_eq!(peer.receive().await, (FIN | CLOSE, Vec::new()));
        drop(peer);
    };
    assert_eq!(tokio::join!(socket.recv(), talking).0.unwrap(), None);
}

#[test]
fn without_limits_no_timers_are_needed() {
    let options = with(quiet().close(Duration::MAX)).write_timeout(None);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        for role in ROLES {
            let (mut socket, mut peer) = open(role, &options);
            let serving = async {
                while let Some((message, mut writer)) = socket.read().await.unwrap() {
                    writer.send(message).await.unwrap();
                }
            };
            let talking = async {
                peer.send(FIN | BINARY, &[7; 5000]).await;
                tokio::task::yield_now().await;
                assert_eq!(peer.receive().await, (FIN | BINARY, vec![7; 5000]));
                peer.send(FIN | CLOSE, b"").await;
                assert_eq!(peer.receive().await, (FIN | CLOSE, Vec::new()));
                tokio::task::yield_now().await;
                drop(peer);
            };
            tokio::join!(serving, talking);
        }
    });
}

/// What a peer reads in a second.
const PER_SECOND: usize = 256 << 10;

/// Reads slowly, answers each Ping when it gets to it, and sends something now and then. Returns
/// the message before the Close frame.
async fn read_slowly(peer: Peer<DuplexStream>) -> Vec<u8> {
    let (mut receiving, mut sending) = peer.split();
    let mut message = Vec::new();
    for second in 0.. {
        sleep(secs(1)).await;
        // Perhaps nobody reads that.
        if second % 5 == 0 {
            sending.send(FIN | TEXT, b"patience").await;
        }
        receiving.read_at_most(PER_SECOND).await;
        while let Some((first, payload)) = receiving.next_read() {
            match first & 0xF {
                PING => sending.send(FIN | PONG, &payload).await,
                CLOSE => {
                    sending.send(FIN | CLOSE, &payload).await;
                    sending.shut_down().await;
                    return message;
                }
                _ => message.extend(payload),
            }
        }
    }
    unreachable!("seconds do not run out");
}

// Shows own-keepalive-1, own-keepalive-2.
#[tokio::test(start_paused = true)]
async fn sixteen_mebibytes_reach_a_peer_that_reads_256_kib_per_second() {
    let payload: Vec<u8> = (0..=250).cycle().take(16 << 20).collect();
    for role in ROLES {
        // A task that sends, and then waits for the answer.
        let (mut socket, peer) = open(role, &Options::default());
        let sending = async {
            socket.send(&payload).await.unwrap();
            socket.close(CloseCode::NORMAL, "").await.unwrap()
        };
        let (info, message) = tokio::join!(sending, read_slowly(peer));
        assert!(info.was_clean && message == payload, "{} bytes", message.len());

        // Another task reads, and enforces the timeouts.
        let (socket, peer) = open(role, &Options::default());
        let (mut writer, mut reader) = socket.split();
        let sending = async {
            writer.send(&payload).await.unwrap();
            writer.send(CloseFrame { code: CloseCode::NORMAL, reason: "" }).await
        };
        let receiving = async { while reader.recv().await.unwrap().is_some() {} };
        let (sent, (), message) = tokio::join!(sending, receiving, read_slowly(peer));
        sent.unwrap();
        assert!(message == payload && reader.close_info().unwrap().was_clean);
    }
}

// Shows own-closing-1.
#[tokio::test(start_paused = true)]
async fn a_close_waits_for_a_peer_that_reads_what_was_sent_before_it() {
    let payload = vec![7; 6 << 20];
    for role in ROLES {
        for timeouts in [Timeouts::default().close(secs(3)), quiet().close(secs(3))] {
            let (mut socket, peer) = open(role, &with(timeouts));
            let closing = async {
                socket.feed(&payload).await.unwrap();
                socket.close(CloseCode::NORMAL, "").await.unwrap()
            };
            let (info, message) = tokio::join!(closing, read_slowly(peer));
            assert!(info.was_clean && message == payload, "{} bytes", message.len());
        }
    }
}

// Shows own-closing-1.
#[tokio::test(start_paused = true)]
async fn the_answer_to_a_close_waits_for_a_peer_that_reads_what_was_sent_before_it() {
    for role in ROLES {
        let (mut socket, mut peer) = open(role, &with(quiet().close(secs(3))));
        peer.send(FIN | CLOSE, b"").await;
        peer.shut_down().await;
        let ending = async {
            socket.feed(vec![7; 4 << 20]).await.unwrap();
            assert_eq!(socket.recv().await.unwrap(), None);
            socket.close_info().unwrap()
        };
        let taking = async {
            for _ in 0..16 {
                sleep(secs(1)).await;
                peer.read_at_most(PER_SECOND).await;
            }
            peer.read_at_most(PER_SECOND).await;
        };
        let (info, ()) = tokio::join!(ending, taking);
        assert!(info.was_clean);
        assert_eq!(peer.receive().await, (FIN | BINARY, vec![7; 4 << 20]));
        assert_eq!(peer.receive().await, (FIN | CLOSE, Vec::new()));
    }
}

/// An endpoint over a stream that holds megabytes, like the buffers of the system.
fn open_deep(role: Role, options: &Options) -> (WebSocket<DuplexStream>, Peer<DuplexStream>) {
    peer::over(role, tokio::io::duplex(3 << 20), options)
}

// Shows own-keepalive-1, own-closing-1.
#[tokio::test(start_paused = true)]
async fn bytes_buffered_by_the_system_extend_the_pong_and_close_timeouts() {
    for role in ROLES {
        let timeouts =
            Timeouts::default().ping_interval(Some(secs(2))).pong(secs(2)).close(secs(2));
        let (mut socket, peer) = open_deep(role, &with(timeouts));
        let sending = async {
            socket.send(vec![7; 6 << 20]).await.unwrap();
            // The peer has half of it, and shows that it is still reading.
            for _ in 0..2 {
                assert!(socket.recv().await.unwrap().is_some());
            }
            socket.close(CloseCode::NORMAL, "").await.unwrap()
        };
        let (info, message) = tokio::join!(sending, read_slowly(peer));
        assert!(info.was_clean && message.len() == 6 << 20, "{} bytes", message.len());
    }
}

#[tokio::test(start_paused = true)]
async fn a_close_before_a_write_timeout_is_how_the_connection_ended() {
    for role in ROLES {
        let (mut socket, mut peer) = open(role, &with(quiet()));
        peer.send(FIN | TEXT, b"a last word").await;
        peer.send(FIN | CLOSE, &close_payload(1009, "too much")).await;
        assert_timeout(assert_takes(30, socket.send(vec![7; 10_000])).await, TimeoutKind::Write);
        assert!(assert_takes(0, socket.recv()).await.unwrap().is_some());
        assert_eq!(assert_takes(0, socket.recv()).await.unwrap(), None);
        let info = socket.close_info().unwrap();
        assert_eq!((u16::from(info.code()), info.sent, info.was_clean), (1009, None, false));
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_transfer_is_not_idle() {
    for role in ROLES {
        let timeouts = quiet().idle(Some(secs(4)));
        let (socket, mut peer) = open(role, &with(timeouts));
        let (mut writer, mut reader) = socket.split();
        let taking = async {
            for _ in 0..10 {
                sleep(secs(2)).await;
                peer.read_at_most(1000).await;
            }
            peer
        };
        let (sent, received, _peer) =
            tokio::join!(writer.send(vec![7; 9000]), assert_takes(20, reader.recv()), taking);
        sent.unwrap();
        // Four seconds after the stream accepted all but the last bytes, which might be a control
        // frame.
        assert_timeout(received, TimeoutKind::Idle);
    }
}
