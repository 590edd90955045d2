//! Messages in chunks, as they arrive.

use sansocket::buffered::Progress;
use sansocket::connection::ProtocolError;
use sansocket::{Limits, Message, MessageKind, Role};

use crate::peer::{Sent, Server};
use crate::wire::{self, BINARY, CLOSE, CONTINUATION, FIN, TEXT};

fn server_with(bytes: &[u8]) -> Server {
    let mut server = Server::new(&Limits::default());
    let mut rest = bytes;
    server.read(&mut rest, usize::MAX);
    assert!(rest.is_empty());
    server
}

fn to_server(first: u8, payload: &[u8]) -> Vec<u8> {
    wire::to(Role::Server, first, payload)
}

#[test]
fn a_chunk_is_what_has_arrived_of_a_frame() {
    let bytes = to_server(FIN | BINARY, b"Hello");
    let (front, mut back) = bytes.split_at(bytes.len() - 2);
    let mut server = server_with(front);

    assert_eq!(server.advance_chunk(), Ok(Progress::Message));
    let chunk = server.buffer.chunk();
    assert_eq!((chunk.kind, chunk.is_first), (MessageKind::Binary, true));
    assert_eq!((chunk.payload, chunk.is_last), (&b"Hel"[..], false));

    assert_eq!(server.advance_chunk(), Ok(Progress::NeedInput));
    server.read(&mut back, usize::MAX);
    assert_eq!(server.advance_chunk(), Ok(Progress::Message));
    let chunk = server.buffer.chunk();
    assert_eq!((chunk.payload, chunk.is_last), (&b"lo"[..], true));
    assert!(!chunk.is_first);
    assert_eq!(server.advance_chunk(), Ok(Progress::NeedInput));
}

#[test]
fn a_chunk_can_be_changed_in_place() {
    let mut server = server_with(&to_server(FIN | TEXT, b"Hello"));
    assert_eq!(server.advance_chunk(), Ok(Progress::Message));
    server.buffer.chunk_mut().payload.make_ascii_uppercase();
    assert_eq!(server.buffer.chunk().payload, b"HELLO");
}

#[test]
fn fragments_come_one_by_one_even_if_all_have_arrived() {
    let bytes = [
        to_server(BINARY, b"Hel"),
        to_server(CONTINUATION, b""),
        to_server(FIN | CONTINUATION, b"lo"),
    ];
    let mut server = server_with(&bytes.concat());
    for (payload, is_last) in [("Hel", false), ("", false), ("lo", true)] {
        assert_eq!(server.advance_chunk(), Ok(Progress::Message));
        let received = server.buffer.chunk();
        assert_eq!((received.payload, received.is_last), (payload.as_bytes(), is_last));
    }
}

#[test]
fn gathered_bytes_are_the_first_chunk() {
    let message = Sent::text(3000).fragments_of(1000);
    let bytes = message.bytes();
    let mut server = Server::new(&Limits::default());
    let mut rest = &bytes[..];
    while rest.len() > 500 {
        server.read(&mut rest, 700);
        assert_eq!(server.advance(), Ok(Progress::NeedInput));
    }

    assert_eq!(server.advance_chunk(), Ok(Progress::Message));
    let chunk = server.buffer.chunk();
    assert!(chunk.is_first);
    assert!(!chunk.is_last);
    assert!(message.payload.starts_with(chunk.payload));
    let len = chunk.payload.len();
    assert!(len > 2000);

    server.read(&mut rest, usize::MAX);
    assert_eq!(server.advance_chunk(), Ok(Progress::Message));
    let chunk = server.buffer.chunk();
    assert!(!chunk.is_first);
    assert!(chunk.is_last);
    assert_eq!(chunk.payload, &message.payload[len..]);
}

#[test]
fn the_rest_of_a_message_is_skipped_when_a_whole_one_is_wanted() {
    let bytes = [
        to_server(BINARY, b"begun"),
        to_server(FIN | CONTINUATION, b"never seen"),
        to_server(FIN | TEXT, b"whole"),
    ];
    let mut server = server_with(&bytes.concat());
    assert_eq!(server.advance_chunk(), Ok(Progress::Message));
    assert_eq!(server.advance(), Ok(Progress::Message));
    assert_eq!(server.buffer.message(), Ok(Message::Text("whole")));
}

