//! The examples of RFC 7692 7.2.3, received and sent.

use sansocket::buffered::{Progress, ReadBuffer};
use sansocket::connection::{Connection, ProtocolError};
use sansocket::deflate::{self, Compression};
use sansocket::{Limits, Message, Role};

use crate::agreement::{ROLES, endpoint};
use crate::wire;

fn connection(role: Role) -> Connection {
    endpoint(role, &Limits::default(), &deflate::Config::default()).connection
}

/// Returns the text messages that this endpoint receives from these bytes.
fn receive(connection: &mut Connection, wire: &[u8]) -> Result<Vec<String>, ProtocolError> {
    let mut buffer = ReadBuffer::from(wire.to_vec());
    let mut messages = Vec::new();
    while buffer.advance(&mut connection.receiver, |_| {})? == Progress::Message {
        match buffer.message()? {
            Message::Text(text) => messages.push(text.to_owned()),
            Message::Binary(_) => panic!("only text is sent"),
        }
    }
    Ok(messages)
}

/// Checks which texts a client receives from these bytes, and a server from the same frames,
/// masked.
#[track_caller]
fn assert_received(wire: &[u8], expected: &[&str]) {
    for role in ROLES {
        let frames = wire::contents(wire).into_iter();
        let bytes: Vec<u8> =
            frames.flat_map(|(first, payload)| wire::to(role, first, &payload)).collect();
        assert!(role == Role::Server || bytes == wire, "the example is what a server sends");
        assert_eq!(receive(&mut connection(role), &bytes).unwrap(), expected, "{role:?}");
    }
}

// Shows 7692-7.2.2-1, 7692-7.2.3-1.
#[test]
fn section_7_2_3_1_one_compressed_block() {
    let wire = [0xC1, 0x07, 0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00];
    assert_received(&wire, &["Hello"]);
    let fragments = [0x41, 0x03, 0xF2, 0x48, 0xCD, 0x80, 0x04, 0xC9, 0xC9, 0x07, 0x00];
    assert_received(&fragments, &["Hello"]);
}

// Shows 7692-7.2.2-2, 7692-7.2.3-1.
#[test]
fn section_7_2_3_2_the_window_carries_over() {
    let wire = [
        0xC1, 0x07, 0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0xC1, 0x05, 0xF2, 0x00, 0x11, 0x00,
        0x00,
    ];
    assert_received(&wire, &["Hello", "Hello"]);
}

// Shows 7692-7.2.2-3, 7692-7.2.3-1.
#[test]
fn section_7_2_3_3_a_stored_block() {
    let wire = [0xC1, 0x0B, 0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00];
    assert_received(&wire, &["Hello"]);
}

// Shows 7692-7.2.2-3, 7692-7.2.3-1.
#[test]
fn section_7_2_3_4_a_block_with_bfinal_and_the_window_after_it() {
    let wire = [
        0xC1, 0x08, 0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00, 0xC1, 0x05, 0xF2, 0x00, 0x11,
        0x00, 0x00,
    ];
    assert_received(&wire, &["Hello", "Hello"]);
}

// Shows 7692-7.2.2-3, 7692-7.2.3-1.
#[test]
fn section_7_2_3_5_two_blocks() {
    let wire =
        [0xC1, 0x0D, 0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00];
    assert_received(&wire, &["Hello"]);
}

// Shows 7692-7.2.3-1.
#[test]
fn section_7_2_3_6_an_empty_message() {
    assert_received(&[0xC1, 0x01, 0x00], &[""]);
}

// Shows 7692-7.2.1-1, 7692-7.2.1-2, 7692-7.2.1-4, 7692-7.2.3-1.
#[test]
fn what_is_sent_is_what_the_examples_show() {
    for role in ROLES {
        let mut sender = connection(role).sender;
        sender.set_compression(Compression::Always);
        let mut send = |text| {
            let mut out = Vec::new();
            sender.send_text(text, &mut out).unwrap();
            wire::contents(&out).remove(0)
        };
        assert_eq!(send("Hello"), (0xC1, vec![0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]));
        assert_eq!(send("Hello"), (0xC1, vec![0xF2, 0x00, 0x11, 0x00, 0x00]));
        assert_eq!(send(""), (0xC1, vec![0x00]));
    }
}

#[test]
fn cut_data_is_1007_at_every_byte() {
    let payload = [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00];
    for len in 1..payload.len() {
        let mut wire = vec![0xC1, u8::try_from(len).unwrap()];
        wire.extend_from_slice(&payload[..len]);
        let result = receive(&mut connection(Role::Client), &wire);
        assert_eq!(result, Err(ProtocolError::InvalidDeflate), "{len} bytes");
    }
}
