//! Whether the next message has already arrived.

use sansocket::buffered::Progress;
use sansocket::{Limits, Message, Role};

use crate::peer::Server;
use crate::wire::{self, BINARY, CONTINUATION, FIN, PING, TEXT};

fn to_server(first: u8, payload: &[u8]) -> Vec<u8> {
    wire::to(Role::Server, first, payload)
}

/// Returns whether a message is reported after the one before `next`.
fn is_followed_by(next: &[u8]) -> bool {
    let bytes = [&to_server(FIN | TEXT, b"first"), next].concat();
    let mut server = Server::new(&Limits::default());
    server.read(&mut &bytes[..], usize::MAX);
    assert_eq!(server.advance(), Ok(Progress::Message));
    assert_eq!(server.buffer.message(), Ok(Message::Text("first")));
    server.buffer.has_message()
}

#[test]
fn a_complete_data_frame_is_a_message() {
    assert!(is_followed_by(&to_server(FIN | TEXT, b"")));
    assert!(is_followed_by(&to_server(FIN | BINARY, &[7; 3000])));
}

#[test]
fn a_frame_is_incomplete_before_its_last_byte() {
    let frame = to_server(FIN | BINARY, &[7; 300]);
    for len in 0..frame.len() {
        assert!(!is_followed_by(&frame[..len]), "{len} bytes");
    }
    assert!(is_followed_by(&frame));
}

#[test]
fn neither_a_fragment_nor_a_control_frame_is_a_message() {
    for first in [TEXT, BINARY, FIN | PING] {
        assert!(!is_followed_by(&to_server(first, b"data")));
    }
}

#[test]
fn a_message_after_a_gathered_one_is_found() {
    let bytes = [
        to_server(BINARY, b"Hel"),
        to_server(FIN | CONTINUATION, b"lo"),
        to_server(FIN | TEXT, b"next"),
    ];
    let mut server = Server::new(&Limits::default());
    server.read(&mut &bytes.concat()[..], usize::MAX);
    assert_eq!(server.advance(), Ok(Progress::Message));
    assert_eq!(server.buffer.message(), Ok(Message::Binary(b"Hello")));
    assert!(server.buffer.has_message());
}
