//! The spans of header lines.

use sansocket::Role;

use super::line::Line;
use crate::{Field, Span};

/// What a header is for, and the rule, by who sends it.
fn meaning(name: &[u8], sender: Role) -> (&'static str, Option<&'static str>) {
    let by = |client, server| match sender {
        Role::Client => Some(client),
        Role::Server => Some(server),
    };
    match &*name.to_ascii_lowercase() {
        b"host" => ("the host that the client addresses", Some("6455-4.1-12")),
        b"upgrade" => ("the protocol to change to", by("6455-4.1-13", "6455-4.2.2-10")),
        b"connection" => ("Upgrade applies to this hop only", by("6455-4.1-14", "6455-4.2.2-10")),
        b"sec-websocket-key" => ("16 random bytes in base64", Some("6455-4.1-15")),
        b"sec-websocket-version" => ("13 is the only version in use", Some("6455-4.1-18")),
        b"origin" => ("the page that connects", Some("6455-4.1-17")),
        b"sec-websocket-accept" => {
            ("proves that the server has read the key", Some("6455-4.2.2-11"))
        }
        b"sec-websocket-protocol" => match sender {
            Role::Client => ("the subprotocols offered, best first", Some("6455-4.1-19")),
            Role::Server => ("the subprotocol chosen", Some("6455-4.2.2-7")),
        },
        b"sec-websocket-extensions" => match sender {
            Role::Client => ("the extensions offered", Some("6455-4.1-20")),
            Role::Server => ("the extensions agreed on", Some("6455-4.2.2-9")),
        },
        _ => ("", None),
    }
}

/// What a parameter of permessage-deflate means, and the rule.
fn parameter(token: &[u8]) -> Option<(&'static str, &'static str)> {
    let name = token.split(|&byte| byte == b'=').next().unwrap_or_default().trim_ascii();
    Some(match name {
        b"permessage-deflate" => ("compression of each message", "6455-9.1-3"),
        b"server_no_context_takeover" => {
            ("the server compresses each message by itself", "7692-7.1.1.1-4")
        }
        b"client_no_context_takeover" => {
            ("the client compresses each message by itself", "7692-7.1.1.2-4")
        }
        b"server_max_window_bits" => {
            ("the server refers back at most 2 to the power of this", "7692-7.1.2.1-3")
        }
        b"client_max_window_bits" if !token.contains(&b'=') => {
            ("the server may set how far the client refers back", "7692-7.1.2.2-1")
        }
        b"client_max_window_bits" => {
            ("the client refers back at most 2 to the power of this", "7692-7.1.2.2-5")
        }
        _ => return None,
    })
}

/// Returns the span of a header line, which ends at `place.end`.
pub(super) fn header_span(line: &Line<'_>, sender: Role) -> Span {
    let span = line.span(Field::Header);
    let Some((name, value)) = line.header() else { return span };
    let (note, clause) = meaning(name.bytes, sender);
    let span = Span { clause, ..span.note(note) };
    let is = |list: &str| name.bytes.eq_ignore_ascii_case(list.as_bytes());
    let mut tokens = Vec::new();
    if is("Sec-WebSocket-Extensions") {
        let parts = value.elements(b',').into_iter().flat_map(|element| element.elements(b';'));
        tokens.extend(parts.map(|part| {
            let token = part.span(Field::Token);
            match parameter(part.bytes) {
                Some((note, clause)) => token.note(note).clause(clause),
                None => token,
            }
        }));
    } else if is("Upgrade") || is("Connection") || is("Sec-WebSocket-Protocol") {
        let elements = value.elements(b',');
        if elements.len() > 1 {
            tokens.extend(elements.iter().map(|element| element.span(Field::Token)));
        }
    }
    span.with(tokens)
}

/// Returns the span of a header, by its name.
pub(super) fn find_header<'s>(root: &'s mut Span, name: &str) -> Option<&'s mut Span> {
    root.children.iter_mut().find(|line| {
        let own = line.value.split(':').next().unwrap_or_default();
        line.field == Field::Header && own.eq_ignore_ascii_case(name)
    })
}

/// Returns the values of the headers with a name.
pub(super) fn header_values<'s>(root: &'s Span, name: &str) -> impl Iterator<Item = &'s str> {
    let lines = root.children.iter().filter(|line| line.field == Field::Header);
    lines.filter_map(move |line| {
        let (own, value) = line.value.split_once(':')?;
        own.eq_ignore_ascii_case(name).then_some(value.trim())
    })
}
