//! Responses that open no connection.

use super::refused;
use crate::case::{Case, Head};

pub(super) fn cases() -> Vec<Case> {
    [accept_values(), statuses(), upgrade_and_connection(), extensions_and_subprotocols()].concat()
}

fn accept_values() -> Vec<Case> {
    const ACCEPT: &str = "Sec-WebSocket-Accept";
    const WHY: &str = "A wrong value comes from a cache, or from a server that has not \
    understood the request.";
    let accept = |slug: &str, title: &str, value: &str| {
        refused(slug, "6455-4.1-26", title, WHY, Head::response().with(ACCEPT, value))
    };
    vec![
        refused(
            "accept-missing",
            "6455-4.1-26",
            "A response without Sec-WebSocket-Accept",
            WHY,
            Head::response().without(ACCEPT),
        ),
        accept("accept-empty", "An empty Sec-WebSocket-Accept", ""),
        accept(
            "accept-of-another-key",
            "The Sec-WebSocket-Accept of a key of zeros",
            "ICX+Yqv66kxgM0FcWaLWlFLwTAI=",
        ),
        accept(
            "accept-in-lowercase",
            "The right Sec-WebSocket-Accept in lower case",
            "{lowercase accept}",
        ),
        accept(
            "accept-with-a-byte-more",
            "The right Sec-WebSocket-Accept, and a letter after it",
            "{accept}a",
        ),
        accept(
            "accept-with-a-letter-before",
            "The right Sec-WebSocket-Accept, and a letter before it",
            "a{accept}",
        ),
        accept("accept-in-quotes", "The right Sec-WebSocket-Accept in quotes", "\"{accept}\""),
        accept(
            "accept-with-a-parameter",
            "The right Sec-WebSocket-Accept with a parameter",
            "{accept}; a=b",
        ),
        accept(
            "accept-in-a-list",
            "The right Sec-WebSocket-Accept twice in one header",
            "{accept}, {accept}",
        ),
        refused(
            "accept-twice",
            "6455-11.3.3-1",
            "The right Sec-WebSocket-Accept in two headers",
            "The header appears once.",
            Head::response().and(ACCEPT, "{accept}"),
        ),
        refused(
            "accept-right-then-wrong",
            "6455-11.3.3-1",
            "The right Sec-WebSocket-Accept, and a wrong one in another header",
            "The header appears once: which one counts?",
            Head::response().and(ACCEPT, "ICX+Yqv66kxgM0FcWaLWlFLwTAI="),
        )
        .rule("6455-4.1-26"),
        refused(
            "accept-wrong-then-right",
            "6455-11.3.3-1",
            "A wrong Sec-WebSocket-Accept, and the right one in another header",
            "The header appears once: which one counts?",
            Head::response().with(ACCEPT, "ICX+Yqv66kxgM0FcWaLWlFLwTAI=").and(ACCEPT, "{accept}"),
        )
        .rule("6455-4.1-26"),
    ]
}

fn statuses() -> Vec<Case> {
    let answered = |status: u16, reason: &str| {
        let head = Head::response()
            .first_line(format!("HTTP/1.1 {status} {reason}"))
            .with("Connection", "Upgrade, close");
        if matches!(status, 204 | 304) { head } else { head.and("Content-Length", "0") }
    };
    let mut cases: Vec<_> = [
        (
            200,
            "OK",
            "All headers of a handshake are there, but the status says that \
            this is a page.",
        ),
        (204, "No Content", "There is no content, nor a connection."),
        (
            299,
            "",
            "A status that is not known counts as the first of its class (RFC \
            9110 15).",
        ),
        (400, "Bad Request", "The server did not understand."),
        (401, "Unauthorized", "The server wants to know who asks."),
        (403, "Forbidden", "The server does not let the client in."),
        (404, "Not Found", "Nothing is there."),
        (407, "Proxy Authentication Required", "A proxy wants to know who asks."),
        (426, "Upgrade Required", "The server wants another version."),
        (500, "Internal Server Error", "The server has failed."),
        (503, "Service Unavailable", "The server has too much to do."),
    ]
    .into_iter()
    .map(|(status, reason, why)| {
        refused(
            &format!("status-{status}"),
            "6455-4.1-23",
            format!("A handshake with the status {status}"),
            why,
            answered(status, reason),
        )
    })
    .collect();
    for (status, reason) in
        [(301, "Moved Permanently"), (302, "Found"), (307, "Temporary Redirect")]
    {
        cases.push(refused(
            &format!("status-{status}"),
            "6455-4.1-23",
            format!("A handshake with the status {status}, and a Location"),
            "The connection is somewhere else. A client may go there, but not \
            take this one for it.",
            answered(status, reason).and("Location", "/elsewhere"),
        ));
    }
    cases.push(
        Case::must(
            "rfc6455/4.1/status-100-alone",
            "A response of 100, and then the end of the stream",
        )
        .for_clients()
        .rule("6455-7.2.1-3")
        .why("An interim response is not the answer.")
        .opens_with(Head::new("HTTP/1.1 100 Continue"))
        .end()
        .abandons(),
    );
    cases
}

