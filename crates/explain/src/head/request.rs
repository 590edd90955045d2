//! The client's request (RFC 6455 4.1 and 4.2.1).

use sansocket::Role;

use super::{
    header_spans::{find_header, header_span},
    line::lines,
    offered::Offered,
};
use crate::{
    Field, Place, Span,
    excerpt::{hex, len_u64},
};

/// Returns the span of a request, and what it offers.
pub(super) fn request_span(start: u64, head: &[u8]) -> (Span, Offered) {
    let place = Place::Bytes(start..start.saturating_add(len_u64(head)));
    let mut root = Span::new(place, Field::Request).note("a client asks to open a connection");
    let mut offered = Offered::default();
    for (index, line) in lines(start, head).enumerate() {
        let span =
            if index == 0 {
                let words = line.words(3);
                root.value = line.text();
                let fields = [Field::Method, Field::Target, Field::Version];
                let notes = ["", "the resource name: path and query", "1.1 or later"];
                let clauses = ["6455-4.1-10", "6455-4.1-11", "6455-4.1-10"];
                let words = words.iter().zip(fields).zip(notes).zip(clauses);
                line.span(Field::RequestLine).with(words.map(|(((word, field), note), clause)| {
                    word.span(field).note(note).clause(clause)
                }))
            } else if line.bytes.is_empty() {
                line.span(Field::HeadEnd).note("the end of the head")
            } else {
                if let Some((name, value)) = line.header() {
                    offered.note(name.bytes, value.bytes);
                }
                header_span(&line, Role::Client)
            };
        root.children.push(span);
    }
    if let Some(nonce) = offered.nonce()
        && let Some(line) = find_header(&mut root, "Sec-WebSocket-Key")
    {
        line.note = format!("16 random bytes in base64: {}", hex(&nonce)).into();
    }
    (root, offered)
}
