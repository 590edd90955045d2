//! Requests that a server must accept.

use std::time::Duration;

use super::accepted;
use crate::case::{Case, Expected, Head, Kind, Outcome};

pub(super) fn cases() -> Vec<Case> {
    [tokens(), headers(), targets(), pieces()].concat()
}

fn tokens() -> Vec<Case> {
    let mut cases = Vec::new();
    for (slug, value) in [
        ("capitalized", "WebSocket"),
        ("in-capitals", "WEBSOCKET"),
        ("second-in-list", "h2c, websocket"),
        ("first-in-list", "websocket, h2c"),
        ("in-list-without-spaces", "h2c,websocket"),
    ] {
        cases.push(accepted(
            &format!("accepts-upgrade-{slug}"),
            "6455-4.2.1-4",
            format!("Upgrade: {value}"),
            "Upgrade is a list of protocols, compared without case. Proxies \
            and clients write it differently.",
            Head::request().with("Upgrade", value),
        ));
    }
    for (slug, value) in [
        ("in-lowercase", "upgrade"),
        ("in-capitals", "UPGRADE"),
        ("last-in-list", "keep-alive, Upgrade"),
        ("first-in-list", "Upgrade, keep-alive"),
        ("in-list-without-spaces", "keep-alive,Upgrade"),
        ("after-an-empty-element", "keep-alive, , Upgrade"),
        ("after-a-tab", "keep-alive,\tUpgrade"),
    ] {
        cases.push(accepted(
            &format!("accepts-connection-{slug}"),
            "6455-4.2.1-5",
            format!("Connection: {value}"),
            "Connection is a list of tokens, compared without case. Firefox \
            sends two of them.",
            Head::request().with("Connection", value),
        ));
    }
    cases.push(accepted(
        "accepts-two-upgrade-headers",
        "6455-4.2.1-4",
        "Upgrade: h2c, and another Upgrade: websocket",
        "Lines of one name make a list (RFC 9110 5.3).",
        Head::request().with("Upgrade", "h2c").and("Upgrade", "websocket"),
    ));
    cases.push(accepted(
        "accepts-two-connection-headers",
        "6455-4.2.1-5",
        "Connection: keep-alive, and another Connection: Upgrade",
        "Lines of one name make a list (RFC 9110 5.3).",
        Head::request().with("Connection", "keep-alive").and("Connection", "Upgrade"),
    ));
    cases
}