#[test]
fn the_rest_of_a_message_stays_skipped_when_chunks_are_wanted_again() {
    let bytes = [
        to_server(BINARY, b"begun"),
        to_server(CONTINUATION, b"never seen"),
        to_server(FIN | CONTINUATION, b"never seen either"),
        to_server(FIN | TEXT, b"next"),
    ]
    .concat();
    let (front, mut back) = bytes.split_at(20);
    let mut server = server_with(front);
    assert_eq!(server.advance_chunk(), Ok(Progress::Message));
    assert_eq!(server.advance(), Ok(Progress::NeedInput));
    server.read(&mut back, usize::MAX);
    assert_eq!(server.advance_chunk(), Ok(Progress::Message));
    let chunk = server.buffer.chunk();
    assert_eq!((chunk.payload, chunk.is_first), (&b"next"[..], true));
}

#[test]
fn there_is_no_message_while_one_is_passed_in_chunks() {
    // Bytes that look like a frame are payload.
    let inner = to_server(FIN | TEXT, b"");
    let bytes = [to_server(BINARY, b"begun"), to_server(FIN | CONTINUATION, &inner)];
    let mut server = server_with(&bytes.concat());
    assert_eq!(server.advance_chunk(), Ok(Progress::Message));
    assert!(!server.buffer.has_message());
    assert_eq!(server.advance_chunk(), Ok(Progress::Message));
    assert!(!server.buffer.has_message());
}

/// RFC 6455 5.6: a fragment may cut a character, and so may a read.
#[test]
fn text_is_valid_up_to_a_character_that_is_cut() {
    let message = Sent::text(100).fragments_of(7);
    let mut server = Server::new(&Limits::default());
    let (bytes, mut joined) = (message.bytes(), Vec::new());
    let mut rest = &bytes[..];
    loop {
        match server.advance_chunk() {
            Ok(Progress::Message) => {
                let chunk = server.buffer.chunk();
                joined.extend_from_slice(chunk.payload);
                if let Err(error) = core::str::from_utf8(&joined) {
                    assert_eq!(error.error_len(), None);
                }
                if chunk.is_last {
                    break;
                }
            }
            Ok(Progress::NeedInput) => server.read(&mut rest, 1),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(joined, message.payload);
}

#[test]
fn text_that_is_not_utf_8_is_an_error_in_chunks_and_in_whole_messages() {
    let bad = b"caf\xE9!";
    let mut server = server_with(&to_server(FIN | TEXT, bad));
    assert_eq!(server.advance_chunk(), Err(ProtocolError::InvalidUtf8));

    let mut server = server_with(&to_server(FIN | TEXT, bad));
    assert_eq!(server.advance(), Ok(Progress::Message));
    assert_eq!(server.buffer.message(), Err(ProtocolError::InvalidUtf8));

    // In several pieces, it is noticed at once.
    let mut server = server_with(&to_server(TEXT, bad));
    assert_eq!(server.advance(), Err(ProtocolError::InvalidUtf8));
}

#[test]
fn a_message_before_an_error_is_delivered() {
    let bytes = [to_server(FIN | BINARY, b"good"), to_server(FIN | CONTINUATION, b"bad")];
    let mut server = server_with(&bytes.concat());
    assert_eq!(server.advance(), Ok(Progress::Message));
    assert_eq!(server.buffer.message(), Ok(Message::Binary(b"good")));
    for _ in 0..2 {
        let error = Err(ProtocolError::UnexpectedContinuation);
        assert_eq!(server.advance(), error);
    }
}

#[test]
fn after_a_close_frame_nothing_comes_at_any_call() {
    let bytes = [to_server(FIN | CLOSE, b""), to_server(FIN | TEXT, b"too late")];
    let mut server = server_with(&bytes.concat());
    for _ in 0..2 {
        assert_eq!(server.advance(), Ok(Progress::Closed));
        assert_eq!(server.advance_chunk(), Ok(Progress::Closed));
    }
}
