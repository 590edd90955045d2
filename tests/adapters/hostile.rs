//! Peers that try to exhaust our memory: a connection stays within its limits.

use std::io::Write as _;
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::Duration;

#[cfg(feature = "deflate")]
use sansocket::blocking::Acceptor;
use sansocket::blocking::{Connector, WebSocket};
use sansocket::connection::{Connection, ProtocolError};
#[cfg(feature = "deflate")]
use sansocket::deflate;
use sansocket::{Error, Limits, Options, OwnedMessage, Role, Seed, TimeoutKind, Timeouts};

use crate::allocations::{growth_during, kept_after};
use crate::flood::Flood;
use crate::peer::{self, Peer, REQUEST};
use crate::script::{Halves, Log, Script};
#[cfg(feature = "deflate")]
use crate::wire::RSV1;
use crate::wire::{self, BINARY, CLOSE, CONTINUATION, FIN, Length, PING, PONG, TEXT};

const FLOOD: usize = 1_600_000;

/// What the buffers of one connection may hold: one read, the write queue, and as much again
/// because they grow by doubling.
const BOUND: u64 = 1 << 20;

/// Writes `frame` repeatedly, until the other end accepts no more for a while, or everything is
/// written.
fn flood(peer: &mut Peer, frame: &[u8], count: usize) {
    peer.stream.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
    let batch = frame.repeat(1000);
    for _ in 0..count / 1000 {
        if peer.stream.write_all(&batch).is_err() {
            return;
        }
    }
}

fn give_up_soon() -> Options {
    Options::default().write_timeout(Some(Duration::from_millis(500)))
}

// Shows own-control-1 (server).
#[test]
fn a_peer_that_pings_and_never_reads_costs_bounded_memory() {
    for data in [&b""[..], &[7; 125]] {
        let (mut socket, mut peer) = peer::server(give_up_soon());
        let reading = thread::spawn(move || growth_during(|| socket.recv()));
        flood(&mut peer, &wire::to(Role::Server, FIN | PING, data), FLOOD);
        // If everything was accepted, everything was answered, and the system buffers the answers.
        let _ = peer.stream.shutdown(Shutdown::Write);
        let (result, growth) = reading.join().unwrap();
        assert!(
            matches!(result, Err(Error::Timeout(TimeoutKind::Write) | Error::ConnectionLost)),
            "{result:?}"
        );
        assert!(growth < BOUND, "{growth} bytes");
    }
}

#[test]
fn a_peer_that_sends_messages_and_never_reads_costs_bounded_memory() {
    let (mut socket, mut peer) = peer::server(give_up_soon());
    let echoing = thread::spawn(move || {
        growth_during(|| -> Result<(), Error> {
            while let Some((message, mut writer)) = socket.read()? {
                writer.send(message)?;
            }
            Ok(())
        })
    });
    flood(&mut peer, &wire::to(Role::Server, FIN | BINARY, &[7; 10_000]), FLOOD);
    let (result, growth) = echoing.join().unwrap();
    assert!(matches!(result, Err(Error::Timeout(TimeoutKind::Write))), "{result:?}");
    assert!(growth < BOUND, "{growth} bytes");
}

#[test]
fn pings_cost_bounded_memory_while_the_other_half_is_stuck() {
    let (socket, mut peer) = peer::server(Options::default().write_timeout(None));
    let (writer, mut reader) = socket.split();
    let writing = thread::spawn(move || writer.send(vec![7; 64 << 20]));
    assert_eq!(peer.stream.peek(&mut [0]).unwrap(), 1);
    let reading = thread::spawn(move || growth_during(|| reader.recv()));
    // The read half receives all of them, since it never waits for the other half.
    let batch = wire::to(Role::Server, FIN | PING, b"").repeat(1000);
    for _ in 0..FLOOD / 1000 {
        peer.write(&batch);
    }
    drop(peer);
    let (result, growth) = reading.join().unwrap();
    assert!(result.is_err(), "{result:?}");
    assert!(growth < BOUND, "{growth} bytes");
    assert!(writing.join().unwrap().is_err());
}

/// Receives `begin`, and then `frame` many times. Returns the error at the end, and the memory
/// used.
fn receive_flood(begin: Vec<u8>, frame: Vec<u8>) -> (Error, u64) {
    let stream = Flood::new(frame, FLOOD);
    let connection = Connection::server(&Limits::default());
    let mut socket = WebSocket::from_upgraded(stream, connection, begin, &Options::default());
    match growth_during(|| socket.recv()) {
        (Err(error), growth) => (error, growth),
        (result, _) => panic!("{result:?}"),
    }
}

#[track_caller]
fn assert_protocol(error: Error, expected: ProtocolError) {
    assert!(matches!(error, Error::Protocol(error) if error == expected), "{error:?}");
}

