//! The subprotocol `graphql-transport-ws`.

use sansocket::Role;

use super::{
    Envelope,
    json_object::JsonObject,
    view::{View, with_remark},
};
use crate::Span;

/// Who may send a message type.
enum By {
    Client,
    Server,
    Both,
}

/// What a message type means, who sends it, and whether it has an id.
const fn message_type(name: &[u8]) -> Option<(&'static str, By, bool)> {
    Some(match name {
        b"connection_init" => ("asks to begin; it comes first", By::Client, false),
        b"connection_ack" => ("the server is ready", By::Server, false),
        b"ping" => ("asks for a pong, above the protocol's own Ping", By::Both, false),
        b"pong" => ("answers a ping", By::Both, false),
        b"subscribe" => {
            ("begins an operation: a query, mutation or subscription", By::Client, true)
        }
        b"next" => ("a result of the operation", By::Server, true),
        b"error" => ("the operation has failed, and is over", By::Server, true),
        b"complete" => ("the operation is over", By::Both, true),
        _ => return None,
    })
}

pub(super) fn explain(view: View<'_>, sender: Role) -> Span {
    let span = view.envelope(Envelope::GraphqlTransportWs);
    let Some(object) = JsonObject::parse(view.bytes) else {
        return with_remark(span, "the message is no JSON object: the receiver closes with 4400");
    };
    let (Some(place), Some(name)) = (object.place("type"), object.string("type")) else {
        return with_remark(span, "the message has no type: the receiver closes with 4400");
    };
    let Some((meaning, by, has_id)) = message_type(name.as_bytes()) else {
        let span = span.with([view.text(place, "the type")]);
        return with_remark(span, "no such type: the receiver closes with 4400");
    };
    let mut span = span.note(String::from(name)).with([view.text(place, meaning)]);
    if let Some(id) = object.place("id") {
        span.children.push(view.text(id, "the id of the operation"));
    } else if has_id {
        span = with_remark(span, "a message of this type has an id");
    }
    if let Some(payload) = object.place("payload") {
        span.children.push(view.text(payload, "the payload"));
    }
    match (by, sender) {
        (By::Client, Role::Server) => with_remark(span, "only a client sends this type"),
        (By::Server, Role::Client) => with_remark(span, "only a server sends this type"),
        _ => span,
    }
}
