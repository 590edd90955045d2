//! The server's response (RFC 6455 4.2.2 and 4.1).

use sansocket::{Role, handshake::ResponseError};
#[cfg(feature = "deflate")]
use sansocket::{deflate::Offer, handshake::Extensions};

use super::{
    header_spans::{find_header, header_span},
    line::lines,
    offered::Offered,
};
#[cfg(feature = "deflate")]
use crate::negotiated::DEFLATE;
use crate::{Field, Place, Span, excerpt::len_u64, negotiated::Negotiated};

const EXTENSIONS: &str = "Sec-WebSocket-Extensions";

/// Returns the span of a response, and its status, which counts if the head has its end.
pub(super) fn response_span(
    start: u64,
    head: &[u8],
    offered: Option<&Offered>,
    has_end: bool,
) -> (Span, Option<u16>) {
    let place = Place::Bytes(start..start.saturating_add(len_u64(head)));
    let mut root = Span::new(place, Field::Response);
    let mut status = None;
    for (index, line) in lines(start, head).enumerate() {
        let span = if index == 0 {
            root.value = line.text();
            let words = line.words(3);
            status = words.get(1).and_then(|word| parse_status(word.bytes));
            let fields = [Field::Version, Field::Status, Field::Reason];
            let words = words.iter().zip(fields).map(|(word, field)| word.span(field));
            line.span(Field::StatusLine).with(words)
        } else if line.bytes.is_empty() {
            line.span(Field::HeadEnd)
        } else {
            header_span(&line, Role::Server)
        };
        root.children.push(span);
    }
    if has_end {
        let (note, clause) = match status {
            Some(101) => ("the connection is open: frames follow", "6455-4.2.2-12"),
            Some(100..=199) => ("an interim response: the final one follows", "own-client-1"),
            _ => ("the server does not open the connection", "6455-4.1-23"),
        };
        if let Some(span) = root.find_mut(Field::Status) {
            (span.note, span.clause) = (note.into(), Some(clause));
        }
        root.note = note.into();
    }
    if let Some(line) = find_header(&mut root, "Sec-WebSocket-Accept") {
        let key = offered.and_then(Offered::key);
        line.note = match (key, offered.and_then(Offered::accept)) {
            (Some(key), Some(accept)) => {
                format!("base64(SHA-1({key} + 258EAFA5-E914-47DA-95CA-C5AB0DC85B11)) = {accept}")
                    .into()
            }
            _ => "the request was not seen, so that it cannot be checked".into(),
        };
    }
    (root, status)
}

/// Parses a status, which has three digits (RFC 9112 4).
fn parse_status(word: &[u8]) -> Option<u16> {
    let is_status = word.len() == 3 && word.iter().all(u8::is_ascii_digit);
    str::from_utf8(word).ok().filter(|_| is_status)?.parse().ok()
}

/// Returns what a response with status 101 agrees on.
#[cfg(feature = "deflate")]
pub(super) fn agreement(
    head: &[u8],
    offered: Option<&Offered>,
) -> Result<Negotiated, ResponseError> {
    let mut values = values(head, EXTENSIONS).peekable();
    let is_empty = values.peek().is_none();
    let mut extensions = values.flat_map(Extensions::new).flatten();
    let Some(answer) = extensions.find(|extension| extension.name() == DEFLATE) else {
        return Ok(if is_empty { Negotiated::Nothing } else { Negotiated::Unknown });
    };
    let answer = Offer::parse(answer.params())?;
    Ok(match offered {
        Some(offered) => Negotiated::Deflate(offered.agree(&answer)?),
        None => Negotiated::by_answer(&answer).unwrap_or(Negotiated::Unknown),
    })
}

/// Returns what a response with status 101 agrees on. No extension is understood here.
#[cfg(not(feature = "deflate"))]
pub(super) fn agreement(
    head: &[u8],
    _offered: Option<&Offered>,
) -> Result<Negotiated, ResponseError> {
    let is_empty = values(head, EXTENSIONS).next().is_none();
    Ok(if is_empty { Negotiated::Nothing } else { Negotiated::Unknown })
}

/// Returns the values of the headers with a name.
pub(super) fn values<'b>(head: &'b [u8], name: &str) -> impl Iterator<Item = &'b [u8]> {
    lines(0, head).filter_map(move |line| {
        let (own, value) = line.header()?;
        own.bytes.eq_ignore_ascii_case(name.as_bytes()).then_some(value.bytes)
    })
}
