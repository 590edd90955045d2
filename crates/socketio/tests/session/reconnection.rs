//! The client after a loss: delays, and recovery.

use std::time::Duration;

use sansocket::{Backoff, Seed, Timestamp};
use sansocket_socketio::{
    session::{
        ClientSession, DisconnectReason,
        client::{Event, Settings},
    },
    value::Object,
};

use crate::drive::{Session, WS, arguments, at, client_events, joined_client, main, open};

fn lose(session: &mut ClientSession, now: Timestamp) -> Duration {
    session.lost(WS, DisconnectReason::TransportLost, now);
    client_events(session);
    session.deadline().unwrap().since(now)
}

#[test]
fn the_delays_are_those_of_the_engine() {
    let mut expected = Backoff::new(Seed::from([7; 32]));
    let mut session = joined_client();
    // After a connection that lasted, and after attempts that fail.
    expected.connected_for(Duration::from_secs(60));
    let mut now = at(60);
    assert_eq!(lose(&mut session, now), expected.next_delay());
    for _ in 0..5 {
        now = session.deadline().unwrap();
        session.advance(now);
        assert!(session.wants_transport());
        assert_eq!(lose(&mut session, now), expected.next_delay());
    }
    // A connection that is lost too soon does not start the delays again.
    now = session.deadline().unwrap();
    session.advance(now);
    open(&mut session, now);
    now = now + Duration::from_secs(1);
    let delay = lose(&mut session, now);
    assert_eq!(delay, expected.next_delay());
    assert!(delay > Duration::from_secs(5));

    // One that lasts does.
    now = session.deadline().unwrap();
    session.advance(now);
    open(&mut session, now);
    now = now + Duration::from_secs(40);
    let delay = lose(&mut session, now);
    expected.connected_for(Duration::from_secs(40));
    assert_eq!(delay, expected.next_delay());
    assert!(delay <= Duration::from_secs(5));
}

#[test]
fn an_attempt_begins_at_its_time_and_not_before() {
    let mut session = joined_client();
    let delay = lose(&mut session, at(1));
    session.advance(at(1) + (delay - Duration::from_nanos(1)));
    assert!(!session.wants_transport());
    session.advance(at(1) + delay);
    assert!(session.wants_transport());
    assert_eq!(session.deadline(), None);
}

