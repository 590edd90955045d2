//! The request of a client.

use crate::case::{Case, Demand, Expected};

pub(super) fn cases() -> Vec<Case> {
    let demanded = |what: &str, rule: &'static str, title: &str, why: &str, demand: Demand| {
        Case::must(format!("rfc6455/4.1/{what}"), title)
            .for_clients()
            .rule(rule)
            .why(why)
            .expects([Expected::Opened])
            .demands(demand)
    };
    vec![
        demanded(
            "sends-get",
            "6455-4.1-10",
            "The method of the request is GET",
            "A server must refuse another one.",
            Demand::FirstLine("GET "),
        ),
        demanded(
            "sends-http-1.1",
            "6455-4.1-10",
            "The request is in HTTP/1.1",
            "HTTP/1.0 has no upgrades.",
            Demand::LastWord("HTTP/1.1"),
        ),
        demanded(
            "sends-a-path",
            "6455-4.1-11",
            "The target is a path that begins with a slash",
            "Some servers do not know absolute URIs as targets, though they \
            should.",
            Demand::FirstLine("GET /"),
        ),
        demanded(
            "sends-no-fragment",
            "6455-3-4",
            "The target has no fragment",
            "It is of no use to the server, which must refuse it.",
            Demand::NoFragment,
        ),
        demanded(
            "sends-one-host",
            "6455-4.1-12",
            "The request has Host once",
            "A server must refuse it otherwise.",
            Demand::OneHeader("Host"),
        ),
        demanded(
            "sends-upgrade",
            "6455-4.1-13",
            "The request has Upgrade: websocket",
            "A server must refuse it otherwise.",
            Demand::Header("Upgrade", "websocket"),
        ),
        demanded(
            "sends-connection",
            "6455-4.1-14",
            "The request has Connection: Upgrade",
            "A server must refuse it otherwise.",
            Demand::Header("Connection", "Upgrade"),
        ),
        demanded(
            "sends-a-key-of-16-bytes",
            "6455-4.1-15",
            "The key is 16 bytes in base64",
            "A server must refuse it otherwise.",
            Demand::KeyOf16Bytes,
        ),
        demanded(
            "sends-one-key",
            "6455-11.3.1-1",
            "The request has Sec-WebSocket-Key once",
            "A server must refuse two.",
            Demand::OneHeader("Sec-WebSocket-Key"),
        ),
        demanded(
            "sends-version-13",
            "6455-4.1-18",
            "The request has Sec-WebSocket-Version: 13",
            "A server must refuse another one.",
            Demand::Header("Sec-WebSocket-Version", "13"),
        ),
        demanded(
            "sends-one-version",
            "6455-11.3.5-1",
            "The request has Sec-WebSocket-Version once",
            "A server must refuse two.",
            Demand::OneHeader("Sec-WebSocket-Version"),
        ),
        demanded(
            "waits-for-the-response",
            "6455-4.1-22",
            "Nothing comes together with the request",
            "The server may refuse, or know nothing of WebSocket. It would take \
            frames for another request.",
            Demand::NothingWithHead,
        ),
        demanded(
            "sends-no-accept",
            "6455-4.1-10",
            "The request has no Sec-WebSocket-Accept",
            "It belongs into responses alone (RFC 6455 11.3.3).",
            Demand::NoHeader("Sec-WebSocket-Accept"),
        ),
        demanded(
            "sends-no-content-length",
            "6455-4.1-10",
            "The request has no Content-Length",
            "A GET has no body here: servers refuse one, or take frames for it.",
            Demand::NoHeader("Content-Length"),
        ),
        demanded(
            "sends-no-transfer-encoding",
            "6455-4.1-10",
            "The request has no Transfer-Encoding",
            "A GET has no body here: servers refuse one, or take frames for it.",
            Demand::NoHeader("Transfer-Encoding"),
        ),
        demanded(
            "offers-distinct-subprotocols",
            "6455-4.1-19",
            "The subprotocols that are offered are tokens, each once",
            "A server must refuse what is no token.",
            Demand::DistinctTokens("Sec-WebSocket-Protocol"),
        ),
    ]
}
