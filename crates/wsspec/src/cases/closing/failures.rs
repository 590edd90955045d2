//! RFC 6455 7.1.7: how a connection fails.

use crate::case::{Case, Codes, Demand, Expected, Outcome, close, frame, text};

pub(super) fn cases() -> Vec<Case> {
    [codes(), afterwards()].concat()
}

fn codes() -> Vec<Case> {
    let case = |id: &str, title: &str| {
        Case::should(format!("rfc6455/7.1.7/{id}"), title)
            .rule("6455-7.1.7-4")
            .rule("6455-7.4.1-3")
            .rule("6455-7.1.7-1")
            .why("The other end is told what it did wrong, and not left to guess.")
    };
    let closes = |code| [Expected::Close(Codes::OneOf(vec![code]))];
    vec![
        case("says-1002", "A reserved opcode: the Close frame says 1002")
            .rule("6455-5.2-3")
            .send([frame(3, "")])
            .expects(closes(1002)),
        case("says-1007", "A text that is not UTF-8: the Close frame says 1007")
            .rule("6455-8.1-1")
            .send([text(b"\xFF")])
            .expects(closes(1007)),
        Case::may(
            "rfc6455/5.1/says-1002",
            "A frame masked the wrong way: the Close frame says 1002",
        )
        .rule("6455-5.1-5")
        .rule("6455-5.1-2")
        .rule("6455-5.1-4")
        .rule("6455-7.4.1-3")
        .rule("6455-7.1.7-1")
        .why("The RFC names this code here, and leaves open whether there is one.")
        .send([text("Hello").wrongly_masked()])
        .expects(closes(1002))
        .expects([Expected::Close(Codes::NoCode)])
        .expects([Expected::End]),
    ]
}

fn afterwards() -> Vec<Case> {
    let case = |id: &str, title: &str| {
        Case::must(format!("rfc6455/7.1.7/{id}"), title).rule("6455-7.1.7-6").rule("6455-5.2-3")
    };
    let ended = |case: Case| {
        case.accepts(Outcome::right([Expected::Close(Codes::Any), Expected::End]))
            .accepts(Outcome::right([Expected::End]))
            .accepts(Outcome::lax(
                "6455-7.1.1-4",
                "the server should end the stream at once",
                [Expected::Close(Codes::Any), Expected::NotEarly],
            ))
    };
    vec![
        case("text-after-failure", "A reserved opcode, then a text")
            .why("What comes after a broken frame may not be what it seems.")
            .send([frame(3, ""), text("Hello")])
            .failure(1002)
            .demands(Demand::NothingAfterClose),
        case("close-after-failure", "A reserved opcode, then a Close frame")
            .why("The code says what went wrong, not what came later.")
            .send([frame(3, ""), close(4000, "")])
            .refusal(&[1002]),
        ended(
            Case::should(
                "rfc6455/7.1.7/server-ends",
                "A reserved opcode, and no Close frame in answer to that of the server",
            )
            .for_servers()
            .rule("6455-7.1.7-1")
            .rule("6455-7.1.1-4")
            .rule("6455-5.2-3")
            .why("A client that breaks rules may not close at all: its connection must not stay.")
            .send([frame(3, "")])
            .linger(),
        ),
        ended(
            Case::should(
                "rfc6455/8.1/server-ends",
                "A text that is not UTF-8, and no Close frame in answer to that of the server",
            )
            .for_servers()
            .rule("6455-7.1.7-1")
            .rule("6455-7.1.1-4")
            .rule("6455-8.1-1")
            .why("A client that breaks rules may not close at all: its connection must not stay.")
            .send([text(b"\xFF")])
            .linger(),
        ),
    ]
}
