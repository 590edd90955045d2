//! Compressed messages that must be read, and how a target sends its own.

use super::DEFLATE;
use crate::case::{
    Case, Demand, Expected, Frame, Kind, Payload, Sample, binary, continuation, frame, ping, text,
};

pub(super) fn cases() -> Vec<Case> {
    [whole(), fragmented(), blocks(), contexts(), sent()].concat()
}

/// A case in which compression is agreed on.
fn compressed(id: &str, title: &str, rule: &'static str, why: &str) -> Case {
    Case::must(format!("rfc7692/{id}"), title).rule(rule).why(why).deflate(DEFLATE, DEFLATE)
}

/// A case in which the target has to inflate something.
fn inflated(id: &str, title: &str, rule: &'static str, why: &str) -> Case {
    compressed(id, title, rule, why).rule("7692-7.2.2-1")
}

/// A message that is compressed by hand, so that the run's own compression knows nothing of it.
fn by_hand(payload: &[u8]) -> Frame {
    text(payload).rsv(0b100)
}

const HELLO: &[u8] = b"\xF2\x48\xCD\xC9\xC9\x07\x00";

fn whole() -> Vec<Case> {
    const RULE: &str = "7692-6.2-1";
    const WHY: &str = "Nothing else of compression works without it.";
    let verse = Payload::Sample(Sample::Verse, 0, 3000);
    let verse_text = String::from_utf8_lossy(&verse.to_vec()).replace('\u{FFFD}', "");
    vec![
        inflated("6.2/text", "A compressed text", RULE, WHY)
            .send([text("Hello").compressed()])
            .echoes(Kind::Text, "Hello"),
        inflated("6.2/binary", "A compressed binary message", RULE, WHY)
            .send([binary(b"\x00\xFF\xFE\x00").compressed()])
            .echoes(Kind::Binary, b"\x00\xFF\xFE\x00"),
        inflated("6.2/long-text", "A compressed text of 3,000 bytes", RULE, WHY)
            .send([text(verse_text.as_str()).compressed()])
            .echoes(Kind::Text, verse_text.as_str()),
        inflated(
            "6.2/noise",
            "A compressed message that is longer than its content",
            RULE,
            "What does not compress is sent in stored blocks.",
        )
        .send([binary(Payload::Sample(Sample::Noise, 0, 4000)).compressed()])
        .echoes(Kind::Binary, Payload::Sample(Sample::Noise, 0, 4000)),
        inflated(
            "6.2/ratio-of-a-thousand",
            "A compressed message that becomes a thousand times as long",
            RULE,
            "Runs of zeros are harmless as long as the limit of messages holds.",
        )
        .send([binary(Payload::Repeated(0, 100_000)).compressed()])
        .echoes(Kind::Binary, Payload::Repeated(0, 100_000)),
        compressed(
            "6.2/plain-text",
            "A text that is not compressed, though compression was agreed on",
            RULE,
            "Each message may be compressed or not; short ones seldom are.",
        )
        .rule("7692-6.1-1")
        .send([text("Hello")])
        .echoes(Kind::Text, "Hello"),
        compressed(
            "6.2/plain-binary-that-looks-compressed",
            "A binary message that is not compressed, with bytes that could be \
            inflated",
            RULE,
            "RSV1 alone says what is compressed.",
        )
        .send([binary(HELLO)])
        .echoes(Kind::Binary, HELLO),
        compressed(
            "6.2/plain-empty-text",
            "An empty text that is not compressed",
            RULE,
            "Nothing is there to be inflated.",
        )
        .send([text("")])
        .echoes(Kind::Text, ""),
        inflated(
            "6.2/plain-between-compressed",
            "A plain text between two that are compressed",
            RULE,
            "Each message may be compressed or not.",
        )
        .rule("7692-6.1-1")
        .send([text("one").compressed(), text("two"), text("three").compressed()])
        .expects([
            Expected::Message(Kind::Text, "one".into()),
            Expected::Message(Kind::Text, "two".into()),
            Expected::Message(Kind::Text, "three".into()),
        ]),
        inflated(
            "7.2.3.6/empty-text",
            "An empty text, as an empty block of one byte",
            "7692-7.2.1-2",
            "An empty message is a message.",
        )
        .send([by_hand(b"\x00")])
        .echoes(Kind::Text, ""),
        inflated(
            "7.2.3.6/empty-binary",
            "An empty binary message, as an empty block of one byte",
            "7692-7.2.1-2",
            "An empty message is a message.",
        )
        .send([binary(b"\x00").rsv(0b100)])
        .echoes(Kind::Binary, ""),
        inflated(
            "7.2.3.6/empty-in-a-fixed-block",
            "An empty text, as an empty block with fixed codes",
            "7692-7.2.2-3",
            "Any block may be empty.",
        )
        .send([by_hand(b"\x02\x00")])
        .echoes(Kind::Text, ""),
        inflated(
            "6/text-is-utf8",
            "A compressed text with letters outside of ASCII",
            "7692-6-5",
            "UTF-8 is checked in what was inflated, and not in what came.",
        )
        .send([text("K\u{f6}ln \u{20ac} \u{1d11e}").compressed()])
        .echoes(Kind::Text, "K\u{f6}ln \u{20ac} \u{1d11e}"),
        inflated(
            "6/binary-is-no-text",
            "A compressed binary message that is no UTF-8",
            "7692-6-6",
            "The opcode says what a message is, compressed or not.",
        )
        .send([binary(b"\xC3\x28\xFF").compressed()])
        .echoes(Kind::Binary, b"\xC3\x28\xFF"),
    ]
}

