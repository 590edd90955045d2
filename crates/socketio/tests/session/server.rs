//! The server's end: heartbeat, namespaces, bounds, the end.

use std::time::Duration;

use sansocket_socketio::{
    engine_io::{Packet, PacketError},
    packet::{ConnectError, DecodeError, EncodeError},
    session::{
        DisconnectReason, SendError, ServerSession,
        server::{Event, Settings},
    },
    value::Object,
};

use crate::drive::{
    OVERHEAD, Session, WS, admin, arguments, at, binary, join, joined_server, main, server,
    server_events, server_with, text,
};

fn closed(session: &mut ServerSession) -> Option<DisconnectReason> {
    server_events(session).into_iter().find_map(|event| match event {
        Event::Closed(reason) => Some(reason),
        _ => None,
    })
}

#[test]
fn the_open_packet_comes_first_and_has_the_settings() {
    let mut settings = Settings::default();
    settings.ping_interval = Duration::from_millis(300);
    settings.ping_timeout = Duration::from_millis(200);
    settings.max_payload = 5000;
    let mut session = ServerSession::new(&settings, "lv_VI97HAXpY6yYWAAAC", WS, at(0));
    assert_eq!(
        session.sent(),
        [
            r#"0{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":[],"pingInterval":300,"pingTimeout":200,"maxPayload":5000}"#
        ]
    );
}

#[test]
fn the_first_ping_comes_after_the_interval_and_the_next_one_after_the_pong() {
    let mut session = joined_server();
    assert_eq!(session.deadline(), Some(at(25)));
    session.advance(at(24));
    assert_eq!(session.sent(), [""; 0]);
    session.advance(at(25));
    assert_eq!(session.sent(), ["2"]);

    session.take_text(WS, "3", at(30));
    assert_eq!(session.deadline(), Some(at(55)));
    session.advance(at(55));
    assert_eq!(session.sent(), ["2"]);
    assert_eq!(server_events(&mut session), []);
}

#[test]
fn without_a_pong_in_time_the_session_ends() {
    let mut session = joined_server();
    session.advance(at(25));
    assert_eq!(session.sent(), ["2"]);
    session.advance(at(44));
    assert_eq!(server_events(&mut session), []);
    assert_eq!(session.deadline(), Some(at(45)));
    session.advance(at(45));
    let reason = DisconnectReason::PingTimeout;
    assert_eq!(
        server_events(&mut session),
        [Event::Disconnected { namespace: main(), reason: reason.clone() }, Event::Closed(reason)]
    );
    assert!(session.is_ended() && !session.uses(WS));
    assert_eq!(session.deadline(), None);
}

