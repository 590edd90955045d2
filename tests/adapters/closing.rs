//! The end of a connection over TCP: by a closing handshake, without one, and by a timeout.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use sansocket::blocking::{Socket, Untimed, WebSocket};
use sansocket::connection::{Connection, SendError};
use sansocket::{
    CloseCode, CloseFrame, Error, Initiator, Limits, Options, OwnedMessage, Role, TimeoutKind,
    Timeouts,
};

use crate::peer;
use crate::script::Script;
use crate::wire::{self, CLOSE, FIN, PING, PONG, TEXT, close_payload};

/// Short enough to wait for, and too long to pass by chance.
const SHORT: Duration = Duration::from_millis(200);

/// Longer than the peers in the tests wait, so that waiting for it fails the test.
const LONG: Duration = Duration::from_secs(3600);

fn with(timeouts: Timeouts) -> Options {
    Options::default().timeouts(timeouts)
}

fn quiet() -> Timeouts {
    Timeouts::default().ping_interval(None)
}

#[track_caller]
fn assert_timeout<T: core::fmt::Debug>(result: Result<T, Error>, deadline: TimeoutKind) {
    match result {
        Err(Error::Timeout(own)) => assert_eq!(own, deadline),
        result => panic!("{result:?} is not {deadline:?}"),
    }
}

#[track_caller]
fn assert_lost<T: core::fmt::Debug>(result: Result<T, Error>) {
    assert!(matches!(result, Err(Error::ConnectionLost)), "{result:?}");
}

#[track_caller]
fn assert_closed<T: core::fmt::Debug>(result: Result<T, Error>) {
    assert!(matches!(result, Err(Error::Send(SendError::Closed))), "{result:?}");
}

// Shows 6455-5.5.1-10, 6455-7.1.1-1 (server), 6455-7.1.1-4, own-control-5 (server).
#[test]
fn a_server_ends_the_stream_when_both_have_closed() {
    let (mut socket, mut peer) = peer::server(with(quiet().close(LONG)));
    let closing = thread::spawn(move || {
        assert_eq!(socket.recv().unwrap(), None);
        socket.close_info().unwrap()
    });
    peer.send(FIN | CLOSE, &close_payload(4000, "enough"));
    assert_eq!(peer.receive(), (FIN | CLOSE, close_payload(4000, "enough")));
    assert_eq!(peer.read_to_end(), b"", "though the client has not ended it");
    drop(peer);
    let info = closing.join().unwrap();
    assert_eq!(info.initiator, Initiator::Peer);
    assert_eq!((info.code(), info.reason()), (4000.into(), "enough"));
    assert!(info.was_clean);
}

// Shows 6455-5.5.1-11, 6455-7.1.1-5, own-control-5 (client).
#[test]
fn a_client_waits_for_the_server_to_end_the_stream() {
    let (mut socket, mut peer) = peer::client(with(quiet().close(LONG)));
    let closing = thread::spawn(move || {
        assert_eq!(socket.recv().unwrap(), None);
        socket.close_info().unwrap()
    });
    peer.send(FIN | CLOSE, b"");
    assert_eq!(peer.receive(), (FIN | CLOSE, Vec::new()));
    assert!(peer.waits_in_vain(SHORT), "the client goes on waiting");
    peer.stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(peer.read_to_end(), b"");
    let info = closing.join().unwrap();
    assert_eq!(info.code(), CloseCode::NO_STATUS);
    assert!(info.was_clean);
}

// Shows 6455-5.5.1-12, 6455-7.1.1-6, own-control-5 (client).
#[test]
fn a_client_does_not_wait_for_ever() {
    let (mut socket, mut peer) = peer::client(with(quiet().close(SHORT)));
    let closing = thread::spawn(move || socket.close(CloseCode::NORMAL, "").unwrap());
    assert_eq!(peer.receive_close(), 1000);
    peer.send(FIN | CLOSE, &close_payload(1000, ""));
    assert_eq!(peer.read_to_end(), b"");
    assert!(closing.join().unwrap().was_clean);
}

