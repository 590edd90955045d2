//! Engine.IO 4.

use sansocket::Role;

use super::{
    Envelope, socket_io,
    view::{View, with_remark},
};
use crate::{Span, role_name};

pub(super) fn explain(view: View<'_>, sender: Role, is_text: bool) -> Span {
    let span = view.envelope(Envelope::EngineIo);
    if !is_text {
        return span.note("bytes: in Socket.IO an attachment of an event");
    }
    let Some(&digit) = view.bytes.first() else { return span };
    let name = match digit {
        b'0' => "open: the server begins the session".into(),
        b'1' => "close".into(),
        // A server does so from time to time, and a client before it changes from polling to WebSocket.
        b'2' => format!("ping: the {} asks for a pong", role_name(sender)),
        b'3' => "pong".into(),
        b'4' => "message".into(),
        b'5' => "upgrade: from polling to WebSocket".into(),
        b'6' => "noop".into(),
        _ => return with_remark(span, "no packet type of Engine.IO"),
    };
    let part = view.text(0..1, format!("Engine.IO: {name}"));
    let mut span = span.note(name).with([part]);
    if digit == b'4' {
        span.children.extend(socket_io::parts(view, 1));
    } else if view.bytes.len() > 1 {
        span.children.push(view.text(1..view.bytes.len(), "its data"));
    }
    span
}
