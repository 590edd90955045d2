//! Engine.IO 4.

use super::{
    Envelope, socket_io,
    view::{View, with_remark},
};
use crate::Span;

pub(super) fn explain(view: View<'_>, is_text: bool) -> Span {
    let span = view.envelope(Envelope::EngineIo);
    if !is_text {
        return span.note("a binary attachment of the message before");
    }
    let Some(&digit) = view.bytes.first() else { return span };
    let name = match digit {
        b'0' => "open: the server begins the session",
        b'1' => "close",
        b'2' => "ping: the server asks for a pong",
        b'3' => "pong",
        b'4' => "message",
        b'5' => "upgrade: from polling to WebSocket",
        b'6' => "noop",
        _ => return with_remark(span, "no packet type of Engine.IO"),
    };
    let mut span = span.note(name).with([view.text(0..1, format!("Engine.IO: {name}"))]);
    if digit == b'4' {
        span.children.extend(socket_io::parts(view, 1));
    } else if view.bytes.len() > 1 {
        span.children.push(view.text(1..view.bytes.len(), "its data"));
    }
    span
}