// Shows 6455-5.5.1-9 (both), 6455-5.5.2-2 (both), 6455-7.3-1, own-control-6 (both),
// own-closing-4 (both).
#[test]
fn close_returns_how_the_connection_ended() {
    for open in [peer::server, peer::client] {
        let (mut socket, mut peer) = open(Options::default());
        let closing = thread::spawn(move || {
            let info = socket.close(CloseCode::GOING_AWAY, "maintenance").unwrap();
            let again = socket.close(CloseCode::NORMAL, "").unwrap();
            assert_eq!(info, again, "closing twice changes nothing");
            assert!(matches!(socket.send("late"), Err(Error::Send(SendError::Closed))));
            info
        });
        let close = (FIN | CLOSE, close_payload(1001, "maintenance"));
        assert_eq!(peer.receive(), close);
        // Messages that still arrive are discarded.
        peer.send(FIN | TEXT, b"late");
        peer.send(FIN | PING, b"late");
        peer.send(FIN | CLOSE, &close_payload(1000, "bye"));
        peer.stream.shutdown(Shutdown::Write).unwrap();
        assert_eq!(peer.receive(), (FIN | PONG, b"late".into()));
        assert_eq!(peer.read_to_end(), b"");
        let info = closing.join().unwrap();
        assert_eq!(info.initiator, Initiator::Local);
        assert_eq!(info.sent.as_ref().unwrap().code, CloseCode::GOING_AWAY);
        assert_eq!((info.code(), info.reason()), (CloseCode::NORMAL, "bye"));
        assert!(info.was_clean);
    }
}

#[test]
fn messages_under_way_can_be_read_after_our_close() {
    let (mut socket, mut peer) = peer::server(Options::default());
    let closing = thread::spawn(move || {
        socket.send(CloseFrame::EMPTY).unwrap();
        let message = socket.recv().unwrap().unwrap();
        assert_eq!(message, OwnedMessage::Text("under way".into()));
        assert!(socket.close_info().is_none(), "more may come");
        assert_eq!(socket.recv().unwrap(), None);
    });
    assert_eq!(peer.receive(), (FIN | CLOSE, Vec::new()));
    peer.send(FIN | TEXT, b"under way");
    peer.send(FIN | CLOSE, b"");
    assert_eq!(peer.read_to_end(), b"");
    drop(peer);
    closing.join().unwrap();
}

// Shows own-control-4 (server).
#[test]
fn a_close_that_may_not_be_sent_changes_nothing() {
    let (mut socket, mut peer) = peer::server(Options::default());
    let too_long = "x".repeat(124);
    for (code, reason) in [(1005, ""), (999, ""), (1000, &too_long)] {
        let error = socket.close(code.into(), reason).unwrap_err();
        assert!(matches!(error, Error::Send(_)), "{error:?}");
    }
    assert!(socket.close_info().is_none());
    socket.send("open").unwrap();
    assert_eq!(peer.receive(), (FIN | TEXT, b"open".into()));
}

// Shows 6455-7.2.1-1.
#[test]
fn the_end_without_a_close_frame_is_an_error() {
    for open in [peer::server, peer::client] {
        let (mut socket, mut peer) = open(Options::default());
        peer.send(FIN | TEXT, b"last");
        drop(peer);
        assert!(socket.recv().unwrap().is_some());
        assert_lost(socket.recv());
        assert_lost(socket.recv());
        let info = socket.close_info().unwrap();
        assert_eq!(info.initiator, Initiator::Transport);
        assert_eq!(info.code(), CloseCode::ABNORMAL);
        assert!(!info.was_clean);
    }
}

#[test]
fn a_peer_that_has_ended_its_direction_is_still_answered() {
    let (mut socket, mut peer) = peer::server(Options::default());
    peer.send(FIN | TEXT, b"one");
    peer.send(FIN | TEXT, b"two");
    peer.send(FIN | PING, b"?");
    peer.stream.shutdown(Shutdown::Write).unwrap();
    for _ in 0..2 {
        let message = socket.recv().unwrap().unwrap();
        socket.send(message).unwrap();
    }
    assert_lost(socket.recv());
    assert_eq!(peer.receive(), (FIN | TEXT, b"one".into()));
    assert_eq!(peer.receive(), (FIN | TEXT, b"two".into()));
    assert_eq!(peer.receive(), (FIN | PONG, b"?".into()));
    assert_eq!(peer.read_to_end(), b"");
}

