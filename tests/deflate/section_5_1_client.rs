//! RFC 7692 5.1 and 7.1 for a client: its offers, and the answers that it accepts.

use sansocket::{
    Limits, Parsed, Seed,
    connection::{Connection, ProtocolError},
    deflate::{self, Compression, InvalidParams, Params},
    handshake::{HandshakeError, HeadError, ResponseError, client::Request},
};

use crate::data::json;
use crate::wire::{self, CLOSE, FIN, RSV1, TEXT};

/// Returns what a client sends, and what it agrees on after a response with these lines of
/// extensions.
fn connect(
    config: Option<&deflate::Config>,
    answers: &[&str],
) -> (String, Result<Option<Params>, HandshakeError>) {
    let (request, connected) = open(config, answers);
    (request, connected.map(|(params, _)| params))
}

/// The same, with the open connection.
fn open(
    config: Option<&deflate::Config>,
    answers: &[&str],
) -> (String, Result<(Option<Params>, Connection), HandshakeError>) {
    let mut request = Request::new("example.com", "/");
    if let Some(config) = config {
        request = request.deflate(config);
    }
    let mut out = Vec::new();
    let mut awaiting = request.send(*b"the sample nonce", &mut out).unwrap();
    let lines: String =
        answers.iter().map(|answer| format!("Sec-WebSocket-Extensions: {answer}\r\n")).collect();
    let response = format!(
        "HTTP/1.1 101 Switching Protocols\r\n\
        Upgrade: websocket\r\n\
        Connection: Upgrade\r\n\
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
        {lines}\r\n"
    );
    let result = awaiting.parse(response.as_bytes()).map(|status| {
        let Parsed::Complete { value: accepted, .. } = status else {
            panic!("{response:?} is not complete");
        };
        let connection = accepted.connection(&Limits::default(), Seed::from([7; 32]));
        assert_eq!(connection.sender.deflate(), accepted.deflate(), "the connection keeps to it");
        (accepted.deflate(), connection)
    });
    (String::from_utf8(out).unwrap(), result)
}

#[track_caller]
fn assert_agreed(config: &deflate::Config, answer: &str, expected: (bool, bool, u8, u8)) {
    let answer = format!("permessage-deflate{answer}");
    let params = connect(Some(config), &[&answer]).1.unwrap().unwrap();
    let agreed = (
        params.server_no_context_takeover,
        params.client_no_context_takeover,
        params.server_max_window_bits,
        params.client_max_window_bits,
    );
    assert_eq!(agreed, expected, "{answer}");
}

#[track_caller]
fn assert_fails(config: &deflate::Config, answer: &str, expected: InvalidParams) {
    let answer = format!("permessage-deflate{answer}");
    let expected = HandshakeError::Response(ResponseError::Deflate(expected));
    assert_eq!(connect(Some(config), &[&answer]).1, Err(expected), "{answer}");
}

fn config() -> deflate::Config {
    deflate::Config::default()
}

const SERVER_BITS: &str = "server_max_window_bits";
const CLIENT_BITS: &str = "client_max_window_bits";
const SERVER_TAKEOVER: &str = "server_no_context_takeover";
const CLIENT_TAKEOVER: &str = "client_no_context_takeover";

// Shows 6455-9.1-4.
#[test]
fn a_client_whose_offer_was_declined_neither_compresses_nor_inflates() {
    let (params, mut client) = open(Some(&config()), &[]).1.unwrap();
    assert_eq!(params, None);
    for compression in [Compression::Auto, Compression::Always] {
        let (text, mut out) = (json(1000), Vec::new());
        client.sender.set_compression(compression);
        client.sender.send_text(&text, &mut out).unwrap();
        assert_eq!(wire::contents(&out), [(FIN | TEXT, text.into_bytes())]);
    }
    // "Hello" (RFC 7692 7.2.3).
    let mut frame = [&[FIN | RSV1 | TEXT, 7][..], b"\xF2\x48\xCD\xC9\xC9\x07\x00"].concat();
    let mut out = Vec::new();
    let error = client.receive(&mut &mut frame[..], &mut out);
    assert_eq!(error, Err(ProtocolError::ReservedBits));
    let close = wire::frames(&out).remove(0);
    assert_eq!((close.first, &close.payload[..2]), (FIN | CLOSE, &1002_u16.to_be_bytes()[..]));
}

