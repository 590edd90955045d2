//! RFC 9112 6.3 and 7.1: where the body of a refusal ends, and how it is decoded.

use sansocket::Parsed;
use sansocket::handshake::client::Request;
use sansocket::handshake::proxy::{ProxyError, Tunnel};
use sansocket::handshake::{HandshakeError, HeadLimits};

use crate::upgrade::sent;

/// The result of reading a body.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Body {
    bytes: Vec<u8>,
    /// The number of bytes of the response after which the client needed no more; `None` if it
    /// needed the end of the stream.
    end: Option<usize>,
}

/// A handshake that a response ends, with the server or with a proxy.
type Parse<'p> = &'p mut dyn FnMut(&[u8]) -> Result<(), HandshakeError>;

/// Reads the response in pieces of this length.
fn read(response: &[u8], read_len: usize, parse: Parse<'_>) -> Option<(usize, HandshakeError)> {
    let mut len = 0;
    while len < response.len() {
        len = response.len().min(len + read_len);
        if let Err(error) = parse(&response[..len]) {
            return Some((len, error));
        }
    }
    None
}

fn body(error: HandshakeError) -> Vec<u8> {
    match error {
        HandshakeError::UnexpectedResponse(refusal)
        | HandshakeError::Proxy(ProxyError::UnexpectedResponse(refusal)) => refusal.body().into(),
        error => panic!("{error:?}"),
    }
}

/// Returns what a client keeps of the body, in reads of this length.
fn from_server(response: &[u8], read_len: usize, limits: &HeadLimits) -> Body {
    let mut awaiting = sent(&Request::new("h", "/").limits(limits.clone()));
    let mut parse = |input: &[u8]| match awaiting.parse(input)? {
        Parsed::Partial { needed } => {
            assert_ne!(needed, 0);
            Ok(())
        }
        Parsed::Complete { .. } => panic!("a refusal opens nothing"),
    };
    match read(response, read_len, &mut parse) {
        Some((end, error)) => Body { bytes: body(error), end: Some(end) },
        None => Body { bytes: body(awaiting.parse_eof(response)), end: None },
    }
}

/// The same for the refusal of a proxy.
fn from_proxy(response: &[u8], read_len: usize, limits: &HeadLimits) -> Body {
    let mut tunnel = Tunnel::http("h", 80, limits);
    let mut parse = |input: &[u8]| match tunnel.advance(input, &mut Vec::new())? {
        Parsed::Partial { needed } => {
            assert_ne!(needed, 0);
            Ok(())
        }
        Parsed::Complete { .. } => panic!("a refusal opens nothing"),
    };
    match read(response, read_len, &mut parse) {
        Some((end, error)) => Body { bytes: body(error), end: Some(end) },
        None => Body { bytes: body(tunnel.advance_eof(response)), end: None },
    }
}

/// Returns what is kept of a body, which must not depend on the reads. Its end is counted from the
/// end of the head.
#[track_caller]
fn kept_within(limits: &HeadLimits, lines: &str, body: &[u8]) -> Body {
    let head = format!("HTTP/1.1 401 Unauthorized\r\n{lines}\r\n");
    let response = [head.as_bytes(), body].concat();
    let bytewise = from_server(&response, 1, limits);
    for read_len in [2, 3, 7, 16, response.len()] {
        assert_eq!(from_server(&response, read_len, limits).bytes, bytewise.bytes, "{read_len}");
    }
    for read_len in [1, 5, response.len()] {
        assert_eq!(from_proxy(&response, read_len, limits).bytes, bytewise.bytes, "{read_len}");
    }
    Body { end: bytewise.end.map(|end| end - head.len()), ..bytewise }
}

#[track_caller]
fn kept(lines: &str, body: &[u8]) -> Body {
    kept_within(&HeadLimits::default(), lines, body)
}

/// A body that ended with the byte at this place, or with the stream.
fn ended(bytes: &[u8], end: impl Into<Option<usize>>) -> Body {
    Body { bytes: bytes.into(), end: end.into() }
}

const CHUNKED: &str = "Transfer-Encoding: chunked\r\n";

