//! RFC 7692 5.1 and 7.1 for a server: its answers to offers.

use sansocket::{
    Limits, Parsed,
    deflate::{self, Offer, Params},
    handshake::{HandshakeError, HeadError, HeadLimits, RequestError, server::Request},
};

const EXTENSIONS: &str = "Sec-WebSocket-Extensions";

/// A request that offers extensions in these lines.
fn request(offers: &[&str]) -> String {
    let lines: String = offers.iter().map(|offer| format!("{EXTENSIONS}: {offer}\r\n")).collect();
    format!(
        "GET / HTTP/1.1\r\n\
        Host: example.com\r\n\
        Upgrade: websocket\r\n\
        Connection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
        Sec-WebSocket-Version: 13\r\n\
        {lines}\r\n"
    )
}

/// Returns the answer of a server, if there is one, and what it has agreed on.
fn answer(config: Option<&deflate::Config>, offers: &[&str]) -> Option<(String, Params)> {
    let request = request(offers);
    let Ok(Parsed::Complete { value: request, .. }) =
        Request::parse(request.as_bytes(), &HeadLimits::default())
    else {
        panic!("{offers:?} is no valid request");
    };
    let mut response = request.accept();
    if let Some(config) = config {
        response = response.deflate(config);
    }
    let agreed = response.agreed_deflate();
    let mut out = Vec::new();
    let connection = response.send(&Limits::default(), &mut out).unwrap();
    assert_eq!(connection.sender.deflate(), agreed, "the connection keeps to it");

    let head = "HTTP/1.1 101 Switching Protocols\r\n\
        Upgrade: websocket\r\n\
        Connection: Upgrade\r\n\
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
    let out = String::from_utf8(out).unwrap();
    let extension = out
        .strip_prefix(head)
        .and_then(|rest| rest.strip_suffix("\r\n"))
        .unwrap_or_else(|| panic!("{out:?}"));
    let extension = extension
        .strip_prefix("Sec-WebSocket-Extensions: ")
        .and_then(|rest| rest.strip_suffix("\r\n"));
    assert_eq!(extension.is_some(), agreed.is_some(), "{out:?}");
    extension.map(String::from).zip(agreed)
}

/// Returns only the answer of a server.
#[track_caller]
fn assert_answer(config: &deflate::Config, offers: &[&str], expected: Option<&str>) {
    let answer = answer(Some(config), offers).map(|(answer, _)| answer);
    assert_eq!(answer.as_deref(), expected, "to {offers:?}");
}

fn config() -> deflate::Config {
    deflate::Config::default()
}

/// No context takeover of the server and of the client, windows of the server and of the client.
fn settings(params: Params) -> (bool, bool, u8, u8) {
    (
        params.server_no_context_takeover,
        params.client_no_context_takeover,
        params.server_max_window_bits,
        params.client_max_window_bits,
    )
}

// Shows 6455-9-2 (server), 6455-11.3.2-2, 7692-7.1.1.1-2.
#[test]
fn what_is_asked_is_granted_and_can_be_read() {
    let cases = [
        ("", "", (false, false, 15, 15)),
        ("; server_no_context_takeover", "; server_no_context_takeover", (true, false, 15, 15)),
        ("; client_no_context_takeover", "; client_no_context_takeover", (false, true, 15, 15)),
        ("; server_max_window_bits=10", "; server_max_window_bits=10", (false, false, 10, 15)),
        ("; server_max_window_bits=15", "; server_max_window_bits=15", (false, false, 15, 15)),
        ("; client_max_window_bits", "", (false, false, 15, 15)),
        ("; client_max_window_bits=15", "", (false, false, 15, 15)),
        ("; client_max_window_bits=9", "; client_max_window_bits=9", (false, false, 15, 9)),
        (
            "; client_max_window_bits=8; server_max_window_bits=8; client_no_context_takeover\
            ; server_no_context_takeover",
            "; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=8\
            ; client_max_window_bits=8",
            (true, true, 8, 8),
        ),
    ];
    for (offer, expected, agreed) in cases {
        let offer = format!("permessage-deflate{offer}");
        let (answer, params) = answer(Some(&config()), &[&offer]).unwrap();
        assert_eq!(answer, format!("permessage-deflate{expected}"));
        assert_eq!(settings(params), agreed, "{offer}");
    }
}

// Shows 7692-7.1.1.1-3, 7692-7.1.1.2-3.
#[test]
fn section_7_1_1_the_server_may_add_both_takeover_parameters_unasked() {
    let server = config().server_no_context_takeover(true);
    let expected = "permessage-deflate; server_no_context_takeover";
    assert_answer(&server, &["permessage-deflate"], Some(expected));
    let client = config().client_no_context_takeover(true);
    let expected = "permessage-deflate; client_no_context_takeover";
    assert_answer(&client, &["permessage-deflate"], Some(expected));
    assert_answer(&client, &["permessage-deflate; client_no_context_takeover"], Some(expected));
}

