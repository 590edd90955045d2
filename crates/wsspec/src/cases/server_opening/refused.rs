//! Requests that are no WebSocket handshake.

use super::refused;
use crate::case::{Case, Demand, Expected, Head, Outcome, text};

pub(super) fn cases() -> Vec<Case> {
    [methods_and_versions(), targets_and_hosts(), upgrade_and_connection(), bodies()].concat()
}

fn methods_and_versions() -> Vec<Case> {
    let mut cases: Vec<_> = [
        ("POST", "may have a body, and no cache or proxy expects an upgrade"),
        ("HEAD", "has an answer without a body, so that nothing can follow it"),
        ("PUT", "writes a resource"),
        (
            "OPTIONS",
            "asks what is allowed, as browsers do before they send anything \
            else",
        ),
        ("get", "is another method: methods have a case"),
    ]
    .into_iter()
    .map(|(method, meaning)| {
        let slug = if method == "get" {
            "method-get-in-lowercase".to_owned()
        } else {
            format!("method-{}", method.to_lowercase())
        };
        let request = Head::request().first_line(format!("{method} {{path}} HTTP/1.1"));
        refused(
            &slug,
            "6455-4.2.1-1",
            format!("A handshake with the method {method}"),
            format!("The method is GET: {method} {meaning}."),
            request,
        )
    })
    .collect();
    cases.push(
        Case::should("rfc6455/4.2.1/method-post-status", "A handshake with POST: which status")
            .for_servers()
            .rule("6455-4.2.1-1")
            .rule("own-server-4")
            .why("405 tells the client that the method alone is wrong.")
            .opens_with(
                Head::request().first_line("POST {path} HTTP/1.1").and("Content-Length", "0"),
            )
            .refuses_with(&[405, 501], "own-server-4"),
    );
    cases.push(refused(
        "http-1.0",
        "6455-4.2.1-1",
        "A handshake in HTTP/1.0",
        "HTTP/1.0 has no upgrades: a proxy that speaks it does not pass \
        them on as they are meant.",
        Head::request().first_line("GET {path} HTTP/1.0"),
    ));
    cases.push(refused(
        "http-0.9",
        "6455-4.2.1-1",
        "A first line without a version",
        "That is HTTP/0.9, which has no headers.",
        Head::request().first_line("GET {path}"),
    ));
    cases.push(refused(
        "version-in-lowercase",
        "6455-4.2.1-1",
        "A first line that ends with http/1.1",
        "The name of HTTP has a case (RFC 9112 2.3).",
        Head::request().first_line("GET {path} http/1.1"),
    ));
    cases.push(refused(
        "version-of-one-digit",
        "6455-4.2.1-1",
        "A first line that ends with HTTP/1",
        "A version of HTTP has two digits and a dot (RFC 9112 2.3).",
        Head::request().first_line("GET {path} HTTP/1"),
    ));
    cases
}

fn targets_and_hosts() -> Vec<Case> {
    vec![
        refused(
            "target-without-slash",
            "6455-4.2.1-2",
            "A target that does not begin with a slash",
            "What is before the first slash could be read as a host.",
            Head::request().first_line("GET chat HTTP/1.1"),
        ),
        refused(
            "target-asterisk",
            "6455-4.2.1-2",
            "The target *",
            "It names the server, and no resource of it.",
            Head::request().first_line("GET * HTTP/1.1"),
        ),
        refused(
            "target-empty",
            "6455-4.2.1-2",
            "No target between two spaces",
            "Parsers differ in what they take for the target then.",
            Head::request().first_line("GET  HTTP/1.1"),
        ),
        refused(
            "target-with-fragment",
            "6455-3-4",
            "A target with a fragment",
            "A fragment is never sent; what comes after # would be taken for a \
            part of the path.",
            Head::request().first_line("GET {path}#top HTTP/1.1"),
        ),
        refused(
            "no-host",
            "6455-4.2.1-3",
            "A request without Host",
            "Who serves several hosts cannot know which is meant.",
            Head::request().without("Host"),
        ),
        refused(
            "two-hosts",
            "6455-4.2.1-3",
            "A request with two different Hosts",
            "If a proxy reads one and the server the other, checks of the \
            proxy can be got round.",
            Head::request().and("Host", "other.example"),
        ),
    ]
}

