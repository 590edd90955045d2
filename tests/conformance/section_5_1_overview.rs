//! RFC 6455 5.1: who masks, and when data may be sent.

use sansocket::connection::{ChunkMut, ProtocolError, SendError};
use sansocket::{Chunk, MessageKind, PreparedMessage, Role};

use crate::endpoint::{Endpoint, Received};
use crate::violation::assert_fails;
use crate::wire::{self, BINARY, CLOSE, CONTINUATION, FIN, KEY, PING, PONG, TEXT};

const OPCODES: [u8; 6] = [CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG];

// Shows 6455-5.1-2, 6455-5.1-5 (server).
#[test]
fn a_server_fails_on_an_unmasked_frame() {
    for opcode in OPCODES {
        for payload in [&b""[..], b"\x03\xe8"] {
            let frame = wire::frame(FIN | opcode, payload, None);
            assert_fails(Role::Server, &frame, ProtocolError::UnmaskedFrame, 1002);
        }
    }
}

// Shows 6455-5.1-4, 6455-5.1-5 (client).
#[test]
fn a_client_fails_on_a_masked_frame() {
    for opcode in OPCODES {
        for payload in [&b""[..], b"\x03\xe8"] {
            // A key of zeros changes no byte, but it is a mask.
            for key in [KEY, [0; 4]] {
                let frame = wire::frame(FIN | opcode, payload, Some(key));
                assert_fails(Role::Client, &frame, ProtocolError::MaskedFrame, 1002);
            }
        }
    }
}

// Shows 6455-5.1-2, 6455-5.1-4.
#[test]
fn a_frame_inside_a_message_is_masked_or_not_like_any_other() {
    for (role, error) in
        [(Role::Server, ProtocolError::UnmaskedFrame), (Role::Client, ProtocolError::MaskedFrame)]
    {
        let wrong_key = if role == Role::Server { None } else { Some(KEY) };
        for opcode in [CONTINUATION, PING] {
            let frames = [wire::to(role, TEXT, b"a"), wire::frame(FIN | opcode, b"b", wrong_key)];
            assert_fails(role, &frames.concat(), error, 1002);
        }
    }
}

#[test]
fn an_empty_frame_to_a_server_is_masked_too() {
    let mut server = Endpoint::new(Role::Server);
    assert_eq!(server.receive(&wire::frame(FIN | TEXT, b"", Some(KEY))), Ok(()));
    assert_eq!(server.received, [Received::text("")]);
}

/// Sends a frame of every kind.
fn send_all(endpoint: &mut Endpoint) -> Result<(), SendError> {
    let role = endpoint.connection.role();
    endpoint.receive(&wire::to(role, FIN | PING, b"answer me")).unwrap();
    let (sender, out) = (&mut endpoint.connection.sender, &mut endpoint.out);
    sender.send_text("text", out)?;
    sender.send_binary(b"", out)?;
    sender.send_chunk(Chunk::more(MessageKind::Binary, b"first"), out)?;
    sender.send_chunk(Chunk::last(MessageKind::Binary, b"last"), out)?;
    sender.send_prepared(&PreparedMessage::text("prepared"), out)?;
    let mut payload = *b"in place";
    let frame = sender.frame_in_place(ChunkMut::last(MessageKind::Text, &mut payload))?;
    out.extend_from_slice(&frame.header);
    out.extend_from_slice(frame.payload);
    sender.send_ping(b"ping", out)?;
    sender.send_pong(b"pong", out)?;
    sender.send_close(None, out)
}

fn all_contents() -> Vec<(u8, Vec<u8>)> {
    [
        (FIN | PONG, "answer me"),
        (FIN | TEXT, "text"),
        (FIN | BINARY, ""),
        (BINARY, "first"),
        (FIN | CONTINUATION, "last"),
        (FIN | TEXT, "prepared"),
        (FIN | TEXT, "in place"),
        (FIN | PING, "ping"),
        (FIN | PONG, "pong"),
        (FIN | CLOSE, ""),
    ]
    .map(|(first, payload)| (first, payload.into()))
    .to_vec()
}

// Shows 6455-5.1-1, 6455-5.3-1, 6455-5.5.1-4, 6455-6.1-5, 8441-5-3.
#[test]
fn a_client_masks_every_frame() {
    let mut client = Endpoint::new(Role::Client);
    send_all(&mut client).unwrap();
    assert!(wire::frames(&client.out).iter().all(|frame| frame.key.is_some()));
    assert_eq!(wire::contents(&client.out), all_contents());
}

// Shows 6455-5.1-3.
#[test]
fn a_server_masks_no_frame() {
    let mut server = Endpoint::new(Role::Server);
    send_all(&mut server).unwrap();
    assert!(wire::frames(&server.out).iter().all(|frame| frame.key.is_none()));
    assert_eq!(wire::contents(&server.out), all_contents());
}

// Shows 6455-5.1-1, 6455-5.5.1-4.
#[test]
fn a_client_masks_the_close_frame_that_answers_a_close_frame() {
    let mut client = Endpoint::new(Role::Client);
    client.receive(&wire::to(Role::Client, FIN | CLOSE, b"\x03\xe8")).unwrap();
    let frames = wire::frames(&client.out);
    assert_eq!(frames.len(), 1);
    assert!(frames[0].key.is_some());
}