#[test]
fn pings_cost_bounded_memory_while_the_stream_accepts_nothing() {
    let ping = wire::to(Role::Server, FIN | PING, b"number 9");
    let (error, growth) = receive_flood(Vec::new(), ping);
    assert!(matches!(error, Error::ConnectionLost), "after the last of them: {error:?}");
    assert!(growth < BOUND, "{growth} bytes");
}

#[test]
fn empty_fragments_and_pongs_inside_a_message_cost_bounded_memory() {
    let begin = wire::to(Role::Server, BINARY, b"");
    let fragment = wire::to(Role::Server, CONTINUATION, b"");
    let (error, growth) = receive_flood(begin.clone(), fragment);
    assert_protocol(error, ProtocolError::TooManyFragments { limit: 1 << 17 });
    assert!(growth < BOUND, "{growth} bytes");

    let pong = wire::to(Role::Server, FIN | PONG, &[7; 125]);
    let (error, growth) = receive_flood(begin, pong);
    assert_protocol(error, ProtocolError::TooManyControls { limit: 1 << 16 });
    assert!(growth < BOUND, "{growth} bytes");
}

// Shows own-frames-3 (both).
#[test]
fn nothing_is_allocated_for_a_declared_length() {
    let config = Limits::default().max_message_len(u64::MAX);
    for role in [Role::Client, Role::Server] {
        for first in [FIN | TEXT, FIN | BINARY, BINARY] {
            for received in [0, 1, 1000, 1 << 20] {
                let header = wire::header(first, Length::Bits64(1 << 62), wire::key_to(role));
                let payload = vec![0x37; received];
                let script = Script::default().read([header, payload].concat()).read([]);
                let connection = match role {
                    Role::Client => Connection::client(&config, Seed::from([7; 32])),
                    Role::Server => Connection::server(&config),
                };
                let options = Options::default();
                let mut socket = WebSocket::from_upgraded(script, connection, Vec::new(), &options);
                let (result, growth) = growth_during(|| socket.recv());
                assert!(result.is_err());
                // The script frees its bytes meanwhile, which only reduces the result.
                let received = u64::try_from(received).unwrap();
                assert!(growth <= 2 * received + (8 << 10), "{growth} for {received} bytes");
            }
        }
    }
}

#[test]
fn an_endless_head_costs_bounded_memory() {
    let (stream, mut peer) = peer::connect(Role::Server);
    let accepting = thread::spawn(move || growth_during(|| WebSocket::accept(stream)));
    let (request, _) = REQUEST.split_at(REQUEST.len() - 2);
    peer.write(request.as_bytes());
    peer.write(&b"X".repeat(20 << 20));
    assert!(peer.read_head().starts_with("HTTP/1.1 431 "));
    drop(peer);
    let (result, growth) = accepting.join().unwrap();
    assert!(result.is_err());
    assert!(growth < BOUND, "{growth} bytes");

    let (stream, mut peer) = peer::connect(Role::Client);
    let connecting = thread::spawn(move || {
        growth_during(|| Connector::new().connect_over(stream, "localhost", "/"))
    });
    peer.read_head();
    peer.write(b"HTTP/1.1 101 Switching Protocols\r\n");
    flood(&mut peer, b"X", 20 << 20);
    let (result, growth) = connecting.join().unwrap();
    assert!(result.is_err());
    assert!(growth < BOUND, "{growth} bytes");
}

#[test]
fn an_endless_refusal_costs_bounded_memory() {
    let (stream, mut peer) = peer::connect(Role::Client);
    let connecting = thread::spawn(move || {
        growth_during(|| Connector::new().connect_over(stream, "localhost", "/"))
    });
    peer.read_head();
    peer.write(b"HTTP/1.1 500 Flood\r\nContent-Length: 1000000000000\r\n\r\n");
    flood(&mut peer, b"X", 20 << 20);
    let (result, growth) = connecting.join().unwrap();
    assert!(matches!(result, Err(Error::Handshake(_))), "{result:?}");
    assert!(growth < BOUND, "{growth} bytes");
}

/// Echoes one message to a peer that is then silent for a while, sends a short text, and closes.
/// Returns how much memory is kept.
fn kept_of_an_echo(echo: impl FnOnce(WebSocket<TcpStream>) -> i64 + Send + 'static) -> i64 {
    const LEN: usize = 200_000;

    let timeouts = Timeouts::default().ping_interval(Some(Duration::from_millis(100)));
    // A client masks what it sends, so that the echo is a copy in the queue.
    let (socket, mut peer) = peer::client(Options::default().timeouts(timeouts));
    let echoing = thread::spawn(move || echo(socket));
    peer.send(FIN | BINARY, &[7; LEN]);
    assert_eq!(peer.receive().1.len(), LEN);
    assert_eq!(peer.receive().0, FIN | PING, "some time has passed");
    peer.send(FIN | TEXT, b"late");
    peer.send(FIN | CLOSE, b"");
    peer.stream.shutdown(Shutdown::Write).unwrap();
    peer.read_to_end();
    echoing.join().unwrap()
}

