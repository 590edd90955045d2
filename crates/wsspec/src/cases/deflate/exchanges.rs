//! Many messages, as Autobahn's families 12 and 13 send them.

use super::DEFLATE;
use crate::case::{Case, Expected, Frame, Payload, Sample, binary, text};

pub(super) fn cases() -> Vec<Case> {
    [of_any_data(), of_any_parameters()].concat()
}

/// Lengths of messages, and of their fragments; 0 is a message in one frame.
const SIZES: [(usize, usize); 18] = [
    (16, 0),
    (64, 0),
    (256, 0),
    (1024, 0),
    (4096, 0),
    (8192, 0),
    (16_384, 0),
    (32_768, 0),
    (65_536, 0),
    (131_072, 0),
    (8192, 256),
    (16_384, 256),
    (32_768, 256),
    (65_536, 256),
    (131_072, 256),
    (131_072, 1024),
    (131_072, 4096),
    (131_072, 32_768),
];

/// The offer that Autobahn sends by default.
const OFFER: &str = "permessage-deflate; client_no_context_takeover; \
client_max_window_bits";

fn of_any_data() -> Vec<Case> {
    let data = [
        ("json", Sample::Json, true),
        ("pixels", Sample::Picture, false),
        ("verse", Sample::Verse, false),
        ("html", Sample::Html, true),
        ("noise", Sample::Noise, false),
    ];
    let mut cases = Vec::new();
    for (group, (slug, sample, is_text)) in (1..).zip(data) {
        for (number, size) in (1..).zip(SIZES) {
            let case =
                exchange(&format!("{slug}-of"), &format!("of {sample}"), sample, is_text, size);
            cases.push(
                case.rule("7692-7.2.2-2")
                    .deflate(OFFER, DEFLATE)
                    .autobahn(format!("12.{group}.{number}")),
            );
        }
    }
    cases
}

fn of_any_parameters() -> Vec<Case> {
    // A server that is asked answers for each parameter; a client is asked for the same.
    let parameters = [
        ("default", "default parameters", OFFER, DEFLATE),
        (
            "no-takeover",
            "no context takeover",
            "permessage-deflate; client_no_context_takeover; \
            client_max_window_bits; server_no_context_takeover",
            "permessage-deflate; client_no_context_takeover",
        ),
        (
            "window-9",
            "a window of 9 bits",
            "permessage-deflate; client_no_context_takeover; \
            client_max_window_bits; server_max_window_bits=9",
            "permessage-deflate; client_max_window_bits=9",
        ),
        (
            "window-15",
            "a window of 15 bits",
            "permessage-deflate; client_no_context_takeover; \
            client_max_window_bits; server_max_window_bits=15",
            "permessage-deflate; client_max_window_bits=15",
        ),
        (
            "no-takeover-window-9",
            "no context takeover and a window of 9 bits",
            "permessage-deflate; client_no_context_takeover; \
            client_max_window_bits; server_no_context_takeover; \
            server_max_window_bits=9",
            "permessage-deflate; client_no_context_takeover; \
            client_max_window_bits=9",
        ),
        (
            "no-takeover-window-15",
            "no context takeover and a window of 15 bits",
            "permessage-deflate; client_no_context_takeover; \
            client_max_window_bits; server_no_context_takeover; \
            server_max_window_bits=15",
            "permessage-deflate; client_no_context_takeover; \
            client_max_window_bits=15",
        ),
        (
            "three-offers",
            "three offers",
            "permessage-deflate; client_no_context_takeover; \
            client_max_window_bits; server_no_context_takeover; \
            server_max_window_bits=9, permessage-deflate; \
            client_no_context_takeover; client_max_window_bits; \
            server_no_context_takeover, permessage-deflate; \
            client_no_context_takeover; client_max_window_bits",
            // Each client that offers compression accepts this, while a window needs an offer.
            "permessage-deflate; client_no_context_takeover",
        ),
    ];
    let mut cases = Vec::new();
    for (group, (slug, what, offer, answer)) in (1..).zip(parameters) {
        for (number, size) in (1..).zip(SIZES) {
            let case = exchange(
                &format!("{slug}-of"),
                &format!("of JSON with {what}"),
                Sample::Json,
                true,
                size,
            );
            cases.push(
                case.rule("7692-7.2.1-3")
                    .deflate(offer, answer)
                    .autobahn(format!("13.{group}.{number}")),
            );
        }
    }
    cases
}

fn exchange(slug: &str, what: &str, sample: Sample, is_text: bool, size: (usize, usize)) -> Case {
    let (len, fragment) = size;
    let count = (65_536 / len).clamp(2, 10);
    let (id, title) = match fragment {
        0 => {
            (format!("{slug}-{len}"), format!("{count} compressed messages of {len} bytes {what}"))
        }
        _ => (
            format!("{slug}-{len}-in-{fragment}"),
            format!(
                "{count} compressed messages of {len} bytes {what}, in fragments \
                of {fragment}"
            ),
        ),
    };
    let case = Case::must(format!("rfc7692/6.2/exchange-{id}"), title)
        .rule("7692-6.2-1")
        .rule("7692-7.2.2-1")
        .rule("7692-7.2.2-2")
        .why(
            "Lengths and data of all sorts find what single messages do not: \
            buffers that are too small, and windows that drift apart.",
        )
        .expects([Expected::Opened]);
    let case = if fragment == 0 { case } else { case.rule("7692-6.2-2") };
    (0..count).fold(case, |case, at| {
        let payload = Payload::Sample(sample, at * (len / 64 + 1), len);
        let message: Frame = if is_text { text(payload) } else { binary(payload) };
        let message = message.compressed();
        case.exchange(1, if fragment == 0 { message } else { message.in_fragments(fragment) })
    })
}
