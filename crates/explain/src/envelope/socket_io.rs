//! Socket.IO 5, inside the messages of Engine.IO.

use core::ops::Range;

use super::{json_object::first_string, view::View};
use crate::Span;

/// Explains the packet that begins at `start`: a type, a number of attachments, a namespace, an id
/// and JSON, of which the type alone must be there.
pub(super) fn parts(view: View<'_>, start: usize) -> Vec<Span> {
    let Some(&digit) = view.bytes.get(start) else { return Vec::new() };
    let (name, has_attachments) = match digit {
        b'0' => ("CONNECT: joins a namespace", false),
        b'1' => ("DISCONNECT: leaves it", false),
        b'2' => ("EVENT", false),
        b'3' => ("ACK: answers an event with an id", false),
        b'4' => ("CONNECT_ERROR: the namespace is refused", false),
        b'5' => ("BINARY_EVENT: binary messages follow", true),
        b'6' => ("BINARY_ACK: binary messages follow", true),
        _ => ("no packet type of Socket.IO", false),
    };
    let mut at = start.saturating_add(1);
    let mut parts = vec![view.text(start..at, format!("Socket.IO: {name}"))];
    if has_attachments {
        let digits = digits(view, at);
        if view.bytes.get(digits.end) == Some(&b'-') {
            at = digits.end.saturating_add(1);
            parts.push(view.text(digits, "binary attachments"));
        }
    }
    if view.bytes.get(at) == Some(&b'/') {
        let rest = view.get(at..view.bytes.len());
        let len = rest.iter().position(|&byte| byte == b',').unwrap_or(rest.len());
        let end = at.saturating_add(len);
        parts.push(view.text(at..end, "the namespace"));
        at = end.saturating_add(1).min(view.bytes.len());
    }
    let id = digits(view, at);
    if !id.is_empty() {
        at = id.end;
        parts.push(view.text(id, "the id that an ACK repeats"));
    }
    let data = at..view.bytes.len();
    if data.is_empty() {
        return parts;
    }
    let json = view.text(data.clone(), "the data, in JSON");
    let event = first_string(view.get(data)).filter(|_| matches!(digit, b'2' | b'5'));
    parts.push(json.with(event.map(|name| {
        let place = at.saturating_add(name.start)..at.saturating_add(name.end);
        view.text(place, "the name of the event")
    })));
    parts
}

/// Returns the place of the digits at `start`.
fn digits(view: View<'_>, start: usize) -> Range<usize> {
    let rest = view.get(start..view.bytes.len());
    let len = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    start..start.saturating_add(len)
}
