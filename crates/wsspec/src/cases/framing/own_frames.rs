//! The frames of the target, whatever they are about.

use crate::case::{Case, Codes, Demand, Expected, Kind, Payload, binary, frame, ping, text};

/// A Ping, then messages of each kind of length.
fn exchange(id: &str, title: &str, rule: &'static str, demand: Demand) -> Case {
    let lengths = [0, 1, 125, 126, 127, 300];
    let messages = lengths.map(|length| (Kind::Text, Payload::Repeated(b'*', length)));
    let messages = [&messages[..], &[(Kind::Binary, Payload::Repeated(0xFF, 200))]].concat();
    let frames = messages.iter().map(|(kind, payload)| match kind {
        Kind::Text => text(payload.clone()),
        Kind::Binary => binary(payload.clone()),
    });
    let frames: Vec<_> = frames.collect();
    Case::must(format!("rfc6455/{id}"), title)
        .rule(rule)
        .send([ping("Hello")])
        .send(frames)
        .echo_all(messages)
        .demands(demand)
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        exchange(
            "5.2/sends-minimal-lengths",
            "The target writes lengths in as few bytes as possible",
            "6455-5.2-6",
            Demand::MinimalLengths,
        )
        .why("A strict peer fails the connection otherwise."),
        Case::must(
            "rfc6455/5.2/sends-minimal-long-lengths",
            "The target writes the lengths 65535 and 65536 in as few bytes as possible",
        )
        .rule("6455-5.2-6")
        .why("A strict peer fails the connection otherwise.")
        .send([65535, 65536].map(|length| text(Payload::Repeated(b'*', length))))
        .echo_all([65535, 65536].map(|length| (Kind::Text, Payload::Repeated(b'*', length))))
        .demands(Demand::MinimalLengths),
        exchange(
            "5.2/sends-no-reserved-bits",
            "The target sets no reserved bits",
            "6455-5.2-1",
            Demand::NoReservedBits,
        )
        .why("The peer must fail the connection otherwise."),
        exchange(
            "5.2/sends-known-opcodes",
            "The target sends no reserved opcodes",
            "6455-5.2-3",
            Demand::KnownOpcodes,
        )
        .why("The peer must fail the connection otherwise."),
        exchange(
            "5.4/sends-fragments-in-order",
            "If the target fragments, it begins with an opcode and goes on with 0",
            "6455-5.4-3",
            Demand::FragmentsInOrder,
        )
        .rule("6455-5.4-7")
        .why("The peer must fail the connection otherwise."),
        exchange(
            "5.5/sends-small-controls",
            "The control frames of the target are whole, and small",
            "6455-5.5-1",
            Demand::SmallControls,
        )
        .rule("6455-5.5-2")
        .why("The peer must fail the connection otherwise."),
        Case::must("rfc6455/5.6/sends-valid-text", "The target sends text in UTF-8")
            .rule("6455-5.6-1")
            .why("The peer must fail the connection otherwise.")
            .send([text("κόσμε"), text("\u{10FFFF}\u{0}")])
            .echo_all([(Kind::Text, "κόσμε"), (Kind::Text, "\u{10FFFF}\u{0}")])
            .demands(Demand::ValidText),
        Case::must(
            "rfc6455/7.4.1/sends-valid-close",
            "After a reserved opcode, the Close frame of the target has a valid code and reason",
        )
        .rule("6455-7.4.1-1")
        .rule("6455-7.4.2-1")
        .rule("6455-5.5.1-1")
        .rule("6455-5.5.1-2")
        .rule("6455-5.2-3")
        .rule("6455-7.1.7-1")
        .why("1006 is only for the application: on the wire it is an error of its own.")
        .send([frame(3, "")])
        .expects([Expected::Close(Codes::Any)])
        .expects([Expected::End])
        .demands(Demand::ValidClose),
    ]
}