#[test]
fn what_is_emitted_while_away_is_sent_after_the_reconnection() {
    let mut session = joined_client();
    session.emit(&main(), "lost", arguments(())).unwrap();
    lose(&mut session, at(1));
    session.emit(&main(), "a", arguments(())).unwrap();
    session.emit(&main(), "b", arguments(())).unwrap();
    session.advance(session.deadline().unwrap());
    assert_eq!(open(&mut session, at(10)), ["40"]);
    session.take_text(WS, r#"40{"sid":"other"}"#, at(10));
    assert_eq!(
        client_events(&mut session),
        [Event::Connected { namespace: main(), sid: "other".into(), recovered: false }]
    );
    assert_eq!(session.sent(), [r#"42["a"]"#, r#"42["b"]"#]);
}

#[test]
fn half_a_packet_is_forgotten_with_its_connection() {
    let mut session = joined_client();
    session.take_text(WS, r#"451-["a",{"_placeholder":true,"num":0}]"#, at(0));
    lose(&mut session, at(1));
    session.advance(session.deadline().unwrap());
    open(&mut session, at(10));
    session.take_text(WS, r#"40{"sid":"other"}"#, at(10));
    session.take_text(WS, r#"42["b"]"#, at(10));
    assert!(matches!(
        &client_events(&mut session)[..],
        [Event::Connected { .. }, Event::Event { name, .. }] if name == "b"
    ));
}

fn with_recovery() -> ClientSession {
    let backoff = Backoff::new(Seed::from([7; 32]));
    let mut session = ClientSession::new(&Settings::default(), backoff);
    let mut auth = Object::default();
    auth.insert("token", "123");
    session.connect(main(), auth);
    assert_eq!(open(&mut session, at(0)), [r#"40{"token":"123"}"#]);
    session.take_text(WS, r#"40{"sid":"s1","pid":"p1"}"#, at(0));
    session
}

fn reconnect(session: &mut ClientSession) -> Vec<String> {
    lose(session, at(1));
    session.advance(session.deadline().unwrap());
    open(session, at(10))
}

#[test]
fn a_session_is_recovered_from_the_last_offset() {
    let mut session = with_recovery();
    session.take_text(WS, r#"42["a",1,"offset-1"]"#, at(0));
    session.take_text(WS, r#"42["b","offset-2"]"#, at(0));
    session.take_text(WS, r#"427["asks for an acknowledgement","no offset"]"#, at(0));
    session.take_text(WS, r#"42["without an offset",1]"#, at(0));
    assert_eq!(reconnect(&mut session), [r#"40{"pid":"p1","offset":"offset-2","token":"123"}"#]);
    session.take_text(WS, r#"40{"sid":"s1","pid":"p1"}"#, at(10));
    session.take_text(WS, r#"42["missed","offset-3"]"#, at(10));
    assert_eq!(
        client_events(&mut session),
        [
            Event::Connected { namespace: main(), sid: "s1".into(), recovered: true },
            Event::Event {
                namespace: main(),
                ack: None,
                name: "missed".into(),
                arguments: arguments("offset-3")
            }
        ]
    );
    // The offset advances after a recovery.
    assert_eq!(reconnect(&mut session), [r#"40{"pid":"p1","offset":"offset-3","token":"123"}"#]);
}

#[test]
fn what_was_missed_may_come_before_the_confirmation() {
    let mut session = with_recovery();
    session.take_text(WS, r#"42["a","offset-1"]"#, at(0));
    reconnect(&mut session);
    session.take_text(WS, r#"42["missed","offset-2"]"#, at(10));
    session.take_text(WS, r#"40{"sid":"s1","pid":"p1"}"#, at(10));
    assert_eq!(
        client_events(&mut session),
        [
            Event::Event {
                namespace: main(),
                ack: None,
                name: "missed".into(),
                arguments: arguments("offset-2")
            },
            Event::Connected { namespace: main(), sid: "s1".into(), recovered: true },
        ]
    );
    assert_eq!(reconnect(&mut session), [r#"40{"pid":"p1","offset":"offset-2","token":"123"}"#]);
}

#[test]
fn without_recovery_events_before_the_confirmation_are_ignored() {
    let mut session = joined_client();
    reconnect(&mut session);
    session.take_text(WS, r#"42["early"]"#, at(10));
    assert_eq!(client_events(&mut session), []);
}

#[test]
fn a_recovered_session_keeps_its_offset_until_the_next_event() {
    let mut session = with_recovery();
    session.take_text(WS, r#"42["a","offset-1"]"#, at(0));
    for _ in 0..2 {
        let connect = r#"40{"pid":"p1","offset":"offset-1","token":"123"}"#;
        assert_eq!(reconnect(&mut session), [connect]);
        session.take_text(WS, r#"40{"sid":"s1","pid":"p1"}"#, at(10));
    }
}

#[test]
fn without_an_event_there_is_no_offset() {
    let mut session = with_recovery();
    assert_eq!(reconnect(&mut session), [r#"40{"pid":"p1","token":"123"}"#]);
}

#[test]
fn a_session_that_was_not_recovered_starts_anew() {
    let mut session = with_recovery();
    session.take_text(WS, r#"42["a","offset-1"]"#, at(0));
    reconnect(&mut session);
    session.take_text(WS, r#"40{"sid":"s2","pid":"p2"}"#, at(10));
    assert_eq!(
        client_events(&mut session),
        [Event::Connected { namespace: main(), sid: "s2".into(), recovered: false }]
    );
    assert_eq!(reconnect(&mut session), [r#"40{"pid":"p2","token":"123"}"#]);
}

#[test]
fn a_server_without_recovery_gets_no_offset() {
    let mut session = with_recovery();
    session.take_text(WS, r#"42["a","offset-1"]"#, at(0));
    reconnect(&mut session);
    session.take_text(WS, r#"40{"sid":"s2"}"#, at(10));
    session.take_text(WS, r#"42["a","no offset"]"#, at(10));
    assert_eq!(reconnect(&mut session), [r#"40{"token":"123"}"#]);
}

#[test]
fn a_session_that_the_server_ended_is_not_recovered() {
    let mut session = with_recovery();
    session.take_text(WS, r#"42["a","offset-1"]"#, at(0));
    session.take_text(WS, "41", at(0));
    session.connect(main(), Object::default());
    assert_eq!(open(&mut session, at(1)), ["40"]);
}
