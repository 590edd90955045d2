//! RFC 6455 7.1.1 and 7.2: who ends TCP, and what if it ends early.

use crate::case::{
    Case, Codes, Expected, Frame, Kind, Outcome, Part, close, continuation, frame, ping, raw, text,
};

pub(super) fn cases() -> Vec<Case> {
    [server_first(), client_second(), early(), half_closed()].concat()
}

fn server_first() -> Vec<Case> {
    let case = |id: &str, title: &str, frames: Vec<Frame>| {
        Case::must(format!("rfc6455/7.1.1/{id}"), title)
            .for_servers()
            .rule("6455-5.5.1-10")
            .rule("6455-5.5.1-9")
            .rule("6455-7.1.1-4")
            .rule("6455-7.1.2-2")
            .rule("6455-5.5.1-6")
            .why("Who ends TCP first keeps the port for minutes: a client could not connect again.")
            .send(frames)
            .expects([Expected::Close(Codes::Any), Expected::End])
    };
    vec![
        case(
            "server-ends-first",
            "A Close frame, after which the client waits",
            vec![close(1000, "")],
        ),
        case(
            "server-ends-after-empty-close",
            "A Close frame without payload, after which the client waits",
            vec![frame(8, "")],
        ),
        case(
            "server-ends-within-message",
            "A Close frame within a message, after which the client waits",
            vec![text("Hello").unfinished(), close(1000, "")],
        ),
        case(
            "server-ends-despite-data",
            "A Close frame and a text, after which the client waits",
            vec![close(1000, ""), text("Hello")],
        )
        .rule("6455-5.5.1-5"),
    ]
}

fn client_second() -> Vec<Case> {
    let closed = || Expected::Close(Codes::Any);
    vec![
        Case::should("rfc6455/7.1.1/client-waits", "A Close frame of a server, which then waits")
            .for_clients()
            .rule("6455-7.1.1-5")
            .rule("6455-5.5.1-11")
            .rule("6455-5.5.1-6")
            .why("Who ends TCP first keeps the port for minutes: that should be the server.")
            .send([close(1000, "")])
            .wait_for(closed())
            .linger()
            .expects([closed(), Expected::NotEarly])
            .accepts(Outcome::lax(
                "6455-7.1.1-5",
                "it should wait for the server to end the stream",
                [closed(), Expected::End],
            )),
        Case::must(
            "rfc6455/7.1.1/client-ends-after-server",
            "A Close frame of a server, which ends TCP after the answer",
        )
        .for_clients()
        .rule("6455-5.5.1-9")
        .rule("6455-7.1.2-2")
        .rule("6455-5.5.1-6")
        .why("Otherwise the connection stays half open.")
        .send([close(1000, "")])
        .wait_for(closed())
        .end()
        .expects([closed(), Expected::End]),
    ]
}

/// The end without a Close frame, in each state.
fn early() -> Vec<Case> {
    let states: Vec<(&str, &str, Vec<Part>)> = vec![
        ("idle", "while nothing else happens", vec![]),
        ("in-header", "after the first byte of a frame", vec![raw(b"\x81")]),
        ("in-length", "within a length", vec![raw(b"\x82\xFE\x01")]),
        ("in-length-of-a-server", "within a length of a server", vec![raw(b"\x82\x7E\x01")]),
        ("in-payload", "within the payload of a text", vec![text("Hello").claims(10).into()]),
        ("before-payload", "before the payload of a text", vec![text("").claims(10).into()]),
        ("in-ping", "within the payload of a Ping", vec![ping("Hello").claims(10).into()]),
        ("in-close", "within the payload of a Close frame", vec![frame(8, &[3]).claims(2).into()]),
        ("in-character", "within a character of a text", vec![text(b"\xE2\x82").claims(3).into()]),
        ("between-fragments", "between two fragments", vec![text("Hello").unfinished().into()]),
        (
            "within-fragments",
            "within the second of three fragments",
            vec![text("a").unfinished().into(), continuation("b").unfinished().claims(4).into()],
        ),
    ];
    states
        .into_iter()
        .map(|(name, words, parts)| {
            let case = Case::robust(
                format!("robust/end-{name}"),
                format!("TCP ends without a Close frame, {words}"),
            )
            .rule("6455-7.2.1-1")
            .rule("6455-7.1.5-3")
            .why("A peer that is gone never says so: its connection must not stay open.");
            let case = if parts.is_empty() { case } else { case.send(parts) };
            let case = match name {
                "in-length" => case.for_servers(),
                "in-length-of-a-server" => case.for_clients(),
                _ => case,
            };
            case.end().expects([Expected::End]).expects([Expected::Close(Codes::Any)])
        })
        .collect()
}

/// The run still receives.
fn half_closed() -> Vec<Case> {
    let maybe = || Expected::MaybeMessage(Kind::Text, "Hello".into());
    vec![
        Case::must("rfc6455/5.5.1/close-then-end", "A Close frame, and the end right after it")
            .rule("6455-5.5.1-6")
            .why("The end says that nothing more is sent, not that nothing is received.")
            .send([close(1000, "")])
            .end()
            .closing(1000),
        Case::must(
            "rfc6455/5.5.1/text-then-close-then-end",
            "A text, a Close frame, and the end right after it",
        )
        .rule("6455-5.5.1-6")
        .why("The end says that nothing more is sent, not that nothing is received.")
        .send([text("Hello"), close(1000, "")])
        .end()
        .closing_after(1000, &[maybe()]),
        Case::robust("robust/end-after-text", "A text, and the end right after it")
            .rule("6455-7.2.1-1")
            .rule("6455-6.2-3")
            .depends_on_echo()
            .why("Whether the text is answered is open, but the connection must not stay.")
            .send([text("Hello")])
            .end()
            .expects([maybe(), Expected::End])
            .expects([maybe(), Expected::Close(Codes::Any)]),
        Case::robust("robust/end-after-echo", "A text, and the end after its echo")
            .rule("6455-7.2.1-1")
            .rule("6455-6.2-3")
            .rule("6455-6.2-4")
            .depends_on_echo()
            .why("A peer that is gone never says so: its connection must not stay open.")
            .send([text("Hello")])
            .wait_for(Expected::Message(Kind::Text, "Hello".into()))
            .end()
            .expects([maybe(), Expected::End])
            .expects([maybe(), Expected::Close(Codes::Any)]),
        Case::robust("robust/end-after-ping", "A Ping, and the end right after it")
            .rule("6455-7.2.1-1")
            .why("Whether the Ping is answered is open, but the connection must not stay.")
            .send([ping("Hello")])
            .end()
            .expects([Expected::End])
            .expects([Expected::Close(Codes::Any)]),
    ]
}