fn upgrade_and_connection() -> Vec<Case> {
    let mut cases = vec![
        refused(
            "no-upgrade",
            "6455-4.2.1-4",
            "A request without Upgrade",
            "An ordinary request must not become a WebSocket.",
            Head::request().without("Upgrade"),
        ),
        refused(
            "no-connection",
            "6455-4.2.1-5",
            "A request without Connection",
            "Upgrade is for one hop alone. Without Connection it may be left \
            over from another hop.",
            Head::request().without("Connection"),
        ),
        refused(
            "plain-request",
            "6455-4.2.1-4",
            "A request for a page, without any header of a handshake",
            "A browser that opens the address of a WebSocket must see that it \
            is none.",
            Head::new("GET {path} HTTP/1.1").and("Host", "{host}"),
        )
        .rule("6455-4.2.1-5"),
    ];
    for (slug, value) in [
        ("other-protocol", "h2c"),
        ("longer-token", "websockets"),
        ("two-words", "web socket"),
        ("empty", ""),
    ] {
        cases.push(refused(
            &format!("upgrade-{slug}"),
            "6455-4.2.1-4",
            format!("Upgrade: {value}"),
            "The client asks for another protocol, or for none.",
            Head::request().with("Upgrade", value),
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
            &format!("connection-{slug}"),
            "6455-4.2.1-5",
            format!("Connection: {value}"),
            "Upgrade must be a token of Connection, or the header Upgrade is \
            not meant for this hop.",
            Head::request().with("Connection", value),
        ));
    }
    cases
}

/// A text "Hello" of a client, as the body of a request.
const FRAME: &[u8; 11] = b"\x81\x85\x00\x00\x00\x00Hello";

fn bodies() -> Vec<Case> {
    let body = |slug: &str, title: &str, request: Head| {
        Case::robust(format!("robust/request-with-{slug}"), title)
            .for_servers()
            .rule("own-server-17")
            .why(
                "Who reads the body of a request as frames disagrees with each \
                proxy before it about where the connection begins.",
            )
            .opens_with(request)
            .send([text("after")])
            .refuses()
            .expects([Expected::Message(crate::case::Kind::Text, "after".into())])
            .accepts(Outcome::lax(
                "own-server-17",
                "it opened a connection for a request with a body",
                [Expected::Close(crate::case::Codes::Any)],
            ))
    };
    vec![
        body(
            "content-length",
            "A handshake with a body, which looks like a frame",
            Head::request().and("Content-Length", "11").body(FRAME),
        ),
        body(
            "chunked-body",
            "A handshake with a chunked body, which holds what looks like a \
            frame",
            Head::request()
                .and("Transfer-Encoding", "chunked")
                .body(&[b"b\r\n", &FRAME[..], b"\r\n0\r\n\r\n"].concat()[..]),
        ),
        body(
            "two-lengths",
            "A handshake with Content-Length and Transfer-Encoding",
            Head::request()
                .and("Content-Length", "11")
                .and("Transfer-Encoding", "chunked")
                .body(&[b"b\r\n", &FRAME[..], b"\r\n0\r\n\r\n"].concat()[..]),
        ),
        Case::must(
            "rfc6455/4.2.1/plain-request-gets-no-accept",
            "A request for a page: the answer has no Sec-WebSocket-Accept",
        )
        .for_servers()
        .rule("6455-4.2.1-12")
        .rule("6455-4.2.1-4")
        .why(
            "A client that looks at headers alone would take the answer for a \
            handshake.",
        )
        .opens_with(Head::new("GET {path} HTTP/1.1").and("Host", "{host}"))
        .expects([Expected::Refused(vec![])])
        .demands(Demand::NoHeader("Sec-WebSocket-Accept")),
    ]
}
