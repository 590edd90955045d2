//! What is kept of a refusal does not depend on the reads, and equals the result of a naive
//! decoder.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use sansocket::Parsed;
use sansocket::handshake::client::Request;
use sansocket::handshake::{HandshakeError, HeadLimits};

use crate::session::read_lens;

/// The header lines of a body, and how it must be decoded.
#[derive(Clone, Copy, Debug)]
enum Framing {
    Chunked,
    Length(usize),
    ToEnd,
}

impl Framing {
    fn lines(self) -> String {
        match self {
            Self::Chunked => "Transfer-Encoding: chunked\r\n".into(),
            Self::Length(len) => format!("Content-Length: {len}\r\n"),
            Self::ToEnd => String::new(),
        }
    }

    fn decode(self, body: &[u8]) -> Vec<u8> {
        match self {
            Self::Chunked => decode_chunks(body),
            Self::Length(len) => body[..len.min(body.len())].into(),
            Self::ToEnd => body.into(),
        }
    }
}

/// Decodes a chunked body line by line, without keeping state.
fn decode_chunks(mut body: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::new();
    while let Some(line_len) = body.windows(2).position(|bytes| bytes == b"\r\n") {
        let (line, rest) = (&body[..line_len], &body[line_len + 2..]);
        let digits = line.iter().position(|byte| !byte.is_ascii_hexdigit()).unwrap_or(line_len);
        let is_extension = |line: &[u8]| {
            let is_text = line.iter().all(|&byte| byte == b'\t' || !byte.is_ascii_control());
            line.is_empty() || b"; \t".contains(&line[0]) && is_text
        };
        if digits == 0 || !is_extension(&line[digits..]) {
            break;
        }
        let significant = str::from_utf8(&line[..digits]).unwrap().trim_start_matches('0');
        let len = match significant {
            "" => 0,
            // A length that overflows is longer than any body.
            digits => usize::from_str_radix(digits, 16).unwrap_or(usize::MAX),
        };
        decoded.extend_from_slice(&rest[..len.min(rest.len())]);
        let is_last = len == 0 || len > rest.len();
        match rest.get(len..).and_then(|rest| rest.strip_prefix(b"\r\n")) {
            Some(next) if !is_last => body = next,
            _ => break,
        }
    }
    decoded
}

fn framing() -> impl Strategy<Value = Framing> {
    prop_oneof![
        4 => Just(Framing::Chunked),
        1 => (0..40_usize).prop_map(Framing::Length),
        1 => Just(Framing::ToEnd),
    ]
}

/// A valid chunk, or pieces of one, or other bytes.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let chunk = (vec(any::<u8>(), 0..20), select(&["", ";a", " ; b=\"c\"", ";\t;"][..]));
    prop_oneof![
        8 => chunk.prop_map(|(data, extension)| {
            let line = format!("{:x}{extension}\r\n", data.len());
            [line.as_bytes(), &data, b"\r\n"].concat()
        }),
        1 => select(&["0\r\n\r\n", "00;x\r\nA: b\r\n\r\n", "\r\n", "\r", "\n", ";", "x", "+1\r\n"][..])
            .prop_map(|text| text.into()),
        1 => "[0-9a-fA-F]{1,20}(;[ -~]{0,3})?\r?\n?".prop_map(String::into_bytes),
    ]
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    vec(piece(), 0..8).prop_map(|pieces| pieces.concat())
}

/// Returns what a client keeps of the refusal's body, in reads of these lengths by turns.
fn kept(response: &[u8], limits: &HeadLimits, read_lens: &[usize]) -> Vec<u8> {
    let request = Request::new("h", "/").limits(limits.clone());
    let mut awaiting = request.send([7; 16], &mut Vec::new()).unwrap();
    let mut len = 0;
    let mut read_lens = read_lens.iter().cycle();
    let error = loop {
        match awaiting.parse(&response[..len]) {
            Err(error) => break error,
            Ok(Parsed::Complete { .. }) => panic!("a refusal opens nothing"),
            Ok(Parsed::Partial { needed }) => {
                assert_ne!(needed, 0);
                if len == response.len() {
                    break awaiting.parse_eof(response);
                }
                len = response.len().min(len + read_lens.next().unwrap());
            }
        }
    };
    match error {
        HandshakeError::UnexpectedResponse(refusal) => refusal.body().into(),
        error => panic!("{error:?}"),
    }
}

proptest! {
    // Shows own-client-2.
    #[test]
    fn the_body_of_a_refusal_is_the_same_however_it_is_split(
        framing in framing(),
        body in body(),
        max_body_len in prop_oneof![Just(4 << 10), 0..50_usize],
        read_lens in read_lens(),
    ) {
        let head = format!("HTTP/1.1 403 Forbidden\r\n{}\r\n", framing.lines());
        let response = [head.as_bytes(), &body].concat();
        let limits = HeadLimits::default().max_body_len(max_body_len);
        let mut expected = framing.decode(&body);
        expected.truncate(max_body_len);
        prop_assert_eq!(&kept(&response, &limits, &read_lens), &expected);
        prop_assert_eq!(&kept(&response, &limits, &[1]), &expected);
        prop_assert_eq!(&kept(&response, &limits, &[response.len()]), &expected);
    }
}
