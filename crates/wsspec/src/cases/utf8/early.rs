//! Bytes that no further bytes can fix, while more will come.

use crate::case::{Case, Codes, Expected, Outcome, continuation, raw, text};

use super::GREEK;

pub(super) fn cases() -> Vec<Case> {
    [autobahns(), others()].concat()
}

fn case(id: &str, title: &str) -> Case {
    Case::should(format!("rfc6455/8.1/{id}"), title)
        .rule("own-frames-4")
        .rule("6455-8.1-1")
        .rule("6455-5.6-1")
        .rule("6455-7.1.7-1")
        .why("Nothing can make it right any more: to wait for the rest wastes memory.")
}

/// It fails before the last step, or at least in the end.
fn failure_early(case: Case) -> Case {
    let lax = |clause, reason, expected: &[Expected]| {
        Outcome::lax(clause, reason, expected.iter().cloned())
    };
    let early = "the Close frame should have the code for what went wrong";
    let silent = "before it ends the stream it should say why in a Close frame";
    let late = "it should not wait for the rest of a text that is invalid already";
    let (right, any) = (Expected::Close(Codes::OneOf(vec![1007])), Expected::Close(Codes::Any));
    case.expects([right, Expected::Early])
        .accepts(lax("6455-7.1.7-4", early, &[any.clone(), Expected::Early]))
        .accepts(lax("6455-7.1.7-4", silent, &[Expected::End, Expected::Early]))
        .accepts(lax("own-frames-4", late, &[any]))
        .accepts(lax("own-frames-4", late, &[Expected::End]))
}

/// What comes first, what makes it wrong, and the rest: in fragments, and within a frame.
fn autobahns() -> Vec<Case> {
    let bytes = [GREEK.as_bytes(), b"\xF4\x90\x80\x80", b"edited"].concat();
    let mut cases = Vec::new();
    for (name, words, (from, to), ids) in [
        ("beyond-unicode", "the number after U+10FFFF", (11, 15), ["6.4.1", "6.4.3"]),
        ("second-byte", "the byte alone that makes it wrong", (12, 13), ["6.4.2", "6.4.4"]),
    ] {
        let (Some(first), Some(wrong), Some(rest)) =
            (bytes.get(..from), bytes.get(from..to), bytes.get(to..))
        else {
            continue;
        };
        let [in_fragments, in_frame] = ids;
        cases.push(
            case(
                &format!("early-{name}-in-fragments"),
                &format!("A text in three fragments with pauses, the second is {words}"),
            )
            .rule("6455-5.4-3")
            .autobahn(in_fragments)
            .send([text(first).unfinished()])
            .linger()
            .send([continuation(wrong).unfinished()])
            .linger()
            .send([continuation(rest)]),
        );
        // With a key of zeros the rest is the same masked and unmasked.
        let head = text(first).claims(bytes.len() as u64).key([0; 4]);
        cases.push(
            case(
                &format!("early-{name}-in-frame"),
                &format!("A text in three parts with pauses, the second is {words}"),
            )
            .autobahn(in_frame)
            .send([head])
            .linger()
            .send([raw(wrong)])
            .linger()
            .send([raw(rest)]),
        );
    }
    cases.into_iter().map(failure_early).collect()
}

fn others() -> Vec<Case> {
    let wrong: [(&str, &str, &[u8]); 8] = [
        ("continuation", "a continuation byte without a lead", b"\x80"),
        ("overlong", "the first byte of a slash in two bytes", b"\xC0"),
        ("overlong-of-3", "two bytes that begin a character in too many", b"\xE0\x9F"),
        ("overlong-of-4", "two bytes that begin a character in too many", b"\xF0\x8F"),
        ("surrogate", "two bytes that begin a surrogate", b"\xED\xA0"),
        ("lead-of-5", "a lead byte of five", b"\xF8"),
        ("impossible", "FF", b"\xFF"),
        ("letter-after-lead", "a lead byte, and a letter", b"\xC3a"),
    ];
    wrong
        .into_iter()
        .map(|(name, words, bytes)| {
            let case = case(
                &format!("early-{name}"),
                &format!("A fragment of a text that ends with {words}, and the rest later"),
            );
            let first = [b"Hello ", bytes].concat();
            let case = case
                .rule("6455-5.4-3")
                .send([text(first).unfinished()])
                .linger()
                .send([continuation("world")]);
            failure_early(case)
        })
        .collect()
}
