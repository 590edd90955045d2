use sansocket::{
    Limits, Parsed,
    handshake::{
        HandshakeError, HeadLimits, HeadScanner, OriginPolicy, client,
        server::{AwaitingRequest, Rejection, Request},
    },
};

use crate::{http_head::HttpHead, input::Input};

/// Longer than any response of ours without content from the application.
const MAX_REFUSAL_LEN: usize = 512;

/// Any bytes in any reads: the same request or the same error. A request that is accepted has all
/// that RFC 6455 4.2.1 demands, and a client accepts the response to it; one that is not gets a
/// well-formed refusal.
///
/// Input: limits, [cuts](Input::cuts), bytes.
pub fn request_head(data: &[u8]) {
    let mut input = Input::new(data);
    let limits = limits(input.byte());
    let cuts = input.cuts();
    let bytes = input.rest();

    let whole = parse(bytes, &limits);
    let mut scanner = HeadScanner::new(&limits);
    let mut len = 0;
    let is_partial = cuts.pieces(bytes).all(|read| {
        len += read.len();
        matches!(scanner.scan(&bytes[..len]), Ok(Parsed::Partial { .. }))
    });
    assert_eq!(is_partial, matches!(whole, Ok(Parsed::Partial { .. })));
    assert_eq!(parse(&bytes[..len], &limits), whole, "what follows changes nothing");
    let mut awaiting = AwaitingRequest::new(&limits);
    let mut len = 0;
    let in_pieces = cuts.pieces(bytes).find_map(|read| {
        len += read.len();
        let parsed = end_of(awaiting.parse(&bytes[..len]));
        (!matches!(parsed, Ok(Parsed::Partial { .. }))).then_some(parsed)
    });
    assert_eq!(in_pieces.as_ref(), (!is_partial).then_some(&whole), "in whatever pieces");

    match whole {
        Ok(Parsed::Partial { needed }) => assert_ne!(needed, 0),
        Ok(Parsed::Complete { consumed, .. }) => check_accepted(&bytes[..consumed], &limits),
        Err(error) => check_refusal(&error),
    }
}

/// The defaults, or limits that a few lines exceed.
pub(crate) fn limits(choice: u8) -> HeadLimits {
    match usize::from(choice) {
        0 => HeadLimits::default(),
        limit => HeadLimits::default()
            .max_head_len(8 * limit)
            .max_headers(limit / 8)
            .max_target_len(limit)
            .max_body_len(limit),
    }
}

/// Where the head of a request ends, if it is one to be accepted.
fn parse(input: &[u8], limits: &HeadLimits) -> Result<Parsed<()>, HandshakeError> {
    end_of(Request::parse(input, limits))
}

fn end_of(
    parsed: Result<Parsed<Request<'_>>, HandshakeError>,
) -> Result<Parsed<()>, HandshakeError> {
    Ok(match parsed? {
        Parsed::Complete { consumed, .. } => Parsed::Complete { value: (), consumed },
        Parsed::Partial { needed } => Parsed::Partial { needed },
    })
}

/// RFC 6455 4.2.1, line by line.
fn check_accepted(bytes: &[u8], limits: &HeadLimits) {
    let Ok(Parsed::Complete { value: request, .. }) = Request::parse(bytes, limits) else {
        panic!("it was accepted before")
    };
    let head = HttpHead::parse(bytes);
    assert!(head.rest.is_empty());
    let words: Vec<&[u8]> = head.start_line.split(|&byte| byte == b' ').collect();
    assert_eq!(words[..2], [&b"GET"[..], request.target().as_bytes()]);
    assert!(words.len() == 3 && words[2].starts_with(b"HTTP/1.") && words[2] != b"HTTP/1.0");
    assert!(request.path().starts_with('/'));
    assert!(!head.value("Host").is_empty() && !request.host().is_empty());
    assert!(head.has_token("Upgrade", "websocket"));
    assert!(head.has_token("Connection", "Upgrade"));
    assert_eq!(head.value("Sec-WebSocket-Version"), "13");
    let nonce = nonce(head.value("Sec-WebSocket-Key"));
    // A body would be taken for frames.
    assert!(head.values("Transfer-Encoding").is_empty());
    assert!(head.values("Content-Length").iter().all(|len| *len == b"0"));

    let lines = request.headers().iter();
    let from_parts = Request::from_parts(request.target(), lines).expect("the same request");
    assert_eq!(from_parts.headers(), request.headers());

    let mut response = request.accept().origin_policy(&OriginPolicy::Any);
    let mut offer = client::Request::new("example.com", "/");
    if let Some(name) = request.subprotocols().next() {
        response = response.subprotocol(name);
        offer = offer.subprotocol(name).require_subprotocol(true);
    }
    let mut out = Vec::new();
    response.send(&Limits::default(), &mut out).expect("an acceptable request");
    assert!(HttpHead::parse(&out).rest.is_empty());
    let mut client = offer.send(nonce, &mut Vec::new()).expect("a request");
    let accepted = client.parse(&out).expect("an acceptable response");
    assert!(matches!(accepted, Parsed::Complete { consumed, .. } if consumed == out.len()));

    // RFC 6455 10.2: pages of other origins are refused by default, programs never.
    let mut out = Vec::new();
    if let Err(error) = request.accept().send(&Limits::default(), &mut out) {
        assert!(out.is_empty() && request.origin().is_some());
        assert_eq!(error.rejection_status(), Some(403));
        check_refusal(&error);
    }
}

/// The 16 bytes that a key stands for (RFC 4648 4).
fn nonce(key: &str) -> [u8; 16] {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    assert_eq!(key.len(), 24);
    let digits = key.strip_suffix("==").expect("two bytes of padding").chars();
    let digits = digits.map(|digit| ALPHABET.find(digit).expect("base64"));
    // 22 digits of 6 bits: the last 4 bits are padding.
    let bits = digits.flat_map(|digit| (0..6).rev().map(move |bit| digit >> bit & 1 == 1));
    let mut nonce = [0; 16];
    for (index, is_set) in bits.enumerate() {
        if is_set {
            nonce[index / 8] |= 0x80 >> (index % 8);
        }
    }
    nonce
}

/// A well-formed and final response that holds nothing of the client's choice.
fn check_refusal(error: &HandshakeError) {
    let status = error.rejection_status().expect("the client erred");
    let rejection = Rejection::from(error);
    let mut out = Vec::new();
    rejection.send(&mut out).expect("a response");
    assert!(out.len() <= MAX_REFUSAL_LEN);
    let head = HttpHead::parse(&out);
    let start = format!("HTTP/1.1 {status} ");
    assert!(head.start_line.starts_with(start.as_bytes()) && head.start_line.len() > start.len());
    assert!(matches!(status, 400 | 403 | 405 | 414 | 426 | 431 | 505));
    assert!(head.has_token("Connection", "close"));
    assert_eq!(head.value("Content-Length"), head.rest.len().to_string());
    // RFC 9110 15.5.6 and 15.5.22, RFC 6455 4.4: what would do instead.
    assert_eq!(head.values("Allow").contains(&&b"GET"[..]), status == 405);
    assert_eq!(head.has_token("Upgrade", "websocket"), status == 426);
    assert_eq!(head.has_token("Sec-WebSocket-Version", "13"), status == 426);
}
