//! RFC 6455 7.4: the codes of Close frames.

use crate::case::{Case, Codes, Expected, close};

pub(super) fn cases() -> Vec<Case> {
    [defined(), registered(), not_allowed(), beyond()].concat()
}

fn defined() -> Vec<Case> {
    let codes = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
    (1..)
        .zip(codes)
        .map(|(at, code)| {
            let case = Case::must(
                format!("rfc6455/7.4/code-{code}"),
                format!("A Close frame with the code {code}"),
            )
            .rule("6455-7.4.2-1")
            .rule("6455-7.4.1-2")
            .why(
                "The peer may send this code, and an answer of 1002 would tell it that it may not.",
            )
            .autobahn(format!("7.7.{at}"))
            .send([close(code, "")])
            .closing(code);
            if code == 1000 { case.autobahn("7.3.3") } else { case }
        })
        .collect()
}

fn registered() -> Vec<Case> {
    let codes =
        [(1012, "restarts"), (1013, "is asked to come later"), (1014, "got nothing from behind")];
    codes
        .map(|(code, what)| {
            Case::should(
                format!("rfc6455/7.4.2/code-{code}"),
                format!("A Close frame with the code {code}: the sender {what}"),
            )
            .rule("6455-7.4.2-1")
            .why("The registry of codes has got it since the RFC, and servers and proxies send it.")
            .send([close(code, "")])
            .closing(code)
        })
        .to_vec()
}

fn not_allowed() -> Vec<Case> {
    let codes = [
        (0, "7.9.1"),
        (999, "7.9.2"),
        (1004, "7.9.3"),
        (1005, "7.9.4"),
        (1006, "7.9.5"),
        (1016, "7.9.6"),
        (1100, "7.9.7"),
        (2000, "7.9.8"),
        (2999, "7.9.9"),
        (1, ""),
        (1015, ""),
    ];
    codes
        .map(|(code, autobahn)| {
            let rule = match code {
                1004..=1006 | 1015 => "6455-7.4.1-1",
                _ => "6455-7.4.2-1",
            };
            let case = Case::must(
                format!("rfc6455/7.4/code-{code}"),
                format!("A Close frame with the code {code}, which must not be sent"),
            )
            .rule(rule)
            .rule("6455-10.7-1")
            .why("Some codes only the application gets to see: a peer must not forge them.")
            .send([close(code, "")])
            .refusal(&[1002]);
            if autobahn.is_empty() { case } else { case.autobahn(autobahn) }
        })
        .to_vec()
}

/// RFC 6455 says nothing about them.
fn beyond() -> Vec<Case> {
    [(5000, Some("7.13.1")), (9999, None), (65535, Some("7.13.2"))]
        .map(|(code, autobahn)| {
            let case = Case::may(
                format!("rfc6455/7.4.2/code-{code}"),
                format!("A Close frame with the code {code}, of which the RFC says nothing"),
            )
            .rule("6455-5.5.1-6")
            .rule("6455-7.1.7-1")
            .why("Right or wrong: the connection ends.")
            .same_as(autobahn.as_slice())
            .send([close(code, "")]);
            case.expects([Expected::Close(Codes::Any)]).expects([Expected::End])
        })
        .to_vec()
}