// Shows own-closing-2 (both), own-closing-3 (both), own-closing-4 (both).
#[test]
fn a_close_frame_counts_even_if_the_peer_then_resets_the_stream() {
    for open in [peer::client, peer::server] {
        let (mut socket, mut peer) = open(Options::default());
        peer.send(FIN | TEXT, b"a last word");
        peer.send(FIN | CLOSE, &close_payload(1009, "too much"));
        // The peer closes its socket without reading this, so the system resets the stream.
        let sending = thread::spawn(move || {
            let error = socket.send(vec![7; 20 << 20]).unwrap_err();
            assert!(matches!(error, Error::Io(_)), "{error:?}");
            socket
        });
        peer.read_exact(1);
        drop(peer);
        let mut socket = sending.join().unwrap();
        assert_closed(socket.send("more"));
        let message = socket.recv().unwrap().unwrap();
        assert_eq!(message, OwnedMessage::Text("a last word".into()));
        assert_eq!(socket.recv().unwrap(), None);
        let info = socket.close_info().unwrap();
        assert_eq!(info.initiator, Initiator::Peer);
        assert_eq!((info.code(), info.reason()), (1009.into(), "too much"));
        assert_eq!(info.sent, None, "ours has never left");
        assert!(!info.was_clean);
        assert_closed(socket.send("late"));
        assert_closed(socket.send(CloseFrame { code: 1014.into(), reason: "" }));
        assert_eq!(socket.close(CloseCode::NORMAL, "").unwrap(), info);
        assert_eq!(socket.recv().unwrap(), None);
        assert_eq!(socket.close_info().unwrap(), info);
    }
}

// Shows own-closing-2 (both).
#[test]
fn close_returns_the_peers_close_even_if_the_stream_broke_before() {
    for open in [peer::client, peer::server] {
        let (mut socket, mut peer) = open(Options::default());
        peer.send(FIN | CLOSE, &close_payload(1008, "flood"));
        socket.feed("flood").unwrap();
        socket.flush().unwrap();
        // The peer leaves something unread.
        drop(peer);
        let info = loop {
            // Writes succeed until the reset has arrived.
            if socket.feed("flood").and_then(|()| socket.flush()).is_err() {
                break socket.close(CloseCode::NORMAL, "").unwrap();
            }
        };
        assert_eq!((info.code(), info.reason()), (1008.into(), "flood"));
        assert_eq!(info.sent, None);
        assert!(!info.was_clean);
    }
}

// Shows own-closing-2 (both), own-adapters-2 (both).
#[test]
fn a_close_frame_counts_even_if_the_peer_no_longer_reads() {
    let options = with(quiet()).write_timeout(Some(SHORT));
    for open in [peer::server, peer::client] {
        let (mut socket, mut peer) = open(options.clone());
        peer.send(FIN | TEXT, b"a last word");
        peer.send(FIN | CLOSE, &close_payload(1009, ""));
        assert_timeout(socket.send(vec![0; 64 << 20]), TimeoutKind::Write);
        assert!(socket.recv().unwrap().is_some());
        assert_eq!(socket.recv().unwrap(), None);
        let info = socket.close_info().unwrap();
        assert_eq!(info.code(), 1009.into());
        assert!(!info.was_clean);
        drop(peer);
    }
}

/// What was recorded about Close frames before the transport was lost does not change afterwards.
// Shows own-closing-3 (both), own-closing-4 (both).
#[test]
fn nothing_counts_as_sent_after_the_transport_was_lost() {
    for open in [peer::client, peer::server] {
        let (mut socket, mut peer) = open(Options::default());
        peer.send(FIN | TEXT, b"one");
        assert!(socket.recv().unwrap().is_some());
        socket.send("not read").unwrap();
        drop(peer);
        let result = socket.recv();
        assert!(result.is_err(), "{result:?}");
        let info = socket.close_info().unwrap();
        assert_eq!((info.initiator, &info.sent), (Initiator::Transport, &None));
        assert_closed(socket.send(CloseFrame { code: 1014.into(), reason: "late" }));
        assert_closed(socket.send("late"));
        assert_closed(socket.feed("late"));
        assert_closed(socket.send(vec![0; 1 << 20]));
        assert!(socket.close(CloseCode::NORMAL, "").is_err());
        assert_eq!(socket.close_info().unwrap(), info);
    }
}

