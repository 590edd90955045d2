//! STOMP 1.0 to 1.2.

use super::{
    Envelope,
    view::{Parts, View, with_remark},
};
use crate::Span;

/// The commands that a client or a server sends.
const COMMANDS: [&str; 15] = [
    "ABORT",
    "ACK",
    "BEGIN",
    "COMMIT",
    "CONNECT",
    "CONNECTED",
    "DISCONNECT",
    "ERROR",
    "MESSAGE",
    "NACK",
    "RECEIPT",
    "SEND",
    "STOMP",
    "SUBSCRIBE",
    "UNSUBSCRIBE",
];

pub(super) fn explain(view: View<'_>) -> Span {
    let span = view.envelope(Envelope::Stomp);
    if view.bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
        return span.note("a heart-beat: an end of line, and no frame");
    }
    let mut lines = Vec::new();
    let mut at = 0_usize;
    let mut body = None;
    for line in view.bytes.split_inclusive(|&byte| byte == b'\n') {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let start = at;
        at = at.saturating_add(line.len());
        if text.is_empty() {
            body = Some(at);
            break;
        }
        lines.push(start..start.saturating_add(text.len()));
    }
    let Some((command, headers)) = lines.split_first() else {
        return with_remark(span, "the frame has no command");
    };
    let name = str::from_utf8(view.get(command.clone())).unwrap_or_default();
    let mut span = span.with([view.text(command.clone(), "the command")]);
    let mut parts = Parts::of(view);
    for header in headers {
        parts.push(header.clone(), |place| view.text(place, "a header"));
    }
    span.children.extend(parts.into_spans());
    match COMMANDS.iter().find(|&&command| command == name) {
        Some(&command) => span.note = command.into(),
        None => span = with_remark(span, "no command of STOMP"),
    }
    let Some(body) = body else { return with_remark(span, "no empty line ends the headers") };
    let rest = view.get(body..view.bytes.len());
    let Some(len) = body_len(view, headers, rest) else {
        return with_remark(span, "no NUL ends the frame");
    };
    let end = body.saturating_add(len);
    if len > 0 {
        span.children.push(view.text(body..end, "the body"));
    }
    span.children.push(view.binary(end..end.saturating_add(1), "NUL: the end of the frame"));
    span
}

/// Returns the length of the body: what a header says, or up to the first NUL.
fn body_len(view: View<'_>, headers: &[core::ops::Range<usize>], rest: &[u8]) -> Option<usize> {
    let declared = headers.iter().find_map(|header| {
        let header = view.get(header.clone()).strip_prefix(b"content-length:")?;
        str::from_utf8(header.trim_ascii()).ok()?.parse().ok()
    });
    let len = declared.or_else(|| rest.iter().position(|&byte| byte == 0))?;
    (rest.get(len) == Some(&0)).then_some(len)
}
