//! HTTP long-polling on the client, and the upgrade.

use sansocket_socketio::{
    engine_io::PacketError,
    session::{ClientSession, DisconnectReason, client::Event},
    value::Object,
};

use crate::drive::{OPEN, POLLING, Session, WS, arguments, at, client, client_events, main};

/// A session on polling that is open, with one namespace connected.
fn polling() -> ClientSession {
    let mut session = client();
    session.connect(main(), Object::default());
    session.opened(POLLING, at(0));
    assert!(session.wants_poll());
    session.begin_poll();
    assert!(!session.wants_poll());
    session.take_text(POLLING, OPEN, at(0));
    session.end_poll();
    assert_eq!(session.next_payload().unwrap(), "40");
    session.end_post();
    session.take_text(POLLING, r#"40{"sid":"socket"}"#, at(0));
    session
}

#[test]
fn polling_has_one_poll_and_one_post_at_a_time() {
    let mut session = polling();
    assert!(session.wants_poll());
    session.begin_poll();
    session.emit(&main(), "a", arguments(())).unwrap();
    session.emit(&main(), "b", arguments(())).unwrap();
    assert!(!session.is_writable(&main()));
    assert_eq!(session.next_payload().unwrap(), "42[\"a\"]\x1e42[\"b\"]");
    // Until the POST is answered.
    assert!(!session.is_writable(&main()));
    session.emit(&main(), "c", arguments(())).unwrap();
    assert_eq!((session.next_payload(), session.next_packet()), (None, None));
    session.end_post();
    assert_eq!(session.next_payload().unwrap(), "42[\"c\"]");
    session.end_post();
    assert!(session.is_writable(&main()));
    assert!(!session.wants_poll());
}

#[test]
fn a_payload_is_as_long_as_the_server_accepts_and_has_few_packets() {
    let mut session = polling();
    session.emit(&main(), "a", arguments("x".repeat(900))).unwrap();
    session.emit(&main(), "b", arguments("x".repeat(100))).unwrap();
    assert!(session.next_payload().unwrap().len() < 1000);
    session.end_post();
    assert!(session.next_payload().unwrap().starts_with(r#"42["b""#));
    session.end_post();
    for _ in 0..17 {
        session.emit(&main(), "c", arguments(())).unwrap();
    }
    assert_eq!(session.next_payload().unwrap().split('\x1e').count(), 16);
    session.end_post();
    assert_eq!(session.next_payload().unwrap(), r#"42["c"]"#);
}

#[test]
fn a_polling_session_is_closed_by_a_packet() {
    let mut session = polling();
    client_events(&mut session);
    session.begin_poll();
    session.close();
    assert!(!session.wants_poll());
    assert_eq!(session.next_payload().unwrap(), "41\x1e1");
    assert!(session.uses(POLLING));
    session.end_post();
    assert!(!session.uses(POLLING) && !session.wants_transport());
    assert_eq!(client_events(&mut session).last(), Some(&Event::Closed(DisconnectReason::Client)));
}

#[test]
fn an_upgrade_waits_for_the_requests_and_keeps_the_order() {
    let mut session = polling();
    session.begin_poll();
    session.emit(&main(), "a", arguments(())).unwrap();
    session.next_payload().unwrap();
    assert!(session.can_upgrade());
    session.begin_upgrade();
    assert_eq!(session.sent(), ["2probe"]);
    session.take_text(WS, "3probe", at(0));
    session.emit(&main(), "b", arguments(())).unwrap();
    assert_eq!((session.next_packet(), session.next_payload()), (None, None));
    session.end_post();
    assert_eq!((session.next_packet(), session.next_payload()), (None, None));
    assert_eq!(session.transport(), Some(POLLING));
    session.take_text(POLLING, "6", at(0));
    session.end_poll();
    assert!(!session.wants_poll());
    assert_eq!(session.transport(), Some(WS));
    assert_eq!(session.sent(), ["5", r#"42["b"]"#]);
    assert!(!session.can_upgrade() && !session.uses(POLLING));
}

#[test]
fn an_upgrade_waits_for_the_post_too() {
    let mut session = polling();
    session.begin_poll();
    session.emit(&main(), "a", arguments(())).unwrap();
    session.next_payload().unwrap();
    session.begin_upgrade();
    assert_eq!(session.sent(), ["2probe"]);
    session.take_text(WS, "3probe", at(0));
    session.end_poll();
    assert_eq!(session.transport(), Some(POLLING));
    session.end_post();
    assert_eq!(session.sent(), ["5"]);
}

#[test]
fn a_failed_upgrade_leaves_the_session_on_polling_and_is_not_repeated() {
    let failures: [fn(&mut ClientSession); 4] = [
        |session| session.lost(WS, DisconnectReason::TransportClosed, at(0)),
        |session| session.take_text(WS, "3", at(0)),
        |session| session.take_text(WS, "3probe", at(0)), // before the ping
        |session| session.receive_invalid(WS, PacketError::Empty, at(0)),
    ];
    for fail in failures {
        let mut session = polling();
        client_events(&mut session);
        session.begin_upgrade();
        assert!(session.uses(WS));
        fail(&mut session);
        assert!(!session.uses(WS) && !session.can_upgrade());
        assert_eq!(client_events(&mut session), []);
        assert!(session.wants_poll());
        session.emit(&main(), "a", arguments(())).unwrap();
        assert_eq!(session.next_payload().unwrap(), r#"42["a"]"#);
    }
}

#[test]
fn pings_get_one_answer_at_the_front_of_a_payload() {
    let mut session = polling();
    session.emit(&main(), "a", arguments(())).unwrap();
    session.take_text(POLLING, "2", at(1));
    session.take_text(POLLING, "2", at(1));
    assert_eq!(session.next_payload().unwrap(), "3\x1e42[\"a\"]");
}

#[test]
fn a_farewell_is_in_no_payload_with_events_before_it() {
    let mut session = polling();
    session.begin_poll();
    session.emit(&main(), "a", arguments(())).unwrap();
    session.emit(&main(), "b", arguments(())).unwrap();
    session.close();
    assert_eq!(session.next_payload().unwrap(), "42[\"a\"]\x1e42[\"b\"]");
    session.end_post();
    assert_eq!(session.next_payload().unwrap(), "41\x1e1");
}

#[test]
fn polling_goes_on_while_what_is_queued_is_sent_before_the_end() {
    let mut session = polling();
    session.begin_poll();
    session.emit(&main(), "a", arguments("x".repeat(900))).unwrap();
    session.emit(&main(), "b", arguments("x".repeat(900))).unwrap();
    session.close();
    session.next_payload().unwrap();
    session.take_text(POLLING, "2", at(20));
    session.end_poll();
    assert!(session.wants_poll());
    session.end_post();
    assert!(session.next_payload().unwrap().starts_with('3'));
    session.end_post();
    assert_eq!(session.next_payload().unwrap(), "41\x1e1");
    assert!(!session.wants_poll());
}