#[test]
fn an_idle_connection_frees_its_memory() {
    let whole = kept_of_an_echo(|mut socket| {
        let ((), kept) = kept_after(|| {
            let message = socket.recv().unwrap().unwrap();
            socket.send(message).unwrap();
            assert_eq!(socket.recv().unwrap(), Some(OwnedMessage::Text("late".into())));
        });
        assert_eq!(socket.recv().unwrap(), None);
        kept
    });
    let split = kept_of_an_echo(|socket| {
        let (writer, mut reader) = socket.split();
        let ((), kept) = kept_after(|| {
            let message = reader.recv().unwrap().unwrap();
            writer.send(message).unwrap();
            assert_eq!(reader.recv().unwrap(), Some(OwnedMessage::Text("late".into())));
        });
        assert_eq!(reader.recv().unwrap(), None);
        kept
    });
    for kept in [whole, split] {
        assert!(kept < 8 << 10, "{kept} bytes");
    }
}

/// Checks how an endpoint that only reads answers 4000 Pings.
#[track_caller]
fn assert_last_ping_is_answered(read: impl FnOnce(Script) -> Log) {
    let data = |number: u32| [&number.to_be_bytes()[..], &[7; 121]].concat();
    let pings: Vec<u8> =
        (0..4000).flat_map(|number| wire::to(Role::Server, FIN | PING, &data(number))).collect();
    let log = read(Script::default().read(pings));
    let pongs = wire::contents(&log.written());
    assert!(pongs.len() < 4000, "some of the Pings were passed over");
    assert_eq!(*pongs.last().unwrap(), (FIN | PONG, data(3999)));
}

// Shows 6455-5.5.3-2 (server), own-control-1 (server).
#[test]
fn the_last_of_many_pings_is_answered_by_an_end_that_only_reads() {
    // The answers to one read are longer than that.
    let config = Limits::default().high_water_mark(1000);
    let connection = || Connection::server(&config);
    let options = Options::default().limits(config.clone());
    assert_last_ping_is_answered(|script| {
        let log = script.log();
        let mut socket = WebSocket::from_upgraded(script, connection(), Vec::new(), &options);
        assert!(socket.recv().is_err(), "there is no message");
        log
    });
    assert_last_ping_is_answered(|script| {
        let out = Script::default();
        let log = out.log();
        let stream = Halves::new(script, out);
        let socket = WebSocket::from_upgraded(stream, connection(), Vec::new(), &options);
        let (_writer, mut reader) = socket.split();
        assert!(reader.recv().is_err(), "there is no message");
        log
    });
}

/// Returns how much memory a server keeps after a compressed message while it is idle.
#[cfg(feature = "deflate")]
fn kept_of_a_compressed_message(
    receive: impl FnOnce(WebSocket<TcpStream>) -> i64 + Send + 'static,
) -> i64 {
    let timeouts = Timeouts::default().ping_interval(Some(Duration::from_millis(100)));
    let config = deflate::Config::default().client_no_context_takeover(true);
    let options = Options::default().timeouts(timeouts).deflate(Some(config));
    let (stream, mut peer) = peer::connect(Role::Server);
    let offer = "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover";
    peer.write(REQUEST.replace("\r\n\r\n", &format!("\r\n{offer}\r\n\r\n")).as_bytes());
    let socket = Acceptor::new().options(options).accept(stream).unwrap();
    assert!(peer.read_head().contains("permessage-deflate"));
    let receiving = thread::spawn(move || receive(socket));
    // RFC 7692 7.2.3: "Hello".
    peer.send(FIN | RSV1 | TEXT, &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]);
    assert_eq!(peer.receive().0, FIN | PING, "some time has passed");
    peer.send(FIN | CLOSE, b"");
    peer.stream.shutdown(Shutdown::Write).unwrap();
    peer.read_to_end();
    receiving.join().unwrap()
}

#[cfg(feature = "deflate")]
#[test]
fn an_idle_connection_frees_the_memory_of_compression() {
    let whole = kept_of_a_compressed_message(|mut socket| {
        let ((), kept) = kept_after(|| {
            assert!(socket.recv().unwrap().is_some());
            assert_eq!(socket.recv().unwrap(), None);
        });
        kept
    });
    let split = kept_of_a_compressed_message(|socket| {
        let (_writer, mut reader) = socket.split();
        let ((), kept) = kept_after(|| {
            assert!(reader.recv().unwrap().is_some());
            assert_eq!(reader.recv().unwrap(), None);
        });
        kept
    });
    for kept in [whole, split] {
        assert!(kept < 8 << 10, "{kept} bytes");
    }
}
