use std::{fs, path::Path};

use sansocket::Role::{Client, Server};
use sansocket_explain::{
    Options,
    render::{Colours, bit_figure, text},
};

use crate::conversation;

/// The session of the README.
const REQUEST: &[u8] = b"GET /chat HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Version: 13\r\n\r\n";
const RESPONSE: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

#[test]
fn what_the_readme_shows_is_what_is_printed() {
    let elements = conversation(
        &Options::default(),
        &[
            (Client, REQUEST),
            (Server, RESPONSE),
            (Client, b"\x81\x85\x37\xFA\x21\x3D\x7F\x9F\x4D\x51\x58"),
            (Server, b"\x81\x06Hello\xFF"),
            (Client, b"\x88\x82\x01\x02\x03\x04\x02\xED"),
        ],
    );
    let mut printed = String::new();
    for element in elements {
        printed.push_str(&text(&element, Colours::Never));
        printed.push_str(&bit_figure(&element));
    }
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(readme).unwrap();
    let mut shown = 0;
    for block in readme.split("```text\n").skip(1) {
        let block = block.split("```").next().unwrap();
        assert!(printed.contains(block), "{block}\nis not in\n{printed}");
        shown += 1;
    }
    assert_eq!(shown, 5);
}
