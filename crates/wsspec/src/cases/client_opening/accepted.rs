//! Responses that a client must accept.

use std::time::Duration;

use super::accepted;
use crate::case::{Case, Expected, Head, Kind, Outcome};

pub(super) fn cases() -> Vec<Case> {
    [tokens(), headers(), pieces(), interim()].concat()
}

fn tokens() -> Vec<Case> {
    let mut cases = Vec::new();
    for (slug, value) in [("capitalized", "WebSocket"), ("in-capitals", "WEBSOCKET")] {
        cases.push(accepted(
            &format!("accepts-upgrade-{slug}"),
            "6455-4.1-24",
            format!("Upgrade: {value}"),
            "The name of a protocol is compared without case, and many servers \
            write it so.",
            Head::response().with("Upgrade", value),
        ));
    }
    for (slug, value) in [
        ("in-lowercase", "upgrade"),
        ("in-capitals", "UPGRADE"),
        ("last-in-list", "keep-alive, Upgrade"),
        ("first-in-list", "Upgrade, keep-alive"),
        ("in-list-without-spaces", "keep-alive,Upgrade"),
    ] {
        cases.push(accepted(
            &format!("accepts-connection-{slug}"),
            "6455-4.1-25",
            format!("Connection: {value}"),
            "Connection is a list of tokens, compared without case.",
            Head::response().with("Connection", value),
        ));
    }
    cases.push(accepted(
        "accepts-two-connection-headers",
        "6455-4.1-25",
        "Connection: keep-alive, and another Connection: Upgrade",
        "Lines of one name make a list (RFC 9110 5.3).",
        Head::response().with("Connection", "keep-alive").and("Connection", "Upgrade"),
    ));
    for (slug, line) in [
        ("another-reason", "HTTP/1.1 101 Web Socket Protocol Handshake"),
        ("no-reason", "HTTP/1.1 101 "),
        ("a-reason-outside-of-ascii", "HTTP/1.1 101 Protokoll geh\u{f6}rt gewechselt"),
    ] {
        cases.push(accepted(
            &format!("accepts-{slug}"),
            "6455-4.1-23",
            format!("A first line of {line:?}"),
            "The status counts. The reason is for people (RFC 9112 4).",
            Head::response().first_line(line),
        ));
    }
    cases
}

fn headers() -> Vec<Case> {
    let written = |change: fn(&str) -> String| {
        Head::new("HTTP/1.1 101 Switching Protocols")
            .and(&change("Upgrade"), "websocket")
            .and(&change("Connection"), "Upgrade")
            .and(&change("Sec-WebSocket-Accept"), "{accept}")
    };
    let reversed = Head::new("HTTP/1.1 101 Switching Protocols")
        .and("Sec-WebSocket-Accept", "{accept}")
        .and("Connection", "Upgrade")
        .and("Upgrade", "websocket");
    let many =
        (0..50).fold(Head::response(), |head, at| head.and(&format!("X-Header-{at}"), "value"));
    vec![
        accepted(
            "accepts-names-in-lowercase",
            "6455-4.1-30",
            "Names of headers in lower case",
            "Names have no case, and proxies change it.",
            written(str::to_lowercase),
        ),
        accepted(
            "accepts-names-in-capitals",
            "6455-4.1-30",
            "Names of headers in capitals",
            "Names have no case.",
            written(str::to_uppercase),
        ),
        accepted(
            "accepts-another-order",
            "6455-4.1-31",
            "Headers in the opposite order",
            "The order does not matter.",
            reversed,
        ),
        accepted(
            "accepts-whitespace-around-accept",
            "6455-4.1-26",
            "Spaces and tabs around Sec-WebSocket-Accept",
            "Whitespace around the value is ignored.",
            Head::response().with("Sec-WebSocket-Accept", " \t{accept} \t "),
        ),
        accepted(
            "accepts-no-space-after-colons",
            "6455-4.1-31",
            "No space after the colons",
            "The space is optional (RFC 9112 5).",
            Head::text(Head::response().to_string().replace(": ", ":")),
        ),
        accepted(
            "accepts-unknown-headers",
            "6455-4.1-31",
            "Headers that nobody knows",
            "Servers and proxies add their own.",
            Head::response()
                .and("Server", "wsspec")
                .and("Date", "Thu, 01 Jan 1970 00:00:00 GMT")
                .and("Set-Cookie", "a=b; Path=/")
                .and("X-Unknown", ""),
        ),
        accepted(
            "accepts-50-headers",
            "6455-4.1-31",
            "50 further headers",
            "Chains of proxies add many.",
            many,
        ),
        accepted(
            "accepts-a-long-header",
            "6455-4.1-31",
            "A cookie of 4 KiB",
            "That is the least that browsers keep (RFC 6265 6.1).",
            Head::response().and("Set-Cookie", format!("a={}", "b".repeat(4096))),
        ),
        Case::should(
            "rfc6455/4.1/accepts-a-value-outside-of-ascii",
            "A header value outside of ASCII",
        )
        .for_clients()
        .rule("6455-4.1-31")
        .why("Such bytes are allowed as obs-text (RFC 9110 5.5).")
        .opens_with(Head::response().and("X-Name", "\u{e9}t\u{e9}"))
        .stays_open()
        .accepts(Outcome::lax(
            "6455-4.1-31",
            "bytes outside of ASCII in a value should be left as they are",
            [Expected::End],
        )),
    ]
}

