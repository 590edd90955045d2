//! RFC 6455 10.7: all input is validated; bad data gets a Close frame that says why.

use sansocket::Role;
use sansocket::connection::{Event, ProtocolError};
use sansocket::frame::FrameError;

use crate::endpoint::Endpoint;
use crate::violation::assert_fails;
use crate::wire::{self, BINARY, CLOSE, FIN, TEXT};

// Shows 6455-10.7-2 (server).
#[test]
fn the_close_frame_names_the_error_byte_by_byte() {
    let mut server = Endpoint::new(Role::Server);
    assert_eq!(server.receive(&[0x81, 0x00]), Err(ProtocolError::UnmaskedFrame));
    let reason = b"unmasked frame from a client";
    assert_eq!(server.out, [&[0x88, 30, 0x03, 0xEA], &reason[..]].concat());
}

#[test]
fn a_second_http_request_is_not_a_frame() {
    // `G` is 0x47: no frame has the opcode 7.
    let request = b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n";
    assert_fails(Role::Server, request, FrameError::ReservedOpCode(7).into(), 1002);
}

// Shows own-frames-6 (server).
#[test]
fn data_before_the_bad_byte_in_the_same_read_is_delivered_and_can_be_answered() {
    let mut server = Endpoint::new(Role::Server);
    let mut bytes = [
        wire::to(Role::Server, FIN | TEXT, b"one"),
        wire::to(Role::Server, FIN | TEXT, b"two"),
        b"\xFF\xFF".to_vec(),
        wire::to(Role::Server, FIN | TEXT, b"never"),
    ]
    .concat();
    let mut input = &mut bytes[..];
    let mut out = Vec::new();
    for _ in 0..2 {
        let Ok(Some(Event::Chunk(chunk))) = server.connection.receive(&mut input, &mut out) else {
            panic!("a message comes before the bad byte");
        };
        let echo = chunk.payload.to_vec();
        server.connection.sender.send_binary(&echo, &mut out).unwrap();
    }
    assert!(server.connection.receive(&mut input, &mut out).is_err());
    let frames = wire::contents(&out);
    assert_eq!(frames[0], (FIN | BINARY, b"one".into()));
    assert_eq!(frames[1], (FIN | BINARY, b"two".into()));
    assert_eq!((frames.len(), frames[2].0), (3, FIN | CLOSE));
}
