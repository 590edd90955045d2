//! Lengths that are written in too many bytes, or that cannot be.

use crate::case::{Case, Frame, Payload, binary, close, continuation, ping, pong, text};

pub(super) fn cases() -> Vec<Case> {
    [texts(), other_frames(), top_bit()].concat()
}

fn texts() -> Vec<Case> {
    let lengths = [(2, 0), (2, 1), (2, 125), (8, 0), (8, 1), (8, 125), (8, 126), (8, 65535)];
    let mut cases = Vec::new();
    for (width, length) in lengths {
        let text = text(Payload::Repeated(b'*', length));
        cases.push(
            Case::must(
                format!("rfc6455/5.2/length-{length}-in-{width}-bytes"),
                format!("A text of {length} bytes, whose length is in {width} bytes"),
            )
            .rule("6455-5.2-6")
            .rule("6455-5.2-5")
            .why("A filter may read it in one way, and what it protects in another.")
            .send([wider(text, width)])
            .failure(1002),
        );
    }
    cases
}

fn other_frames() -> Vec<Case> {
    let mut cases = Vec::new();
    for width in [2, 8] {
        let case = |name: &str, what: &str| {
            Case::must(
                format!("rfc6455/5.2/{name}-length-in-{width}-bytes"),
                format!("{what}, whose length is in {width} bytes"),
            )
            .rule("6455-5.2-6")
            .rule("6455-5.2-5")
            .why("The rule is for all frames.")
        };
        cases.extend([
            case("binary", "A binary message of 5 bytes")
                .send([wider(binary("Hello"), width)])
                .failure(1002),
            case("continuation", "A last fragment of 5 bytes")
                .send([text("Hello").unfinished(), wider(continuation("world"), width)])
                .failure(1002),
            case("ping", "A Ping of 5 bytes").send([wider(ping("Hello"), width)]).failure(1002),
            case("pong", "A Pong of 5 bytes").send([wider(pong("Hello"), width)]).failure(1002),
            case("close", "A Close frame with 1000")
                .send([wider(close(1000, ""), width)])
                .refusal(&[1002]),
        ]);
    }
    cases
}

fn wider(frame: Frame, width: usize) -> Frame {
    if width == 2 { frame.length_in_2_bytes() } else { frame.length_in_8_bytes() }
}

fn top_bit() -> Vec<Case> {
    const TOP: u64 = 1 << 63;
    let case = |id: &str, title: &str| {
        Case::must(format!("rfc6455/5.2/{id}"), title)
            .rule("6455-5.2-7")
            .why("Where lengths have a sign, this one is negative.")
    };
    let large = Payload::Repeated(b'*', 65536);
    vec![
        case("top-bit-alone", "A text whose length is 2^63").send([text("").claims(TOP)]),
        case("top-bit-and-65536", "A text of 65536 bytes, whose length has the top bit, too")
            .send([text(large).claims(TOP | 65536)]),
        case("length-of-all-bits", "A binary message whose length is 2^64 - 1")
            .send([binary("Hello").claims(u64::MAX)]),
        case("top-bit-in-continuation", "A last fragment whose length is 2^63")
            .send([text("Hello").unfinished(), continuation("").claims(TOP)]),
    ]
    .into_iter()
    .map(|case| case.failure(1002))
    .collect()
}
