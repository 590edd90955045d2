//! The client's end: handshake, namespaces, heartbeat, buffers, refusals.

use std::time::Duration;

use sansocket_socketio::{
    engine_io::{Packet, PacketError, Query},
    packet::{ConnectError, DecodeError},
    session::{
        DisconnectReason, SendError,
        client::{Event, Settings},
    },
    value::Object,
};

use crate::drive::{
    OPEN, OVERHEAD, Session, WS, admin, arguments, at, binary, client, client_events, client_with,
    connected, joined_client, main, open, text,
};

#[test]
fn a_session_without_namespaces_wants_no_transport() {
    let mut session = client();
    assert!(!session.wants_transport());
    assert_eq!(session.deadline(), None);
    session.connect(main(), Object::default());
    assert!(session.wants_transport());
    assert_eq!(session.query(WS), Query { transport: WS, sid: None });
}

#[test]
fn the_namespaces_are_connected_once_the_session_is_open() {
    let mut session = client();
    let mut auth = Object::default();
    auth.insert("token", "123");
    session.connect(main(), Object::default());
    session.connect(admin(), auth);
    session.opened(WS, at(0));
    assert_eq!(session.sent(), [""; 0]);
    session.take_text(WS, OPEN, at(0));
    assert_eq!(session.sent(), ["40", r#"40/admin,{"token":"123"}"#]);
    assert_eq!(session.query(WS), Query { transport: WS, sid: Some("sid".into()) });

    session.take_text(WS, r#"40/admin,{"sid":"socket"}"#, at(0));
    assert_eq!(client_events(&mut session), [connected(admin())]);
    assert!(session.is_connected(&admin()) && !session.is_connected(&main()));
    session.take_text(WS, r#"40{"sid":"socket"}"#, at(0));
    assert_eq!(client_events(&mut session), [connected(main())]);

    // A third one later.
    session.connect("/late".parse().unwrap(), Object::default());
    assert_eq!(session.sent(), ["40/late,"]);
    // Again, which changes nothing.
    session.connect(main(), Object::default());
    assert_eq!(session.sent(), [""; 0]);
}

#[test]
fn a_ping_is_answered_and_a_missing_one_ends_the_connection() {
    let mut session = joined_client();
    assert_eq!(session.deadline(), Some(at(45)));
    session.take_text(WS, "2", at(25));
    assert_eq!(session.sent(), ["3"]);
    assert_eq!(session.deadline(), Some(at(70)));
    session.advance(at(69));
    assert_eq!(client_events(&mut session), []);
    session.advance(at(70));
    let reason = DisconnectReason::PingTimeout;
    assert_eq!(
        client_events(&mut session),
        [Event::Disconnected { namespace: main(), reason: reason.clone() }, Event::Closed(reason)]
    );
    assert!(!session.uses(WS) && !session.wants_transport());
}

#[test]
fn pings_that_could_not_be_answered_get_one_answer_before_all_else() {
    let mut session = joined_client();
    session.emit(&main(), "a", arguments(())).unwrap();
    for _ in 0..1000 {
        session.take_text(WS, "2with-data", at(1));
    }
    assert_eq!(session.queued_len(), OVERHEAD + 7);
    assert_eq!(session.sent(), ["3", r#"42["a"]"#]);
}

#[test]
fn without_an_open_packet_in_time_the_attempt_has_failed() {
    let mut session = client();
    session.connect(main(), Object::default());
    session.opened(WS, at(0));
    assert_eq!(session.deadline(), Some(at(20)));
    session.advance(at(20));
    assert_eq!(client_events(&mut session), [Event::Closed(DisconnectReason::ConnectTimeout)]);
    assert!(!session.wants_transport());
}

#[test]
fn what_is_emitted_before_the_connection_is_sent_after_it_in_order() {
    let mut session = client();
    session.connect(main(), Object::default());
    session.connect(admin(), Object::default());
    session.emit(&main(), "a", arguments(())).unwrap();
    let bytes = sansocket_socketio::Binary::from(vec![1]);
    session.emit(&main(), "b", arguments(bytes)).unwrap();
    session.emit(&admin(), "c", arguments(())).unwrap();
    open(&mut session, at(0));
    session.take_text(WS, r#"40{"sid":"socket"}"#, at(0));
    session.emit(&main(), "d", arguments(())).unwrap();
    assert_eq!(session.next_packet(), Some(text(r#"42["a"]"#)));
    assert_eq!(session.next_packet(), Some(text(r#"451-["b",{"_placeholder":true,"num":0}]"#)));
    assert_eq!(session.next_packet(), Some(binary(&[1])));
    assert_eq!(session.next_packet(), Some(text(r#"42["d"]"#)));
    assert_eq!(session.next_packet(), None);
    session.take_text(WS, r#"40/admin,{"sid":"socket"}"#, at(0));
    assert_eq!(session.sent(), [r#"42/admin,["c"]"#]);
    assert_eq!(session.queued_len(), 0);
}

#[test]
fn a_namespace_is_writable_while_nothing_waits_for_the_transport() {
    let mut session = client();
    session.connect(main(), Object::default());
    session.connect(admin(), Object::default());
    open(&mut session, at(0));
    assert!(!session.is_writable(&main()));
    session.take_text(WS, r#"40{"sid":"socket"}"#, at(0));
    assert!(session.is_writable(&main()));

    // What waits for another namespace does not count.
    session.emit(&admin(), "a", arguments(())).unwrap();
    assert_eq!(session.buffered_len(), OVERHEAD + 14);
    assert_eq!(session.queued_len(), OVERHEAD + 14);
    assert!(session.is_writable(&main()) && !session.is_writable(&admin()));

    session.emit(&main(), "a", arguments(())).unwrap();
    assert_eq!(session.queued_len() - session.buffered_len(), OVERHEAD + 7);
    assert!(!session.is_writable(&main()));
    assert_eq!(session.sent(), [r#"42["a"]"#]);
    assert!(session.is_writable(&main()));

    session.take_text(WS, r#"40/admin,{"sid":"socket"}"#, at(0));
    assert_eq!(session.buffered_len(), 0);
    assert!(!session.is_writable(&main()) && !session.is_writable(&admin()));
    assert_eq!(session.sent(), [r#"42/admin,["a"]"#]);
    assert!(session.is_writable(&main()) && session.is_writable(&admin()));
}

#[test]
fn the_buffer_is_bounded_and_leaving_frees_it() {
    let mut settings = Settings::default();
    settings.max_queued_len = 2 * OVERHEAD + 20;
    let mut session = client_with(&settings);
    session.connect(main(), Object::default());
    session.connect(admin(), Object::default());
    session.emit(&main(), "a", arguments(())).unwrap(); // 7 bytes
    session.emit(&main(), "b", arguments(())).unwrap();
    assert_eq!(
        session.emit(&main(), "c", arguments(())),
        Err(SendError::QueueFull {
            queued: 2 * OVERHEAD + 14,
            len: OVERHEAD + 7,
            max: 2 * OVERHEAD + 20
        })
    );
    session.disconnect(&main());
    assert_eq!(session.queued_len(), 0);
    assert_eq!(session.emit(&main(), "c", arguments(())), Err(SendError::NotConnected(main())));
}

#[test]
fn an_event_that_times_out_in_the_buffer_is_not_sent() {
    let mut session = client();
    session.connect(main(), Object::default());
    let five = Duration::from_secs(5);
    let id = session.emit_with_ack(&main(), "a", arguments(()), five, at(0)).unwrap();
    session.emit(&main(), "b", arguments(())).unwrap();
    assert_eq!(session.deadline(), Some(at(5)));
    session.advance(at(5));
    assert_eq!(
        client_events(&mut session),
        [Event::AcknowledgementTimeout { namespace: main(), id }]
    );
    open(&mut session, at(6));
    session.take_text(WS, r#"40{"sid":"socket"}"#, at(6));
    assert_eq!(session.sent(), [r#"42["b"]"#]);
    assert_eq!(session.queued_len(), 0);
}

#[test]
fn a_refusal_is_an_event_and_is_not_repeated() {
    let mut session = client();
    session.connect(main(), Object::default());
    session.connect(admin(), Object::default());
    open(&mut session, at(0));
    session.take_text(WS, r#"44/admin,{"message":"Not authorized"}"#, at(0));
    let error = ConnectError::new("Not authorized");
    assert_eq!(client_events(&mut session), [Event::ConnectError { namespace: admin(), error }]);
    assert!(session.uses(WS));
    session.lost(WS, DisconnectReason::TransportLost, at(1));
    session.advance(session.deadline().unwrap());
    assert_eq!(open(&mut session, at(20)), ["40"]);

    let mut auth = Object::default();
    auth.insert("token", "new");
    session.connect(admin(), auth);
    assert_eq!(session.sent(), [r#"40/admin,{"token":"new"}"#]);
}

#[test]
fn an_answer_without_a_session_id_is_that_of_an_older_server() {
    let mut session = client();
    session.connect(main(), Object::default());
    open(&mut session, at(0));
    session.take_text(WS, "40", at(0));
    let [Event::ConnectError { error, .. }, Event::Closed(_)] = &client_events(&mut session)[..]
    else {
        panic!("an error")
    };
    assert!(error.message.contains("before Socket.IO 3"));
}

#[test]
fn data_for_authentication_that_cannot_be_sent_is_an_error_of_the_namespace() {
    let mut session = client();
    let mut auth = Object::default();
    auth.insert("key", sansocket_socketio::Binary::from(vec![1]));
    session.connect(main(), auth);
    assert_eq!(open(&mut session, at(0)), [""; 0]);
    let [Event::ConnectError { error, .. }, Event::Closed(_)] = &client_events(&mut session)[..]
    else {
        panic!("an error")
    };
    assert_eq!(error.message, "CONNECT packets cannot carry binary: send it in an event");
}

#[test]
fn what_a_server_may_not_send_ends_the_connection_and_the_session_reconnects() {
    let table: [(&str, DisconnectReason); 6] = [
        ("1", DisconnectReason::TransportClosed),
        (OPEN, DisconnectReason::Unexpected("a second open packet")),
        ("4abc", DecodeError::UnknownType('a').into()),
        (
            r#"40{"sid":"a"}"#,
            DisconnectReason::Unexpected("a second answer to the connection to a namespace"),
        ),
        (
            r#"44{"message":"no"}"#,
            DisconnectReason::Unexpected("a second answer to the connection to a namespace"),
        ),
        ("bAQID", DecodeError::UnexpectedAttachment.into()),
    ];
    for (packet, reason) in table {
        let mut session = joined_client();
        session.take_text(WS, packet, at(1));
        assert_eq!(
            client_events(&mut session),
            [
                Event::Disconnected { namespace: main(), reason: reason.clone() },
                Event::Closed(reason)
            ],
            "{packet}"
        );
        assert!(!session.uses(WS), "{packet}");
        session.advance(session.deadline().unwrap());
        assert!(session.wants_transport(), "{packet}");
    }
    let mut session = joined_client();
    session.receive_invalid(WS, Packet::parse("x").unwrap_err(), at(1));
    assert_eq!(
        client_events(&mut session).last(),
        Some(&Event::Closed(PacketError::UnknownType('x').into()))
    );
}

#[test]
fn a_packet_before_the_open_packet_ends_the_attempt() {
    let mut session = client();
    session.connect(main(), Object::default());
    session.opened(WS, at(0));
    session.take_text(WS, "40", at(0));
    assert_eq!(
        client_events(&mut session),
        [Event::Closed(DisconnectReason::Unexpected("a packet before the open packet"))]
    );
}

#[test]
fn packets_that_say_nothing_are_ignored() {
    let mut session = joined_client();
    for packet in ["3", "5", "6", "40/unknown,{}", "41/unknown,", r#"42/unknown,["a"]"#] {
        session.take_text(WS, packet, at(1));
    }
    assert_eq!(client_events(&mut session), []);
    assert_eq!(session.sent(), [""; 0]);
}

#[test]
fn debug_output_has_no_ids_and_no_packets() {
    let mut session = joined_client();
    session.emit(&main(), "secret-event", arguments("secret")).unwrap();
    let debug = format!("{session:?}");
    assert!(!debug.contains("sid") && !debug.contains("secret"), "{debug}");
}
