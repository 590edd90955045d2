//! What a client offers, and what a server makes of offers.

use super::{
    DEFLATE,
    parameters::{WRONG, Wrong},
};
use crate::case::{Case, Demand, Expected, Head, Outcome};

pub(super) fn cases() -> Vec<Case> {
    [declined(), answered(), fallbacks(), own_offers()].concat()
}

const EXTENSIONS: &str = "Sec-WebSocket-Extensions";

#[rustfmt::skip]
const WRONG_OFFERS: &[Wrong] = &[
    ("7.1.2.1", "server-bits-a-fraction", Some("7692-7.1.2-1"), "permessage-deflate; server_max_window_bits=10.0"),
    ("7.1.2.1", "server-bits-with-plus", Some("7692-7.1.2-1"), "permessage-deflate; server_max_window_bits=+10"),
    ("7.1.2.1", "server-bits-266", Some("7692-7.1.2-1"), "permessage-deflate; server_max_window_bits=266"),
    ("7.1.2.2", "client-bits-0", Some("7692-7.1.2-1"), "permessage-deflate; client_max_window_bits=0"),
    ("7.1.2.2", "client-bits-a-word", Some("7692-7.1.2-1"), "permessage-deflate; client_max_window_bits=ten"),
    ("5", "another-extension", Some("6455-9-1"), "x-webkit-deflate-frame"),
    ("5", "a-longer-name", Some("6455-9-1"), "permessage-deflate-2"),
    ("5", "another-algorithm", Some("6455-9-1"), "permessage-bzip2"),
];

/// Offers that a server must decline. It goes on without compression.
fn declined() -> Vec<Case> {
    WRONG
        .iter()
        .chain(WRONG_OFFERS)
        .map(|(section, slug, rule, offer)| {
            Case::must(format!("rfc7692/{section}/declines-{slug}"), format!("The offer {offer}"))
                .for_servers()
                .rule(rule.unwrap_or("7692-7.1-1"))
                .depends_on(&["7692-7.1-1", "6455-4.2.2-9"])
                .why(
                    "Who agrees on an offer that it does not understand inflates by \
                other parameters than the client.",
                )
                .opens_with(Head::request().and(EXTENSIONS, *offer))
                .expects([Expected::Opened])
                .accepts(refused())
                .demands(Demand::NoHeader(EXTENSIONS))
        })
        .collect()
}

/// It refuses the connection for the sake of an offer.
fn refused() -> Outcome {
    Outcome::lax(
        "7692-7.1-1",
        "it should decline the offer, not the connection",
        [Expected::Refused(Vec::new())],
    )
}

