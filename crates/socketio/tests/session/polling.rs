//! HTTP long-polling on the server.

use sansocket_socketio::{
    engine_io::Rejection,
    session::{
        DisconnectReason, ServerSession,
        server::{Event, Settings},
    },
};

use crate::drive::{POLLING, Session, arguments, at, join, main, server_events};

/// A session whose open packet is delivered, and with one namespace.
fn joined() -> ServerSession {
    let mut session = ServerSession::new(&Settings::default(), "sid", POLLING, at(0));
    session.begin_poll().unwrap();
    assert_eq!(
        session.next_payload().unwrap(),
        r#"0{"sid":"sid","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#
    );
    session.begin_post().unwrap();
    join(&mut session, &main(), at(0));
    session.end_post();
    session.begin_poll().unwrap();
    assert_eq!(session.next_payload().unwrap(), r#"40{"sid":"socket"}"#);
    session
}

#[test]
fn a_poll_waits_until_there_is_something_and_gets_all_that_is_queued() {
    let mut session = joined();
    session.begin_poll().unwrap();
    assert_eq!(session.next_payload(), None);
    assert!(session.is_writable());
    session.emit(&main(), "hello", arguments(())).unwrap();
    session.emit(&main(), "world", arguments(())).unwrap();
    assert_eq!(session.next_payload().unwrap(), "42[\"hello\"]\x1e42[\"world\"]");
    // It is answered once.
    session.emit(&main(), "later", arguments(())).unwrap();
    assert!(!session.is_writable());
    assert_eq!(session.next_payload(), None);
    session.begin_poll().unwrap();
    assert_eq!(session.next_payload().unwrap(), "42[\"later\"]");
}

#[test]
fn nothing_of_a_polling_session_goes_to_a_websocket() {
    let mut session = joined();
    session.emit(&main(), "hello", arguments(())).unwrap();
    assert_eq!(session.next_packet(), None);
}

#[test]
fn a_ping_is_delivered_by_a_poll() {
    let mut session = joined();
    session.begin_poll().unwrap();
    session.advance(at(25));
    assert_eq!(session.next_payload().unwrap(), "2");
    session.begin_post().unwrap();
    session.take_text(POLLING, "3", at(26));
    session.end_post();
    assert_eq!(session.deadline(), Some(at(51)));
}

#[test]
fn a_large_queue_is_delivered_in_several_payloads() {
    let mut settings = Settings::default();
    settings.max_payload = 20;
    let mut session = ServerSession::new(&settings, "sid", POLLING, at(0));
    join(&mut session, &main(), at(0));
    for name in ["a", "b", "c"] {
        session.emit(&main(), name, arguments(())).unwrap(); // 7 bytes
    }
    session.emit(&main(), "long", arguments("longer than a payload may be")).unwrap();
    let mut payloads = Vec::new();
    while session.queued_len() > 0 {
        session.begin_poll().unwrap();
        payloads.push(session.next_payload().unwrap());
    }
    assert_eq!(
        payloads[1..],
        [
            r#"40{"sid":"socket"}"#,
            "42[\"a\"]\x1e42[\"b\"]",
            "42[\"c\"]",
            r#"42["long","longer than a payload may be"]"#,
        ]
    );
}

#[test]
fn a_payload_may_be_as_long_as_the_limit() {
    let mut settings = Settings::default();
    for (max, expected) in [(15, "42[\"a\"]\x1e42[\"b\"]"), (14, "42[\"a\"]")] {
        settings.max_payload = max;
        let mut session = ServerSession::new(&settings, "sid", POLLING, at(0));
        join(&mut session, &main(), at(0));
        session.emit(&main(), "a", arguments(())).unwrap();
        session.emit(&main(), "b", arguments(())).unwrap();
        for _ in 0..2 {
            session.begin_poll().unwrap();
            session.next_payload().unwrap();
        }
        session.begin_poll().unwrap();
        assert_eq!(session.next_payload().unwrap(), expected);
    }
}

#[test]
fn a_payload_has_few_packets() {
    let mut session = joined();
    for _ in 0..17 {
        session.emit(&main(), "a", arguments(())).unwrap();
    }
    session.begin_poll().unwrap();
    assert_eq!(session.next_payload().unwrap().split('\x1e').count(), 16);
    for _ in 0..15 {
        session.emit(&main(), "a", arguments(())).unwrap();
    }
    session.close(at(1));
    session.begin_poll().unwrap();
    assert_eq!(session.next_payload().unwrap().split('\x1e').count(), 15);
    session.begin_poll().unwrap();
    assert_eq!(session.next_payload().unwrap(), "42[\"a\"]\x1e1");
}

#[test]
fn a_second_poll_at_the_same_time_ends_the_session() {
    let mut session = joined();
    session.begin_poll().unwrap();
    assert_eq!(session.begin_poll(), Err(Rejection::BadRequest));
    let reason = DisconnectReason::Unexpected("a second poll at the same time");
    assert_eq!(
        server_events(&mut session),
        [Event::Disconnected { namespace: main(), reason: reason.clone() }, Event::Closed(reason)]
    );
    // The first one is answered.
    assert!(!session.is_ended());
    assert_eq!(session.next_payload().unwrap(), "1");
    assert!(session.is_ended());
    assert_eq!(session.begin_poll(), Err(Rejection::UnknownSid));
}

#[test]
fn a_second_post_at_the_same_time_ends_the_session() {
    let mut session = joined();
    session.begin_post().unwrap();
    assert_eq!(session.begin_post(), Err(Rejection::BadRequest));
    let reason = DisconnectReason::Unexpected("a second POST at the same time");
    assert_eq!(server_events(&mut session).last(), Some(&Event::Closed(reason)));
    assert!(session.is_ended());
    assert_eq!(session.begin_post(), Err(Rejection::UnknownSid));
}

#[test]
fn a_poll_and_a_post_may_overlap() {
    let mut session = joined();
    session.begin_poll().unwrap();
    session.begin_post().unwrap();
    session.end_post();
    session.begin_post().unwrap();
    assert_eq!(server_events(&mut session), []);
}

#[test]
fn a_poll_that_waits_while_the_client_closes_gets_a_noop() {
    let mut session = joined();
    session.begin_poll().unwrap();
    session.begin_post().unwrap();
    session.take_text(POLLING, "1", at(1));
    session.end_post();
    assert_eq!(
        server_events(&mut session).last(),
        Some(&Event::Closed(DisconnectReason::TransportClosed))
    );
    assert_eq!(session.next_payload().unwrap(), "6");
    assert!(session.is_ended());
}

#[test]
fn a_poll_that_waits_learns_of_a_timeout() {
    let mut session = joined();
    session.advance(at(25));
    session.begin_poll().unwrap();
    assert_eq!(session.next_payload().unwrap(), "2");
    session.begin_poll().unwrap();
    session.advance(at(45));
    assert_eq!(session.next_payload().unwrap(), "1");
}

#[test]
fn a_close_ends_the_last_payload() {
    let mut session = joined();
    session.begin_poll().unwrap();
    session.emit(&main(), "bye", arguments(())).unwrap();
    session.close(at(1));
    assert_eq!(session.next_payload().unwrap(), "42[\"bye\"]\x1e1");
    assert!(session.is_ended());
}

#[test]
fn a_close_waits_for_a_poll_to_deliver_it() {
    let mut session = joined();
    session.close(at(1));
    assert!(!session.is_ended());
    assert_eq!(session.begin_post(), Ok(()));
    session.begin_poll().unwrap();
    assert_eq!(session.next_payload().unwrap(), "1");
    assert!(session.is_ended());

    let mut session = joined();
    session.close(at(1));
    session.advance(at(31));
    assert!(session.is_ended());
}

#[test]
fn an_aborted_request_ends_the_session() {
    let mut session = joined();
    session.begin_poll().unwrap();
    session.lost(POLLING, DisconnectReason::TransportLost);
    assert_eq!(
        server_events(&mut session).last(),
        Some(&Event::Closed(DisconnectReason::TransportLost))
    );
    assert!(session.is_ended());
}