fn fragmented() -> Vec<Case> {
    const RULE: &str = "7692-6.2-2";
    const WHY: &str = "A message is compressed as a whole, and may then be cut anywhere.";
    let hello = |slug: &str, title: &str, frames: Vec<Frame>| {
        inflated(&format!("6.2/{slug}"), title, RULE, WHY).send(frames).echoes(Kind::Text, "Hello")
    };
    vec![
        hello(
            "two-fragments",
            "A compressed text in two fragments, RSV1 on the first alone",
            vec![by_hand(b"\xF2\x48\xCD").unfinished(), continuation(b"\xC9\xC9\x07\x00")],
        ),
        hello(
            "fragments-of-a-byte",
            "A compressed text in fragments of a byte",
            vec![text("Hello").compressed().in_fragments(1)],
        ),
        hello(
            "empty-first-fragment",
            "A compressed text whose first fragment is empty",
            vec![by_hand(b"").unfinished(), continuation(HELLO)],
        ),
        hello(
            "empty-last-fragment",
            "A compressed text whose last fragment is empty",
            vec![by_hand(HELLO).unfinished(), continuation("")],
        ),
        hello(
            "empty-fragments-between",
            "A compressed text with empty fragments inside",
            vec![
                by_hand(b"\xF2\x48").unfinished(),
                continuation("").unfinished(),
                continuation("").unfinished(),
                continuation(b"\xCD\xC9\xC9\x07\x00"),
            ],
        ),
        hello(
            "ping-between-fragments",
            "A Ping between the fragments of a compressed text",
            vec![
                by_hand(b"\xF2\x48\xCD").unfinished(),
                ping("now"),
                continuation(b"\xC9\xC9\x07\x00"),
            ],
        )
        .rule("6455-5.4-4"),
        hello(
            "pong-between-fragments",
            "A Pong between the fragments of a compressed text",
            vec![
                by_hand(b"\xF2\x48\xCD").unfinished(),
                crate::case::pong("now"),
                continuation(b"\xC9\xC9\x07\x00"),
            ],
        )
        .rule("6455-5.4-4"),
        inflated(
            "6.2/character-cut-by-fragments",
            "A compressed text in fragments of a byte, with letters outside of \
            ASCII",
            RULE,
            WHY,
        )
        .rule("7692-6-5")
        .send([text("K\u{f6}ln \u{20ac} \u{1d11e}").compressed().in_fragments(1)])
        .echoes(Kind::Text, "K\u{f6}ln \u{20ac} \u{1d11e}"),
        compressed(
            "6.2/plain-in-fragments",
            "A plain text in fragments, after a compressed one",
            "7692-6.2-1",
            "The first frame of each message says whether it is compressed.",
        )
        .send([text("one").compressed(), text("two").in_fragments(1)])
        .expects([
            Expected::Message(Kind::Text, "one".into()),
            Expected::Message(Kind::Text, "two".into()),
        ]),
        inflated(
            "6.2/byte-by-byte",
            "A compressed text, byte by byte",
            "7692-6.2-1",
            "TCP has no messages.",
        )
        .send_in_pieces(1, [text("Hello").compressed()])
        .echoes(Kind::Text, "Hello"),
        inflated(
            "6.2/ping-is-not-compressed",
            "A Ping after a compressed text",
            "7692-6-2",
            "Control frames are never compressed.",
        )
        .send([text("Hello").compressed(), ping("now")])
        .expects([Expected::Message(Kind::Text, "Hello".into()), Expected::Pong("now".into())])
        .rule("6455-5.5.2-1")
        .demands(Demand::CompressionBits),
    ]
}