// Shows 6455-7.1.1-3 (both), own-limits-7 (both).
#[test]
fn a_peer_that_does_not_answer_a_close_is_dropped() {
    for open in [peer::server, peer::client] {
        let (mut socket, mut peer) = open(with(quiet().close(SHORT)));
        assert_timeout(socket.close(CloseCode::NORMAL, ""), TimeoutKind::Close);
        let info = socket.close_info().unwrap();
        assert_eq!(info.initiator, Initiator::Local);
        assert!(!info.was_clean);
        assert_lost(socket.recv());
        assert_eq!(peer.receive_close(), 1000);
        assert_eq!(peer.read_to_end(), b"", "though the socket is not dropped");
    }
}

// Shows 6455-7.1.1-3 (server).
#[test]
fn a_peer_that_keeps_sending_does_not_delay_the_end() {
    let (mut socket, mut peer) = peer::server(with(quiet().close(SHORT)));
    let talking =
        thread::spawn(move || while peer.stream.write(&[0x89, 0x80, 0, 0, 0, 0]).is_ok() {});
    assert_timeout(socket.close(CloseCode::NORMAL, ""), TimeoutKind::Close);
    drop(socket);
    talking.join().unwrap();
}

// Shows own-limits-8 (both).
#[test]
fn a_silent_connection_is_closed() {
    for open in [peer::server, peer::client] {
        let (mut socket, mut peer) = open(with(quiet().idle(Some(SHORT))));
        assert_timeout(socket.recv(), TimeoutKind::Idle);
        assert_eq!(peer.receive_close(), 1001);
        assert_eq!(peer.read_to_end(), b"", "though the socket is not dropped");
        let info = socket.close_info().unwrap();
        assert_eq!(info.initiator, Initiator::Local);
        assert!(!info.was_clean);
    }
}

// Shows own-limits-8 (both).
#[test]
fn a_peer_that_answers_no_ping_is_dropped() {
    let timeouts = Timeouts::default().ping_interval(Some(SHORT)).pong(SHORT);
    for open in [peer::server, peer::client] {
        let (mut socket, mut peer) = open(with(timeouts));
        assert_timeout(socket.recv(), TimeoutKind::Pong);
        assert_eq!(peer.receive().0, FIN | PING);
        assert_eq!(peer.receive_close(), 1011);
        assert_eq!(peer.read_to_end(), b"", "though the socket is not dropped");
    }
}

// Shows 6455-7.1.7-7, 6455-7.2.1-2, 6455-7.3-2.
#[test]
fn a_peer_that_answers_pings_is_kept() {
    let timeouts = Timeouts::default()
        .ping_interval(Some(Duration::from_millis(20)))
        .pong(Duration::from_secs(60));
    for open in [peer::server, peer::client] {
        let (mut socket, mut peer) = open(with(timeouts));
        let reading = thread::spawn(move || {
            assert_eq!(socket.recv().unwrap(), None);
            socket.ping_latency()
        });
        for _ in 0..5 {
            let (first, data) = peer.receive();
            assert_eq!(first, FIN | PING);
            peer.send(FIN | PONG, &data);
        }
        peer.send(FIN | CLOSE, b"");
        while peer.receive().0 != FIN | CLOSE {}
        drop(peer);
        assert!(reading.join().unwrap().is_some());
    }
}

// Shows own-adapters-2 (both).
#[test]
fn a_peer_that_reads_nothing_is_dropped() {
    let options = with(quiet()).write_timeout(Some(SHORT));
    for open in [peer::server, peer::client] {
        let (mut socket, peer) = open(options.clone());
        let message = vec![0; 64 << 20];
        assert_timeout(socket.send(&message), TimeoutKind::Write);
        assert_closed(socket.send("more"));
        assert_timeout(socket.flush(), TimeoutKind::Write);
        assert_timeout(socket.recv(), TimeoutKind::Write);
        assert_lost(socket.recv());
        drop(peer);
    }
}

