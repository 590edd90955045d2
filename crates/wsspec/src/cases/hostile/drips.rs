//! What comes slowly, or not at all.

use crate::case::{Case, Codes, Expected, Frame, Kind, Payload, close, frame, text};

pub(super) fn cases() -> Vec<Case> {
    [dripped(), ended()].concat()
}

fn dripped() -> Vec<Case> {
    let drip = |slug: &str, title: &str, milliseconds: u64, message: Frame| {
        Case::robust(format!("robust/{slug}"), title)
            .why(
                "A slow peer is no reason to wait in one place, nor to give up \
                within a second.",
            )
            .drip(milliseconds, [message])
    };
    vec![
        drip("text-dripped", "A text, a byte each 20 ms", 20, text("Hello"))
            .echoes(Kind::Text, "Hello"),
        drip(
            "long-length-dripped",
            "A text with a length of two bytes, a byte each 5 ms",
            5,
            text(Payload::Repeated(b'*', 130)),
        )
        .echoes(Kind::Text, Payload::Repeated(b'*', 130)),
        drip(
            "fragments-dripped",
            "A text in fragments of a byte, a byte each 10 ms",
            10,
            text("Hello").in_fragments(1),
        )
        .echoes(Kind::Text, "Hello"),
        drip("close-dripped", "A Close frame, a byte each 20 ms", 20, close(1000, "bye"))
            .rule("6455-5.5.1-6")
            .drops(),
    ]
}

/// The end in other states is in `closing::stream`.
fn ended() -> Vec<Case> {
    vec![
        Case::robust(
            "robust/ends-after-an-empty-close",
            "The end of the stream after a Close frame without a code",
        )
        .rule("6455-5.5.1-9")
        .rule("6455-7.2.1-1")
        .why("A connection whose peer is gone must not be kept for ever.")
        .send([frame(8, "")])
        .end()
        .expects([Expected::Close(Codes::Any), Expected::End])
        .expects([Expected::End]),
    ]
}