fn blocks() -> Vec<Case> {
    const RULE: &str = "7692-7.2.2-3";
    const WHY: &str = "The sender chooses the blocks; any of RFC 1951 are right.";
    let hello = |slug: &str, title: &str, payload: &[u8]| {
        compressed(&format!("7.2.2/{slug}"), title, RULE, WHY)
            .rule("7692-7.2.2-1")
            .send([by_hand(payload)])
            .echoes(Kind::Text, "Hello")
    };
    vec![
        hello(
            "fixed-block",
            "\"Hello\" in a block with fixed codes, as RFC 7692 7.2.3.1 has it",
            HELLO,
        ),
        hello(
            "stored-block",
            "\"Hello\" in a block that is stored, as RFC 7692 7.2.3.3 has it",
            b"\x00\x05\x00\xFA\xFFHello\x00",
        ),
        hello(
            "final-block",
            "\"Hello\" in a block with BFINAL, as RFC 7692 7.2.3.4 has it",
            b"\xF3\x48\xCD\xC9\xC9\x07\x00\x00",
        ),
        hello(
            "two-blocks",
            "\"Hello\" in two blocks, as RFC 7692 7.2.3.5 has it",
            b"\xF2\x48\x05\x00\x00\x00\xFF\xFF\xCA\xC9\xC9\x07\x00",
        ),
        hello(
            "stored-final-block",
            "\"Hello\" in a stored block with BFINAL",
            b"\x01\x05\x00\xFA\xFFHello\x00",
        ),
        hello(
            "empty-blocks-before",
            "\"Hello\" after three empty blocks",
            b"\x00\x00\x00\xFF\xFF\x00\x00\x00\xFF\xFF\x00\x00\x00\xFF\xFF\
            \xF2\x48\xCD\xC9\xC9\x07\x00",
        ),
        hello(
            "five-stored-blocks",
            "\"Hello\" in five stored blocks",
            b"\x00\x01\x00\xFE\xFFH\x00\x01\x00\xFE\xFFe\x00\x01\x00\xFE\xFFl\
            \x00\x01\x00\xFE\xFFl\x00\x01\x00\xFE\xFFo\x00",
        ),
        inflated(
            "7.2.2/final-blocks-in-two-messages",
            "Two messages whose blocks have BFINAL",
            RULE,
            "After a final block, the next message begins anew.",
        )
        .rule("7692-7.2.2-1")
        .send([
            by_hand(b"\xF3\x48\xCD\xC9\xC9\x07\x00\x00"),
            by_hand(b"\xF3\x48\xCD\xC9\xC9\x07\x00\x00"),
        ])
        .expects([
            Expected::Message(Kind::Text, "Hello".into()),
            Expected::Message(Kind::Text, "Hello".into()),
        ]),
    ]
}

