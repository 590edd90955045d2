//! The examples of RFC 7692 7.2.3, received and sent.

use sansocket::{
    buffered::{Message, Progress, ReadBuffer},
    connection::{Config, Connection, ProtocolError},
    deflate::{self, Compression, Offer, Params},
};

fn params() -> Params {
    Offer::new(&deflate::Config::default()).answer(&deflate::Config::default()).1
}

fn client() -> Connection {
    Connection::client(&Config::default(), [0; 32].into())
        .with_deflate(&params(), &deflate::Config::default())
}

fn server() -> Connection {
    Connection::server(&Config::default()).with_deflate(&params(), &deflate::Config::default())
}

/// The text messages that a client makes of these bytes.
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

// Shows 7692-7.2.2-1 (client), 7692-7.2.3-1 (client).
#[test]
fn section_7_2_3_1_one_compressed_block() {
    let wire = [0xC1, 0x07, 0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00];
    assert_eq!(receive(&mut client(), &wire).unwrap(), ["Hello"]);
    let fragments = [0x41, 0x03, 0xF2, 0x48, 0xCD, 0x80, 0x04, 0xC9, 0xC9, 0x07, 0x00];
    assert_eq!(receive(&mut client(), &fragments).unwrap(), ["Hello"]);
}

// Shows 7692-7.2.2-2 (client), 7692-7.2.3-1 (client).
#[test]
fn section_7_2_3_2_the_window_carries_over() {
    let wire = [
        0xC1, 0x07, 0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0xC1, 0x05, 0xF2, 0x00, 0x11, 0x00,
        0x00,
    ];
    assert_eq!(receive(&mut client(), &wire).unwrap(), ["Hello", "Hello"]);
}

// Shows 7692-7.2.2-3 (client), 7692-7.2.3-1 (client).
#[test]
fn section_7_2_3_3_a_stored_block() {
    let wire = [0xC1, 0x0B, 0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00];
    assert_eq!(receive(&mut client(), &wire).unwrap(), ["Hello"]);
}

// Shows 7692-7.2.2-3 (client), 7692-7.2.3-1 (client).
#[test]
fn section_7_2_3_4_a_block_with_bfinal_and_the_window_after_it() {
    let wire = [
        0xC1, 0x08, 0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00, 0xC1, 0x05, 0xF2, 0x00, 0x11,
        0x00, 0x00,
    ];
    assert_eq!(receive(&mut client(), &wire).unwrap(), ["Hello", "Hello"]);
}

// Shows 7692-7.2.2-3 (client), 7692-7.2.3-1 (client).
#[test]
fn section_7_2_3_5_two_blocks() {
    let wire =
        [0xC1, 0x0D, 0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00];
    assert_eq!(receive(&mut client(), &wire).unwrap(), ["Hello"]);
}

// Shows 7692-7.2.3-1 (client).
#[test]
fn section_7_2_3_6_an_empty_message() {
    assert_eq!(receive(&mut client(), &[0xC1, 0x01, 0x00]).unwrap(), [""]);
}

// Shows 7692-7.2.1-1 (server), 7692-7.2.1-2 (server), 7692-7.2.1-4 (server), 7692-7.2.3-1 (server).
#[test]
fn what_is_sent_is_what_the_examples_show() {
    let mut sender = server().sender;
    sender.set_compression(Compression::Always);
    let mut out = Vec::new();
    sender.send_text("Hello", &mut out).unwrap();
    assert_eq!(out, [0xC1, 0x07, 0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]);
    out.clear();
    sender.send_text("Hello", &mut out).unwrap();
    assert_eq!(out, [0xC1, 0x05, 0xF2, 0x00, 0x11, 0x00, 0x00]);
    out.clear();
    sender.send_text("", &mut out).unwrap();
    assert_eq!(out, [0xC1, 0x01, 0x00]);
}

#[test]
fn cut_data_is_1007_at_every_byte() {
    let payload = [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00];
    for len in 1..payload.len() {
        let mut wire = vec![0xC1, u8::try_from(len).unwrap()];
        wire.extend_from_slice(&payload[..len]);
        let result = receive(&mut client(), &wire);
        assert_eq!(result, Err(ProtocolError::InvalidDeflate), "{len} bytes");
    }
}
