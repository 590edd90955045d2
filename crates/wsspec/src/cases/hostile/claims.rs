//! Lengths that are claimed, and large messages.

use crate::case::{Case, Codes, Expected, Frame, Kind, Payload, binary, continuation, text};

pub(super) fn cases() -> Vec<Case> {
    [claims(), large_messages()].concat()
}

fn claims() -> Vec<Case> {
    let claim = |slug: &str, title: &str, frames: Vec<Frame>| {
        Case::robust(format!("robust/claims-{slug}"), title)
            .rule("own-frames-3")
            .rule("6455-7.2.1-1")
            .why("Who makes room for what is only claimed dies of a few bytes.")
            .send(frames)
            .pause(100)
            .end()
            .drops()
    };
    let mut cases: Vec<_> = [
        ("2-gib", "2 GiB", 1 << 31),
        ("4-gib", "4 GiB", 1 << 32),
        ("1-tib", "1 TiB", 1 << 40),
        ("half-of-all", "2^62 bytes", 1 << 62),
        ("everything", "2^63 - 1 bytes", i64::MAX as u64),
    ]
    .into_iter()
    .map(|(slug, what, length)| {
        claim(
            slug,
            &format!("A binary frame that claims {what}, without any of them"),
            vec![binary("").claims(length)],
        )
    })
    .collect();
    cases.extend([
        claim(
            "everything-for-text",
            "A text that claims 2^63 - 1 bytes, and has five",
            vec![text("Hello").claims(i64::MAX as u64)],
        ),
        claim(
            "everything-in-continuation",
            "A fragment, and a continuation that claims 2^63 - 1 bytes",
            vec![binary("Hello").unfinished(), continuation("").claims(i64::MAX as u64)],
        ),
        claim(
            "everything-in-two-fragments",
            "A fragment of 64 KiB, and a continuation that claims 2^63 - 1 - \
            64 KiB",
            vec![
                binary(Payload::Repeated(b'*', 1 << 16)).unfinished(),
                continuation("").claims(i64::MAX as u64 - (1 << 16)),
            ],
        ),
    ]);
    cases.push(
        Case::robust(
            "robust/claims-everything-and-waits",
            "A binary frame that claims 2^63 - 1 bytes, on a stream that stays open",
        )
        .rule("6455-10.4-1")
        .rule("own-frames-2")
        .rule("own-frames-3")
        .why(
            "No message can be that long. Who waits for it has no limit, and keeps \
            what comes until its memory is full.",
        )
        .send([binary("").claims(i64::MAX as u64)])
        .fails(1009),
    );
    cases
}

fn large_messages() -> Vec<Case> {
    let large = |slug: &str, title: &str, message: Frame, kind: Kind, payload: Payload| {
        Case::robust(format!("robust/large-{slug}"), title)
            .rule("6455-10.4-1")
            .why(
                "A message of this length is echoed, or refused with 1009. It is \
                never cut.",
            )
            .send([message])
            .echoes(kind, payload)
            .expects([Expected::Close(Codes::OneOf(vec![1009]))])
    };
    let mib = || Payload::Repeated(b'*', 1 << 20);
    vec![
        large("text", "A text of 1 MiB", text(mib()), Kind::Text, mib()),
        large("binary", "A binary message of 1 MiB", binary(mib()), Kind::Binary, mib()),
        large(
            "text-in-fragments",
            "A text of 1 MiB in fragments of 1,000 bytes",
            text(mib()).in_fragments(1000),
            Kind::Text,
            mib(),
        ),
        Case::must(
            "rfc6455/5.4/text-of-64-kib-in-fragments-of-1300",
            "A text of 64 KiB in fragments of 1,300 bytes",
        )
        .rule("6455-5.4-9")
        .rule("6455-6.2-4")
        .why("Libraries send long messages like that.")
        .autobahn("10.1.1")
        .send([text(Payload::Repeated(b'*', 65_536)).in_fragments(1300)])
        .echoes(Kind::Text, Payload::Repeated(b'*', 65_536)),
    ]
}
