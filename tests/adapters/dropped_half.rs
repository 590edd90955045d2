//! Messages that were fed to a half before it was dropped.

use std::net::TcpStream;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use sansocket::blocking::{ReadHalf, Socket, Untimed, WebSocket, WriteHalf};
use sansocket::connection::Connection;
use sansocket::{Limits, Options, Role, Timeouts};

use crate::peer::{self, Peer};
use crate::script::{Call, Halves, Log, Script};
use crate::wire::{self, BINARY, FIN, TEXT};

/// More than the system buffers while nobody reads.
const LARGE: usize = 64 << 20;

/// No Pings, and a read half that wakes up only when there is input.
fn quiet() -> Options {
    let never = Duration::from_secs(3600);
    Options::default().timeouts(Timeouts::default().ping_interval(None).close(never))
}

/// Returns a write half, and the thread of the read half, which waits for input until the peer
/// ends.
fn waiting(
    socket: WebSocket<TcpStream>,
    peer: &mut Peer,
) -> (WriteHalf<TcpStream>, thread::JoinHandle<()>) {
    let (writer, mut reader) = socket.split();
    let (received, receiver) = mpsc::channel();
    let reading = thread::spawn(move || {
        while let Ok(Some(message)) = reader.recv() {
            received.send(message).unwrap();
        }
    });
    peer.send(FIN | TEXT, b"now it waits");
    receiver.recv().unwrap();
    assert!(peer.waits_in_vain(Duration::from_millis(100)));
    (
        writer,
        thread::spawn(move || {
            let _received = receiver;
            reading.join().unwrap();
        }),
    )
}

// Shows own-adapters-4 (both).
#[test]
fn what_was_fed_is_sent_even_if_the_other_half_waits_for_input() {
    for open in [peer::server, peer::client] {
        let (socket, mut peer) = open(quiet());
        let (writer, reading) = waiting(socket, &mut peer);
        writer.feed("fed and").unwrap();
        writer.feed("forgotten").unwrap();
        drop(writer);
        assert_eq!(peer.receive(), (FIN | TEXT, b"fed and".into()));
        assert_eq!(peer.receive(), (FIN | TEXT, b"forgotten".into()));
        drop(peer);
        reading.join().unwrap();
    }
}

// Shows own-adapters-4 (both).
#[test]
fn what_threads_have_fed_to_one_half_is_sent_when_the_last_of_them_drops_it() {
    for open in [peer::server, peer::client] {
        let (socket, mut peer) = open(quiet());
        let (writer, reading) = waiting(socket, &mut peer);
        let writer = Arc::new(writer);
        let other = Arc::clone(&writer);
        drop(writer);
        thread::spawn(move || other.feed("fed").unwrap()).join().unwrap();
        assert_eq!(peer.receive(), (FIN | TEXT, b"fed".into()));
        drop(peer);
        reading.join().unwrap();
    }
}

// Shows own-adapters-4 (both).
#[test]
fn what_was_fed_leaves_with_the_bytes_of_the_thread_that_is_writing() {
    for open in [peer::server, peer::client] {
        let (socket, mut peer) = open(quiet());
        let (writer, _reader) = socket.split();
        let writer = Arc::new(writer);
        let other = Arc::clone(&writer);
        let sending = thread::spawn(move || writer.send(vec![7; LARGE]).unwrap());
        assert_eq!(peer.stream.peek(&mut [0]).unwrap(), 1);
        other.feed("fed").unwrap();
        drop(other);
        assert!(!sending.is_finished(), "the half that is dropped has not waited");
        assert!(peer.receive() == (FIN | BINARY, vec![7; LARGE]));
        assert_eq!(peer.receive(), (FIN | TEXT, b"fed".into()));
        sending.join().unwrap();
    }
}

