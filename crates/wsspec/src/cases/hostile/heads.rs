//! Heads that are too long, or never end.

use std::time::Duration;

use crate::case::{Case, Codes, Expected, Head, Outcome};

pub(super) fn cases() -> Vec<Case> {
    [of_requests(), of_responses()].concat()
}

/// How long a target may wait for a head that does not come.
const PATIENCE: Duration = Duration::from_secs(45);
const SLOW: &str = "Who waits for ever keeps a connection for each peer that says \
nothing; a few thousand of them are all that a server has.";
const LONG: &str = "Who reads a head of any length is out of memory at the will of \
its peer.";

const BODY: &str = "A refusal is one as soon as its head is there. Who wants all of its body first \
keeps whatever a server sends.";

fn rule(why: &str) -> &'static str {
    match why {
        SLOW => "own-limits-6",
        BODY => "own-client-6",
        _ => "own-limits-1",
    }
}

fn many_headers() -> String {
    (0..10_000).map(|at| format!("X-{at}: value\r\n")).collect()
}

fn of_requests() -> Vec<Case> {
    let start = || Head::request().to_string().strip_suffix("\r\n").unwrap_or_default().to_owned();
    let case = |slug: &str, title: &str, why: &str, request: Head| {
        Case::robust(format!("robust/request-{slug}"), title)
            .for_servers()
            .rule(rule(why))
            .why(why)
            .opens_with(request)
            .expects([Expected::Refused(vec![])])
            .expects([Expected::End])
    };
    let opened = |case: Case| {
        case.accepts(Outcome::lax(
            "own-limits-1",
            "a head of this length is not needed",
            [Expected::Opened],
        ))
    };
    vec![
        opened(case(
            "header-of-1-mib",
            "A request with a header of 1 MiB",
            LONG,
            Head::request().and("X-Long", "a".repeat(1 << 20)),
        )),
        opened(case(
            "10000-headers",
            "A request with 10,000 headers",
            LONG,
            Head::text(format!("{}{}\r\n", start(), many_headers())),
        )),
        opened(case(
            "target-of-1-mib",
            "A request with a target of 1 MiB",
            LONG,
            Head::request().first_line(format!("GET {{path}}?{} HTTP/1.1", "a".repeat(1 << 20))),
        )),
        case(
            "head-of-4-mib-without-end",
            "4 MiB of a request that does not end",
            LONG,
            Head::text(format!("{}X-Long: {}", start(), "a".repeat(4 << 20))),
        ),
        case(
            "first-line-of-4-mib-without-end",
            "4 MiB of a first line that does not end",
            LONG,
            Head::text(format!("GET /{}", "a".repeat(4 << 20))),
        ),
        case(
            "headers-without-end",
            "4 MiB of headers, and no end of them",
            LONG,
            Head::text(format!("{}{}", start(), "X-Header: value\r\n".repeat((4 << 20) / 17))),
        ),
        case("never-comes", "A connection on which nothing is sent", SLOW, Head::raw(b""))
            .patience(PATIENCE),
        case("never-ends", "Half a request, and then nothing", SLOW, Head::text(start()))
            .patience(PATIENCE),
        case(
            "dripped-without-end",
            "A request that does not end, with four bytes each second",
            SLOW,
            Head::text(format!("{}X-Slow: {}", start(), "a".repeat(120)))
                .dripped(4, Duration::from_secs(1)),
        )
        .patience(PATIENCE),
    ]
}

fn of_responses() -> Vec<Case> {
    let start = || Head::response().to_string().strip_suffix("\r\n").unwrap_or_default().to_owned();
    let case = |slug: &str, title: &str, why: &str, response: Head| {
        Case::robust(format!("robust/response-{slug}"), title)
            .for_clients()
            .rule(rule(why))
            .why(why)
            .opens_with(response)
            .abandons()
    };
    let opened = |case: Case| {
        case.accepts(Outcome::lax(
            "own-limits-1",
            "a head of this length is not needed",
            [Expected::StillOpen],
        ))
    };
    vec![
        opened(case(
            "header-of-1-mib",
            "A response with a header of 1 MiB",
            LONG,
            Head::response().and("X-Long", "a".repeat(1 << 20)),
        )),
        opened(case(
            "10000-headers",
            "A response with 10,000 headers",
            LONG,
            Head::text(format!("{}{}\r\n", start(), many_headers())),
        )),
        case(
            "head-of-4-mib-without-end",
            "4 MiB of a response that does not end",
            LONG,
            Head::text(format!("{}X-Long: {}", start(), "a".repeat(4 << 20))),
        ),
        case(
            "first-line-of-4-mib-without-end",
            "4 MiB of a first line that does not end",
            LONG,
            Head::text(format!("HTTP/1.1 101 {}", "a".repeat(4 << 20))),
        ),
        case("never-comes", "No response", SLOW, Head::raw(b"")).patience(PATIENCE),
        case("never-ends", "Half a response, and then nothing", SLOW, Head::text(start()))
            .patience(PATIENCE),
        opened(case(
            "after-1000-interim-ones",
            "1,000 responses of 100, and then the one of 101",
            LONG,
            Head::text(format!(
                "{}{}",
                Head::new("HTTP/1.1 100 Continue").to_string().repeat(1000),
                Head::response()
            )),
        )),
        case(
            "of-200-with-a-body-of-1-tib",
            "A response of 200 with 1 MiB of a body of 1 TiB",
            BODY,
            Head::new("HTTP/1.1 200 OK")
                .and("Connection", "close")
                .and("Content-Length", "1099511627776")
                .body(crate::case::Payload::Repeated(b'*', 1 << 20)),
        )
        .accepts(Outcome::right([Expected::Close(Codes::Any)])),
    ]
}