// Shows 7692-7.1.2.1-1, 7692-7.1.2.1-2.
#[test]
fn section_7_1_2_1_the_servers_window_is_the_smaller_of_what_both_want() {
    for own in 8..=15 {
        let server = config().server_max_window_bits(own);
        let (unasked, params) = answer(Some(&server), &["permessage-deflate"]).unwrap();
        let expected = match own {
            15 => "permessage-deflate".to_string(),
            _ => format!("permessage-deflate; server_max_window_bits={own}"),
        };
        assert_eq!(unasked, expected);
        assert_eq!(params.server_max_window_bits, own);
        for asked in 8..=15 {
            let offer = format!("permessage-deflate; server_max_window_bits={asked}");
            let (answer, params) = answer(Some(&server), &[&offer]).unwrap();
            let bits = asked.min(own);
            let expected = format!("permessage-deflate; server_max_window_bits={bits}");
            assert_eq!(answer, expected);
            assert_eq!(params.server_max_window_bits, bits);
        }
    }
}

// Shows 7692-7.1.2.2-3.
#[test]
fn section_7_1_2_2_the_clients_window_is_the_smaller_of_what_both_want() {
    for own in 8..=15 {
        let server = config().client_max_window_bits(own);
        for hint in 8..=15 {
            let offer = format!("permessage-deflate; client_max_window_bits={hint}");
            let (answer, params) = answer(Some(&server), &[&offer]).unwrap();
            let bits = hint.min(own);
            let expected = match bits {
                15 => "permessage-deflate".to_string(),
                _ => format!("permessage-deflate; client_max_window_bits={bits}"),
            };
            assert_eq!(answer, expected);
            assert_eq!(params.client_max_window_bits, bits);
        }
        let offer = "permessage-deflate; client_max_window_bits";
        let (answer, params) = answer(Some(&server), &[offer]).unwrap();
        assert_eq!(answer.contains("client_max_window_bits"), own < 15);
        assert_eq!(params.client_max_window_bits, own);
    }
}

// Shows 7692-7.1.2.2-2.
#[test]
fn section_7_1_2_2_a_client_without_a_hint_is_not_asked() {
    for own in 8..=15 {
        let server = config().client_max_window_bits(own);
        for offer in [
            "permessage-deflate",
            "permessage-deflate; server_max_window_bits=15; client_no_context_takeover",
        ] {
            let (answer, params) = answer(Some(&server), &[offer]).unwrap();
            assert!(!answer.contains("client_max_window_bits"), "{answer}");
            assert_eq!(params.client_max_window_bits, 15);
        }
    }
}

/// Parameters that no offer may have (RFC 7692 7.1).
const INVALID: [&str; 35] = [
    "unknown",
    "unknown=1",
    "Server_No_Context_Takeover",
    "server_no_context_takeover=true",
    "server_no_context_takeover=15",
    "server_no_context_takeover=\"true\"",
    "client_no_context_takeover=1",
    "server_no_context_takeover; server_no_context_takeover",
    "client_no_context_takeover; client_no_context_takeover",
    "server_max_window_bits",
    "server_max_window_bits=7",
    "server_max_window_bits=07",
    "server_max_window_bits=08",
    "server_max_window_bits=010",
    "server_max_window_bits=16",
    "server_max_window_bits=0",
    "server_max_window_bits=1",
    "server_max_window_bits=-9",
    "server_max_window_bits=+10",
    "server_max_window_bits=10.0",
    "server_max_window_bits=0xA",
    "server_max_window_bits=1e1",
    "server_max_window_bits=264",
    "server_max_window_bits=99999999999999999999999999",
    "server_max_window_bits=\"16\"",
    "server_max_window_bits=ten",
    "server_max_window_bits=10; server_max_window_bits=10",
    "client_max_window_bits=07",
    "client_max_window_bits=7",
    "client_max_window_bits=16",
    "client_max_window_bits=+10",
    "client_max_window_bits=010",
    "client_max_window_bits=\"010\"",
    "client_max_window_bits; client_max_window_bits",
    "client_max_window_bits; client_max_window_bits=10",
];

// Shows 7692-7.1-1, 7692-7.1.1.1-1 (server), 7692-7.1.1.2-1 (server), 7692-7.1.2-1 (server).
#[test]
fn section_7_1_an_offer_with_an_invalid_parameter_is_declined() {
    for invalid in INVALID {
        let offer = format!("permessage-deflate; {invalid}");
        assert_answer(&config(), &[&offer], None);
        let offer = format!("permessage-deflate; client_max_window_bits=12; {invalid}");
        assert_answer(&config(), &[&offer], None);
    }
}

