//! What a server answers to a request that it accepts.

use super::accepted;
use crate::case::{Case, Demand, Expected, Head};

pub(super) fn cases() -> Vec<Case> {
    [response(), accept_values(), subprotocols()].concat()
}

fn response() -> Vec<Case> {
    let demanded = |what: &str, rule: &'static str, title: &str, why: &str, demand: Demand| {
        Case::must(format!("rfc6455/4.2.2/{what}"), title)
            .for_servers()
            .rule(rule)
            .why(why)
            .expects([Expected::Opened])
            .demands(demand)
    };
    vec![
        demanded(
            "answers-101-in-http-1.1",
            "6455-4.2.2-10",
            "The answer begins with HTTP/1.1 101",
            "Clients take nothing else for an upgrade.",
            Demand::FirstLine("HTTP/1.1 101"),
        ),
        demanded(
            "answers-upgrade",
            "6455-4.2.2-10",
            "The answer has Upgrade: websocket",
            "A client must refuse it otherwise.",
            Demand::Header("Upgrade", "websocket"),
        ),
        demanded(
            "answers-connection",
            "6455-4.2.2-10",
            "The answer has Connection: Upgrade",
            "A client must refuse it otherwise.",
            Demand::Header("Connection", "Upgrade"),
        ),
        demanded(
            "answers-accept",
            "6455-4.2.2-11",
            "The answer has the Sec-WebSocket-Accept of the key",
            "It shows the client that a WebSocket server has read its request, \
            and not a cache.",
            Demand::Header("Sec-WebSocket-Accept", "{accept}"),
        ),
        demanded(
            "answers-one-accept",
            "6455-11.3.3-1",
            "The answer has Sec-WebSocket-Accept once",
            "A client must refuse two.",
            Demand::OneHeader("Sec-WebSocket-Accept"),
        )
        .rule("6455-4.2.2-11"),
        demanded(
            "answers-one-upgrade",
            "6455-4.2.2-10",
            "The answer has Upgrade once",
            "Clients refuse a list of protocols.",
            Demand::OneHeader("Upgrade"),
        ),
        demanded(
            "answers-no-subprotocol-unasked",
            "6455-4.2.2-8",
            "No subprotocol was offered, and none is answered",
            "A client must refuse it.",
            Demand::NoHeader("Sec-WebSocket-Protocol"),
        ),
        demanded(
            "answers-no-extension-unasked",
            "6455-4.2.2-9",
            "No extension was offered, and none is answered",
            "A client must refuse it.",
            Demand::NoHeader("Sec-WebSocket-Extensions"),
        )
        .rule("6455-9-1"),
        demanded(
            "answers-without-content-length",
            "6455-4.2.2-10",
            "The answer has no Content-Length",
            "A 101 has no body (RFC 9110 8.6): clients that believe the header \
            skip frames.",
            Demand::NoHeader("Content-Length"),
        ),
        demanded(
            "answers-without-transfer-encoding",
            "6455-4.2.2-10",
            "The answer has no Transfer-Encoding",
            "A 101 has no body (RFC 9112 6.1): clients that believe the header \
            take frames for chunks.",
            Demand::NoHeader("Transfer-Encoding"),
        ),
    ]
}

fn accept_values() -> Vec<Case> {
    [
        ("of-the-rfc", "dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        ("of-zeros", "AAAAAAAAAAAAAAAAAAAAAA==", "ICX+Yqv66kxgM0FcWaLWlFLwTAI="),
        ("of-ones", "/////////////////////w==", "XXpj4jYzLM2yUE0C7TIgMwTQh2g="),
        ("with-plus-and-slash", "+/+/+/+/+/+/+/+/+/+/+w==", "M0DUs3om0SqzerhOhYSMM7WQuBQ="),
    ]
    .into_iter()
    .map(|(slug, key, value)| {
        accepted(
            &format!("key-{slug}"),
            "6455-4.2.2-11",
            format!("The key {key}"),
            "The value is made of the key as it was sent, and not of the bytes \
            that it encodes.",
            Head::request().with("Sec-WebSocket-Key", key),
        )
        .demands(Demand::Header("Sec-WebSocket-Accept", value))
    })
    .collect()
}

fn subprotocols() -> Vec<Case> {
    const PROTOCOL: &str = "Sec-WebSocket-Protocol";
    vec![
        accepted(
            "subprotocol-offered",
            "6455-4.2.2-7",
            "Two subprotocols, of which it may choose one",
            "A client must refuse one that it has not offered, or both.",
            Head::request().and(PROTOCOL, "wsspec-a, wsspec-b"),
        )
        .rule("6455-11.3.4-2")
        .demands(Demand::HeaderAmong(PROTOCOL, &["wsspec-a", "wsspec-b"])),
        accepted(
            "subprotocols-in-two-headers",
            "6455-4.2.2-7",
            "Subprotocols in two headers, of which it may choose one",
            "They make one list, and the answer is one of it.",
            Head::request().and(PROTOCOL, "wsspec-a").and(PROTOCOL, "wsspec-b"),
        )
        .rule("6455-11.3.4-1")
        .rule("6455-11.3.4-2")
        .demands(Demand::HeaderAmong(PROTOCOL, &["wsspec-a", "wsspec-b"])),
        accepted(
            "subprotocol-has-a-case",
            "6455-4.2.2-7",
            "A subprotocol in capitals",
            "Subprotocols are compared with their case: the answer is what was \
            offered.",
            Head::request().and(PROTOCOL, "WSSPEC-A"),
        )
        .demands(Demand::HeaderAmong(PROTOCOL, &["WSSPEC-A"])),
        accepted(
            "extension-unknown-is-not-answered",
            "6455-9-1",
            "An extension that nobody knows is not answered",
            "Who agrees on what it does not know reads frames wrongly.",
            Head::request().and("Sec-WebSocket-Extensions", "x-unknown, x-webkit-deflate-frame-2"),
        )
        .rule("6455-4.2.2-9")
        .demands(Demand::NoHeader("Sec-WebSocket-Extensions")),
    ]
}