// Shows own-client-2.
#[test]
fn a_chunked_body_is_decoded_however_it_is_split() {
    let body = b"7\r\ntoken e\r\n6\r\nxpired\r\n0\r\n\r\n";
    assert_eq!(kept(CHUNKED, body), ended(b"token expired", body.len() - 2));
    // Digits in any case, and leading zeros.
    let body = b"0000a\r\n0123456789\r\n0B\r\n01234567890\r\n00\r\n\r\n";
    assert_eq!(kept(CHUNKED, body), ended(b"012345678901234567890", body.len() - 2));
    // Bytes inside a chunk that look like framing are data.
    let body = b"b\r\n\r\n0\r\n\r\n3\r\n!\r\n0\r\n\r\n";
    assert_eq!(kept(CHUNKED, body), ended(b"\r\n0\r\n\r\n3\r\n!", body.len() - 2));
}

#[test]
fn extensions_of_chunks_and_trailers_are_skipped() {
    let body = b"2;a=b\r\nno\r\n1 ; c=\"d;e\"\r\n!\r\n0;last\r\nExpires: never\r\n\r\n";
    // The trailer is not part of the body, and not waited for.
    let end = body.windows(4).position(|bytes| bytes == b"last").unwrap() + 6;
    assert_eq!(kept(CHUNKED, body), ended(b"no!", end));
}

#[test]
fn a_transfer_coding_overrides_a_length() {
    let body = b"2\r\nno\r\n0\r\n\r\n";
    for lines in [
        "Transfer-Encoding: chunked\r\nContent-Length: 9\r\n",
        "Content-Length: 1\r\ntransfer-encoding:CHUNKED\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
    ] {
        assert_eq!(kept(lines, body), ended(b"no", body.len() - 2), "{lines}");
    }
}

#[test]
fn a_body_without_a_length_ends_with_the_stream() {
    let body = b"2\r\nno";
    for lines in [
        "",
        // Chunked is not the last coding, or there is another.
        "Transfer-Encoding: chunked, gzip\r\n",
        "Transfer-Encoding: gzip\r\nContent-Length: 1\r\n",
        // Invalid lengths.
        "Content-Length: 1\r\nContent-Length: 2\r\n",
        "Content-Length: 1, 2\r\n",
        "Content-Length: +1\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 0x1\r\n",
        "Content-Length: \r\n",
    ] {
        assert_eq!(kept(lines, body), ended(body, None), "{lines}");
    }
}

#[test]
fn a_body_with_a_length_has_that_length() {
    for (lines, body, end) in [
        ("Content-Length: 0\r\n", &b""[..], 0),
        ("Content-Length: 2\r\n", b"no", 2),
        ("Content-Length: 002\r\n", b"no", 2),
        // RFC 9110 8.6: the same length several times is that length.
        ("Content-Length: 2, 2\r\n", b"no", 2),
        ("Content-Length: 2\r\nContent-Length: 2\r\n", b"no", 2),
    ] {
        let with_more = [body, b" more"].concat();
        assert_eq!(kept(lines, &with_more), ended(body, end), "{lines}");
    }
    // A body with an impossible length ends with the stream.
    for lines in ["Content-Length: 99999999999999999999999\r\n", "Content-Length: 3\r\n"] {
        assert_eq!(kept(lines, b"no"), ended(b"no", None), "{lines}");
    }
}

#[test]
fn some_statuses_have_no_body() {
    let response = |status| format!("HTTP/1.1 {status} x\r\nContent-Length: 2\r\n\r\nno");
    let limits = HeadLimits::default();
    for status in [204, 304] {
        let response = response(status);
        let expected = ended(b"", response.len() - 2);
        assert_eq!(from_server(response.as_bytes(), 1, &limits), expected);
    }
    // From a proxy, 204 opens the tunnel, and 101 does not.
    for status in [101, 304] {
        let response = response(status);
        let expected = ended(b"", response.len() - 2);
        assert_eq!(from_proxy(response.as_bytes(), 1, &limits), expected);
    }
}

