//! What compression holds of memory: no more than its documentation says.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

#[path = "allocations/mod.rs"]
mod allocations;

use sansocket::connection::{Config, Connection, Receiver, Sender};
use sansocket::deflate::{self, Compression, Offer};

use allocations::kept_after;

const KIB: i64 = 1 << 10;

/// A message that is longer than any window and compresses.
fn text() -> String {
    (0..20_000).map(|number| number.to_string()).collect()
}

fn windows(bits: u8) -> deflate::Config {
    deflate::Config::default().server_max_window_bits(bits).client_max_window_bits(bits)
}

fn server(deflate: &deflate::Config) -> Connection {
    let (_, params) = Offer::new(deflate).answer(deflate);
    Connection::server(&Config::default()).with_deflate(&params, deflate)
}

fn client(deflate: &deflate::Config) -> Connection {
    let (_, params) = Offer::new(deflate).answer(deflate);
    Connection::client(&Config::default(), [7; 32].into()).with_deflate(&params, deflate)
}

/// What a sender holds more after it has compressed messages, and what after it has let go.
fn held_to_send(sender: &mut Sender) -> (i64, i64) {
    let text = text();
    let mut out = Vec::with_capacity(1 << 20);
    let ((), held) = kept_after(|| {
        for _ in 0..3 {
            out.clear();
            sender.send_text(&text, &mut out).unwrap();
        }
    });
    let ((), released) = kept_after(|| sender.release());
    (held, held + released)
}

/// What a receiver holds more after it has inflated messages, and what after it has let go.
fn held_to_receive(receiver: &mut Receiver, sender: &mut Sender) -> (i64, i64) {
    let text = text();
    let mut wire = Vec::new();
    for _ in 0..3 {
        sender.send_text(&text, &mut wire).unwrap();
    }
    let ((), held) = kept_after(|| {
        let mut input = &mut wire[..];
        while receiver.receive(&mut input).unwrap().is_some() {}
    });
    let ((), released) = kept_after(|| receiver.release());
    (held, held + released)
}

#[test]
fn sending_holds_what_the_documentation_says() {
    for (bits, mem_level, most) in [(15, 8, 420), (15, 1, 310), (12, 8, 310), (9, 1, 180)] {
        let mut sender = server(&windows(bits).mem_level(mem_level)).sender;
        let (held, released) = held_to_send(&mut sender);
        assert!(0 < held && held <= most * KIB, "{bits} {mem_level}: {held} bytes");
        assert_eq!(released, 0, "{bits} {mem_level}");
    }
}

#[test]
fn receiving_holds_what_the_documentation_says() {
    for bits in [9, 12, 15] {
        let config = windows(bits);
        let (mut receiver, mut sender) = (server(&config).receiver, client(&config).sender);
        let (held, released) = held_to_receive(&mut receiver, &mut sender);
        let window = 1_i64 << bits;
        assert!(0 < held && held <= 68 * KIB + 2 * window, "{bits}: {held} bytes");
        // What the peer may still refer to.
        assert!(released <= window, "{bits}: {released} bytes");
    }
}

#[test]
fn nothing_is_held_before_the_first_compressed_message() {
    let config = deflate::Config::default();
    let (mut server, mut client) = (server(&config), client(&config));
    client.sender.set_compression(Compression::Never);
    let mut wire = Vec::with_capacity(1 << 10);
    let ((), held) = kept_after(|| {
        client.sender.send_text("plain", &mut wire).unwrap();
        let mut input = &mut wire[..];
        while server.receiver.receive(&mut input).unwrap().is_some() {}
    });
    assert_eq!(held, 0);
}