fn answered() -> Vec<Case> {
    let demanded = |section: &str,
                    slug: &str,
                    rule: &'static str,
                    offer: &'static str,
                    why: &str,
                    demands: &[Demand]| {
        let case = Case::must(
            format!("rfc7692/{section}/answers-{slug}"),
            format!("The offer {offer}: what is answered"),
        )
        .for_servers()
        .rule(rule)
        .why(why)
        .deflate(offer, DEFLATE)
        .expects([Expected::Opened]);
        // An answer is valid as a whole if each of its parameters is.
        let case = match demands {
            [Demand::ValidAnswer] => {
                case.depends_on(&["6455-9-2", "7692-7.1.2-1", "7692-7.1.2.2-3"])
            }
            _ => case,
        };
        demands.iter().fold(case, |case, demand| case.demands(*demand))
    };
    const SERVER_BITS: &str = "server_max_window_bits";
    const CLIENT_BITS: &str = "client_max_window_bits";
    const TAKEOVER: &str = "server_no_context_takeover";
    let valid = &[Demand::ValidAnswer][..];
    let why_valid = "A client must fail the connection if it cannot accept the answer.";
    let mut cases = vec![
        demanded("7.1", "no-parameters", "6455-9-2", DEFLATE, why_valid, valid),
        demanded(
            "7.1",
            "client-bits",
            "6455-9-2",
            "permessage-deflate; client_max_window_bits",
            why_valid,
            valid,
        ),
        demanded(
            "7.1",
            "all-parameters",
            "6455-9-2",
            "permessage-deflate; server_no_context_takeover; \
            client_no_context_takeover; server_max_window_bits=12; \
            client_max_window_bits=11",
            why_valid,
            valid,
        ),
        demanded(
            "7.1",
            "a-quoted-value",
            "7692-7.1-3",
            "permessage-deflate; server_max_window_bits=\"10\"",
            "A value may be quoted, and means the same.",
            &[Demand::AnswerHas(SERVER_BITS), Demand::AnswerAtMost(SERVER_BITS, 10)],
        )
        .rule("7692-7.1.2.1-1"),
        demanded(
            "7.1",
            "no-spaces",
            "6455-9-2",
            "permessage-deflate;server_no_context_takeover;client_max_window_bits",
            why_valid,
            valid,
        ),
        demanded(
            "7.1",
            "many-spaces",
            "6455-9-2",
            "permessage-deflate  ;  server_no_context_takeover  \
            ;\tclient_max_window_bits",
            why_valid,
            valid,
        ),
        demanded(
            "7.1.1.1",
            "server-takeover",
            "7692-7.1.1.1-2",
            "permessage-deflate; server_no_context_takeover",
            "The client has no memory for a window between messages.",
            &[Demand::AnswerHas(TAKEOVER)],
        ),
        demanded(
            "7.1.1.1",
            "server-takeover-after-client-takeover",
            "7692-7.1.1.1-2",
            "permessage-deflate; client_no_context_takeover; \
            server_no_context_takeover",
            "The client has no memory for a window between messages.",
            &[Demand::AnswerHas(TAKEOVER)],
        ),
        demanded(
            "7.1.2.2",
            "no-client-bits-unasked",
            "7692-7.1.2.2-2",
            DEFLATE,
            "A client that does not offer the parameter cannot make its window \
            smaller.",
            &[Demand::AnswerLacks(CLIENT_BITS)],
        ),
        demanded(
            "7.1.2.2",
            "no-client-bits-for-server-bits",
            "7692-7.1.2.2-2",
            "permessage-deflate; server_max_window_bits=10",
            "A client that does not offer the parameter cannot make its window \
            smaller.",
            &[Demand::AnswerLacks(CLIENT_BITS)],
        ),
    ];
    let windows = [
        (
            9,
            "permessage-deflate; server_max_window_bits=9",
            "permessage-deflate; client_max_window_bits=9",
        ),
        (
            10,
            "permessage-deflate; server_max_window_bits=10",
            "permessage-deflate; client_max_window_bits=10",
        ),
        (
            12,
            "permessage-deflate; server_max_window_bits=12",
            "permessage-deflate; client_max_window_bits=12",
        ),
        (
            15,
            "permessage-deflate; server_max_window_bits=15",
            "permessage-deflate; client_max_window_bits=15",
        ),
    ];
    for (bits, server, client) in windows {
        cases.push(demanded(
            "7.1.2.1",
            &format!("server-bits-{bits}"),
            "7692-7.1.2.1-1",
            server,
            "The client has no memory for a larger window.",
            &[Demand::AnswerHas(SERVER_BITS), Demand::AnswerAtMost(SERVER_BITS, bits)],
        ));
        cases.push(demanded(
            "7.1.2.2",
            &format!("client-bits-{bits}"),
            "7692-7.1.2.2-3",
            client,
            "The client keeps to its hint whatever the answer is: the server may ignore \
            it and answer a larger window, but a valid one.",
            valid,
        ));
    }
    cases
}

/// Several offers, of which the first that is valid counts.
fn fallbacks() -> Vec<Case> {
    [
        (
            "after-an-invalid-window",
            "permessage-deflate; server_max_window_bits=7, permessage-deflate; \
            server_max_window_bits=10",
        ),
        (
            "after-an-unknown-parameter",
            "permessage-deflate; x-unknown, permessage-deflate; \
            server_max_window_bits=10",
        ),
        (
            "after-an-unknown-extension",
            "x-unknown; a=b, permessage-deflate; server_max_window_bits=10",
        ),
        (
            "of-the-same-offer-twice",
            "permessage-deflate; server_max_window_bits=10, \
            permessage-deflate; server_max_window_bits=10",
        ),
        (
            "before-an-invalid-offer",
            "permessage-deflate; server_max_window_bits=10, \
            permessage-deflate; server_max_window_bits=99",
        ),
    ]
    .into_iter()
    .map(|(slug, offers)| {
        Case::must(format!("rfc7692/5.1/fallback-{slug}"), format!("The offers {offers}"))
            .for_servers()
            .rule("7692-5.1-1")
            .rule("7692-7.1-1")
            .rule("7692-7.1.2.1-1")
            .rule("6455-9-2")
            .why(
                "Clients offer what they prefer first, and then what older servers \
                understand. One offer is answered, and invalid ones are passed \
                over.",
            )
            .deflate(offers, DEFLATE)
            .expects([Expected::Opened])
            .demands(Demand::AnswerHas("server_max_window_bits"))
            .demands(Demand::AnswerAtMost("server_max_window_bits", 10))
            .demands(Demand::ValidAnswer)
    })
    .collect()
}

fn own_offers() -> Vec<Case> {
    vec![
        Case::must(
            "rfc7692/7.1/offers-are-valid",
            "What a client offers has known parameters with valid values",
        )
        .for_clients()
        .rule("6455-9-2")
        .rule("7692-7.1.2-1")
        .why("A server must decline it otherwise, and nothing is compressed.")
        .expects([Expected::Opened])
        .demands(Demand::ValidOffers),
    ]
}