// Shows 6455-4.1-20, 6455-9.1-3 (client), 7692-5-1, 7692-7.1.2.2-1.
#[test]
fn the_offer_says_what_the_config_asks_for() {
    let head = "GET / HTTP/1.1\r\n\
        Host: example.com\r\n\
        Upgrade: websocket\r\n\
        Connection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
        Sec-WebSocket-Version: 13\r\n";
    let cases = [
        (config(), "; client_max_window_bits"),
        (config().client_max_window_bits(8), "; client_max_window_bits=8"),
        (
            config().server_max_window_bits(12),
            "; server_max_window_bits=12; client_max_window_bits",
        ),
        (
            config().server_no_context_takeover(true),
            "; server_no_context_takeover; client_max_window_bits",
        ),
        (
            config().client_no_context_takeover(true),
            "; client_no_context_takeover; client_max_window_bits",
        ),
        (
            config()
                .server_max_window_bits(9)
                .client_max_window_bits(10)
                .server_no_context_takeover(true)
                .client_no_context_takeover(true),
            "; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9\
            ; client_max_window_bits=10",
        ),
        // Out of range, so the nearest value is used.
        (
            config().server_max_window_bits(7).client_max_window_bits(0),
            "; server_max_window_bits=8; client_max_window_bits=8",
        ),
        (
            config().server_max_window_bits(16).client_max_window_bits(255),
            "; client_max_window_bits",
        ),
    ];
    for (config, params) in cases {
        let expected =
            format!("{head}Sec-WebSocket-Extensions: permessage-deflate{params}\r\n\r\n");
        let (request, result) = connect(Some(&config), &[]);
        assert_eq!(request, expected);
        assert_eq!(result, Ok(None), "the server may decline");
    }
    assert_eq!(connect(None, &[]), (format!("{head}\r\n"), Ok(None)));
}

// Shows 6455-4.1-31, 7692-7.1-3 (client), 7692-7.1.1.2-4, 7692-7.1.2.1-5.
#[test]
fn what_the_server_answers_is_agreed_on() {
    assert_agreed(&config(), "", (false, false, 15, 15));
    // RFC 7692 7.1.1.1, 7.1.1.2 and 7.1.2.1: these three may come unasked.
    assert_agreed(&config(), "; server_no_context_takeover", (true, false, 15, 15));
    assert_agreed(&config(), "; client_no_context_takeover", (false, true, 15, 15));
    for bits in 8..=15 {
        let answer = format!("; server_max_window_bits={bits}");
        assert_agreed(&config(), &answer, (false, false, bits, 15));
        let answer = format!("; server_max_window_bits=\"{bits}\"");
        assert_agreed(&config(), &answer, (false, false, bits, 15));
        let answer = format!("; client_max_window_bits={bits}");
        assert_agreed(&config(), &answer, (false, false, 15, bits));
    }
    let all = "; client_max_window_bits=8; client_no_context_takeover; server_max_window_bits=9\
        ; server_no_context_takeover";
    assert_agreed(&config(), all, (true, true, 9, 8));
}

// Shows 7692-5.1-2, 7692-7.1-5, 7692-7.1.2.1-4.
#[test]
fn section_7_1_2_1_the_server_keeps_to_the_window_it_was_asked_for() {
    for asked in 8..15 {
        let config = config().server_max_window_bits(asked);
        for granted in 8..=15 {
            let answer = format!("; server_max_window_bits={granted}");
            if granted <= asked {
                assert_agreed(&config, &answer, (false, false, granted, 15));
            } else {
                assert_fails(&config, &answer, InvalidParams::Unfitting(SERVER_BITS));
            }
        }
        assert_fails(&config, "", InvalidParams::Unfitting(SERVER_BITS));
    }
}

// Shows 7692-7.1-5, 7692-7.1.1.1-5.
#[test]
fn section_7_1_1_1_the_server_takes_no_context_over_if_asked_not_to() {
    let config = config().server_no_context_takeover(true);
    assert_fails(&config, "", InvalidParams::Unfitting(SERVER_TAKEOVER));
    assert_agreed(&config, "; server_no_context_takeover", (true, false, 15, 15));
}

// Shows 7692-7.1.1.2-2, 7692-7.1.2.2-1.
#[test]
fn hints_are_kept_though_the_server_does_not_repeat_them() {
    let takeover = config().client_no_context_takeover(true);
    assert_agreed(&takeover, "", (false, true, 15, 15));
    for bits in 8..15 {
        let window = config().client_max_window_bits(bits);
        assert_agreed(&window, "", (false, false, 15, bits));
    }
}

// Shows 7692-7.1.2.2-1.
#[test]
fn section_7_1_2_2_the_client_keeps_its_hint_whatever_the_answer_is() {
    for hint in 8..15 {
        let config = config().client_max_window_bits(hint);
        for granted in 8..=15 {
            let answer = format!("; client_max_window_bits={granted}");
            assert_agreed(&config, &answer, (false, false, 15, granted.min(hint)));
        }
    }
}

