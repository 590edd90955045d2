//! The upgrade from polling to WebSocket, on the server.

use sansocket_socketio::{
    engine_io::{Packet, Rejection},
    session::{DisconnectReason, ServerSession, server::Settings},
};

use crate::drive::{POLLING, Session, WS, arguments, at, join, main, server_events};

/// A session with one namespace, on polling.
fn joined() -> ServerSession {
    let mut session = ServerSession::new(&Settings::default(), "sid", POLLING, at(0));
    join(&mut session, &main(), at(0));
    session.begin_poll().unwrap();
    session.next_payload().unwrap();
    session
}

#[test]
fn a_probe_is_answered_and_releases_the_poll() {
    let mut session = joined();
    session.begin_poll().unwrap();
    session.begin_upgrade(at(0)).unwrap();
    assert!(session.uses(WS));
    assert_eq!((session.next_packet(), session.next_payload()), (None, None));

    session.take_text(WS, "2probe", at(0));
    assert_eq!(session.sent(), ["3probe"]);
    assert_eq!(session.next_payload().unwrap(), "6");
    // A poll that crossed the probe is released too.
    session.begin_poll().unwrap();
    assert_eq!(session.next_payload().unwrap(), "6");

    // What is queued meanwhile goes over in order.
    session.emit(&main(), "a", arguments(())).unwrap();
    session.emit(&main(), "b", arguments(())).unwrap();
    assert_eq!(session.next_packet(), None);
    session.take_text(WS, "5", at(1));
    assert_eq!(session.transport(), WS);
    assert_eq!(session.sent(), [r#"42["a"]"#, r#"42["b"]"#]);
    session.take_text(WS, r#"42["c"]"#, at(1));
    assert_eq!(server_events(&mut session).len(), 1);
}

#[test]
fn a_poll_during_the_upgrade_takes_what_is_queued() {
    let mut session = joined();
    session.begin_upgrade(at(0)).unwrap();
    session.take_text(WS, "2probe", at(0));
    session.emit(&main(), "a", arguments(())).unwrap();
    session.begin_poll().unwrap();
    assert_eq!(session.next_payload().unwrap(), r#"42["a"]"#);
    session.take_text(WS, "5", at(0));
    assert_eq!(session.sent(), ["3probe"]);
}

#[test]
fn the_answer_to_the_probe_comes_first_even_if_the_upgrade_follows_at_once() {
    let mut session = joined();
    session.begin_poll().unwrap();
    session.begin_upgrade(at(0)).unwrap();
    session.emit(&main(), "a", arguments(())).unwrap();
    session.take_text(WS, "2probe", at(0));
    session.take_text(WS, "5", at(0));
    assert_eq!(session.sent(), ["3probe", r#"42["a"]"#]);
    assert_eq!(session.next_payload().unwrap(), "6");
}

#[test]
fn requests_after_the_upgrade_are_rejected_and_change_nothing() {
    let mut session = joined();
    session.begin_upgrade(at(0)).unwrap();
    assert_eq!(session.begin_upgrade(at(0)), Err(Rejection::BadRequest));
    session.take_text(WS, "2probe", at(0));
    session.take_text(WS, "5", at(0));
    assert_eq!(session.begin_poll(), Err(Rejection::BadRequest));
    assert_eq!(session.begin_post(), Err(Rejection::BadRequest));
    assert_eq!(session.begin_upgrade(at(0)), Err(Rejection::BadRequest));
    session.take_text(POLLING, r#"42["late"]"#, at(0));
    session.lost(POLLING, DisconnectReason::TransportLost);
    assert_eq!(server_events(&mut session), []);
    assert_eq!(session.sent(), ["3probe"]);
}

#[test]
fn a_session_that_began_on_a_websocket_has_no_upgrade() {
    let mut session = ServerSession::new(&Settings::default(), "sid", WS, at(0));
    assert_eq!(session.begin_upgrade(at(0)), Err(Rejection::BadRequest));
    assert_eq!(session.begin_poll(), Err(Rejection::BadRequest));
}

#[test]
fn an_upgrade_can_be_switched_off() {
    let mut settings = Settings::default();
    settings.allow_upgrade = false;
    let mut session = ServerSession::new(&settings, "sid", POLLING, at(0));
    assert_eq!(session.begin_upgrade(at(0)), Err(Rejection::BadRequest));
    session.begin_poll().unwrap();
    assert!(session.next_payload().unwrap().contains(r#""upgrades":[]"#));
}

#[test]
fn a_failed_upgrade_leaves_the_session_on_polling() {
    type Failure = (&'static str, fn(&mut ServerSession));
    let failures: [Failure; 6] = [
        ("the WebSocket ends", |session| session.lost(WS, DisconnectReason::TransportClosed)),
        ("the time is over", |session| session.advance(at(10))),
        ("another packet", |session| session.take_text(WS, r#"42["a"]"#, at(1))),
        ("another ping", |session| session.take_text(WS, "2", at(1))),
        ("no packet", |session| {
            session.receive_invalid(WS, Packet::parse("abc").unwrap_err());
        }),
        ("an upgrade packet alone", |session| session.take_text(WS, "5", at(1))),
    ];
    for (name, fail) in failures {
        let mut session = joined();
        session.begin_upgrade(at(0)).unwrap();
        assert_eq!(session.deadline(), Some(at(10)));
        fail(&mut session);
        assert!(!session.uses(WS), "{name}");
        assert_eq!(server_events(&mut session), [], "{name}");
        session.emit(&main(), "a", arguments(())).unwrap();
        assert_eq!(session.next_packet(), None, "{name}");
        session.begin_poll().unwrap();
        assert_eq!(session.next_payload().unwrap(), r#"42["a"]"#, "{name}");
        session.begin_upgrade(at(11)).unwrap();
    }
}

#[test]
fn the_end_of_the_session_ends_the_upgrade() {
    let mut session = joined();
    session.begin_upgrade(at(0)).unwrap();
    session.take_text(WS, "2probe", at(0));
    session.begin_post().unwrap();
    session.take_text(POLLING, "1", at(0));
    assert!(!session.uses(WS) && session.is_ended());
    assert_eq!(session.next_packet(), None);
}
