//! Compressed messages that fail the connection.

use super::DEFLATE;
use crate::case::{Case, Codes, Expected, Outcome, binary, close, continuation, ping, pong, text};

pub(super) fn cases() -> Vec<Case> {
    [marks(), data(), invalid_text()].concat()
}

fn compressed(id: &str, title: &str, rule: &'static str, why: &str) -> Case {
    Case::must(format!("rfc7692/{id}"), title).rule(rule).why(why).deflate(DEFLATE, DEFLATE)
}

fn marks() -> Vec<Case> {
    const RULE: &str = "7692-6-3";
    const WHY: &str = "RSV1 has a meaning on the first frame of a message alone. \
    Elsewhere it shows that the ends do not understand each other.";
    vec![
        compressed(
            "6/rsv1-on-continuation",
            "RSV1 on both fragments of a compressed text",
            RULE,
            WHY,
        )
        .send([
            text(b"\xF2\x48\xCD").rsv(0b100).unfinished(),
            continuation(b"\xC9\xC9\x07\x00").rsv(0b100),
        ])
        .fails(1002),
        compressed(
            "6/rsv1-on-continuation-of-plain-text",
            "RSV1 on the second fragment of a plain text",
            RULE,
            WHY,
        )
        .send([text("Hel").unfinished(), continuation("lo").rsv(0b100)])
        .fails(1002),
        compressed("6/rsv1-on-middle-fragment", "RSV1 on the second of three fragments", RULE, WHY)
            .send([
                text("a").unfinished(),
                continuation("b").rsv(0b100).unfinished(),
                continuation("c"),
            ])
            .fails(1002),
        compressed("6/rsv1-on-ping", "A Ping with RSV1", RULE, WHY)
            .send([ping("now").rsv(0b100)])
            .fails(1002),
        compressed("6/rsv1-on-empty-ping", "An empty Ping with RSV1", RULE, WHY)
            .send([ping("").rsv(0b100)])
            .fails(1002),
        compressed("6/rsv1-on-pong", "A Pong with RSV1", RULE, WHY)
            .send([pong("now").rsv(0b100)])
            .fails(1002),
        compressed("6/rsv1-on-close", "A Close frame with RSV1", RULE, WHY)
            .send([close(1000, "").rsv(0b100)])
            .expects([Expected::Close(Codes::OneOf(vec![1002]))])
            .accepts(Outcome::lax(
                "6455-7.1.7-4",
                "before it ends the stream it should say why in a Close frame",
                [Expected::End],
            )),
        compressed(
            "6/rsv1-on-ping-between-fragments",
            "A Ping with RSV1 between the fragments of a compressed text",
            RULE,
            WHY,
        )
        .send([text(b"\xF2\x48\xCD").rsv(0b100).unfinished(), ping("now").rsv(0b100)])
        .fails(1002),
        compressed(
            "6/rsv2-with-compression",
            "A text with RSV2",
            "6455-5.2-2",
            "Compression defines RSV1 alone.",
        )
        .send([text("Hello").rsv(0b010)])
        .fails(1002),
        compressed(
            "6/rsv3-with-compression",
            "A text with RSV3",
            "6455-5.2-2",
            "Compression defines RSV1 alone.",
        )
        .send([text("Hello").rsv(0b001)])
        .fails(1002),
        compressed(
            "6/all-rsv-with-compression",
            "A compressed text with RSV2 and RSV3",
            "6455-5.2-2",
            "Compression defines RSV1 alone.",
        )
        .send([text(b"\xF2\x48\xCD\xC9\xC9\x07\x00").rsv(0b111)])
        .fails(1002),
    ]
}

