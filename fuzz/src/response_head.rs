use sansocket::{
    Parsed,
    handshake::{
        HandshakeError, HeadError, ResponseError,
        client::{Accepted, AwaitingResponse, ErrorResponse, Request},
    },
};

use crate::{http_head::HttpHead, input::Input, request_head::limits};

/// Any bytes in any reads as the response to the request of RFC 6455 1.2: the same end. A response
/// that is accepted has all that RFC 6455 4.1 demands; of a refusal a bounded part is kept.
///
/// Input: limits, [cuts](Input::cuts), bytes.
pub fn response_head(data: &[u8]) {
    let mut input = Input::new(data);
    let choice = input.byte();
    let cuts = input.cuts();
    let bytes = input.rest();
    let awaiting = Request::new("server.example.com", "/chat")
        .subprotocol("chat")
        .subprotocol("superchat")
        .limits(limits(choice))
        .send(*b"the sample nonce", &mut Vec::new())
        .expect("a request");

    let whole = parse(awaiting.clone(), [bytes].into_iter(), bytes);
    let pieces = parse(awaiting.clone(), cuts.pieces(bytes), bytes);
    match (whole, pieces) {
        (Ok((whole, end)), Ok((pieces, same_end))) => {
            assert_eq!(end, same_end);
            assert_eq!(whole.subprotocol(), pieces.subprotocol());
            assert_eq!(whole.headers(), pieces.headers());
            check_accepted(&whole, &bytes[..end]);
            check_behind_interim(awaiting, &whole, &bytes[..end]);
        }
        (Err(whole), Err(pieces)) => {
            assert_eq!(whole, pieces);
            if let HandshakeError::UnexpectedResponse(refusal) = whole {
                check_refusal(&refusal, choice);
            }
        }
        (whole, pieces) => panic!("{whole:?} is not {pieces:?}"),
    }
}

/// The response and where its head ends, or what the handshake failed with.
fn parse<'a>(
    mut awaiting: AwaitingResponse,
    reads: impl Iterator<Item = &'a [u8]>,
    bytes: &[u8],
) -> Result<(Accepted, usize), HandshakeError> {
    let mut len = 0;
    for read in reads {
        len += read.len();
        match awaiting.parse(&bytes[..len])? {
            Parsed::Complete { value, consumed } => return Ok((value, consumed)),
            Parsed::Partial { needed } => assert_ne!(needed, 0),
        }
    }
    Err(awaiting.parse_eof(bytes))
}

/// RFC 6455 4.1, line by line.
fn check_accepted(accepted: &Accepted, bytes: &[u8]) {
    let mut head = HttpHead::parse(bytes);
    // RFC 9110 15.2: interim responses come before.
    while !head.start_line.starts_with(b"HTTP/1.1 101") && !head.rest.is_empty() {
        assert_eq!(status(&head) / 100, 1);
        head = HttpHead::parse(head.rest);
    }
    assert!(head.rest.is_empty());
    assert_eq!(status(&head), 101);
    assert_eq!(head.tokens("Upgrade"), ["websocket"]);
    assert!(head.has_token("Connection", "Upgrade"));
    assert_eq!(head.value("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    assert!(head.values("Sec-WebSocket-Extensions").is_empty());
    match accepted.subprotocol() {
        None => assert!(head.values("Sec-WebSocket-Protocol").is_empty()),
        Some(name) => {
            assert!(["chat", "superchat"].contains(&name));
            assert_eq!(head.value("Sec-WebSocket-Protocol"), name);
        }
    }
}

/// RFC 9110 15.2: an interim response is to be skipped, as far as the limit allows.
fn check_behind_interim(awaiting: AwaitingResponse, accepted: &Accepted, bytes: &[u8]) {
    let bytes = [b"HTTP/1.1 100 Continue\r\n\r\n", bytes].concat();
    match parse(awaiting, [&bytes[..]].into_iter(), &bytes) {
        Ok((again, end)) => {
            assert_eq!((again.headers(), end), (accepted.headers(), bytes.len()));
        }
        Err(HandshakeError::Response(ResponseError::Head(HeadError::TooLong { .. }))) => {}
        Err(error) => panic!("{error}"),
    }
}

fn status(head: &HttpHead<'_>) -> u16 {
    let digits = str::from_utf8(&head.start_line[9..12]);
    digits.unwrap().parse().expect("three digits")
}

fn check_refusal(refusal: &ErrorResponse, choice: u8) {
    assert!((200..=999).contains(&refusal.status()));
    let max_body_len = if choice == 0 { 4 << 10 } else { choice.into() };
    assert!(refusal.body().len() <= max_body_len);
    // RFC 9112 6.3: which lengths can be believed.
    let headers = refusal.headers();
    let lens: Vec<&[u8]> = headers.get_all("Content-Length").collect();
    let is_len = |len: &[u8]| (1..10).contains(&len.len()) && len.iter().all(u8::is_ascii_digit);
    if lens.len() == 1 && is_len(lens[0]) && headers.get("Transfer-Encoding").is_none() {
        let len: usize = str::from_utf8(lens[0]).unwrap().parse().expect("digits");
        assert!(refusal.body().len() <= len);
    }
}