#[test]
fn a_half_that_is_dropped_does_not_wait_for_a_peer_that_reads_nothing() {
    let limits = Limits::default().high_water_mark(usize::MAX);
    for open in [peer::server, peer::client] {
        let (socket, mut peer) = open(quiet().limits(limits.clone()).write_timeout(None));
        let (writer, reading) = waiting(socket, &mut peer);
        writer.feed(vec![7; LARGE]).unwrap();
        let (dropped, is_dropped) = mpsc::channel();
        thread::spawn(move || {
            drop(writer);
            dropped.send(())
        });
        is_dropped.recv_timeout(Duration::from_secs(60)).unwrap();
        // The read half writes the rest the next time it wakes up.
        peer.send(FIN | TEXT, b"look");
        assert!(peer.receive() == (FIN | BINARY, vec![7; LARGE]));
        drop(peer);
        reading.join().unwrap();
    }
}

fn upgraded<S: Socket>(stream: S, options: &Options) -> WebSocket<S> {
    let connection = Connection::server(&Limits::default());
    WebSocket::from_upgraded(stream, connection, Vec::new(), options)
}

/// The first read finds nothing, the second the end of the connection.
fn halves(script: Script) -> (WriteHalf<Halves<Script>>, ReadHalf<Halves<Script>>, Log) {
    let reading = Script::default()
        .fail_read(std::io::ErrorKind::WouldBlock)
        .fail_read(std::io::ErrorKind::ConnectionReset)
        .timed();
    let log = script.log();
    let (writer, reader) = upgraded(Halves::new(reading, script), &quiet()).split();
    (writer, reader, log)
}

#[test]
fn the_half_that_reads_writes_what_the_other_could_not() {
    let frame = wire::to(Role::Client, FIN | TEXT, b"fed");
    for at in 0..frame.len() {
        let (writer, mut reader, log) =
            halves(Script::default().fail_write(at, std::io::ErrorKind::WouldBlock));
        writer.feed("fed").unwrap();
        drop(writer);
        assert_eq!(log.written(), frame[..at]);
        assert!(reader.recv().is_err(), "nothing to read");
        assert_eq!(log.written(), frame);
    }
}

#[test]
fn a_half_with_nothing_fed_writes_nothing_when_it_is_dropped() {
    let (writer, reader, log) = halves(Script::default());
    writer.send("sent").unwrap();
    assert_eq!(log.take(), [Call::Write(wire::to(Role::Client, FIN | TEXT, b"sent"))]);
    drop(writer);
    drop(reader);
    assert_eq!(log.take(), []);
}

#[test]
fn without_timeouts_a_drop_attempts_no_write() {
    let script = Script::default();
    let log = script.log();
    let mut socket = upgraded(script, &quiet());
    socket.feed("fed").unwrap();
    drop(socket);
    assert_eq!(log.take(), []);

    let script = Script::default();
    let log = script.log();
    let stream = Halves::new(Script::default(), script);
    let (writer, mut reader) = upgraded(stream, &quiet()).split();
    writer.feed("fed").unwrap();
    drop(writer);
    assert_eq!(log.take(), []);
    assert!(reader.recv().is_err(), "nothing to read");
    let frame = wire::to(Role::Client, FIN | TEXT, b"fed");
    assert_eq!(log.take(), [Call::Write(frame)], "the half that reads writes before it reads");
}

#[test]
fn a_drop_without_timeouts_does_not_wait_for_a_peer_that_reads_nothing() {
    let (listener, address) = peer::listen();
    let peer = TcpStream::connect(address).unwrap();
    let limits = Limits::default().high_water_mark(usize::MAX);
    let connection = Connection::server(&limits);
    let stream = Untimed(peer::accept(&listener));
    let mut socket = WebSocket::from_upgraded(stream, connection, Vec::new(), &quiet());
    socket.feed(vec![7; LARGE]).unwrap();
    let (dropped, is_dropped) = mpsc::channel();
    thread::spawn(move || {
        drop(socket);
        dropped.send(())
    });
    is_dropped.recv_timeout(peer::PATIENCE).unwrap();
    drop(peer);
}
