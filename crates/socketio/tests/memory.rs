//! The memory that sessions hold.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "../../../tests/allocations/mod.rs"]
mod allocations;

use allocations::{growth_during, held_after};
use sansocket::{Backoff, Seed, Timestamp};
use sansocket_socketio::{
    Arguments, Binary, Namespace,
    engine_io::{Message, Packet, Transport},
    packet::{Decoder, Limits},
    session::{ClientSession, SendError, ServerSession, client, server},
    value::Object,
};

const MAX_QUEUED_LEN: usize = 1_000_000;

/// Small events, of which there are the most.
fn events() -> [Arguments; 4] {
    [
        Arguments::default(),
        Arguments::new("text").unwrap(),
        Arguments::new(&Binary::default()).unwrap(),
        Arguments::new(&(Binary::from(vec![1]), Binary::from(vec![2]))).unwrap(),
    ]
}

/// Returns the bytes that are held for events that are emitted until the queue is full.
fn held(mut emit: impl FnMut(Arguments) -> Result<(), SendError>, event: &Arguments) -> u64 {
    let (error, held) = held_after(|| {
        loop {
            if let Err(error) = emit(event.clone()) {
                break error;
            }
        }
    });
    assert!(matches!(error, SendError::QueueFull { .. }), "{error}");
    held
}

fn check(held: u64, event: &Arguments) {
    assert!(held <= MAX_QUEUED_LEN.try_into().unwrap(), "{held} bytes for {event:?}");
    // And the limit can be used.
    assert!(held > 200_000, "{held} bytes for {event:?}");
}

fn client() -> ClientSession {
    let mut settings = client::Settings::default();
    settings.max_queued_len = MAX_QUEUED_LEN;
    let mut session = ClientSession::new(&settings, Backoff::new(Seed::from([7; 32])));
    session.connect(Namespace::default(), Object::default());
    session
}

#[test]
fn small_events_for_a_server_that_is_away_take_no_more_than_the_limit() {
    for event in events() {
        let mut session = client();
        let emit = |event| session.emit(&Namespace::default(), "a", event);
        check(held(emit, &event), &event);
    }
}

#[test]
fn small_events_for_a_server_that_does_not_read_take_no_more_than_the_limit() {
    const OPEN: &str = r#"0{"sid":"a","upgrades":[],"pingInterval":25000,"pingTimeout":20000}"#;
    for event in events() {
        let mut session = client();
        let now = Timestamp::default();
        session.opened(Transport::WebSocket, now);
        session.receive(Transport::WebSocket, Packet::parse(OPEN).unwrap(), now);
        session.receive(Transport::WebSocket, Packet::from(r#"0{"sid":"b"}"#), now);
        let emit = |event| session.emit(&Namespace::default(), "a", event);
        check(held(emit, &event), &event);
    }
}

#[test]
fn small_events_for_a_client_that_does_not_read_take_no_more_than_the_limit() {
    for event in events() {
        let mut settings = server::Settings::default();
        settings.max_queued_len = MAX_QUEUED_LEN;
        let now = Timestamp::default();
        let mut session = ServerSession::new(&settings, "a", Transport::WebSocket, now);
        session.receive(Transport::WebSocket, Packet::from("0"), now);
        session.accept(&Namespace::default(), "b", None).unwrap();
        let emit = |event| session.emit(&Namespace::default(), "a", event);
        check(held(emit, &event), &event);
    }
}

/// The most expensive values of JSON: `len` bytes of elements, in an array or an object; and how many bytes
/// they hold for each of the text.
fn hostile(len: usize) -> [(&'static str, String, u64); 6] {
    let array = |element: &str| {
        let elements = vec![element; len / (element.len() + 1)];
        format!("[{}]", elements.join(","))
    };
    let members: Vec<_> = (0..len / 6).map(|number| format!(r#""{number:x}":0"#)).collect();
    let nested = "[".repeat(100) + &"]".repeat(100);
    [
        ("[0,0,..]", array("0"), 16),
        ("[[],[],..]", array("[]"), 11),
        ("[{},{},..]", array("{}"), 11),
        ("[[0],[0],..]", array("[0]"), 16),
        ("[[[..]],..]", array(&nested), 16),
        (r#"{"0":0,"1":0,..}"#, format!("{{{}}}", members.join(",")), 7),
    ]
}

#[test]
fn a_decoded_packet_takes_at_most_40_bytes_for_each_that_was_sent() {
    // So that an array has just grown to twice its length.
    for (name, json, max_held) in hostile(2 * 32 * 1024 + 10) {
        let text = format!(r#"0{{"token":{json}}}"#);
        let len = u64::try_from(text.len()).unwrap();
        let mut decoder = Decoder::new(&Limits::default());
        let ((packet, peak), held) =
            held_after(|| growth_during(|| decoder.receive(Message::Text(&text))));
        assert!(packet.unwrap().is_some());
        assert!(peak <= 40 * len, "{name}: {peak} bytes for {len}");
        assert!(held <= max_held * len, "{name}: {held} bytes for {len}");
    }
}
