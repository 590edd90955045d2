//! Answers of a server, and what a client makes of them. They are sent to clients that offer
//! compression.

use super::{
    DEFLATE,
    parameters::{WRONG, Wrong},
};
use crate::case::Case;

pub(super) fn cases() -> Vec<Case> {
    [refused(), accepted()].concat()
}

#[rustfmt::skip]
const WRONG_ANSWERS: &[Wrong] = &[
    ("7.1.2.2", "client-bits-without-value", Some("7692-7.1.2.2-4"), "permessage-deflate; client_max_window_bits"),
    ("5.1", "two-answers", Some("7692-5.1-2"), "permessage-deflate, permessage-deflate"),
];

fn refused() -> Vec<Case> {
    WRONG
        .iter()
        .chain(WRONG_ANSWERS)
        .map(|(section, slug, rule, answer)| {
            Case::must(format!("rfc7692/{section}/refuses-{slug}"), format!("The answer {answer}"))
                .for_clients()
                .rule(rule.unwrap_or("7692-7.1-2"))
                .depends_on(&["7692-7.1-2"])
                .why(
                    "The client cannot know how the server compresses, or what it can \
                inflate.",
                )
                .deflate(DEFLATE, answer)
                .abandons()
        })
        .chain([Case::must(
            "rfc7692/5.1/refuses-a-further-extension",
            "The answer permessage-deflate, and an extension that was not \
        offered",
        )
        .for_clients()
        .rule("6455-4.1-27")
        .why("The further extension may change what frames mean.")
        .deflate(DEFLATE, "permessage-deflate, x-wsspec-unoffered")
        .abandons()])
        .collect()
}

fn accepted() -> Vec<Case> {
    [
        ("7", "no-parameters", "7692-5.1-2", DEFLATE),
        (
            "7.1.1.1",
            "server-takeover",
            "7692-7.1.1.1-3",
            "permessage-deflate; server_no_context_takeover",
        ),
        (
            "7.1.1.2",
            "client-takeover",
            "7692-7.1.1.2-3",
            "permessage-deflate; client_no_context_takeover",
        ),
        (
            "7.1.2.1",
            "server-bits-8",
            "7692-7.1.2.1-5",
            "permessage-deflate; server_max_window_bits=8",
        ),
        (
            "7.1.2.1",
            "server-bits-9",
            "7692-7.1.2.1-5",
            "permessage-deflate; server_max_window_bits=9",
        ),
        (
            "7.1.2.1",
            "server-bits-15",
            "7692-7.1.2.1-5",
            "permessage-deflate; server_max_window_bits=15",
        ),
        (
            "7.1.2.2",
            "client-bits-9",
            "7692-7.1.2.2-1",
            "permessage-deflate; client_max_window_bits=9",
        ),
        (
            "7.1",
            "a-quoted-value",
            "7692-7.1-3",
            "permessage-deflate; server_max_window_bits=\"10\"",
        ),
        (
            "7.1",
            "no-spaces",
            "6455-9-2",
            "permessage-deflate;server_no_context_takeover;client_no_context_takeover",
        ),
        (
            "7.1",
            "many-spaces",
            "6455-9-2",
            "permessage-deflate  ;  server_no_context_takeover  \
            ;\tclient_no_context_takeover",
        ),
    ]
    .into_iter()
    .map(|(section, slug, rule, answer)| {
        Case::must(format!("rfc7692/{section}/accepts-{slug}"), format!("The answer {answer}"))
            .for_clients()
            .rule(rule)
            .why(
                "A server may answer so, and a client that refuses it cannot talk \
                to that server at all.",
            )
            .deflate(DEFLATE, answer)
            .stays_open()
    })
    .collect()
}