/// Returns the result of sending a message whose first write accepts `first_write` bytes, and whose
/// timeout has passed then.
fn send_late(first_write: usize) -> Result<(), Error> {
    let script = Script::default().cut_write(first_write).timed();
    let connection = Connection::server(&Limits::default());
    let options = Options::default().write_timeout(Some(Duration::ZERO));
    let mut socket = WebSocket::from_upgraded(script, connection, Vec::new(), &options);
    socket.send(vec![0; 100 << 10])
}

// Shows own-adapters-2 (server).
#[test]
fn a_peer_that_reads_very_little_is_dropped() {
    for count in [1, 100, (64 << 10) - 1] {
        let result = send_late(count);
        assert!(matches!(result, Err(Error::Timeout(TimeoutKind::Write))), "{result:?}");
    }
}

#[test]
fn a_slow_peer_is_waited_for() {
    send_late(64 << 10).unwrap();
}

#[test]
fn dropping_the_socket_does_not_wait_for_a_peer_that_reads_nothing() {
    let config = Limits::default().high_water_mark(usize::MAX);
    let options = with(quiet()).limits(config).write_timeout(None);
    let (mut socket, peer) = peer::server(options);
    socket.feed(vec![0; 64 << 20]).unwrap();
    let (dropped, is_dropped) = mpsc::channel();
    thread::spawn(move || {
        drop(socket);
        dropped.send(())
    });
    is_dropped.recv_timeout(Duration::from_secs(60)).unwrap();
    drop(peer);
}

#[cfg(unix)]
#[test]
fn a_unix_stream_has_timeouts_too() {
    let (stream, mut peer) = UnixStream::pair().unwrap();
    let options = with(quiet().idle(Some(SHORT)));
    let connection = Connection::server(&Limits::default());
    let mut socket = WebSocket::from_upgraded(stream, connection, Vec::new(), &options);
    assert_timeout(socket.recv(), TimeoutKind::Idle);
    let mut bytes = Vec::new();
    peer.read_to_end(&mut bytes).unwrap();
    let close = (FIN | CLOSE, close_payload(1001, "idle"));
    assert_eq!(wire::contents(&bytes), [close]);
}

/// One connection type for several kinds of streams.
#[test]
fn a_boxed_stream_has_the_timeouts_of_its_content() {
    for is_timed in [true, false] {
        let (stream, mut peer) = peer::connect(Role::Server);
        let stream: Box<dyn Socket> = match is_timed {
            true => Box::new(stream),
            false => {
                stream.set_nonblocking(true).unwrap();
                Box::new(Untimed(stream))
            }
        };
        let options = with(quiet().idle(Some(SHORT)));
        let connection = Connection::server(&Limits::default());
        let mut socket = WebSocket::from_upgraded(stream, connection, Vec::new(), &options);
        if is_timed {
            assert_timeout(socket.recv(), TimeoutKind::Idle);
            let close = (FIN | CLOSE, close_payload(1001, "idle"));
            assert_eq!(wire::contents(&peer.read_to_end()), [close]);
        } else {
            let result = socket.recv();
            let Err(Error::Io(error)) = result else { panic!("{result:?}") };
            assert_eq!(error.kind(), ErrorKind::WouldBlock);
        }
    }
}

#[test]
fn a_stream_that_is_returned_has_no_timeouts() {
    let timeouts = Timeouts::default().ping_interval(Some(SHORT));
    let (mut socket, mut peer) = peer::server(with(timeouts));
    peer.send(FIN | TEXT, b"one");
    assert!(socket.recv().unwrap().is_some());
    let parts = socket.into_parts();
    assert_eq!(parts.stream.read_timeout().unwrap(), None);
    assert_eq!(parts.stream.write_timeout().unwrap(), None);
}

#[test]
fn an_earlier_timeout_is_not_kept() {
    let (socket, mut peer) = peer::server(with(quiet()));
    let parts = socket.into_parts();
    parts.stream.set_read_timeout(Some(SHORT)).unwrap();
    let mut socket: WebSocket<TcpStream> = WebSocket::from_parts(parts, &with(quiet()));
    let reading = thread::spawn(move || socket.recv().unwrap());
    assert!(peer.waits_in_vain(2 * SHORT));
    peer.send(FIN | TEXT, b"late");
    assert!(reading.join().unwrap().is_some());
}
