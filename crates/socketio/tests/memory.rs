//! The memory that sessions hold.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "../../../tests/allocations/mod.rs"]
mod allocations;

use allocations::held_after;
use sansocket::{Backoff, Seed, Timestamp};
use sansocket_socketio::{
    Arguments, Binary, Namespace,
    engine_io::{Packet, Transport},
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