fn headers() -> Vec<Case> {
    let written = |upgrade: &str, change: fn(&str) -> String| {
        Head::new("GET {path} HTTP/1.1")
            .and(&change("Host"), "{host}")
            .and(&change("Upgrade"), upgrade)
            .and(&change("Connection"), "Upgrade")
            .and(&change("Sec-WebSocket-Key"), "{key}")
            .and(&change("Sec-WebSocket-Version"), "13")
    };
    let in_order = |names: [&str; 5]| {
        names.into_iter().fold(Head::new("GET {path} HTTP/1.1"), |head, name| {
            head.and(
                name,
                match name {
                    "Host" => "{host}",
                    "Upgrade" => "websocket",
                    "Connection" => "Upgrade",
                    "Sec-WebSocket-Key" => "{key}",
                    _ => "13",
                },
            )
        })
    };
    let strict = |end| {
        let reason = "bytes outside of ASCII in a value should be left as they are";
        Outcome::lax("6455-4.2.1-11", reason, [end])
    };
    let many =
        (0..50).fold(Head::request(), |head, at| head.and(&format!("X-Header-{at}"), "value"));
    let spaced = Head::request()
        .to_string()
        .replace(": ", ": \t ")
        .replace("\r\n", " \t\r\n")
        .replacen(" \t\r\n", "\r\n", 1);
    let spaced = spaced.strip_suffix(" \t\r\n").unwrap_or_default().to_owned() + "\r\n";
    vec![
        accepted(
            "accepts-names-in-lowercase",
            "6455-4.1-30",
            "Names of headers in lower case",
            "Proxies that speak HTTP/2 on their other side send such names.",
            written("websocket", str::to_lowercase),
        ),
        accepted(
            "accepts-names-in-capitals",
            "6455-4.1-30",
            "Names of headers in capitals",
            "Names have no case.",
            written("websocket", str::to_uppercase),
        ),
        accepted(
            "accepts-another-order",
            "6455-4.2.1-11",
            "Headers in the opposite order",
            "The order does not matter.",
            in_order([
                "Sec-WebSocket-Version",
                "Sec-WebSocket-Key",
                "Connection",
                "Upgrade",
                "Host",
            ]),
        ),
        accepted(
            "accepts-host-in-the-middle",
            "6455-4.2.1-11",
            "Host among the other headers",
            "The order does not matter.",
            in_order([
                "Upgrade",
                "Sec-WebSocket-Key",
                "Host",
                "Connection",
                "Sec-WebSocket-Version",
            ]),
        ),
        accepted(
            "accepts-whitespace-around-values",
            "6455-4.2.1-11",
            "Spaces and tabs before and after each value",
            "Whitespace around a value is no part of it (RFC 9110 5.5).",
            Head::text(spaced),
        ),
        accepted(
            "accepts-no-space-after-colons",
            "6455-4.2.1-11",
            "No space after the colons",
            "The space is optional.",
            Head::text(Head::request().to_string().replace(": ", ":")),
        ),
        accepted(
            "accepts-unknown-headers",
            "6455-4.2.1-11",
            "Headers that nobody knows",
            "What is unknown is ignored; browsers send new headers each year.",
            Head::request()
                .and("X-Unknown", "value")
                .and("Sec-WebSocket-Unknown", "value")
                .and("Cookie", "a=b; c=d"),
        ),
        accepted(
            "accepts-headers-of-a-browser",
            "6455-4.2.1-11",
            "The headers that a browser sends beside",
            "They are there in each request of a page.",
            Head::request()
                .and(
                    "User-Agent",
                    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 \
                    Firefox/140.0",
                )
                .and("Accept", "*/*")
                .and("Accept-Language", "en-US,en;q=0.5")
                .and("Accept-Encoding", "gzip, deflate, br, zstd")
                .and("Pragma", "no-cache")
                .and("Cache-Control", "no-cache"),
        ),
        accepted(
            "accepts-an-empty-value",
            "6455-4.2.1-11",
            "A header with an empty value",
            "A value may be empty (RFC 9110 5.5).",
            Head::request().and("X-Empty", ""),
        ),
        accepted(
            "accepts-a-name-of-punctuation",
            "6455-4.2.1-11",
            "A header name of all that a token may have",
            "A name is a token (RFC 9110 5.6.2).",
            Head::request().and("X!#$%&'*+-.^_`|~09", "value"),
        ),
        Case::should(
            "rfc6455/4.2.1/accepts-a-value-outside-of-ascii",
            "A header value outside of ASCII",
        )
        .for_servers()
        .rule("6455-4.2.1-11")
        .why(
            "Such bytes are allowed as obs-text (RFC 9110 5.5), and proxies \
            add names of people and places.",
        )
        .opens_with(Head::request().and("X-Name", "\u{e9}t\u{e9}"))
        .expects([Expected::Opened])
        .accepts(strict(Expected::Refused(Vec::new())))
        .accepts(strict(Expected::End)),
        accepted(
            "accepts-50-headers",
            "6455-4.2.1-11",
            "50 further headers",
            "Chains of proxies add many.",
            many,
        ),
        accepted(
            "accepts-a-long-cookie",
            "6455-4.2.1-11",
            "A cookie of 4 KiB",
            "That is the least that browsers keep (RFC 6265 6.1).",
            Head::request().and("Cookie", format!("a={}", "b".repeat(4096))),
        ),
        accepted(
            "accepts-offers-of-nothing-known",
            "6455-4.2.2-9",
            "An extension that nobody knows",
            "The server goes on without it.",
            Head::request().and("Sec-WebSocket-Extensions", "x-unknown; a=1; b"),
        ),
        accepted(
            "accepts-extensions-in-two-headers",
            "6455-11.3.2-1",
            "Extensions in two headers",
            "They make one list.",
            Head::request()
                .and("Sec-WebSocket-Extensions", "x-unknown")
                .and("Sec-WebSocket-Extensions", "x-other; a=b"),
        )
        .rule("6455-4.2.2-9"),
    ]
}

fn targets() -> Vec<Case> {
    vec![
        accepted(
            "accepts-a-query",
            "6455-4.2.1-2",
            "A target with a query",
            "Pages pass tokens and versions in it.",
            Head::request().first_line("GET {path}?room=1&name=a%20b HTTP/1.1"),
        ),
        accepted(
            "accepts-an-absolute-target",
            "6455-4.2.1-2",
            "An absolute URI as the target",
            "A server must accept it (RFC 9112 3.2.2); proxies send it.",
            Head::request().first_line("GET {scheme}://{host}{path} HTTP/1.1"),
        ),
        accepted(
            "accepts-a-long-query",
            "6455-4.2.1-2",
            "A query of 1 KiB",
            "Tokens of a session are that long.",
            Head::request().first_line(format!("GET {{path}}?token={} HTTP/1.1", "a".repeat(1024))),
        ),
    ]
}

fn pieces() -> Vec<Case> {
    const WHY: &str = "TCP has no messages: a head may come in any pieces.";
    let mut cases: Vec<_> = [1, 2, 7, 64]
        .into_iter()
        .map(|size| {
            accepted(
                &format!("accepts-pieces-of-{size}"),
                "own-server-24",
                format!("A request in pieces of {size} bytes"),
                WHY,
                Head::request().in_pieces(size),
            )
        })
        .collect();
    cases.push(accepted(
        "accepts-a-slow-request",
        "own-server-24",
        "A request that takes half a second",
        "Mobile networks are slow.",
        Head::request().dripped(8, Duration::from_millis(20)),
    ));
    cases.push(
        Case::robust("robust/frame-with-the-request", "A request, and a text in the same write")
            .for_servers()
            .rule("own-server-19")
            .why(
                "The client should have waited. A proxy that waits for it may still put both \
                together, and a frame must not be lost while the connection goes on.",
            )
            .opens_with(Head::request().body(b"\x81\x85\x00\x00\x00\x00Hello"))
            .echoes(Kind::Text, "Hello")
            .refuses()
            .drops()
            .accepts(Outcome::lax(
                "own-server-19",
                "what comes together with the request should not be lost",
                [Expected::StillOpen],
            )),
    );
    cases
}
