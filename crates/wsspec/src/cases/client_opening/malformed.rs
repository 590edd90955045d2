//! Responses that are no HTTP, or that end too early.

use super::refused;
use crate::case::{Case, Expected, Head, Outcome};

pub(super) fn cases() -> Vec<Case> {
    [malformed(), lax(), cut_off()].concat()
}

fn malformed() -> Vec<Case> {
    const RULE: &str = "6455-4.1-29";
    const WHY: &str = "Who guesses what a malformed response means may take anything for \
    an upgrade.";
    let with_line = |line: &str| {
        Head::text(Head::response().to_string().replacen("\r\n", &format!("\r\n{line}\r\n"), 1))
    };
    let replaced =
        |from: &str, to: &str| Head::text(Head::response().to_string().replace(from, to));
    let first_line = |line: &str| Head::response().first_line(line);
    vec![
        refused(
            "response-status-not-a-number",
            RULE,
            "A status of letters",
            WHY,
            first_line("HTTP/1.1 1O1 Switching Protocols"),
        ),
        refused(
            "response-status-of-four-digits",
            RULE,
            "The status 1010",
            WHY,
            first_line("HTTP/1.1 1010 Switching Protocols"),
        ),
        refused(
            "response-without-version",
            RULE,
            "A first line that begins with HTTP alone",
            WHY,
            first_line("HTTP 101 Switching Protocols"),
        ),
        refused(
            "response-of-another-protocol",
            RULE,
            "A first line that begins with ICY",
            WHY,
            first_line("ICY 101 Switching Protocols"),
        ),
        refused(
            "response-without-space-after-version",
            RULE,
            "No space between version and status",
            WHY,
            first_line("HTTP/1.1101 Switching Protocols"),
        ),
        refused(
            "response-is-a-request",
            RULE,
            "A request in place of a response",
            "Two clients were connected with each other.",
            first_line("GET / HTTP/1.1"),
        ),
        refused(
            "response-header-without-colon",
            RULE,
            "A header line without a colon",
            WHY,
            with_line("X-Without-Colon"),
        ),
        refused(
            "response-header-name-with-space",
            RULE,
            "A header name with a space inside",
            WHY,
            with_line("X Header: value"),
        ),
        refused(
            "response-header-name-with-nul",
            RULE,
            "A header name with a NUL",
            WHY,
            with_line("X-\0: value"),
        ),
        refused(
            "response-header-without-name",
            RULE,
            "A header line that begins with its colon",
            WHY,
            with_line(": value"),
        ),
        refused(
            "response-upgrade-with-nul-inside",
            RULE,
            "A NUL inside of the token websocket",
            WHY,
            replaced("Upgrade: websocket", "Upgrade: web\0socket"),
        )
        .rule("6455-4.1-24"),
        refused(
            "response-line-after-carriage-return",
            RULE,
            "Sec-WebSocket-Accept in a line that a CR alone begins",
            "A CR alone ends no line (RFC 9112 2.2): who takes it for one lets \
            values of headers be smuggled in.",
            replaced("\r\nSec-WebSocket-Accept", "\r\nX-Header: value\rSec-WebSocket-Accept"),
        )
        .rule("6455-4.1-26"),
        refused(
            "response-of-garbage",
            RULE,
            "Bytes that are no response",
            "Something else listens there.",
            Head::raw(b"\xFF\xFE\x00garbage\r\n\r\n\r\n"),
        ),
        refused(
            "response-of-frames",
            RULE,
            "A frame in place of a response",
            "The server has skipped the handshake.",
            Head::raw(b"\x81\x05Hello\r\n\r\n"),
        ),
    ]
}

/// What a client need not refuse, but must be able to tell from a response that is right.
fn lax() -> Vec<Case> {
    let malformed = |slug: &str, title: &str, why: &str, from: &str, to: &str| {
        Case::robust(format!("robust/response-{slug}"), title)
            .for_clients()
            .rule("own-client-7")
            .why(why)
            .opens_with(Head::text(Head::response().to_string().replace(from, to)))
            .abandons()
            .accepts(Outcome::lax(
                "own-client-7",
                "who reads malformed lines may differ from a proxy",
                [Expected::StillOpen],
            ))
    };
    vec![
        malformed(
            "lines-end-with-line-feed",
            "A response whose lines end with LF alone",
            "RFC 9112 2.2 lets a client read such lines. What it must not do is to \
            wait for ever.",
            "\r\n",
            "\n",
        ),
        malformed(
            "space-before-colon",
            "A space before the colon of Sec-WebSocket-Accept",
            "RFC 9112 5.1 has no whitespace there, since proxies read such names \
            differently.",
            "Sec-WebSocket-Accept:",
            "Sec-WebSocket-Accept :",
        ),
    ]
}

fn cut_off() -> Vec<Case> {
    let response = Head::response().to_string();
    let cut = |slug: &str, title: &str, head: Head| {
        Case::must(format!("rfc6455/4.1/response-cut-{slug}"), title)
            .for_clients()
            .rule("6455-7.2.1-3")
            .why(
                "A connection that was lost in the handshake is not open, and the \
                application waits to hear so.",
            )
            .opens_with(head)
            .end()
            .abandons()
    };
    let up_to = |end: &str| {
        let length = response.find(end).unwrap_or(0);
        Head::text(response.get(..length).unwrap_or_default())
    };
    vec![
        cut("before-it-began", "The end of the stream in place of a response", Head::raw(b"")),
        cut("in-the-first-line", "A response that ends in its first line", up_to("witching")),
        cut("in-a-header", "A response that ends in a header", up_to("socket\r\n")),
        cut(
            "before-the-empty-line",
            "A response without the empty line at its end",
            Head::text(response.strip_suffix("\r\n").unwrap_or_default()),
        ),
        cut(
            "inside-the-empty-line",
            "A response that ends with the CR of its last line",
            Head::text(response.strip_suffix('\n').unwrap_or_default()),
        ),
    ]
}
