//! The query of the opening handshake.

use sansocket_socketio::engine_io::{Query, Rejection, Transport};

#[test]
fn the_queries_of_the_protocol_document_are_parsed() {
    let sid = Some("lv_VI97HAXpY6yYWAAAC".to_owned());
    let table = [
        ("EIO=4&transport=polling", Transport::Polling, None),
        ("EIO=4&transport=websocket", Transport::WebSocket, None),
        ("EIO=4&transport=polling&t=N8hyd6w", Transport::Polling, None),
        (
            "EIO=4&transport=polling&t=N8hyd7H&sid=lv_VI97HAXpY6yYWAAAC",
            Transport::Polling,
            sid.clone(),
        ),
        ("EIO=4&transport=websocket&sid=lv_VI97HAXpY6yYWAAAC", Transport::WebSocket, sid),
    ];
    for (query, transport, sid) in table {
        assert_eq!(Query::parse(query), Ok(Query { transport, sid }));
    }
}

#[test]
fn other_versions_are_rejected_by_their_own_error() {
    for query in [
        "EIO=3&transport=polling",
        "EIO=5&transport=polling",
        "EIO=abc&transport=polling",
        "EIO=&transport=polling",
        "transport=polling",
        "eio=4&transport=polling",
        "",
    ] {
        assert_eq!(Query::parse(query), Err(Rejection::UnsupportedProtocolVersion), "{query}");
    }
}

#[test]
fn unknown_and_missing_transports_are_rejected() {
    for query in ["EIO=4", "EIO=4&transport=abc", "EIO=4&transport=", "transport=Polling&EIO=4"] {
        assert_eq!(Query::parse(query), Err(Rejection::UnknownTransport), "{query}");
    }
}

#[test]
fn a_session_id_survives_any_characters() {
    for sid in ["a b&c=d", "€", "%41", "a+b/c=="] {
        let query = Query { transport: Transport::Polling, sid: Some(sid.to_owned()) };
        let text = query.to_string();
        assert!(text.is_ascii());
        assert_eq!(Query::parse(&text), Ok(query));
    }
    assert_eq!(Query::parse("EIO=4&transport=polling&sid=%FF"), Err(Rejection::UnknownSid));
}

#[test]
fn every_rejection_has_the_code_and_text_that_clients_know() {
    let table = [
        (Rejection::UnknownTransport, 400, r#"{"code":0,"message":"Transport unknown"}"#),
        (Rejection::UnknownSid, 400, r#"{"code":1,"message":"Session ID unknown"}"#),
        (Rejection::BadHandshakeMethod, 400, r#"{"code":2,"message":"Bad handshake method"}"#),
        (Rejection::BadRequest, 400, r#"{"code":3,"message":"Bad request"}"#),
        (Rejection::Forbidden, 403, r#"{"code":4,"message":"Forbidden"}"#),
        (
            Rejection::UnsupportedProtocolVersion,
            400,
            r#"{"code":5,"message":"Unsupported protocol version"}"#,
        ),
    ];
    for (rejection, status, body) in table {
        assert_eq!((rejection.status(), rejection.body().as_str()), (status, body));
    }
}

#[test]
fn a_session_id_is_not_in_debug_output() {
    let query = Query::parse("EIO=4&transport=polling&sid=secret");
    assert!(!format!("{query:?}").contains("secret"));
}
