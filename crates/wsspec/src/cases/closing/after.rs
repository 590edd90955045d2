//! What comes before and after a Close frame.

use crate::case::{
    Case, Codes, Demand, Expected, Frame, Kind, Payload, close, continuation, frame, ping, text,
};

pub(super) fn cases() -> Vec<Case> {
    [before(), data(), control()].concat()
}

fn case(id: &str, title: &str) -> Case {
    Case::must(format!("rfc6455/5.5.1/{id}"), title)
}

/// Messages before a Close frame.
fn before() -> Vec<Case> {
    let long = || Payload::Bytes(b"BAsd7&jh23".iter().copied().cycle().take(256 << 10).collect());
    let maybe = |payload: Payload| Expected::MaybeMessage(Kind::Text, payload);
    vec![
        case("close-after-echo", "A text, and a Close frame after its echo")
            .rule("6455-5.5.1-6")
            .rule("6455-6.2-4")
            .why("The usual way for a connection to end.")
            .autobahn("7.1.1")
            .send([text("Hello World!")])
            .wait_for(Expected::Message(Kind::Text, "Hello World!".into()))
            .send([close(1000, "")])
            .closing_after_echo("Hello World!"),
        case("close-after-text", "A text and a Close frame in one write")
            .rule("6455-5.5.1-6")
            .why("The answer to the text may be left out, that to the Close frame may not.")
            .send([text("Hello"), close(1000, "")])
            .closing_after(1000, &[maybe("Hello".into())]),
        case("close-after-long-text", "A text of 256 KiB, a short one, a Close frame, and a Ping")
            .rule("6455-5.5.1-6")
            .rule("6455-5.5.1-8")
            .rule("6455-6.2-5")
            .why("A message that is being sent may be finished before the Close frame.")
            .autobahn("7.1.6")
            .send([text(long()), text("Hello World!"), close(1000, ""), ping("")])
            .closing_after(1000, &[maybe(long()), maybe("Hello World!".into())]),
        case("close-after-ping", "A Ping and a Close frame in one write")
            .rule("6455-5.5.1-6")
            .why("A Ping before the Close frame does not keep it from being answered.")
            .send([ping("Hello"), close(1000, "")])
            .closing(1000),
        case("close-within-message", "A Close frame between two fragments of a text")
            .rule("6455-5.5.1-6")
            .rule("6455-5.4-8")
            .rule("6455-5.5.1-5")
            .why("A peer may give up in the middle of a message.")
            .autobahn("7.1.5")
            .send([text("fragment1").unfinished(), close(1000, ""), continuation("fragment2")])
            .closing(1000)
            .demands(Demand::NothingAfterClose),
        Case::should(
            "rfc6455/5.5.1/close-answered-soon",
            "A Close frame within a message, the rest of which never comes",
        )
        .rule("6455-5.5.1-7")
        .rule("6455-5.4-8")
        .why("An answer that waits for the end of the message never comes.")
        .send([text("fragment1").unfinished(), close(1001, "")])
        .closing(1001),
    ]
}

/// Data after a Close frame is not answered, nor is anything after the answer.
fn data() -> Vec<Case> {
    let after = |id: &str, title: &str, frames: Vec<Frame>| {
        case(id, title)
            .rule("6455-5.5.1-5")
            .rule("6455-7.1.1-1")
            .why("Who has sent a Close frame does not wait for data any more.")
            .send([vec![close(1000, "")], frames].concat())
            .closing(1000)
            .demands(Demand::NothingAfterClose)
    };
    vec![
        after("text-after-close", "A Close frame, then a text", vec![text("Hello World!")])
            .autobahn("7.1.4"),
        after(
            "fragments-after-close",
            "A Close frame, then a text in two fragments",
            vec![text("Hello").unfinished(), continuation("World!")],
        ),
        after(
            "long-text-after-close",
            "A Close frame, then a text of 65536 bytes",
            vec![text(Payload::Repeated(b'*', 65536))],
        ),
        case("text-after-answer", "A Close frame, and a text after the answer to it")
            .rule("6455-5.5.1-5")
            .rule("6455-7.1.1-1")
            .why("Once both have sent a Close frame, nothing more is to come.")
            .send([close(1000, "")])
            .wait_for(Expected::Close(Codes::Any))
            .send([text("Hello")])
            .closing(1000)
            .demands(Demand::NothingAfterClose),
    ]
}

fn control() -> Vec<Case> {
    let should = |id: &str, title: &str| Case::should(format!("rfc6455/5.5.1/{id}"), title);
    vec![
        case("two-closes", "Two Close frames")
            .rule("6455-5.5.1-6")
            .rule("6455-7.1.5-1")
            .rule("6455-5.5.1-5")
            .why("A Close frame is answered if none was sent before: there is one answer.")
            .autobahn("7.1.2")
            .send([close(1000, ""), frame(8, "")])
            .closing(1000)
            .demands(Demand::NothingAfterClose),
        case("first-close-counts", "Two Close frames with 4000 and 4001")
            .rule("6455-7.1.5-1")
            .rule("6455-5.5.1-6")
            .rule("6455-7.4.2-1")
            .why("The code of a connection is that of the first one.")
            .send([close(4000, ""), close(4001, "")])
            .expects([Expected::Close(Codes::OneOf(vec![4000, 1000]))])
            .expects([Expected::Close(Codes::NoCode)]),
        should("ping-after-close", "A Close frame, then a Ping")
            .rule("6455-5.5.2-1")
            .rule("6455-7.1.1-1")
            .why("After a Close frame a Ping asks for nothing, and what still comes is discarded.")
            .autobahn("7.1.3")
            .send([close(1000, ""), ping("")])
            .closing(1000)
            .demands(Demand::NoPong("")),
        should("wrong-frame-after-close", "A Close frame, then one with a reserved opcode")
            .rule("6455-7.1.1-1")
            .rule("6455-5.5.1-6")
            .why("What comes after a Close frame is discarded, and cannot fail what is closed.")
            .send([close(1000, ""), frame(3, "")])
            .closing(1000),
        should("invalid-text-after-close", "A Close frame, then a text that is not UTF-8")
            .rule("6455-7.1.1-1")
            .rule("6455-5.5.1-6")
            .why("What comes after a Close frame is discarded, and cannot fail what is closed.")
            .send([close(1000, ""), text(b"\xFF")])
            .closing(1000),
    ]
}