#[test]
fn any_packet_shows_that_the_client_is_there() {
    let mut session = joined_server();
    session.advance(at(25));
    session.take_text(WS, r#"42["a"]"#, at(40));
    session.advance(at(59));
    assert_eq!(closed(&mut session), None);
    session.advance(at(60));
    assert_eq!(closed(&mut session), Some(DisconnectReason::PingTimeout));
}

#[test]
fn a_pong_that_nothing_asked_for_changes_nothing() {
    let mut session = joined_server();
    session.take_text(WS, "3", at(20));
    assert_eq!(session.deadline(), Some(at(25)));
}

#[test]
fn a_client_that_connects_to_no_namespace_is_closed() {
    let mut session = server();
    session.advance(at(25));
    session.take_text(WS, "3", at(26));
    session.advance(at(44));
    assert_eq!(closed(&mut session), None);
    assert_eq!(session.deadline(), Some(at(45)));
    session.advance(at(45));
    assert_eq!(closed(&mut session), Some(DisconnectReason::ConnectTimeout));
}

#[test]
fn after_the_last_namespace_the_time_to_connect_begins_again() {
    let mut session = joined_server();
    session.take_text(WS, "41", at(20));
    assert_eq!(
        server_events(&mut session),
        [Event::Disconnected { namespace: main(), reason: DisconnectReason::Client }]
    );
    session.advance(at(25));
    session.take_text(WS, "3", at(25));
    session.advance(at(50));
    session.take_text(WS, "3", at(50));
    session.advance(at(64));
    assert_eq!(closed(&mut session), None);
    session.advance(at(65));
    assert_eq!(closed(&mut session), Some(DisconnectReason::ConnectTimeout));
}

#[test]
fn several_namespaces_share_a_connection() {
    let mut session = joined_server();
    session.take_text(WS, r#"40/admin,{"token":"123"}"#, at(0));
    let mut auth = Object::default();
    auth.insert("token", "123");
    assert_eq!(server_events(&mut session), [Event::Connect { namespace: admin(), auth }]);
    session.accept(&admin(), "oSO0", Some("pid0")).unwrap();
    session.emit(&main(), "foo", arguments(())).unwrap();
    session.emit(&admin(), "bar", arguments(1)).unwrap();
    assert_eq!(
        session.sent(),
        [r#"40/admin,{"sid":"oSO0","pid":"pid0"}"#, r#"42["foo"]"#, r#"42/admin,["bar",1]"#]
    );

    session.take_text(WS, "41/admin,", at(0));
    assert_eq!(
        server_events(&mut session),
        [Event::Disconnected { namespace: admin(), reason: DisconnectReason::Client }]
    );
    session.take_text(WS, r#"42["message",1]"#, at(0));
    assert_eq!(
        server_events(&mut session),
        [Event::Event {
            namespace: main(),
            ack: None,
            name: "message".into(),
            arguments: arguments(1)
        }]
    );
    assert_eq!(session.emit(&admin(), "bar", arguments(())), Err(SendError::NotConnected(admin())));
}

#[test]
fn a_namespace_is_refused_with_the_error_of_the_application() {
    let mut session = server();
    session.take_text(WS, "40/random", at(0));
    assert_eq!(server_events(&mut session).len(), 1);
    let random = "/random".parse().unwrap();
    session.reject(&random, ConnectError::invalid_namespace()).unwrap();
    assert_eq!(session.sent(), [r#"44/random,{"message":"Invalid namespace"}"#]);
    assert_eq!(session.accept(&random, "socket", None), Err(SendError::NotPending(random.clone())));

    session.take_text(WS, "40/random", at(1));
    assert!(matches!(server_events(&mut session)[..], [Event::Connect { .. }]));
}

#[test]
fn binary_events_go_both_ways() {
    let mut session = joined_server();
    session.take_text(WS, r#"451-["up",{"_placeholder":true,"num":0}]"#, at(0));
    assert_eq!(server_events(&mut session), []);
    session.take(WS, Packet::from(&[1, 2][..]), at(0));
    let [Event::Event { name, arguments, .. }] = &server_events(&mut session)[..] else {
        panic!("an event")
    };
    session.emit(&main(), format!("{name}-back"), arguments.clone()).unwrap();
    assert_eq!(
        session.next_packet(),
        Some(text(r#"451-["up-back",{"_placeholder":true,"num":0}]"#))
    );
    assert_eq!(session.next_packet(), Some(binary(&[1, 2])));
}

#[test]
fn what_a_client_may_not_send_ends_the_session() {
    let unexpected = DisconnectReason::Unexpected;
    let table: [(&str, DisconnectReason); 13] = [
        ("2", unexpected("a ping, which is for the server to send")),
        (
            r#"0{"sid":"a","pingInterval":1,"pingTimeout":1}"#,
            unexpected("an open packet, which is for the server to send"),
        ),
        ("1", DisconnectReason::TransportClosed),
        ("4abc", DecodeError::UnknownType('a').into()),
        ("4", DecodeError::Empty.into()),
        ("40", unexpected("a second CONNECT packet for the same namespace")),
        (r#"42/admin,["a"]"#, unexpected("a packet for a namespace that is not connected")),
        ("43/admin,1[]", unexpected("a packet for a namespace that is not connected")),
        ("41/admin,", unexpected("a packet for a namespace that is not connected")),
        (
            r#"44{"message":"no"}"#,
            unexpected("a CONNECT_ERROR packet, which is for the server to send"),
        ),
        (
            "42[]",
            DecodeError::Payload {
                at: 1,
                expected: "an array whose first element is the name of an event",
            }
            .into(),
        ),
        (r#"42["disconnect"]"#, DecodeError::ReservedEvent("disconnect".into()).into()),
        ("bAQID", DecodeError::UnexpectedAttachment.into()),
    ];
    for (packet, reason) in table {
        let mut session = joined_server();
        session.take_text(WS, packet, at(0));
        assert_eq!(
            server_events(&mut session),
            [
                Event::Disconnected { namespace: main(), reason: reason.clone() },
                Event::Closed(reason)
            ],
            "{packet}"
        );
        assert!(session.is_ended(), "{packet}");
        // Nothing else is taken.
        session.take_text(WS, "40", at(0));
        assert_eq!(server_events(&mut session), []);
        assert_eq!(session.next_packet(), None);
    }
}

#[test]
fn an_event_before_the_answer_to_connect_ends_the_session() {
    let mut session = server();
    session.take_text(WS, "40", at(0));
    session.take_text(WS, r#"42["a"]"#, at(0));
    assert_eq!(
        closed(&mut session),
        Some(DisconnectReason::Unexpected("a packet for a namespace that is not connected"))
    );
    assert_eq!(session.accept(&main(), "socket", None), Err(SendError::NotPending(main())));
}

#[test]
fn an_invalid_packet_ends_the_session() {
    let mut session = joined_server();
    session.receive_invalid(WS, Packet::parse("abc").unwrap_err());
    assert_eq!(closed(&mut session), Some(PacketError::UnknownType('a').into()));
}

#[test]
fn packets_that_say_nothing_are_ignored() {
    let mut session = joined_server();
    for packet in ["3", "3probe", "5", "6"] {
        session.take_text(WS, packet, at(1));
    }
    assert_eq!(server_events(&mut session), []);
    assert_eq!(session.sent(), [""; 0]);
}

#[test]
fn what_was_on_its_way_when_the_server_disconnects_a_namespace_is_ignored() {
    let mut session = joined_server();
    join(&mut session, &admin(), at(0));
    session.disconnect(&admin(), at(0)).unwrap();
    assert_eq!(session.sent(), [r#"40/admin,{"sid":"socket"}"#, "41/admin,"]);
    assert_eq!(
        server_events(&mut session),
        [Event::Disconnected { namespace: admin(), reason: DisconnectReason::Server }]
    );
    for packet in [r#"42/admin,["late"]"#, "43/admin,1[]", "41/admin,"] {
        session.take_text(WS, packet, at(0));
    }
    assert_eq!(server_events(&mut session), []);
    // It may come back.
    join(&mut session, &admin(), at(1));
    assert!(session.is_connected(&admin()));
}

#[test]
fn the_queue_is_bounded_and_a_packet_is_queued_completely_or_not_at_all() {
    let mut settings = Settings::default();
    settings.max_queued_len = 3 * OVERHEAD + 60;
    let mut session = server_with(&settings);
    join(&mut session, &main(), at(0));
    assert_eq!(session.sent().len(), 1);
    session.emit(&main(), "a", arguments("0123456789")).unwrap(); // 20 bytes
    assert!(!session.is_writable());
    let bytes = sansocket_socketio::Binary::from(vec![0; 10]);
    assert_eq!(
        session.emit(&main(), "b", arguments(bytes)),
        Err(SendError::QueueFull {
            queued: OVERHEAD + 20,
            len: 2 * OVERHEAD + 49,
            max: 3 * OVERHEAD + 60
        })
    );
    session.emit(&main(), "a", arguments("0123456789")).unwrap();
    session.emit(&main(), "a", arguments("0123456789")).unwrap();
    assert_eq!(session.queued_len(), 3 * OVERHEAD + 60);
    assert_eq!(
        session.emit(&main(), "a", arguments(())),
        Err(SendError::QueueFull {
            queued: 3 * OVERHEAD + 60,
            len: OVERHEAD + 7,
            max: 3 * OVERHEAD + 60
        })
    );
    // The heartbeat and the end have room.
    session.advance(at(25));
    session.disconnect(&main(), at(25)).unwrap();
    assert_eq!(session.sent().len(), 5);
    assert_eq!(session.queued_len(), 0);
}

#[test]
fn whoever_asks_and_does_not_read_is_closed() {
    let mut settings = Settings::default();
    settings.max_namespaces = 1;
    settings.max_queued_len = 1000;
    let mut session = server_with(&settings);
    join(&mut session, &main(), at(0));
    session.take_text(WS, "40/a,", at(0));
    assert_eq!(session.sent()[1..], [r#"44/a,{"message":"Too many namespaces"}"#]);
    for _ in 0..100 {
        session.take_text(WS, "40/a,", at(0));
    }
    assert_eq!(closed(&mut session), Some(DisconnectReason::QueueFull));
}

#[test]
fn data_for_authentication_that_is_too_long_is_refused_and_the_client_may_try_again() {
    let mut settings = Settings::default();
    settings.max_auth_len = 20;
    let mut session = server_with(&settings);
    session.take_text(WS, r#"40{"token":"1234567"}"#, at(0));
    assert!(matches!(server_events(&mut session)[..], [Event::Connect { .. }]));
    session.take_text(WS, r#"40/admin,{"token":"1"}"#, at(0));
    assert_eq!(server_events(&mut session), []);
    assert_eq!(
        session.sent(),
        [r#"44/admin,{"message":"Too much data for authentication: 21 bytes, of 20 at most"}"#]
    );
    session.take_text(WS, r#"40/admin,{"token":1}"#, at(0));
    assert!(matches!(server_events(&mut session)[..], [Event::Connect { .. }]));
    // Events may be longer.
    session.accept(&main(), "socket", None).unwrap();
    session.take_text(WS, r#"42["an event",{"token":"1"}]"#, at(0));
    assert!(matches!(server_events(&mut session)[..], [Event::Event { .. }]));
}

#[test]
fn a_namespace_that_was_left_has_its_place_again() {
    let mut settings = Settings::default();
    settings.max_namespaces = 1;
    let mut session = server_with(&settings);
    for _ in 0..3 {
        join(&mut session, &main(), at(0));
        session.disconnect(&main(), at(0)).unwrap();
        assert_eq!(server_events(&mut session).len(), 1);
        join(&mut session, &main(), at(0));
        session.take_text(WS, "41", at(0));
        assert_eq!(server_events(&mut session).len(), 1);
    }
}

#[test]
fn errors_of_the_application_send_nothing() {
    let mut session = joined_server();
    assert_eq!(
        session.emit(&main(), "connect", arguments(())),
        Err(SendError::Encode(EncodeError::ReservedEvent("connect".into())))
    );
    assert_eq!(session.accept(&main(), "a", None), Err(SendError::NotPending(main())));
    assert_eq!(session.sent(), [""; 0]);
}

#[test]
fn a_close_delivers_the_queue_first() {
    let mut session = joined_server();
    session.emit(&main(), "bye", arguments(())).unwrap();
    session.close(at(1));
    let reason = DisconnectReason::Server;
    assert_eq!(
        server_events(&mut session),
        [Event::Disconnected { namespace: main(), reason: reason.clone() }, Event::Closed(reason)]
    );
    assert!(session.uses(WS) && !session.is_ended());
    assert_eq!(session.sent(), [r#"42["bye"]"#]);
    assert!(!session.uses(WS) && session.is_ended());
    session.close(at(2));
    assert_eq!(server_events(&mut session), []);
}

#[test]
fn a_close_with_nothing_to_deliver_is_over_at_once() {
    let mut session = joined_server();
    session.close(at(1));
    assert!(session.is_ended());
}

#[test]
fn a_client_that_does_not_read_delays_a_close_only_for_its_timeout() {
    let mut session = joined_server();
    session.emit(&main(), "bye", arguments(())).unwrap();
    session.close(at(1));
    assert_eq!(session.deadline(), Some(at(31)));
    session.advance(at(30));
    assert!(!session.is_ended());
    session.advance(at(31));
    assert!(session.is_ended());
    assert_eq!(session.next_packet(), None);
}

#[test]
fn a_lost_transport_ends_the_session_and_frees_its_queue() {
    let mut session = joined_server();
    session.emit(&main(), "a", arguments(())).unwrap();
    session.lost(WS, DisconnectReason::TransportLost);
    assert_eq!(closed(&mut session), Some(DisconnectReason::TransportLost));
    assert_eq!(session.queued_len(), 0);
}

#[test]
fn debug_output_has_no_ids_and_no_packets() {
    let mut session = joined_server();
    session.emit(&main(), "secret-event", arguments("secret")).unwrap();
    let debug = format!("{session:?}");
    assert!(!debug.contains("sid") && !debug.contains("secret"), "{debug}");
}
