//! How fast a target is: numbers, no verdict. Each message is echoed.

use crate::case::{Case, Expected, Frame, Kind, Payload, binary, text};

const WHY: &str = "A message that takes long keeps others waiting. Compare with an \
earlier run, on the same machine.";
const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

pub(super) fn cases() -> Vec<Case> {
    let kinds = [(Kind::Text, "text"), (Kind::Binary, "binary")];
    (0..).zip(kinds).flat_map(|(at, (kind, slug))| of_kind(kind, slug, at)).collect()
}

/// The cases for texts, or those for binary messages, which are one group further in Autobahn.
fn of_kind(kind: Kind, slug: &str, at: usize) -> Vec<Case> {
    let message = |len: usize| -> Frame {
        let payload = Payload::Repeated(b'*', len);
        if kind == Kind::Text { text(payload) } else { binary(payload) }
    };
    let case = |what: String, title: String, group: usize, number: usize| {
        Case::perf(format!("perf/{slug}-{what}"), title)
            .why(WHY)
            .autobahn(format!("9.{}.{number}", group + at))
    };
    let mut cases = Vec::new();
    for (number, len) in (1..).zip([64 * KIB, 256 * KIB, MIB, 4 * MIB, 8 * MIB, 16 * MIB]) {
        cases.push(
            case(format!("of-{len}"), format!("A {kind} of {len} bytes"), 1, number)
                .exchange(1, message(len))
                .expects([Expected::Opened]),
        );
    }
    for (number, size) in
        (1..).zip([64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB])
    {
        cases.push(
            case(
                format!("in-fragments-of-{size}"),
                format!("A {kind} of 4 MiB in fragments of {size} bytes"),
                3,
                number,
            )
            .exchange(1, message(4 * MIB).in_fragments(size))
            .expects([Expected::Opened]),
        );
    }
    for (number, size) in (1..).zip([64, 128, 256, 512, 1024, 2048]) {
        cases.push(
            case(
                format!("in-pieces-of-{size}"),
                format!("A {kind} of 1 MiB in writes of {size} bytes"),
                5,
                number,
            )
            .send_in_pieces(size, [message(MIB)])
            .echoes(kind, Payload::Repeated(b'*', MIB)),
        );
    }
    for (number, len) in (1..).zip([0, 16, 64, 256, 1024, 4096]) {
        cases.push(
            case(
                format!("of-{len}-1000-times"),
                format!(
                    "1,000 messages of {len} bytes ({kind}), each after the echo of \
                    the one before"
                ),
                7,
                number,
            )
            .exchange(1000, message(len))
            .expects([Expected::Opened]),
        );
    }
    cases
}
