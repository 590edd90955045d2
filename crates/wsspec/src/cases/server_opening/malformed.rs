//! Requests that are no HTTP.

use super::refused;
use crate::case::{Case, Expected, Head, Outcome};

pub(super) fn cases() -> Vec<Case> {
    [first_lines(), lines(), lists()].concat()
}

const RULE: &str = "6455-4.2.1-12";
const WHY: &str = "Parsers read malformed lines in different ways. If a proxy reads \
them in another way than the server, its checks can be got round.";

fn first_lines() -> Vec<Case> {
    vec![
        refused(
            "first-line-with-a-fourth-word",
            RULE,
            "A first line with a fourth word",
            WHY,
            Head::request().first_line("GET {path} HTTP/1.1 now"),
        ),
        refused(
            "first-line-of-one-word",
            RULE,
            "A first line of one word",
            WHY,
            Head::request().first_line("GET"),
        ),
        refused(
            "first-line-without-words",
            RULE,
            "A first line of punctuation",
            WHY,
            Head::request().first_line("(;;){}[]"),
        ),
        refused(
            "first-line-with-nul",
            RULE,
            "A target with a NUL",
            WHY,
            Head::request().first_line("GET {path}\0 HTTP/1.1"),
        ),
        refused(
            "first-line-is-a-status",
            RULE,
            "A response in place of a request",
            "Two servers were connected with each other.",
            Head::request().first_line("HTTP/1.1 101 Switching Protocols"),
        ),
    ]
}

fn lines() -> Vec<Case> {
    let with_line = |line: &str| {
        Head::text(Head::request().to_string().replacen("\r\n", &format!("\r\n{line}\r\n"), 1))
    };
    let replaced = |from: &str, to: &str| Head::text(Head::request().to_string().replace(from, to));
    vec![
        refused(
            "header-without-colon",
            RULE,
            "A header line without a colon",
            WHY,
            with_line("X-Without-Colon"),
        ),
        refused(
            "header-without-name",
            RULE,
            "A header line that begins with its colon",
            WHY,
            with_line(": value"),
        ),
        refused(
            "header-name-with-space",
            RULE,
            "A header name with a space inside",
            WHY,
            with_line("X Header: value"),
        ),
        refused(
            "header-name-with-nul",
            RULE,
            "A header name with a NUL",
            WHY,
            with_line("X-\0: value"),
        ),
        refused(
            "header-name-with-control",
            RULE,
            "A header name with a control byte",
            WHY,
            with_line("X-\u{1}: value"),
        ),
        refused(
            "header-name-with-letter-outside-of-ascii",
            RULE,
            "A header name with a letter outside of ASCII",
            WHY,
            with_line("X-\u{e9}: value"),
        ),
        refused(
            "space-before-colon",
            RULE,
            "A space before the colon of Sec-WebSocket-Version",
            "RFC 9112 5.1: 400 is a must, since proxies read such names \
            differently.",
            replaced("Sec-WebSocket-Version:", "Sec-WebSocket-Version :"),
        ),
        refused(
            "tab-before-colon",
            RULE,
            "A tab before the colon of an unknown header",
            "RFC 9112 5.1: 400 is a must, since proxies read such names \
            differently.",
            with_line("X-Header\t: value"),
        ),
        refused(
            "version-with-nul-inside",
            RULE,
            "A NUL inside of Sec-WebSocket-Version",
            WHY,
            replaced("Version: 13", "Version: 1\u{0}3"),
        )
        .rule("6455-4.2.1-7"),
        refused(
            "upgrade-with-nul-inside",
            RULE,
            "A NUL inside of the token websocket",
            WHY,
            replaced("Upgrade: websocket", "Upgrade: web\0socket"),
        )
        .rule("6455-4.2.1-4"),
        refused(
            "version-with-carriage-return-inside",
            RULE,
            "A CR alone inside of Sec-WebSocket-Version",
            WHY,
            replaced("Version: 13", "Version: 1\r3"),
        )
        .rule("6455-4.2.1-7"),
        refused(
            "line-after-carriage-return",
            RULE,
            "The version in a line that a CR alone begins",
            "A CR alone ends no line (RFC 9112 2.2): the version is a part of \
            the header before it.",
            replaced("\r\nSec-WebSocket-Version", "\r\nX-Header: value\rSec-WebSocket-Version"),
        )
        .rule("6455-4.2.1-7"),
        Case::robust(
            "robust/request-lines-end-with-line-feed",
            "A request whose lines end with LF alone",
        )
        .for_servers()
        .rule("own-server-18")
        .why(
            "RFC 9112 2.2 lets a server read such lines. What it must not do \
            is to wait for ever.",
        )
        .opens_with(Head::text(Head::request().to_string().replace("\r\n", "\n")))
        .refuses()
        .accepts(Outcome::lax(
            "own-server-18",
            "who reads LF as the end of a line may differ from a proxy",
            [Expected::Opened],
        )),
        Case::robust("robust/request-with-folded-line", "A request with a folded line")
            .for_servers()
            .rule("own-server-18")
            .why("RFC 9112 5.2 lets a server refuse it, or put a space in place of the fold.")
            .opens_with(with_line("X-Folded: one\r\n two"))
            .refuses()
            .accepts(Outcome::lax(
                "own-server-18",
                "who joins folded lines may differ from a proxy",
                [Expected::Opened],
            )),
    ]
}

/// Headers that are optional, but have a grammar.
fn lists() -> Vec<Case> {
    let mut cases: Vec<_> =
        [("with-space", "chat room"), ("with-slash", "chat/1"), ("quoted", "\"chat\"")]
            .into_iter()
            .map(|(slug, value)| {
                refused(
                    &format!("subprotocol-{slug}"),
                    "6455-4.3-1",
                    format!("Sec-WebSocket-Protocol: {value}"),
                    "A subprotocol is a token. What is none cannot be answered.",
                    Head::request().and("Sec-WebSocket-Protocol", value),
                )
                .rule(RULE)
            })
            .collect();
    for (slug, value) in [
        ("name-with-space", "permessage deflate"),
        ("parameter-without-name", "permessage-deflate; =10"),
        ("open-quote", "permessage-deflate; server_max_window_bits=\"10"),
        ("without-name", "; server_max_window_bits=10"),
        ("value-without-token", "x-unknown; a="),
    ] {
        cases.push(
            refused(
                &format!("extension-{slug}"),
                "6455-9.1-1",
                format!("Sec-WebSocket-Extensions: {value}"),
                "Who guesses what is offered may agree on something else than the \
                client.",
                Head::request().and("Sec-WebSocket-Extensions", value),
            )
            .rule(RULE),
        );
    }
    cases
}
