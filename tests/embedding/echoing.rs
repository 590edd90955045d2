//! Each echo server with an ordinary client, and with unusual ones.

use std::thread;
use std::time::{Duration, Instant};

use sansocket::blocking::{ClientStream, WebSocket};
use sansocket::{CloseCode, OwnedMessage, Role};

use crate::program::{SERVERS, Server};
use crate::raw::Raw;
use crate::wire::{self, BINARY, FIN, PING, TEXT};

/// More than the buffers of the system and of the server can hold.
const FLOOD: usize = 256 << 20;

const MESSAGES: usize = 10_000;

/// Of many sizes; text and binary.
fn message(index: usize) -> OwnedMessage {
    let len = match index % 1000 {
        999 => 1_000_000,
        500 => 70_000,
        rest => rest * rest % 1201,
    };
    let byte = b'a' + u8::try_from(index % 26).unwrap();
    if index.is_multiple_of(3) {
        OwnedMessage::Text(String::from_utf8(vec![byte; len]).unwrap())
    } else {
        OwnedMessage::Binary((0..len).map(|at| byte.wrapping_add((at % 251) as u8)).collect())
    }
}

fn assert_echoes(socket: WebSocket<ClientStream>) {
    let (writing, mut reading) = socket.split();
    let sending = thread::spawn(move || {
        for index in 0..MESSAGES {
            writing.feed(message(index)).unwrap();
        }
        writing.flush().unwrap();
        writing
    });
    for index in 0..MESSAGES {
        let echo = reading.recv().unwrap();
        assert!(echo == Some(message(index)), "message {index}");
    }
    drop(sending.join().unwrap());
}

fn many_messages_come_back(server: (&str, &[&str])) {
    let server = Server::echo(server, "20");
    assert_echoes(WebSocket::connect(&server.url).unwrap());
    #[cfg(feature = "deflate")]
    {
        let deflate = Some(sansocket::deflate::Config::default());
        let options = sansocket::Options::default().deflate(deflate);
        let connector = sansocket::blocking::Connector::new().options(options);
        let (socket, _) = connector.connect(&server.url).unwrap();
        assert!(socket.deflate().is_some());
        assert_echoes(socket);
    }
}

/// A peer that does not read is eventually not read from, and others do not notice.
fn a_peer_that_never_reads_is_bounded(server: (&str, &[&str])) {
    let server = Server::echo(server, "20");
    let mut deaf = Raw::connect(&server.url);
    let frame = wire::to(Role::Server, FIN | BINARY, &[7; 10_000]);
    let taken = deaf.flood(&frame, FLOOD);
    assert!(taken < FLOOD);
    if let Some(peak) = server.peak_memory() {
        assert!(peak < 32 << 20, "{peak} bytes after {taken}");
    }
    let mut other = WebSocket::connect(&server.url).unwrap();
    other.send("Hello").unwrap();
    assert_eq!(other.recv().unwrap(), Some(OwnedMessage::Text("Hello".into())));
}

/// The same peer gets all its answers once it reads.
fn a_peer_that_reads_late_gets_everything(server: (&str, &[&str])) {
    let server = Server::echo(server, "20");
    let mut late = Raw::connect(&server.url);
    let frame = wire::to(Role::Server, FIN | BINARY, &[7; 10_000]);
    let taken = late.flood(&frame, FLOOD);
    for index in 0..taken / frame.len() {
        assert_eq!(late.next(), Some((FIN | BINARY, vec![7; 10_000])), "answer {index}");
    }
}

fn a_peer_that_vanishes_is_dropped(server: (&str, &[&str])) {
    let server = Server::echo(server, "0.2");
    let mut silent = Raw::connect(&server.url);
    let since = Instant::now();
    let frames: Vec<u8> = core::iter::from_fn(|| silent.next()).map(|(first, _)| first).collect();
    // A Ping, and the Close frame for the missing Pong.
    assert_eq!(frames, [FIN | PING, FIN | wire::CLOSE]);
    assert!(since.elapsed() < Duration::from_secs(5));
}

fn a_close_comes_back(server: (&str, &[&str])) {
    let server = Server::echo(server, "20");
    let mut socket = WebSocket::connect(&server.url).unwrap();
    let end = socket.close(CloseCode::from(4321), "bye").unwrap();
    assert!(end.was_clean);
    assert_eq!(u16::from(end.received.unwrap().code), 4321);
}

fn a_violation_gets_its_close_code(server: (&str, &[&str])) {
    let server = Server::echo(server, "20");
    let mut rude = Raw::connect(&server.url);
    rude.send(FIN | TEXT, b"\xFF");
    let Some((first, payload)) = rude.next() else { panic!("there is no Close frame") };
    assert_eq!((first, &payload[..2]), (FIN | wire::CLOSE, &1007_u16.to_be_bytes()[..]));
    assert_eq!(rude.next(), None);
}

macro_rules! for_each_server {
    ($($case:ident)*) => {
        mod sans_io { $(#[test] fn $case() { super::$case(super::SERVERS[0]); })* }
        mod smol { $(#[test] fn $case() { super::$case(super::SERVERS[1]); })* }
        mod compio { $(#[test] fn $case() { super::$case(super::SERVERS[2]); })* }
    };
}

for_each_server! {
    many_messages_come_back
    a_peer_that_never_reads_is_bounded
    a_peer_that_reads_late_gets_everything
    a_peer_that_vanishes_is_dropped
    a_close_comes_back
    a_violation_gets_its_close_code
}
