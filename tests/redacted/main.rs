//! The `Debug` output of all public types has no byte from a peer or from another connection, and
//! no credentials.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

mod engine;
mod handshake;
mod log;
mod openings;
mod servers;
mod sessions;
#[path = "../source_tree/mod.rs"]
mod source_tree;
mod tape;
mod tasks;
mod threads;
mod values;
#[path = "../wire/mod.rs"]
mod wire;

use log::Log;
use sansocket::buffered::{Progress, ReadBuffer, WriteBuffer};
use sansocket::connection::Connection;
use sansocket::{Limits, Role};
use wire::{CONTINUATION, FIN, PING, TEXT};

/// Public types that are not checked, with reasons.
const EXEMPT: [(&str, &str); 21] = [
    ("buffered::message::Message", "what the application was handed, or made"),
    ("buffered::owned_message::OwnedMessage", "what the application was handed, or made"),
    ("buffered::sendable::Outgoing", "what the application has made"),
    ("buffered::sendable::Ping", "what the application has made"),
    ("buffered::sendable::Pong", "what the application has made"),
    ("connection::chunk::Chunk", "what the application was handed, or made"),
    ("connection::chunk::ChunkMut", "what the application was handed, or made"),
    ("connection::event::Event", "what the application was handed"),
    ("frame::decoder::Piece", "what the application was handed"),
    ("frame::mask::MaskKey", "what stands in a frame, for tools that print frames"),
    ("frame::header::FrameHeader", "it has the key, for tools that print frames"),
    ("close::CloseFrame", "a reason is meant for logs"),
    ("close::OwnedCloseFrame", "a reason is meant for logs"),
    ("session::route::Delivery", "it has no fields"),
    ("session::route::Route", "what the application has made"),
    ("streams::tls_stream::TlsStream", "a session of rustls's, and a stream of the application's"),
    ("session::accepting::Server", "a part of its opening, which is looked at"),
    ("session::connecting::Client", "a part of its opening, which is looked at"),
    ("streams::untimed::Untimed", "a stream of the application's"),
    ("streams::client_stream::ClientStream", "a stream, of other crates' types; it needs a socket"),
    ("streams::tokio_client_stream::ClientStream", "the same"),
];

#[test]
fn no_public_type_shows_a_secret_at_any_stage() {
    let mut log = Log::default();
    values::check(&mut log);
    engine::check(&mut log);
    sessions::check(&mut log);
    handshake::check(&mut log);
    openings::check(&mut log);
    threads::check(&mut log);
    tasks::check(&mut log);
    servers::check(&mut log);
    log.finish(&EXEMPT);
}

/// The `Debug` output of a server, after each read and write.
fn shown(word: &str) -> Vec<String> {
    let mut connection = Connection::server(&Limits::default());
    let (mut read, mut write) = (ReadBuffer::default(), WriteBuffer::default());
    let frames = [
        wire::to(Role::Server, FIN | TEXT, word.as_bytes()),
        wire::to(Role::Server, TEXT, word.as_bytes()),
        wire::to(Role::Server, FIN | PING, word.as_bytes()),
        wire::to(Role::Server, FIN | CONTINUATION, word.as_bytes()),
    ];
    let mut shown = Vec::new();
    for byte in frames.concat() {
        read.unfilled()[0] = byte;
        read.filled(1);
        let Connection { receiver, sender } = &mut connection;
        let reply = |reply| sender.reply(reply, write.out());
        if read.advance(receiver, reply).unwrap() == Progress::Message {
            write.send(sender, read.message().unwrap()).unwrap();
        }
        shown.push(format!("{connection:?} {read:?} {write:?}"));
    }
    assert!(write.unwritten().len() > 4 * word.len());
    shown
}

#[test]
fn debug_output_does_not_depend_on_what_was_received() {
    let shown = [shown("the one word"), shown("other words."), shown("\u{20AC} and so on")];
    assert_eq!(shown[0], shown[1]);
    assert!(shown[0].iter().any(|shown| shown.contains("12")));
    assert_ne!(shown[0], shown[2], "a longer word, which is cut");
}

#[test]
fn a_secret_is_found_however_it_is_printed() {
    let secret = log::PAYLOAD;
    for printed in [
        format!("{secret:?}"),
        format!("{:?}", secret.as_bytes()),
        format!("{:#?}", secret.as_bytes()),
        format!("{:?}", &secret.as_bytes()[3..8]),
        format!("{:?}", [Some(secret.as_bytes().to_vec())]),
        u64::from_be_bytes(log::PING).to_string(),
    ] {
        assert!(log::is_leak(&printed), "{printed}");
    }
    for printed in ["", "19 bytes", "[1, 2, 3, 4]", "ReadBuffer { start: 112, end: 97 }"] {
        assert!(!log::is_leak(printed), "{printed}");
    }
}