fn pieces() -> Vec<Case> {
    const WHY: &str = "TCP has no messages: a head may come in any pieces.";
    const PAUSE: Duration = Duration::from_millis(20);
    // An accept value has 28 characters.
    let response = Head::response().to_string().replace("{accept}", &"*".repeat(28));
    let with_half_a_frame = response.len() + 4;
    let mut cases: Vec<_> = [1, 2, 7, 64]
        .into_iter()
        .map(|size| {
            accepted(
                &format!("accepts-pieces-of-{size}"),
                "6455-4.1-31",
                format!("A response in pieces of {size} bytes"),
                WHY,
                Head::response().in_pieces(size),
            )
        })
        .collect();
    cases.push(accepted(
        "accepts-a-slow-response",
        "6455-4.1-31",
        "A response that takes a third of a second",
        "Mobile networks are slow.",
        Head::response().dripped(8, Duration::from_millis(20)),
    ));
    cases.push(
        Case::must(
            "rfc6455/4.1/reads-a-frame-after-the-response",
            "A response, and a frame in the same write",
        )
        .for_clients()
        .rule("own-client-4")
        .why(
            "The server may send as soon as it has answered. Who drops what \
            comes with the response loses the first message.",
        )
        .opens_with(Head::response().body(b"\x81\x05Hello"))
        .echoes(Kind::Text, "Hello"),
    );
    cases.push(
        Case::must(
            "rfc6455/4.1/reads-half-a-frame-after-the-response",
            "A response and half a frame in one write, and then the rest",
        )
        .for_clients()
        .rule("own-client-4")
        .why("The end of a write is no end of anything.")
        .opens_with(Head::response().body(b"\x81\x05Hello").dripped(with_half_a_frame, PAUSE))
        .echoes(Kind::Text, "Hello"),
    );
    cases
}

fn interim() -> Vec<Case> {
    [(100, "Continue"), (102, "Processing"), (103, "Early Hints")]
        .into_iter()
        .map(|(status, reason)| {
            let interim = Head::new(format!("HTTP/1.1 {status} {reason}"))
                .and("Link", "</style.css>; rel=preload");
            Case::may(
                format!("rfc6455/4.1/accepts-status-{status}-before"),
                format!("A response of {status}, and then the one of 101"),
            )
            .for_clients()
            .rule("own-client-1")
            .why(
                "A client must read interim responses that it has not asked for \
                (RFC 9110 15.2).",
            )
            .opens_with(Head::text(format!("{interim}{}", Head::response())))
            .stays_open()
            .accepts(Outcome::lax(
                "own-client-1",
                "an interim response is no reason to give up",
                [Expected::End],
            ))
        })
        .collect()
}