fn upgrade_and_connection() -> Vec<Case> {
    let mut cases = vec![
        refused(
            "upgrade-missing",
            "6455-4.1-24",
            "A response without Upgrade",
            "The server has not said to which protocol it switches.",
            Head::response().without("Upgrade"),
        ),
        refused(
            "connection-missing",
            "6455-4.1-25",
            "A response without Connection",
            "The upgrade may have been meant for a proxy.",
            Head::response().without("Connection"),
        ),
    ];
    for (slug, value) in [
        ("other-protocol", "h2c"),
        ("longer-token", "websockets"),
        ("two-words", "web socket"),
        ("empty", ""),
        ("list", "websocket, h2c"),
    ] {
        cases.push(refused(
            &format!("response-upgrade-{slug}"),
            "6455-4.1-24",
            format!("Upgrade: {value}"),
            "The server switches to another protocol, or to none.",
            Head::response().with("Upgrade", value),
        ));
    }
    for (slug, value) in [
        ("keep-alive", "keep-alive"),
        ("close", "close"),
        ("longer-token", "Upgraded"),
        ("part-of-token", "not-upgrade"),
        ("empty", ""),
    ] {
        cases.push(refused(
            &format!("response-connection-{slug}"),
            "6455-4.1-25",
            format!("Connection: {value}"),
            "Upgrade must be a token of Connection.",
            Head::response().with("Connection", value),
        ));
    }
    cases
}

fn extensions_and_subprotocols() -> Vec<Case> {
    const EXTENSIONS: &str = "Sec-WebSocket-Extensions";
    const PROTOCOL: &str = "Sec-WebSocket-Protocol";
    const WHY: &str = "The client would read what comes by other rules than the server \
    has.";
    vec![
        refused(
            "extension-not-offered",
            "6455-4.1-27",
            "An extension that was not offered",
            WHY,
            Head::response().and(EXTENSIONS, "x-wsspec-unoffered"),
        ),
        refused(
            "extension-not-offered-with-parameters",
            "6455-4.1-27",
            "An extension with parameters that was not offered",
            WHY,
            Head::response().and(EXTENSIONS, "x-wsspec-unoffered; a=1; b"),
        ),
        refused(
            "extension-not-offered-in-second-header",
            "6455-4.1-27",
            "Extensions in two headers, of which none was offered",
            WHY,
            Head::response().and(EXTENSIONS, "x-wsspec-a").and(EXTENSIONS, "x-wsspec-b"),
        ),
        refused(
            "extension-malformed",
            "6455-9.1-1",
            "Sec-WebSocket-Extensions: ; a=b",
            WHY,
            Head::response().and(EXTENSIONS, "; a=b"),
        ),
        refused(
            "subprotocol-not-offered",
            "6455-4.1-28",
            "A subprotocol that was not offered",
            "What both ends say would mean different things.",
            Head::response().and(PROTOCOL, "wsspec-unoffered"),
        ),
        refused(
            "two-subprotocols",
            "6455-11.3.4-2",
            "Two headers with subprotocols that were not offered",
            "A server chooses one at most.",
            Head::response().and(PROTOCOL, "wsspec-a").and(PROTOCOL, "wsspec-b"),
        )
        .rule("6455-4.1-28"),
        Case::should("rfc6455/4.1/response-in-http-1.0", "A response in HTTP/1.0")
            .for_clients()
            .rule("6455-4.1-29")
            .why("HTTP/1.0 has no status of 1xx and no upgrades (RFC 9110 7.8).")
            .opens_with(Head::response().first_line("HTTP/1.0 101 Switching Protocols"))
            .abandons(),
    ]
}
