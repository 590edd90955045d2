//! RFC 9112 2 to 5, as far as an opening handshake needs it (RFC 6455 10.7): the syntax of a head,
//! its limits, and input in any pieces.

use proptest::prelude::*;
use sansocket::Parsed;
use sansocket::handshake::server::{AwaitingRequest, Request};
use sansocket::handshake::{
    Extensions, HandshakeError, HeadError, HeadLimits, HeadScanner, RequestError, ResponseError,
};

use crate::upgrade::{Head, accepted, awaiting, refused, rejection, request};

/// Returns where the head of a request ends, if it arrives in pieces that end at `ends`.
fn scan(
    input: &[u8],
    limits: &HeadLimits,
    ends: impl IntoIterator<Item = usize>,
) -> Result<Parsed<()>, HandshakeError> {
    let mut scanner = HeadScanner::new(limits);
    for end in ends {
        match scanner.scan(&input[..end])? {
            Parsed::Partial { .. } => {}
            complete => return Ok(complete),
        }
    }
    scanner.scan(input)
}

/// Returns the byte at which a head is refused, and its place, which do not depend on the pieces.
fn invalid_byte(input: &[u8]) -> (u8, usize) {
    let limits = HeadLimits::default();
    let at_once = scan(input, &limits, []).unwrap_err();
    assert_eq!(at_once.rejection_status(), Some(400));
    assert_eq!(scan(input, &limits, 0..input.len()).unwrap_err(), at_once);
    match at_once {
        HandshakeError::Request(RequestError::Head(HeadError::InvalidByte { byte, position })) => {
            // It does not wait for more.
            let upto = scan(&input[..=position], &limits, []);
            assert_eq!(upto.unwrap_err(), at_once);
            assert!(scan(&input[..position], &limits, []).is_ok());
            (byte, position)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn anything_but_http_is_refused_at_its_first_wrong_byte() {
    for (input, position, expected) in [
        // A TLS hello.
        (&b"\x16\x03\x01\x02\0"[..], 0, RequestError::Tls),
        (b"\0", 0, RequestError::NotHttp),
        (b"\x81\x85", 0, RequestError::NotHttp),
        (b" GET / HTTP/1.1\r\n", 0, RequestError::NotHttp),
        (b"GET\x07", 3, RequestError::NotHttp),
        // An SSH client waits for an answer.
        (b"SSH-2.0-OpenSSH_9.6\r\n", 19, RequestError::NotHttp),
    ] {
        let limits = HeadLimits::default();
        assert_eq!(expected.status(), 400);
        let expected = HandshakeError::from(expected);
        assert_eq!(scan(input, &limits, []).unwrap_err(), expected);
        assert_eq!(scan(input, &limits, 0..input.len()).unwrap_err(), expected);
        assert_eq!(scan(&input[..=position], &limits, []).unwrap_err(), expected);
        assert!(scan(&input[..position], &limits, []).is_ok());
    }
    assert_eq!(invalid_byte(b"GET \x07"), (0x07, 4));
}

#[test]
fn an_empty_line_before_the_request_is_refused() {
    assert_eq!(invalid_byte(b"\r\nGET / HTTP/1.1\r\n\r\n"), (b'\r', 0));
    assert_eq!(invalid_byte(b"\nGET / HTTP/1.1\r\n\r\n"), (b'\n', 0));
}

#[test]
fn the_preface_of_http_2_is_another_version() {
    let input = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let error = Request::parse(input, &HeadLimits::default()).unwrap_err();
    assert_eq!(error.rejection_status(), Some(505));
}

// Shows own-client-7.
#[test]
fn a_response_that_is_malformed_fails_at_its_first_wrong_byte() {
    let line = b"HTTP/1.1 101 Switching Protocols\r\n";
    for (rest, byte, position) in [
        (&b"A: b\n"[..], b'\n', 38),
        (b"A: b\rc", b'c', 39),
        (b"A: b\r\n\n", b'\n', 40),
        (b"A: b\r\n\rX", b'X', 41),
        (b"A: b\r\n folded", b' ', 40),
        (b"A: b\r\n\tfolded", b'\t', 40),
        (b"A : b", b' ', 35),
        (b": b", b':', 34),
        (b"A\r\n", b'\r', 35),
        (b"A: \0", 0, 37),
        (b"A: \x1B", 0x1B, 37),
        (b"A: \x7F", 0x7F, 37),
        (b"A\xFC: b", 0xFC, 35),
    ] {
        let input = [&line[..], rest].concat();
        let expected = ResponseError::from(HeadError::InvalidByte { byte, position });
        let expected = HandshakeError::from(expected);
        // At once, and byte by byte.
        assert_eq!(awaiting().parse(&input).unwrap_err(), expected, "{rest:?}");
        let mut awaiting = awaiting();
        for len in 0..=position {
            assert!(matches!(awaiting.parse(&input[..len]), Ok(Parsed::Partial { .. })));
        }
        assert_eq!(awaiting.parse(&input[..=position]).unwrap_err(), expected, "{rest:?}");
    }
}

// Shows own-server-18.
#[test]
fn lines_end_in_crlf() {
    assert_eq!(invalid_byte(b"GET / HTTP/1.1\nHost: h\n\n"), (b'\n', 14));
    assert_eq!(invalid_byte(b"GET / HTTP/1.1\r\nA: b\n"), (b'\n', 20));
    assert_eq!(invalid_byte(b"GET / HTTP/1.1\r\nA: b\r\n\n"), (b'\n', 22));
    assert_eq!(invalid_byte(b"GET / HTTP/1.1\rX"), (b'X', 15));
    assert_eq!(invalid_byte(b"GET / HTTP/1.1\r\nA: b\rc\r\n"), (b'c', 21));
    assert_eq!(invalid_byte(b"GET / HTTP/1.1\r\r\n"), (b'\r', 15));
    assert_eq!(invalid_byte(b"GET / HTTP/1.1\r\nA: b\r\n\rX"), (b'X', 23));
}

// Shows own-server-18.
#[test]
fn lines_are_not_folded() {
    for line in [&b" folded"[..], b"\tfolded", b" "] {
        let input = [b"GET / HTTP/1.1\r\nA: b\r\n", line].concat();
        assert_eq!(invalid_byte(&input), (line[0], 22));
        let input = [b"GET / HTTP/1.1\r\n", line].concat();
        assert_eq!(invalid_byte(&input), (line[0], 16));
    }
}

// Shows own-server-18.
#[test]
fn a_header_is_a_token_a_colon_and_a_value() {
    assert_eq!(invalid_byte(b"GET / HTTP/1.1\r\nHost : h\r\n"), (b' ', 20));
    assert_eq!(invalid_byte(b"GET / HTTP/1.1\r\nHost\t: h\r\n"), (b'\t', 20));
    assert_eq!(invalid_byte(b"GET / HTTP/1.1\r\n: h\r\n"), (b':', 16));
    assert_eq!(invalid_byte(b"GET / HTTP/1.1\r\nHost\r\n"), (b'\r', 20));
    assert_eq!(invalid_byte(b"GET / HTTP/1.1\r\nHo(st: h\r\n"), (b'(', 18));
    assert_eq!(invalid_byte(b"GET / HTTP/1.1\r\nHo\xFCst: h\r\n"), (0xFC, 18));
}

// Shows own-server-18.
#[test]
fn a_head_holds_no_control_bytes() {
    for byte in (0..0x20).chain([0x7F]) {
        let (in_target, in_value) = ([b"GET /", &[byte][..]], [b"G / H\r\nA: ", &[byte][..]]);
        if byte == b'\t' {
            // In a value it is whitespace; in a target it is refused later.
            assert!(scan(&in_value.concat(), &HeadLimits::default(), []).is_ok());
            continue;
        }
        if byte != b'\r' {
            assert_eq!(invalid_byte(&in_target.concat()), (byte, 5));
            assert_eq!(invalid_byte(&in_value.concat()), (byte, 10));
        }
    }
}

#[test]
fn a_value_may_be_empty_or_hold_any_other_bytes() {
    let mut bytes = Head::request().with("A:").with("B: \t ").with("C: x").bytes();
    let at = bytes.len() - 5;
    bytes[at] = 0xFF;
    let request = request(&bytes);
    let values = ["A", "B", "C"].map(|name| request.headers().get(name).unwrap());
    assert_eq!(values, [&b""[..], b"", b"\xFF"]);
}

// Shows own-server-8, own-server-15.
#[test]
fn a_long_head_is_answered_with_431() {
    let bytes = Head::request().bytes();
    let limit = bytes.len();
    let parse = |limit, input| Request::parse(input, &HeadLimits::default().max_head_len(limit));
    assert!(matches!(parse(limit, &bytes), Ok(Parsed::Complete { .. })));
    // Bytes after the head do not count.
    let followed = [&bytes[..], &[0; 1000]].concat();
    assert!(matches!(parse(limit, &followed), Ok(Parsed::Complete { .. })));
    let too_long = HeadError::TooLong { limit: limit - 1 };
    let error = parse(limit - 1, &bytes).map(|_| ()).unwrap_err();
    assert_eq!(error, RequestError::Head(too_long).into());
    assert_eq!(error.rejection_status(), Some(431));
    // It does not wait for a byte that would exceed the limit.
    assert!(parse(limit - 1, &bytes[..limit - 1]).is_err());
    assert!(parse(limit - 1, &bytes[..limit - 2]).is_ok());
}

// Shows own-server-15, own-limits-1 (server).
#[test]
fn the_default_limit_of_a_head_is_16_kib() {
    let padded = |len: usize| Head::request().with(&format!("X: {}", "x".repeat(len)));
    let room = (16 << 10) - padded(0).bytes().len();
    assert_eq!(padded(room).bytes().len(), 16 << 10);
    request(&padded(room).bytes());
    let limit = 16 << 10;
    assert_eq!(refused(&padded(room + 1)), HeadError::TooLong { limit }.into());
    assert!(
        rejection(&padded(room + 1))
            .starts_with("HTTP/1.1 431 Request Header Fields Too Large\r\n")
    );
}

// Shows own-server-8, own-server-15, own-limits-1 (server).
#[test]
fn many_headers_are_answered_with_431() {
    let with = |count: usize| (0..count).fold(Head::request(), |head, _| head.with("a:"));
    assert_eq!(request(&with(123).bytes()).headers().iter().count(), 128);
    let expected = HeadError::TooManyHeaders { limit: 128 };
    assert_eq!(refused(&with(124)), expected.into());
    assert_eq!(refused(&with(2000)).status(), 431);
    let limits = HeadLimits::default().max_headers(4);
    let error = Request::parse(&Head::request().bytes(), &limits).map(|_| ());
    assert_eq!(error.unwrap_err().rejection_status(), Some(431));
}

// Shows own-server-9.
#[test]
fn a_long_target_is_answered_with_414() {
    let with = |len: usize| {
        let target = "/".repeat(len);
        Head::request().start_line(&format!("GET {target} HTTP/1.1"))
    };
    request(&with(8 << 10).bytes());
    let limit = 8 << 10;
    let too_long = HeadError::TargetTooLong { limit };
    assert_eq!(refused(&with(limit + 1)), too_long.into());
    // Also if that makes the head too long.
    assert_eq!(refused(&with(100_000)), too_long.into());
    assert!(rejection(&with(limit + 1)).starts_with("HTTP/1.1 414 URI Too Long\r\n"));

    let limits = HeadLimits::default().max_target_len(3);
    assert!(scan(&with(3).bytes(), &limits, []).is_ok());
    let too_long = HeadError::TargetTooLong { limit: 3 };
    assert_eq!(scan(&with(4).bytes(), &limits, []), Err(RequestError::from(too_long).into()));
}

// Shows own-server-24.
#[test]
fn a_head_of_16_kib_may_come_byte_by_byte() {
    let padded = |len: usize| Head::request().with(&format!("X: {}", "x".repeat(len)));
    let input = padded((16 << 10) - padded(0).bytes().len()).bytes();
    let limits = HeadLimits::default();
    let expected = Parsed::Complete { value: (), consumed: 16 << 10 };
    assert_eq!(scan(&input, &limits, 0..input.len()), Ok(expected));
}

// Shows own-server-16.
#[test]
fn a_scanner_looks_at_each_byte_once() {
    let input = Head::request().bytes();
    let mut scanner = HeadScanner::new(&HeadLimits::default());
    let mut seen = Vec::new();
    for &byte in &input[..input.len() - 1] {
        seen.push(byte);
        assert_eq!(scanner.scan(&seen), Ok(Parsed::Partial { needed: 1 }));
        // Bytes that were scanned may be overwritten.
        seen.fill(0);
    }
    seen.push(b'\n');
    let expected = Parsed::Complete { value: (), consumed: input.len() };
    assert_eq!(scanner.scan(&seen), Ok(expected));
    // It does not look beyond the end either.
    seen.push(0);
    assert_eq!(scanner.scan(&seen), Ok(expected));
}

// Shows own-server-16.
#[test]
fn each_byte_of_a_request_in_pieces_is_scanned_once() {
    let input = Head::request().bytes();
    let mut awaiting = AwaitingRequest::new(&HeadLimits::default());
    for end in 1..input.len() {
        // Bytes that were scanned may be overwritten while the head is incomplete.
        let mut seen = vec![0; end];
        seen[end - 1] = input[end - 1];
        let parsed = awaiting.parse(&seen);
        assert!(matches!(parsed, Ok(Parsed::Partial { needed: 1 })), "{end}: {parsed:?}");
    }
    let parsed = awaiting.parse(&input).unwrap();
    let Parsed::Complete { value, consumed } = parsed else { panic!() };
    assert_eq!(consumed, input.len());
    let at_once = request(&input);
    assert_eq!(value.target(), at_once.target());
    assert_eq!(value.headers(), at_once.headers());
}

#[test]
fn a_request_that_comes_in_pieces_is_refused_for_the_same_reason() {
    let limits = HeadLimits::default().max_head_len(300).max_headers(8).max_target_len(20);
    let heads = [
        Head::request().with("A: \0"),
        Head::request().with("A : b"),
        Head::request().with(&format!("A: {:300}", "")),
        Head::request().start_line("GET /a/path/that/is/too/long HTTP/1.1"),
        Head::request().start_line("POST / HTTP/1.1"),
        Head::request().start_line("GET / HTTP/1.0"),
        Head::request().without("Host"),
        Head::request().with("Content-Length: 5"),
    ];
    for head in heads.map(|head| head.bytes()) {
        let expected = Request::parse(&head, &limits).unwrap_err();
        for step in [1, 7, 50] {
            let mut awaiting = AwaitingRequest::new(&limits);
            let mut ends = (step..head.len()).step_by(step).chain([head.len()]);
            let error = ends.find_map(|end| awaiting.parse(&head[..end]).err()).unwrap();
            assert_eq!(error, expected);
            assert_eq!(awaiting.parse(&head).unwrap_err(), expected, "an error stays");
        }
    }
}

#[test]
fn an_error_stays() {
    let mut scanner = HeadScanner::new(&HeadLimits::default());
    let error = scanner.scan(b"GET\0").unwrap_err();
    assert_eq!(scanner.scan(b"GET\0 / HTTP/1.1\r\n\r\n").unwrap_err(), error);
}

// Shows own-server-22.
#[test]
fn repeated_lines_make_one_list() {
    let bytes = Head::request().with("X-List: a, b").with("x-list:").with("X-LIST: ,c , ").bytes();
    let request = request(&bytes);
    let headers = request.headers();
    assert!(headers.tokens("x-List").eq([b"a", b"b", b"c"]));
    assert!(headers.get_all("X-list").eq([&b"a, b"[..], b"", b",c ,"]));
    assert_eq!(headers.get("x-list"), Some(&b"a, b"[..]));
    assert_eq!(headers.tokens("Absent").next(), None);
}

// Shows own-adapters-6 (both).
#[test]
fn header_values_stay_out_of_debug_output() {
    let bytes = Head::request().with("Cookie: secret").bytes();
    let debug = format!("{:?}", request(&bytes).headers());
    assert!(debug.contains("Cookie") && !debug.contains("secret"), "{debug}");
    // Also where headers outlive the head.
    let bytes = Head::response().with("Set-Cookie: secret").bytes();
    let debug = format!("{:?}", accepted(&mut awaiting(), &bytes));
    assert!(debug.contains("Set-Cookie") && !debug.contains("secret"), "{debug}");
}

/// Bytes that occur in heads, so that random input gets far.
fn head_like() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(&b"GET / HTTP/1.1\r\n"[..]),
        Just(&b"HTTP/1.1 101 x\r\n"[..]),
        Just(&b"HTTP/1.1 100 x\r\n\r\n"[..]),
        Just(&b"HTTP/1.1 404 x\r\nContent-Length: 3\r\n\r\n"[..]),
        Just(&b"Host: h\r\n"[..]),
        Just(&b"Upgrade: websocket\r\n"[..]),
        Just(&b"Connection: Upgrade\r\n"[..]),
        Just(&b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"[..]),
        Just(&b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"[..]),
        Just(&b"Sec-WebSocket-Version: 13\r\n"[..]),
        Just(&b"Sec-WebSocket-Protocol: a\r\n"[..]),
        Just(&b"Sec-WebSocket-Extensions: a;b=\"c\"\r\n"[..]),
        Just(&b"\r\n"[..]),
        Just(&b"x"[..]),
        Just(&b"\xFF"[..]),
        Just(&b":"[..]),
        Just(&b" "[..]),
    ];
    prop::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

/// Ends of pieces, in order.
fn ends(len: usize) -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(0..=len, 0..8).prop_map(|mut ends| {
        ends.sort_unstable();
        ends
    })
}

fn in_pieces() -> impl Strategy<Value = (Vec<u8>, Vec<usize>)> {
    head_like().prop_flat_map(|input| {
        let len = input.len();
        (Just(input), ends(len))
    })
}

/// Returns what a client makes of input in pieces, as text.
fn awaited(input: &[u8], ends: &[usize]) -> String {
    let mut awaiting = awaiting();
    for &end in ends {
        match awaiting.parse(&input[..end]) {
            Ok(Parsed::Partial { .. }) => {}
            outcome => return format!("{outcome:?}"),
        }
    }
    match awaiting.parse(input) {
        Ok(Parsed::Partial { .. }) => format!("{:?}", awaiting.parse_eof(input)),
        outcome => format!("{outcome:?}"),
    }
}

proptest! {
    #[test]
    fn any_pieces_give_the_same_head((input, ends) in in_pieces()) {
        let limits = HeadLimits::default();
        prop_assert_eq!(scan(&input, &limits, ends), scan(&input, &limits, []));
    }

    #[test]
    fn any_pieces_give_the_same_response((input, ends) in in_pieces()) {
        prop_assert_eq!(awaited(&input, &ends), awaited(&input, &[]));
    }

    // Shows 6455-10.7-1 (both).
    #[test]
    fn any_bytes_are_parsed_without_a_panic(input in prop::collection::vec(any::<u8>(), 0..256)) {
        let _ = Request::parse(&input, &HeadLimits::default());
        let _ = awaiting().parse(&input);
        let _ = awaiting().parse_eof(&input);
        prop_assert!(Extensions::new(&input).count() <= input.len());
    }

    #[test]
    fn any_heads_are_parsed_without_a_panic(input in head_like()) {
        let _ = Request::parse(&input, &HeadLimits::default());
        let _ = awaiting().parse(&input);
    }

    #[test]
    fn every_line_that_the_scanner_accepts_is_a_header(
        lines in prop::collection::vec((NAME, VALUE), 0..8),
    ) {
        let mut head = Head::request();
        for (name, value) in &lines {
            // The prefix makes it different from the handshake's own headers.
            head = head.with(&format!("x{name}:{value}"));
        }
        let bytes = head.bytes();
        let parsed: Vec<_> = request(&bytes)
            .headers()
            .iter()
            .skip(5)
            .map(|(name, value)| (name[1..].to_string(), value.to_vec()))
            .collect();
        let expected: Vec<_> = lines
            .into_iter()
            .map(|(name, value)| (name, value.as_bytes().trim_ascii().to_vec()))
            .collect();
        prop_assert_eq!(parsed, expected);
    }
}

/// Names and values, as regular expressions.
const NAME: &str = "[!#$%&'*+.^_`|~0-9A-Za-z-]{0,8}";
const VALUE: &str = "[\t -~\u{80}-\u{ff}]{0,16}";
