//! Windows and contexts that a target must keep to in what it sends.

use crate::case::{Case, Demand, Expected, Payload, Sample, binary};

pub(super) fn cases() -> Vec<Case> {
    [windows(), contexts()].concat()
}

fn windows() -> Vec<Case> {
    [
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
            14,
            "permessage-deflate; server_max_window_bits=14",
            "permessage-deflate; client_max_window_bits=14",
        ),
    ]
    .into_iter()
    .map(|(bits, offer, answer)| {
        let half = Payload::Sample(Sample::Noise, 0, (1 << bits) + 100).to_vec();
        Case::must(
            format!("rfc7692/7.1.2/keeps-to-{bits}-bits"),
            format!(
                "A window of {bits} bits, and a message that repeats itself just \
                outside of it"
            ),
        )
        .rule("7692-7.1.2.1-3")
        .rule("7692-7.1.2.2-5")
        .rule("7692-7.1.2.2-1")
        .why(
            "A peer that has kept no more than was agreed on cannot inflate \
            what refers farther back.",
        )
        .deflate(offer, answer)
        .exchange(2, binary([&half[..], &half[..]].concat()))
        .expects([Expected::Opened])
        .demands(Demand::AgreedWindow)
    })
    .collect()
}

fn contexts() -> Vec<Case> {
    let without = |slug: &str, title: &str, messages: usize, len: usize| {
        Case::must(format!("rfc7692/7.1.1/{slug}"), title)
            .rule("7692-7.1.1.1-4")
            .rule("7692-7.1.1.2-4")
            .why(
                "A peer that has dropped its window cannot inflate what refers to \
                an earlier message.",
            )
            .deflate(
                "permessage-deflate; server_no_context_takeover",
                "permessage-deflate; client_no_context_takeover",
            )
            .exchange(messages, binary(Payload::Sample(Sample::Json, 0, len)))
            .expects([Expected::Opened])
            .demands(Demand::AgreedWindow)
    };
    vec![
        without("begins-each-message-anew", "No context takeover: three equal messages", 3, 700),
        without(
            "begins-each-long-message-anew",
            "No context takeover: two equal messages of 20,000 bytes",
            2,
            20_000,
        ),
    ]
}
