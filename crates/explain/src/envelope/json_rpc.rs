//! JSON-RPC 2.0.

use super::{
    Envelope,
    json_object::JsonObject,
    view::{View, with_remark},
};
use crate::Span;

/// Explains a message, or returns `None` if it is not JSON-RPC.
pub(super) fn explain(view: View<'_>) -> Option<Span> {
    let span = view.envelope(Envelope::JsonRpc);
    let json = view.bytes.trim_ascii_start();
    if json.starts_with(b"[") && json.windows(9).any(|window| window == b"\"jsonrpc\"") {
        return Some(span.note("a batch"));
    }
    let object = JsonObject::parse(view.bytes)?;
    let version = object.place("jsonrpc")?;
    let id = object.place("id");
    let method = object.place("method");
    let kind = match (&method, &id) {
        (Some(_), Some(_)) => "a request: a response with the same id answers it",
        (Some(_), None) => "a notification: nothing answers it",
        (None, _) if object.place("error").is_some() => "a response: an error",
        (None, _) => "a response: a result",
    };
    let is_2 = object.string("jsonrpc") == Some("2.0");
    let mut span = span.note(kind).with([view.text(version, "the version")]);
    for (place, note) in [
        (id, "the id: which request this belongs to"),
        (method, "the method"),
        (object.place("params"), "the parameters"),
        (object.place("result"), "the result"),
        (object.place("error"), "the error: a code and a message"),
    ] {
        span.children.extend(place.map(|place| view.text(place, note)));
    }
    if !is_2 {
        span = with_remark(span, "the version must be \"2.0\"");
    }
    if object.place("result").is_some() && object.place("error").is_some() {
        span = with_remark(span, "a response has a result or an error, not both");
    }
    Some(span)
}