// Shows 7692-7.1-2, 7692-7.1.1.1-1 (client), 7692-7.1.1.2-1 (client), 7692-7.1.2-1 (client),
// 7692-7.1.2.2-4.
#[test]
fn section_7_1_an_answer_with_an_invalid_parameter_fails_the_connection() {
    use InvalidParams::{Duplicate, Unfitting, Unknown, Value};

    let cases = [
        ("unknown", Unknown),
        ("unknown=1", Unknown),
        ("Server_max_window_bits=10", Unknown),
        ("server_no_context_takeover=true", Value(SERVER_TAKEOVER)),
        ("client_no_context_takeover=\"1\"", Value(CLIENT_TAKEOVER)),
        ("server_max_window_bits", Value(SERVER_BITS)),
        ("server_max_window_bits=7", Value(SERVER_BITS)),
        ("server_max_window_bits=07", Value(SERVER_BITS)),
        ("server_max_window_bits=010", Value(SERVER_BITS)),
        ("server_max_window_bits=16", Value(SERVER_BITS)),
        ("server_max_window_bits=+10", Value(SERVER_BITS)),
        ("server_max_window_bits=\"16\"", Value(SERVER_BITS)),
        ("client_max_window_bits=07", Value(CLIENT_BITS)),
        ("client_max_window_bits=010", Value(CLIENT_BITS)),
        ("client_max_window_bits=16", Value(CLIENT_BITS)),
        ("client_max_window_bits=+10", Value(CLIENT_BITS)),
        // RFC 7692 7.1.2.2: in an answer it has a value.
        ("client_max_window_bits", Unfitting(CLIENT_BITS)),
        ("server_no_context_takeover; server_no_context_takeover", Duplicate(SERVER_TAKEOVER)),
        ("client_no_context_takeover; client_no_context_takeover", Duplicate(CLIENT_TAKEOVER)),
        ("server_max_window_bits=10; server_max_window_bits=10", Duplicate(SERVER_BITS)),
        ("client_max_window_bits=10; client_max_window_bits=11", Duplicate(CLIENT_BITS)),
    ];
    for (params, expected) in cases {
        assert_fails(&config(), &format!("; {params}"), expected);
        let behind = format!("; client_max_window_bits=9; server_max_window_bits=9; {params}");
        assert!(connect(Some(&config()), &[&format!("permessage-deflate{behind}")]).1.is_err());
    }
}

// Shows 6455-4.3-3 (client), 6455-9.1-1 (client).
#[test]
fn rfc_6455_section_9_1_an_answer_that_is_malformed_fails_the_connection() {
    let expected = ResponseError::Head(HeadError::InvalidHeader("Sec-WebSocket-Extensions"));
    for value in ["=", "=\"\"", "=\"10", "=1 0"] {
        let answer = format!("permessage-deflate; server_max_window_bits{value}");
        let result = connect(Some(&config()), &[&answer]).1;
        assert_eq!(result, Err(HandshakeError::Response(expected.clone())), "{value}");
    }
    // Also after a valid answer.
    for answers in [&["permessage-deflate, ;"][..], &["permessage-deflate", "a b"]] {
        let result = connect(Some(&config()), answers).1;
        assert_eq!(result, Err(HandshakeError::Response(expected.clone())), "{answers:?}");
    }
}

// Shows 6455-4.1-27, 7692-5.1-2, 7692-6-4 (client).
#[test]
fn an_answer_to_no_offer_or_a_second_one_fails_the_connection() {
    let unoffered =
        |name: &str| Err(HandshakeError::Response(ResponseError::UnofferedExtension(name.into())));
    let name = "permessage-deflate";
    assert_eq!(connect(None, &[name]).1, unoffered(name));
    assert_eq!(connect(Some(&config()), &["mux"]).1, unoffered("mux"));
    assert_eq!(
        connect(Some(&config()), &["permessage-deflate, permessage-deflate"]).1,
        unoffered(name)
    );
    assert_eq!(connect(Some(&config()), &[name, name]).1, unoffered(name));
    assert_eq!(connect(Some(&config()), &[name, "mux"]).1, unoffered("mux"));
}

// Shows 6455-9.1-2 (client), 6455-11.3.2-3.
#[test]
fn the_answer_may_follow_an_empty_line_of_the_header() {
    let params =
        connect(Some(&config()), &["", " ,", "permessage-deflate; server_max_window_bits=9"]);
    assert_eq!(params.1.unwrap().unwrap().server_max_window_bits, 9);
}
