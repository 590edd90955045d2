//! Leaving namespaces on the client, by either side, and connecting again.

use sansocket_socketio::{
    session::{ClientSession, DisconnectReason, SendError, client::Event},
    value::Object,
};

use crate::drive::{
    Session, WS, admin, arguments, at, client_events, connected, joined_client, main, open,
};

#[test]
fn an_explicit_disconnect_says_so_closes_and_stays() {
    let mut session = joined_client();
    session.emit(&main(), "bye", arguments(())).unwrap();
    session.disconnect(&main());
    assert_eq!(
        client_events(&mut session),
        [Event::Disconnected { namespace: main(), reason: DisconnectReason::Client }]
    );
    assert!(session.uses(WS));
    assert_eq!(session.sent(), [r#"42["bye"]"#, "41"]);
    assert_eq!(client_events(&mut session), [Event::Closed(DisconnectReason::Client)]);
    assert!(!session.uses(WS) && !session.wants_transport());
    assert_eq!(session.deadline(), None);
    session.advance(at(1000));
    assert!(!session.wants_transport());

    session.connect(main(), Object::default());
    assert!(session.wants_transport());
}

#[test]
fn the_transport_stays_while_another_namespace_is_connected() {
    let mut session = joined_client();
    session.connect(admin(), Object::default());
    session.disconnect(&main());
    assert_eq!(session.sent(), ["40/admin,", "41"]);
    assert!(session.uses(WS));
    // What was on its way is ignored.
    session.take_text(WS, r#"42["late"]"#, at(0));
    session.take_text(WS, r#"40/admin,{"sid":"socket"}"#, at(0));
    assert_eq!(client_events(&mut session)[1..], [connected(admin())]);
    session.close();
    assert_eq!(session.sent(), ["41/admin,"]);
    assert!(!session.uses(WS));
}

#[test]
fn a_namespace_that_is_wanted_again_while_the_transport_closes_gets_another_one() {
    let mut session = joined_client();
    session.disconnect(&main());
    session.connect(main(), Object::default());
    assert_eq!(session.sent(), ["41"]);
    assert!(!session.uses(WS) && session.wants_transport());
    assert_eq!(open(&mut session, at(1)), ["40"]);
}

#[test]
fn a_namespace_that_is_left_before_the_answer_is_left_after_it() {
    let mut session = joined_client();
    session.connect(admin(), Object::default());
    assert_eq!(session.sent(), ["40/admin,"]);
    session.emit(&admin(), "a", arguments(())).unwrap();
    session.disconnect(&admin());
    // A server would close the connection if it got a DISCONNECT packet now.
    assert_eq!(session.sent(), [""; 0]);
    assert_eq!(session.queued_len(), 0);
    assert_eq!(session.emit(&admin(), "a", arguments(())), Err(SendError::NotConnected(admin())));
    session.take_text(WS, r#"40/admin,{"sid":"socket"}"#, at(0));
    assert_eq!(session.sent(), ["41/admin,"]);
    assert_eq!(client_events(&mut session), []);

    // Or it is refused, which is no news.
    session.connect(admin(), Object::default());
    session.disconnect(&admin());
    session.take_text(WS, r#"44/admin,{"message":"no"}"#, at(0));
    assert_eq!(session.sent(), ["40/admin,"]);
    assert_eq!(client_events(&mut session), []);

    // Or the transport is lost.
    session.connect(admin(), Object::default());
    session.disconnect(&admin());
    session.lost(WS, DisconnectReason::TransportLost, at(1));
    session.advance(session.deadline().unwrap());
    assert_eq!(open(&mut session, at(10)), ["40"]);
}

/// A session that left a namespace before the answer, and connected again with another token.
fn rejoining_client() -> ClientSession {
    let mut session = joined_client();
    session.connect(admin(), token("old"));
    assert_eq!(session.sent(), [r#"40/admin,{"token":"old"}"#]);
    session.disconnect(&admin());
    session.connect(admin(), token("new"));
    session.emit(&admin(), "a", arguments(())).unwrap();
    // The server would take another CONNECT now for a fault.
    assert_eq!(session.sent(), [""; 0]);
    session
}

fn token(token: &str) -> Object {
    Object::from_iter([("token".to_owned(), token.into())])
}

#[test]
fn the_answer_to_an_abandoned_connection_is_not_that_to_the_next_one() {
    for (answer, replies) in [
        (r#"40/admin,{"sid":"abandoned"}"#, &["41/admin,", r#"40/admin,{"token":"new"}"#][..]),
        (r#"44/admin,{"message":"no"}"#, &[r#"40/admin,{"token":"new"}"#]),
    ] {
        let mut session = rejoining_client();
        session.take_text(WS, answer, at(0));
        session.take_text(WS, r#"42/admin,["for the abandoned one"]"#, at(0));
        assert_eq!(client_events(&mut session), [], "{answer}");
        assert!(!session.is_connected(&admin()), "{answer}");
        assert_eq!(session.sent(), replies, "{answer}");

        session.take_text(WS, r#"40/admin,{"sid":"socket"}"#, at(0));
        assert_eq!(client_events(&mut session), [connected(admin())], "{answer}");
        assert_eq!(session.sent(), [r#"42/admin,["a"]"#], "{answer}");
    }
}

#[test]
fn a_namespace_that_is_left_again_before_the_first_answer_is_left_after_it() {
    let mut session = rejoining_client();
    session.disconnect(&admin());
    assert_eq!(session.queued_len(), 0);
    session.take_text(WS, r#"40/admin,{"sid":"abandoned"}"#, at(0));
    assert_eq!(session.sent(), ["41/admin,"]);
    assert_eq!(client_events(&mut session), []);
    session.connect(admin(), token("third"));
    assert_eq!(session.sent(), [r#"40/admin,{"token":"third"}"#]);
}

#[test]
fn a_namespace_that_waits_for_an_abandoned_answer_is_connected_over_the_next_transport() {
    let mut lost = rejoining_client();
    lost.lost(WS, DisconnectReason::TransportLost, at(1));
    lost.advance(lost.deadline().unwrap());

    let mut closed = joined_client();
    closed.connect(admin(), token("old"));
    assert_eq!(closed.sent().len(), 1);
    closed.disconnect(&main());
    closed.disconnect(&admin());
    closed.connect(admin(), token("new"));
    closed.emit(&admin(), "a", arguments(())).unwrap();
    assert_eq!(closed.sent(), ["41"]);
    assert!(!closed.uses(WS));
    closed.connect(main(), Object::default());

    for session in [&mut lost, &mut closed] {
        let connects = ["40", r#"40/admin,{"token":"new"}"#];
        assert_eq!(open(session, at(10)), connects);
        client_events(session);
        session.take_text(WS, r#"40/admin,{"sid":"socket"}"#, at(10));
        assert_eq!(client_events(session), [connected(admin())]);
        assert_eq!(session.sent(), [r#"42/admin,["a"]"#]);
    }
}

#[test]
fn nothing_that_a_closing_transport_brings_counts() {
    let mut session = joined_client();
    session.disconnect(&main());
    session.connect(main(), Object::default());
    client_events(&mut session);
    session.take_text(WS, r#"40{"sid":"late"}"#, at(0));
    session.take_text(WS, r#"42["late"]"#, at(0));
    assert_eq!(client_events(&mut session), []);
    assert!(!session.is_connected(&main()));
}

#[test]
fn a_disconnect_while_away_ends_the_attempts() {
    let mut session = joined_client();
    session.lost(WS, DisconnectReason::TransportLost, at(1));
    assert!(session.deadline().is_some());
    session.disconnect(&main());
    assert_eq!(session.deadline(), None);
    session.advance(at(1000));
    assert!(!session.wants_transport());
}

#[test]
fn a_disconnect_by_the_server_stays() {
    let mut session = joined_client();
    session.take_text(WS, "41", at(1));
    assert_eq!(
        client_events(&mut session),
        [
            Event::Disconnected { namespace: main(), reason: DisconnectReason::Server },
            Event::Closed(DisconnectReason::Client)
        ]
    );
    assert!(!session.uses(WS) && !session.wants_transport());
    // The application may connect again, and what it emits before is kept.
    session.emit(&main(), "a", arguments(())).unwrap();
    session.connect(main(), Object::default());
    assert_eq!(open(&mut session, at(2)), ["40"]);
    session.take_text(WS, r#"40{"sid":"socket"}"#, at(2));
    assert_eq!(session.sent(), [r#"42["a"]"#]);
}

#[test]
fn an_answer_on_its_way_is_taken_by_whoever_asks_the_same_again() {
    let mut session = joined_client();
    session.connect(admin(), token("old"));
    assert_eq!(session.sent().len(), 1);
    session.disconnect(&admin());
    session.connect(admin(), token("new"));
    session.disconnect(&admin());
    session.connect(admin(), token("old"));
    session.emit(&admin(), "a", arguments(())).unwrap();
    session.take_text(WS, r#"40/admin,{"sid":"socket"}"#, at(0));
    assert_eq!(client_events(&mut session), [connected(admin())]);
    assert_eq!(session.sent(), [r#"42/admin,["a"]"#]);
}