// Shows 6455-9.1-3 (server), 6455-9.1-5, 7692-5.1-1, 7692-6-4 (server).
#[test]
fn section_5_1_the_first_offer_that_is_valid_is_taken() {
    let preferred = "permessage-deflate; server_max_window_bits=10, permessage-deflate";
    let expected = "permessage-deflate; server_max_window_bits=10";
    assert_answer(&config(), &[preferred], Some(expected));
    assert_answer(
        &config(),
        &["permessage-deflate, permessage-deflate; server_max_window_bits=10"],
        Some("permessage-deflate"),
    );
    let others = "x-webkit-deflate-frame, permessage-bzip2; level=9, permessage-deflate";
    assert_answer(&config(), &[others], Some("permessage-deflate"));
    for invalid in INVALID {
        let next =
            format!("permessage-deflate; {invalid}, permessage-deflate; server_max_window_bits=11");
        let expected = "permessage-deflate; server_max_window_bits=11";
        assert_answer(&config(), &[&next], Some(expected));
    }
}

// Shows 6455-9.1-2 (server), 7692-5.1-1.
#[test]
fn section_5_1_offers_may_be_in_several_lines() {
    for invalid in INVALID {
        let first = format!("permessage-deflate; {invalid}");
        let lines = [
            "mux; max-channels=4",
            &first,
            "permessage-deflate; server_no_context_takeover, permessage-deflate",
        ];
        let expected = "permessage-deflate; server_no_context_takeover";
        assert_answer(&config(), &lines, Some(expected));
    }
}

// Shows 7692-7.1-3 (server).
#[test]
fn section_5_1_a_value_may_be_quoted() {
    for (offer, bits) in [
        ("server_max_window_bits=\"10\"", 10),
        ("server_max_window_bits=\"1\\0\"", 10),
        ("server_max_window_bits = \"\\8\"", 8),
        ("server_max_window_bits=\"9\";client_max_window_bits=\"15\"", 9),
    ] {
        let expected = format!("permessage-deflate; server_max_window_bits={bits}");
        let offer = format!("permessage-deflate;{offer}");
        assert_answer(&config(), &[&offer], Some(&expected));
    }
}

// Shows 6455-9.1-1 (server).
#[test]
fn rfc_6455_section_9_1_a_value_that_is_empty_is_malformed() {
    for value in ["=", "=\"\"", "=\"", "=\"1 0\"", "=1 0"] {
        for name in ["server_max_window_bits", "client_max_window_bits"] {
            let request = request(&[&format!("permessage-deflate; {name}{value}")]);
            let error = Request::parse(request.as_bytes(), &HeadLimits::default()).unwrap_err();
            let expected = RequestError::Head(HeadError::InvalidHeader(EXTENSIONS));
            assert_eq!(error, HandshakeError::Request(expected), "{name}{value}");
        }
    }
}

// Shows 6455-4.2.2-9, 6455-9-1, 7692-5.1-1.
#[test]
fn without_an_offer_or_a_config_there_is_no_answer() {
    assert_answer(&config(), &[], None);
    for other in ["mux", "permessage-deflate-2; client_max_window_bits", ""] {
        assert_answer(&config(), &[other], None);
    }
    assert_eq!(answer(None, &["permessage-deflate"]), None);
}

/// All settings with these windows.
fn all_settings() -> impl Iterator<Item = deflate::Config> + Clone {
    (0..64).map(|index: usize| {
        let bits = [8, 9, 12, 15];
        deflate::Config::default()
            .server_max_window_bits(bits[index % 4])
            .client_max_window_bits(bits[index / 4 % 4])
            .server_no_context_takeover(index & 16 != 0)
            .client_no_context_takeover(index & 32 != 0)
    })
}

// Shows 6455-9-2 (both).
#[test]
fn a_client_and_a_server_always_agree_and_neither_gets_more_than_it_wants() {
    for (client, server) in
        all_settings().flat_map(|client| all_settings().map(move |server| (client.clone(), server)))
    {
        let offer = Offer::new(&client);
        let (answer, params) = offer.answer(&server);
        assert_eq!(offer.accept(&answer), Ok(params));

        let (of_client, of_server) = (
            settings(Offer::new(&client).answer(&client).1),
            settings(Offer::new(&server).answer(&server).1),
        );
        let expected = (
            of_client.0 || of_server.0,
            of_client.1 || of_server.1,
            of_client.2.min(of_server.2),
            of_client.3.min(of_server.3),
        );
        assert_eq!(settings(params), expected);
    }
}
