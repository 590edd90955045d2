//! Requests whose key or version is wrong.

use super::refused;
use crate::case::{Case, Demand, Head};

pub(super) fn cases() -> Vec<Case> {
    [keys(), versions()].concat()
}

fn keys() -> Vec<Case> {
    const WHY: &str = "The key shows that a WebSocket client sent the request, and not a \
    script that can set some headers.";
    let key = |slug: &str, title: &str, value: &str| {
        refused(slug, "6455-4.2.1-6", title, WHY, Head::request().with("Sec-WebSocket-Key", value))
    };
    vec![
        refused(
            "no-key",
            "6455-4.2.1-6",
            "A request without Sec-WebSocket-Key",
            WHY,
            Head::request().without("Sec-WebSocket-Key"),
        ),
        key("key-empty", "An empty key", ""),
        key("key-of-15-bytes", "A key of 15 bytes", "MDEyMzQ1Njc4OWFiY2Rl"),
        key("key-of-17-bytes", "A key of 17 bytes", "MDEyMzQ1Njc4OWFiY2RlZmc="),
        key("key-of-24-bytes", "A key of 24 bytes", "MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u"),
        key("key-of-one-byte", "A key of a byte", "MA=="),
        key("key-without-padding", "A key without the = at its end", "MDEyMzQ1Njc4OWFiY2RlZg"),
        key("key-with-one-padding", "A key with one = at its end", "MDEyMzQ1Njc4OWFiY2RlZg="),
        key(
            "key-with-three-paddings",
            "A key with three = at its end",
            "MDEyMzQ1Njc4OWFiY2RlZg===",
        ),
        key(
            "key-not-base64",
            "A key with a byte that base64 does not have",
            "MDEyMzQ1Njc4OWFiY2R!Zg==",
        ),
        key(
            "key-in-url-alphabet",
            "A key in the alphabet of base64 for URLs",
            "-_-_-_-_-_-_-_-_-_-_-w==",
        ),
        key("key-with-a-space-inside", "A key with a space inside", "MDEyMzQ1Njc 4OWFiY2RlZg=="),
        key(
            "key-in-hexadecimal",
            "A key of 16 bytes in hexadecimal",
            "30313233343536373839616263646566",
        ),
        refused(
            "two-keys",
            "6455-11.3.1-1",
            "Two headers with different keys",
            "For which one is the answer?",
            Head::request().and("Sec-WebSocket-Key", "MDEyMzQ1Njc4OWFiY2RlZg=="),
        )
        .rule("6455-4.2.1-6"),
        refused(
            "key-twice",
            "6455-11.3.1-1",
            "The same key in two headers",
            "The header appears once.",
            Head::request().and("Sec-WebSocket-Key", "{key}"),
        )
        .rule("6455-4.2.1-6"),
        key("keys-in-a-list", "Two keys in one header", "{key}, {key}"),
    ]
}

fn versions() -> Vec<Case> {
    const WHY: &str = "Frames of another version are read wrongly, and the client has to \
    know which version it can use.";
    let mut cases = vec![refused(
        "no-version",
        "6455-4.2.1-7",
        "A request without Sec-WebSocket-Version",
        WHY,
        Head::request().without("Sec-WebSocket-Version"),
    )];
    for (slug, version) in [
        ("0", "0"),
        ("8", "8"),
        ("12", "12"),
        ("14", "14"),
        ("255", "255"),
        ("1300", "1300"),
        ("empty", ""),
        ("word", "thirteen"),
        ("list", "13, 8"),
        ("list-with-13-last", "8, 13"),
    ] {
        cases.push(refused(
            &format!("version-{slug}"),
            "6455-4.2.1-7",
            format!("Sec-WebSocket-Version: {version}"),
            WHY,
            Head::request().with("Sec-WebSocket-Version", version),
        ));
    }
    for (slug, version) in
        [("leading-zero", "013"), ("plus", "+13"), ("fraction", "13.0"), ("hexadecimal", "0xD")]
    {
        cases.push(
            refused(
                &format!("version-with-{slug}"),
                "6455-4.3-2",
                format!("Sec-WebSocket-Version: {version}"),
                "A version is written in one way alone, so that all read the same.",
                Head::request().with("Sec-WebSocket-Version", version),
            )
            .rule("6455-4.2.1-7"),
        );
    }
    cases.push(
        refused(
            "two-versions",
            "6455-11.3.5-1",
            "Two headers, with the versions 13 and 8",
            "Who reads the first and who reads the last would speak different \
            protocols.",
            Head::request().and("Sec-WebSocket-Version", "8"),
        )
        .rule("6455-4.2.1-7"),
    );
    cases.push(
        Case::must(
            "rfc6455/4.4/version-12-is-told-13",
            "Version 12: the answer says which versions are spoken",
        )
        .for_servers()
        .rule("6455-4.4-1")
        .rule("6455-4.2.2-5")
        .rule("6455-4.2.1-7")
        .why("The client can try again with a version of the list.")
        .opens_with(Head::request().with("Sec-WebSocket-Version", "12"))
        .refuses()
        .demands(Demand::Header("Sec-WebSocket-Version", "13")),
    );
    cases.push(
        Case::should("rfc6455/4.2.2/version-12-status", "Version 12: which status")
            .for_servers()
            .rule("6455-4.2.2-5")
            .rule("6455-4.2.1-7")
            .why("426 tells the client that the version alone is wrong.")
            .opens_with(Head::request().with("Sec-WebSocket-Version", "12"))
            .refuses_with(&[426, 400], "own-server-7"),
    );
    cases
}