/// Data that cannot be inflated. The RFC names no code for it.
fn data() -> Vec<Case> {
    const RULE: &str = "7692-7.2.2-4";
    const WHY: &str = "Who goes on after data that cannot be inflated has lost a \
    message, and maybe its window.";
    let invalid = |slug: &str, title: &str, payload: &[u8]| {
        compressed(&format!("7.2.2/{slug}"), title, RULE, WHY)
            .send([binary(payload).rsv(0b100)])
            .expects([Expected::Close(Codes::OneOf(vec![1007, 1002]))])
            .accepts(Outcome::lax(
                "6455-7.1.7-4",
                "the Close frame should have the code for what went wrong",
                [Expected::Close(Codes::Any)],
            ))
            .accepts(Outcome::lax(
                "6455-7.1.7-4",
                "before it ends the stream it should say why in a Close frame",
                [Expected::End],
            ))
    };
    vec![
        invalid("reserved-block-type", "A block of the reserved type", b"\x06\x00"),
        invalid("garbage", "Bytes that are no block", b"\xFF\xFF\xFF\xFF"),
        invalid(
            "plain-text-marked",
            "A plain text that is marked as compressed",
            b"Hello, this was never compressed",
        ),
        invalid(
            "stored-length-not-its-complement",
            "A stored block with two lengths that do not fit",
            b"\x00\x05\x00\x00\x00Hello\x00",
        ),
        invalid(
            "too-far-back",
            "A first message that refers to one before it",
            b"\xF2\x00\x11\x00\x00",
        ),
        invalid(
            "unknown-distance",
            "A distance of code 30, which does not exist",
            b"\xF2\x00\xE7\x01\x00",
        ),
        invalid(
            "dynamic-block-without-codes",
            "A block with codes that lead nowhere",
            b"\x04\x00\x00\x00\x00",
        ),
        invalid(
            "too-many-codes",
            "A block with more codes than there are",
            b"\xFC\xFF\xFF\xFF\xFF\xFF\xFF",
        ),
        compressed(
            "7.2.2/garbage-in-second-fragment",
            "Bytes that are no block, in the second fragment",
            RULE,
            WHY,
        )
        .send([
            binary(b"\xF2\x48\xCD").rsv(0b100).unfinished(),
            continuation(b"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"),
        ])
        .expects([Expected::Close(Codes::OneOf(vec![1007, 1002]))])
        .accepts(Outcome::lax(
            "6455-7.1.7-4",
            "the Close frame should have the code for what went wrong",
            [Expected::Close(Codes::Any)],
        ))
        .accepts(Outcome::lax(
            "6455-7.1.7-4",
            "before it ends the stream it should say why in a Close frame",
            [Expected::End],
        )),
    ]
}

fn invalid_text() -> Vec<Case> {
    let invalid: [(&str, &str, &[u8]); 5] = [
        ("byte", "a byte that UTF-8 never has", b"Hello \xFF"),
        ("overlong", "a slash in two bytes", b"Hello \xC0\xAF"),
        ("surrogate", "half of a surrogate pair", b"Hello \xED\xA0\x80"),
        ("cut-off", "half of a letter at its end", b"Hello \xC3"),
        ("too-large", "a number above U+10FFFF", b"Hello \xF4\x90\x80\x80"),
    ];
    let mut cases = Vec::new();
    for (slug, what, payload) in invalid {
        let title = format!("A compressed text with {what}");
        cases.push(
            compressed(
                &format!("6/text-with-{slug}"),
                &title,
                "7692-6-5",
                "Compression must not be a way round the check of UTF-8.",
            )
            .rule("6455-8.1-1")
            .send([text(payload).compressed()])
            .fails(1007),
        );
    }
    cases.push(
        compressed(
            "6/text-with-byte-in-second-fragment",
            "A compressed text in fragments of 3 bytes with a byte that UTF-8 \
            never has",
            "7692-6-5",
            "Compression must not be a way round the check of UTF-8.",
        )
        .rule("6455-8.1-1")
        .send([text(b"Hello, Hello, \xFF Hello").compressed().in_fragments(3)])
        .fails(1007),
    );
    cases
}
