//! Many small frames.

use crate::case::{
    Case, Codes, Expected, Frame, Kind, Outcome, Payload, binary, close, continuation, ping, pong,
    text,
};

pub(super) fn cases() -> Vec<Case> {
    [fragments(), controls(), after_close()].concat()
}

fn flood(slug: &str, title: &str, why: &str, frames: Vec<Frame>) -> Case {
    Case::robust(format!("robust/{slug}"), title).why(why).send(frames)
}

fn fragments() -> Vec<Case> {
    let many =
        |count: usize, payload: &'static str| vec![continuation(payload).unfinished(); count];
    let first = |payload: &'static str| vec![text(payload).unfinished()];
    vec![
        flood(
            "empty-fragments",
            "A text in 5,000 empty fragments and a last one",
            "Each fragment costs its sender two bytes. A limit on bytes does \
            not help.",
            [first(""), many(5000, ""), vec![continuation("Hello")]].concat(),
        )
        .rule("own-limits-3")
        .echoes(Kind::Text, "Hello")
        .drops(),
        flood(
            "fragments-of-a-byte",
            "A text in 20,000 fragments of a byte",
            "Who keeps fragments in a list, or copies all of them for each, is \
            slow or out of memory.",
            [first("*"), many(19_998, "*"), vec![continuation("*")]].concat(),
        )
        .rule("own-limits-3")
        .echoes(Kind::Text, Payload::Repeated(b'*', 20_000))
        .drops(),
        flood(
            "fragments-without-end",
            "A text in 20,000 fragments that does not end, and then the end of \
            the stream",
            "An unfinished message goes away with its connection.",
            [first("*"), many(20_000, "*")].concat(),
        )
        .rule("own-limits-3")
        .rule("6455-7.2.1-1")
        .end()
        .drops(),
        flood(
            "empty-fragments-without-end",
            "A text in 20,000 empty fragments that does not end, and then the \
            end of the stream",
            "An unfinished message goes away with its connection.",
            [first(""), many(20_000, "")].concat(),
        )
        .rule("own-limits-3")
        .rule("6455-7.2.1-1")
        .end()
        .drops(),
        flood(
            "pings-between-fragments",
            "A text in two fragments, and 1,000 Pings between them",
            "Control frames between fragments have no limit in the RFC.",
            [first("Hel"), vec![ping(""); 1000], vec![continuation("lo")]].concat(),
        )
        .rule("own-limits-4")
        .echoes(Kind::Text, "Hello")
        .drops(),
    ]
}

fn controls() -> Vec<Case> {
    let echo = |case: Case| {
        case.rule("own-control-1").echoes(Kind::Text, "Hello").accepts(Outcome::lax(
            "own-control-1",
            "a flood of small frames is no reason to close",
            [Expected::Close(Codes::Any)],
        ))
    };
    let hello = || vec![text("Hello")];
    let empty = |count: usize| (0..count).map(|_| Expected::Message(Kind::Text, "".into()));
    vec![
        echo(flood(
            "empty-pings",
            "2,000 empty Pings, and a text",
            "Each Ping asks for an answer. Answers must not pile up.",
            [vec![ping(""); 2000], hello()].concat(),
        )),
        echo(flood(
            "large-pings",
            "2,000 Pings of 125 bytes, and a text",
            "Each Ping asks for an answer of the same length. Answers must not \
            pile up.",
            [vec![ping(Payload::Repeated(b'*', 125)); 2000], hello()].concat(),
        )),
        echo(flood(
            "pongs",
            "10,000 Pongs that nothing asked for, and a text",
            "They are ignored.",
            [vec![pong("now"); 10_000], hello()].concat(),
        ))
        .rule("6455-5.5.3-3"),
        flood(
            "empty-texts",
            "300 empty texts in one write",
            "A read may hold many messages.",
            vec![text(""); 300],
        )
        .expects(empty(300))
        .accepts(Outcome::lax(
            "own-frames-6",
            "a flood of small messages is no reason to close",
            [Expected::Close(Codes::Any)],
        )),
    ]
}

fn after_close() -> Vec<Case> {
    let after = |slug: &str, title: &str, frames: Vec<Frame>| {
        flood(
            slug,
            title,
            "Nothing counts after a Close frame, and nobody has to read it.",
            [vec![close(1000, "")], frames].concat(),
        )
        .rule("6455-5.5.1-6")
        .rule("6455-5.5.1-9")
        .drops()
    };
    vec![
        after("closes-after-close", "5,000 further Close frames", vec![close(1000, ""); 5000]),
        after("pings-after-close", "5,000 Pings after a Close frame", vec![ping(""); 5000]),
        after(
            "megabyte-after-close",
            "1 MiB after a Close frame",
            vec![binary(Payload::Repeated(b'*', 1 << 20))],
        ),
        after(
            "claim-after-close",
            "A frame after a Close frame that claims 2^63 - 1 bytes",
            vec![binary("").claims(i64::MAX as u64)],
        ),
    ]
}