// Shows own-client-2.
#[test]
fn malformed_chunks_end_the_body_of_a_refusal() {
    for (body, expected, end) in [
        (&b"x"[..], &b""[..], 1),
        (b"\r\n", b"", 1),
        (b";a\r\n", b"", 1),
        (b"-1\r\n", b"", 1),
        (b"+1\r\na", b"", 1),
        (b"2\nno\r\n", b"", 2),
        (b"2\rno\r\n", b"", 3),
        (b"2;\0\r\nno", b"", 3),
        (b"2\r\nnot\r\n", b"no", 6),
        (b"2\r\nno\rx", b"no", 7),
        (b"2\r\nno\r\n\r\n", b"no", 8),
        (b"2\r\nno\r\n1\r\n!\r\nx", b"no!", 14),
    ] {
        let text = body.escape_ascii();
        assert_eq!(kept(CHUNKED, body), ended(expected, end), "{text}");
    }
}

#[test]
fn a_chunked_body_that_the_stream_cuts_off_is_kept_in_part() {
    let body = b"5\r\nfirst\r\n4\r\nlast\r\n0\r\n";
    for len in 0..body.len() {
        let expected = match len {
            0..3 => &b""[..],
            3..13 => &b"first"[..5.min(len - 3)],
            13.. => &b"firstlast"[..9.min(5 + len - 13)],
        };
        assert_eq!(kept(CHUNKED, &body[..len]), ended(expected, None), "{len}");
    }
}

// Shows own-client-2.
#[test]
fn a_body_is_truncated_at_the_limit_and_not_read_further() {
    let limits = HeadLimits::default().max_body_len(4);
    for (lines, body, end) in [
        ("", &b"abcdef"[..], 4),
        ("Content-Length: 10\r\n", b"abcdef", 4),
        ("Content-Length: 4\r\n", b"abcdef", 4),
        (CHUNKED, b"6\r\nabcdef\r\n0\r\n\r\n", 7),
        (CHUNKED, b"3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n", 12),
        // Lengths that overflow.
        (CHUNKED, b"fffffffffffffffff\r\nabcdef", 23),
        (CHUNKED, b"10000000000000004\r\nabcdef", 23),
    ] {
        assert_eq!(kept_within(&limits, lines, body), ended(b"abcd", end), "{lines}");
    }
    let nothing = HeadLimits::default().max_body_len(0);
    for lines in ["", CHUNKED, "Content-Length: 5\r\n"] {
        assert_eq!(kept_within(&nothing, lines, b"abcdef"), ended(b"", 0), "{lines}");
    }
}

// Shows own-client-2.
#[test]
fn the_framing_of_chunks_is_bounded_too() {
    let limits = HeadLimits::default().max_head_len(100).max_body_len(10);
    // The minimal framing of chunks of one byte, and the limit of a head.
    let bound = 6 * 10 + 100;
    for filler in [&b"0"[..], b"1;", b"1 "] {
        let mut body = filler.to_vec();
        body.resize(1000, filler[filler.len() - 1]);
        assert_eq!(kept_within(&limits, CHUNKED, &body), ended(b"", bound));
    }
    // Chunks of one byte are within the bound.
    let body = b"1\r\na\r\n".repeat(20);
    assert_eq!(kept_within(&limits, CHUNKED, &body), ended(b"aaaaaaaaaa", 9 * 6 + 4));
}

#[test]
fn a_refusal_can_be_looked_at_before_its_body_is_complete() {
    let response = b"HTTP/1.1 302 x\r\nLocation: /a\r\nContent-Length: 5\r\n\r\nther";
    let head_len = response.len() - 4;
    let mut awaiting = sent(&Request::new("h", "/"));
    for len in 0..=response.len() {
        assert!(matches!(awaiting.parse(&response[..len]), Ok(Parsed::Partial { .. })));
        let seen = awaiting.refusal().map(|refusal| (refusal.status(), refusal.body()));
        let expected = len.checked_sub(head_len).map(|len| (302, &b"ther"[..len]));
        assert_eq!(seen, expected, "{len}");
    }
}

#[test]
fn a_second_call_returns_the_same_error() {
    let response = b"HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n";
    let mut awaiting = sent(&Request::new("h", "/"));
    assert!(matches!(awaiting.parse(&response[..55]), Ok(Parsed::Partial { .. })));
    let first = awaiting.parse(response).unwrap_err();
    assert_eq!(awaiting.parse(response).unwrap_err(), first);
    assert_eq!(awaiting.parse_eof(response), first);
    assert_eq!(body(first), b"no");
}
