use base64::{Engine as _, prelude::BASE64_STANDARD};
use sansocket::Role;
use sha1::{Digest as _, Sha1};

use crate::case::{Case, Demand, Head, Opening};

use super::{SeenHead, Settings, compression::Deflate, outgoing::Outgoing};

/// The head of a case's opening: the request to a server, or the response to a client.
fn head(opening: &Opening, valid: Head, extension: &str) -> Head {
    match opening {
        Opening::Head(head) => head.clone(),
        Opening::Plain => valid,
        Opening::Deflate { .. } => valid.and("Sec-WebSocket-Extensions", extension),
    }
}

/// Queues the request of a case, with this key.
pub(super) fn send_request(case: &Case, settings: &Settings, key: &str, outgoing: &mut Outgoing) {
    let offer = match case.opening() {
        Opening::Deflate { offer, .. } => offer,
        _ => "",
    };
    let mut head = head(case.opening(), Head::request(), offer);
    for (name, value) in &settings.headers {
        head = head.and(name, value);
    }
    let bytes = head.bytes(|text| {
        let text = text.replace("{host}", &settings.host).replace("{path}", &settings.path);
        text.replace("{key}", key)
    });
    send(case, bytes, outgoing);
}

/// Queues the response of a case, with this value for the client's key.
pub(super) fn send_response(case: &Case, accept: &str, outgoing: &mut Outgoing) {
    let answer = match case.opening() {
        Opening::Deflate { answer, .. } => answer,
        _ => "",
    };
    let head = head(case.opening(), Head::response(), answer);
    let bytes = head.bytes(|text| {
        text.replace("{accept}", accept).replace("{lowercase accept}", &accept.to_lowercase())
    });
    send(case, bytes, outgoing);
}

/// Queues a response without compression, so that the client does not take the end for a failure.
pub(super) fn send_plain_response(accept: &str, outgoing: &mut Outgoing) {
    outgoing.push_whole(Head::response().bytes(|text| text.replace("{accept}", accept)));
}

fn send(case: &Case, bytes: Vec<u8>, outgoing: &mut Outgoing) {
    match case.opening() {
        // Silence is a way to begin, too.
        Opening::Head(_) if bytes.is_empty() => {}
        Opening::Head(head) => match head.pieces() {
            Some(pieces) => outgoing.push_slowly(pieces.size, pieces.gap, &bytes),
            None => outgoing.push(bytes),
        },
        _ => outgoing.push_whole(bytes),
    }
}

/// What the heads agree on, if the case is about compression and the target agrees.
pub(super) fn agreed(case: &Case, target: Role, head: &SeenHead) -> Option<Deflate> {
    let Opening::Deflate { answer, .. } = case.opening() else {
        return None;
    };
    let sent = head.values("Sec-WebSocket-Extensions").collect::<Vec<_>>().join(", ");
    let is_offered = |name| sent.contains(name) || !answer.contains(name);
    let mut deflate = match target {
        Role::Server => Deflate::agreed(&sent, target),
        // RFC 7692 7.1.2.2: a limit of its window only if the client has said that it supports that.
        Role::Client
            if is_offered("permessage-deflate") && is_offered("client_max_window_bits") =>
        {
            Deflate::agreed(answer, target)
        }
        Role::Client => None,
    }?;
    if case.all_demands().contains(&Demand::AgreedWindow) {
        deflate.hold_target_to_agreement();
    }
    Some(deflate)
}

/// A key for a request: 16 bytes in base64.
pub(super) fn key(bytes: [u64; 2]) -> String {
    BASE64_STANDARD.encode(bytes.map(u64::to_be_bytes).concat())
}

/// RFC 6455 4.2.2: the value of Sec-WebSocket-Accept for a key.
pub(super) fn accept(key: &str) -> String {
    let digest = Sha1::new()
        .chain_update(key)
        .chain_update("258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
        .finalize();
    BASE64_STANDARD.encode(digest)
}
