//! The client's request (RFC 6455 4.1 and 4.2.1).

use sansocket::{
    Role,
    handshake::{HandshakeError, HeadError, RequestError},
};

use super::{
    header_spans::{blamed_for_upgrade, find_header, find_line, header_span},
    line::lines,
    offered::Offered,
};
use crate::{
    Action, Field, Place, Span, Violation,
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

/// Records the rule that the request breaks, as judged by the engine's server.
pub(super) fn mark_request(root: &mut Span, error: &HandshakeError, at: u64) -> Option<Violation> {
    let HandshakeError::Request(error) = error else { return None };
    let (blamed, clause) = match error {
        RequestError::Head(error) => blame_head(root, error, at),
        RequestError::Tls | RequestError::NotHttp | RequestError::Missing => (None, "6455-4.2.1-1"),
        RequestError::HttpVersion => (root.find_mut(Field::Version), "own-server-5"),
        RequestError::Method(_) => (root.find_mut(Field::Method), "own-server-4"),
        RequestError::InvalidTarget => (root.find_mut(Field::Target), "6455-4.2.1-2"),
        RequestError::NotWebSocket => {
            let name = blamed_for_upgrade(root);
            let clause = if name == "Upgrade" { "6455-4.2.1-4" } else { "6455-4.2.1-5" };
            (find_header(root, name), clause)
        }
        RequestError::WebSocketVersion => {
            (find_header(root, "Sec-WebSocket-Version"), "6455-4.2.1-7")
        }
        RequestError::Body => {
            let name = match find_header(root, "Transfer-Encoding") {
                Some(_) => "Transfer-Encoding",
                None => "Content-Length",
            };
            (find_header(root, name), "own-server-17")
        }
        _ => (None, "6455-4.2.1-12"),
    };
    let action = Action::Reject(error.status());
    let violation = Violation { at, clause, text: error.to_string(), action };
    match blamed {
        Some(span) => span.mark(&violation),
        None => root.mark(&violation),
    }
    Some(violation)
}

fn blame_head<'s>(
    root: &'s mut Span,
    error: &HeadError,
    at: u64,
) -> (Option<&'s mut Span>, &'static str) {
    match *error {
        HeadError::InvalidByte { .. } => (find_line(root, at), "own-server-18"),
        HeadError::TooLong { .. } | HeadError::TooManyHeaders { .. } => (None, "own-server-8"),
        HeadError::TargetTooLong { .. } => (root.find_mut(Field::Target), "own-server-9"),
        HeadError::MissingHeader("Host") => (None, "own-server-3"),
        HeadError::MissingHeader(_) => (None, "6455-4.2.1-6"),
        HeadError::DuplicateHeader(name) | HeadError::InvalidHeader(name) => {
            let clause = match name {
                "Host" => "own-server-3",
                "Sec-WebSocket-Key" => "own-server-2",
                "Sec-WebSocket-Version" => "6455-11.3.5-1",
                "Sec-WebSocket-Protocol" => "6455-4.3-1",
                "Sec-WebSocket-Extensions" => "6455-9.1-1",
                _ => "own-server-11",
            };
            (find_header(root, name), clause)
        }
        _ => (None, "own-server-11"),
    }
}