fn contexts() -> Vec<Case> {
    const RULE: &str = "7692-7.2.2-2";
    let twice = || {
        [
            Expected::Message(Kind::Text, "Hello".into()),
            Expected::Message(Kind::Text, "Hello".into()),
        ]
    };
    let second = || by_hand(b"\xF2\x00\x11\x00\x00");
    vec![
        inflated(
            "7.2.2/refers-to-the-message-before",
            "A message that refers to the one before, as RFC 7692 7.2.3.2 has \
            it",
            RULE,
            "That is what makes many small messages small. Who drops its \
            window cannot read them.",
        )
        .rule("7692-7.2.1-4")
        .send([by_hand(HELLO), second()])
        .expects(twice()),
        inflated(
            "7.2.2/refers-past-a-ping",
            "A message that refers to one before a Ping",
            RULE,
            "Control frames are no part of the window.",
        )
        .send([by_hand(HELLO)])
        .send([ping("now")])
        .send([second()])
        .expects(twice()),
        compressed(
            "7.2.2/refers-past-a-plain-message",
            "A message that refers past a plain one",
            RULE,
            "What was sent plain is no part of the window.",
        )
        .rule("7692-7.2.1-5")
        .send([by_hand(HELLO), text("plain"), second()])
        .expects([
            Expected::Message(Kind::Text, "Hello".into()),
            Expected::Message(Kind::Text, "plain".into()),
            Expected::Message(Kind::Text, "Hello".into()),
        ]),
        inflated(
            "7.2.2/refers-in-fragments",
            "A message in fragments that refers to the one before",
            RULE,
            "Fragments and the window have nothing to do with each other.",
        )
        .rule("7692-6.2-2")
        .send([by_hand(HELLO), by_hand(b"\xF2\x00").unfinished(), continuation(b"\x11\x00\x00")])
        .expects(twice()),
        inflated(
            "7.2.2/refers-past-an-empty-message",
            "A message that refers past an empty one",
            RULE,
            "An empty message leaves the window as it is.",
        )
        .rule("7692-7.2.1-2")
        .send([by_hand(HELLO), by_hand(b"\x00"), second()])
        .expects([
            Expected::Message(Kind::Text, "Hello".into()),
            Expected::Message(Kind::Text, "".into()),
            Expected::Message(Kind::Text, "Hello".into()),
        ]),
        inflated(
            "7.2.2/refers-as-far-as-possible",
            "A message of two equal halves of 32,000 bytes",
            RULE,
            "A window has 32 KiB unless less was agreed on.",
        )
        .send([binary(
            [
                Payload::Sample(Sample::Noise, 0, 32_000).to_vec(),
                Payload::Sample(Sample::Noise, 0, 32_000).to_vec(),
            ]
            .concat(),
        )
        .compressed()])
        .echoes(
            Kind::Binary,
            [
                Payload::Sample(Sample::Noise, 0, 32_000).to_vec(),
                Payload::Sample(Sample::Noise, 0, 32_000).to_vec(),
            ]
            .concat(),
        ),
        inflated(
            "7.2.2/twenty-messages-with-context",
            "20 messages, each of which refers to those before",
            RULE,
            "The windows of both ends must stay the same.",
        )
        .exchange(20, text("The windows of both ends must stay the same.").compressed())
        .expects([Expected::Opened]),
        Case::must(
            "rfc7692/7.1.1/twenty-messages-without-context",
            "20 messages, each of which begins anew",
        )
        .rule("7692-7.2.1-3")
        .rule("7692-7.2.2-2")
        .why(
            "Who keeps a window that the other end has dropped inflates \
            nonsense.",
        )
        .deflate(
            "permessage-deflate; client_no_context_takeover",
            "permessage-deflate; server_no_context_takeover",
        )
        .exchange(20, text("Each message begins with an empty window.").compressed())
        .expects([Expected::Opened]),
    ]
}

/// How a target sends what it compresses.
fn sent() -> Vec<Case> {
    let long = || text(Payload::Sample(Sample::Json, 0, 5000)).compressed();
    vec![
        compressed(
            "6/marks-the-first-frame-alone",
            "RSV1 is on the first frame of a message alone",
            "7692-6-2",
            "A peer must fail the connection otherwise.",
        )
        .exchange(1, long())
        .expects([Expected::Opened])
        .demands(Demand::CompressionBits),
        compressed(
            "6/pong-is-not-marked",
            "RSV1 is not on a Pong",
            "7692-6-2",
            "A peer must fail the connection otherwise.",
        )
        .rule("6455-5.5.2-1")
        .exchange(1, long())
        .send([ping("now")])
        .expects([Expected::Pong("now".into())])
        .demands(Demand::CompressionBits),
        compressed(
            "6/close-is-not-marked",
            "RSV1 is not on a Close frame",
            "7692-6-2",
            "A peer must fail the connection otherwise.",
        )
        .rule("6455-5.5.1-6")
        .exchange(1, long())
        .send([frame(8, b"\x03\xE8")])
        .expects([Expected::Close(crate::case::Codes::Any)])
        .demands(Demand::CompressionBits),
        compressed(
            "6/empty-text-is-answered",
            "The echo of an empty text can be read",
            "7692-7.2.1-2",
            "An empty message is the one byte 00; no byte at all cannot be \
            inflated everywhere.",
        )
        .exchange(2, text("").compressed())
        .expects([Expected::Opened]),
        compressed(
            "7.2.1/removes-the-tail",
            "The four bytes at the end of a compressed message are not sent",
            "7692-7.2.1-1",
            "The peer puts them back; if they come twice, the next message \
            cannot be inflated.",
        )
        .exchange(1, long())
        .expects([Expected::Opened])
        .demands(Demand::NoTail),
        Case::must(
            "rfc7692/6/does-not-compress-without-agreement",
            "A long text without an agreement on compression",
        )
        .rule("6455-9.1-4")
        .why("The peer does not know what RSV1 means.")
        .send([text(Payload::Sample(Sample::Json, 0, 2000))])
        .echoes(Kind::Text, Payload::Sample(Sample::Json, 0, 2000))
        .demands(Demand::CompressionBits),
    ]
}
