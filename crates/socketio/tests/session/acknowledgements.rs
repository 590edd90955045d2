//! Acknowledgements, both ways and in both roles.

use std::time::Duration;

use sansocket_socketio::session::{DisconnectReason, SendError, client, server};
use sansocket_socketio::value::Object;

use crate::drive::{
    Session, WS, arguments, at, client_events, client_with, join, joined_client, joined_server,
    main, open, server_events, server_with,
};

const FIVE: Duration = Duration::from_secs(5);

#[test]
fn a_server_gets_the_acknowledgement_of_its_event() {
    let mut session = joined_server();
    let first = session.emit_with_ack(&main(), "a", arguments(()), FIVE, at(0)).unwrap();
    let second = session.emit_with_ack(&main(), "b", arguments(()), FIVE, at(0)).unwrap();
    assert_eq!(session.sent(), [r#"420["a"]"#, r#"421["b"]"#]);
    session.take_text(WS, r#"431["two"]"#, at(1));
    session.take_text(WS, r#"430["one"]"#, at(1));
    // An answer counts once, and only to a question.
    session.take_text(WS, r#"430["one"]"#, at(1));
    session.take_text(WS, r#"439["nine"]"#, at(1));
    let acknowledged = |id, text| server::Event::Acknowledged {
        namespace: main(),
        id,
        arguments: arguments(text),
    };
    assert_eq!(
        server_events(&mut session),
        [acknowledged(second, "two"), acknowledged(first, "one")]
    );
    session.advance(at(5));
    assert_eq!(server_events(&mut session), []);
}

#[test]
fn an_acknowledgement_that_does_not_come_times_out() {
    let mut session = joined_server();
    let slow = session.emit_with_ack(&main(), "a", arguments(()), 2 * FIVE, at(0)).unwrap();
    let fast = session.emit_with_ack(&main(), "b", arguments(()), FIVE, at(0)).unwrap();
    let timeout = |id| server::Event::AcknowledgementTimeout { namespace: main(), id };
    assert_eq!(session.deadline(), Some(at(5)));
    session.advance(at(4));
    assert_eq!(server_events(&mut session), []);
    session.advance(at(5));
    assert_eq!(server_events(&mut session), [timeout(fast)]);
    session.advance(at(10));
    assert_eq!(server_events(&mut session), [timeout(slow)]);
    // Too late.
    session.take_text(WS, "431[]", at(11));
    assert_eq!(server_events(&mut session), []);
}

#[test]
fn a_disconnected_namespace_ends_its_acknowledgements() {
    let mut session = joined_server();
    session.emit_with_ack(&main(), "a", arguments(()), FIVE, at(0)).unwrap();
    session.disconnect(&main(), at(1)).unwrap();
    server_events(&mut session);
    join(&mut session, &main(), at(2));
    session.take_text(WS, "430[]", at(3));
    session.advance(at(5));
    assert_eq!(server_events(&mut session), []);
    // The ids go on, so that a late answer belongs to no new question.
    let id = session.emit_with_ack(&main(), "a", arguments(()), FIVE, at(5)).unwrap();
    assert_eq!(id, 1);
}

#[test]
fn a_server_acknowledges_an_event_of_the_client() {
    let mut session = joined_server();
    session.take_text(WS, r#"4212["foo","x"]"#, at(0));
    let [server::Event::Event { ack: Some(ack), .. }] = server_events(&mut session)[..] else {
        panic!("an event that asks for an acknowledgement")
    };
    session.acknowledge(&main(), ack, arguments("bar")).unwrap();
    assert_eq!(session.sent(), [r#"4312["bar"]"#]);

    // Over another connection, the same id would be that of another event.
    session.disconnect(&main(), at(0)).unwrap();
    server_events(&mut session);
    join(&mut session, &main(), at(0));
    session.sent();
    assert_eq!(
        session.acknowledge(&main(), ack, arguments("late")),
        Err(SendError::NotConnected(main()))
    );
    assert_eq!(session.sent(), [""; 0]);
}

#[test]
fn outstanding_acknowledgements_are_bounded() {
    let mut settings = server::Settings::default();
    settings.max_acknowledgements = 1;
    let mut session = server_with(&settings);
    join(&mut session, &main(), at(0));
    session.emit_with_ack(&main(), "a", arguments(()), FIVE, at(0)).unwrap();
    let refused = session.emit_with_ack(&main(), "b", arguments(()), FIVE, at(0));
    assert_eq!(refused, Err(SendError::TooManyAcknowledgements { max: 1 }));
    session.take_text(WS, "430[]", at(0));
    assert_eq!(session.emit_with_ack(&main(), "b", arguments(()), FIVE, at(0)), Ok(1));

    let mut settings = client::Settings::default();
    settings.max_acknowledgements = 1;
    let mut session = client_with(&settings);
    session.connect(main(), Object::default());
    session.emit_with_ack(&main(), "a", arguments(()), FIVE, at(0)).unwrap();
    let refused = session.emit_with_ack(&main(), "b", arguments(()), FIVE, at(0));
    assert_eq!(refused, Err(SendError::TooManyAcknowledgements { max: 1 }));
}

#[test]
fn a_client_gets_the_acknowledgement_of_its_event_or_a_timeout() {
    let mut session = joined_client();
    let id = session.emit_with_ack(&main(), "a", arguments(()), FIVE, at(0)).unwrap();
    let late = session.emit_with_ack(&main(), "b", arguments(()), FIVE, at(0)).unwrap();
    assert_eq!(session.sent(), [r#"420["a"]"#, r#"421["b"]"#]);
    session.take_text(WS, "430[1]", at(1));
    assert_eq!(
        client_events(&mut session),
        [client::Event::Acknowledged { namespace: main(), id, arguments: arguments(1) }]
    );
    assert_eq!(session.deadline(), Some(at(5)));
    session.advance(at(5));
    assert_eq!(
        client_events(&mut session),
        [client::Event::AcknowledgementTimeout { namespace: main(), id: late }]
    );
    session.take_text(WS, "431[1]", at(6));
    assert_eq!(client_events(&mut session), []);
}

#[test]
fn a_client_acknowledges_an_event_of_the_server() {
    let mut session = joined_client();
    session.take_text(WS, r#"427["question"]"#, at(0));
    let [client::Event::Event { ack: Some(ack), .. }] = client_events(&mut session)[..] else {
        panic!("an event that asks for an acknowledgement")
    };
    session.acknowledge(&main(), ack, arguments("answer")).unwrap();
    assert_eq!(session.sent(), [r#"437["answer"]"#]);

    session.lost(WS, DisconnectReason::TransportLost, at(1));
    let late = Err(SendError::NotConnected(main()));
    assert_eq!(session.acknowledge(&main(), ack, arguments("late")), late);
    session.advance(session.deadline().unwrap());
    open(&mut session, at(10));
    session.take_text(WS, r#"40{"sid":"socket"}"#, at(10));
    assert_eq!(session.acknowledge(&main(), ack, arguments("late")), late);
    assert_eq!(session.sent(), [""; 0]);
}

#[test]
fn a_lost_transport_ends_the_acknowledgements_of_what_was_sent() {
    let mut session = joined_client();
    session.emit_with_ack(&main(), "a", arguments(()), FIVE, at(0)).unwrap();
    session.lost(WS, DisconnectReason::TransportLost, at(1));
    client_events(&mut session);
    session.advance(at(5));
    assert_eq!(client_events(&mut session), []);
}
