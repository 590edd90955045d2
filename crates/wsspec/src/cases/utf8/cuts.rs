//! Characters that are cut: by fragments, and by TCP.

use crate::case::{Case, Frame, Kind, continuation, ping, text};

use super::GREEK;

pub(super) fn cases() -> Vec<Case> {
    [fragments(), pieces(), invalid()].concat()
}

fn case(id: &str, title: &str) -> Case {
    Case::must(format!("rfc6455/5.6/{id}"), title)
        .rule("6455-5.6-1")
        .rule("6455-5.4-3")
        .why("A text is UTF-8 as a whole: a fragment may end anywhere.")
}

/// Fragments of a byte.
fn single(bytes: &[u8]) -> Vec<Frame> {
    let last = bytes.len().saturating_sub(1);
    bytes
        .iter()
        .enumerate()
        .map(|(at, byte)| {
            let frame = if at == 0 { text(&[*byte]) } else { continuation(&[*byte]) };
            if at == last { frame } else { frame.unfinished() }
        })
        .collect()
}

fn two(first: &[u8], second: &[u8]) -> [Frame; 2] {
    [text(first).unfinished(), continuation(second)]
}

fn fragments() -> Vec<Case> {
    let latin = "Hello-µ@ßöäüàá-UTF-8!!";
    let mut cases = vec![
        case("text-cut-between-letters", "A text in two fragments, cut between two letters")
            .autobahn("6.2.2")
            .send(two("Hello-µ@ßöä".as_bytes(), "üàá-UTF-8!!".as_bytes()))
            .echo(Kind::Text, latin),
        case("text-in-bytes", "A text of Latin letters with accents in fragments of a byte")
            .autobahn("6.2.3")
            .send(single(latin.as_bytes()))
            .echo(Kind::Text, latin),
        case("greek-in-bytes", "A text of Greek letters in fragments of a byte")
            .autobahn("6.2.4")
            .send(single(GREEK.as_bytes()))
            .echo(Kind::Text, GREEK),
        case("cut-by-ping", "A euro sign in two fragments, with a Ping between them")
            .rule("6455-5.4-8")
            .send([text(b"\xE2").unfinished(), ping("Hello"), continuation(b"\x82\xAC")])
            .pong_and_echo("Hello", Kind::Text, "€"),
        case("cut-by-empty", "A euro sign in two fragments, with an empty one between them")
            .send([
                text(b"\xE2\x82").unfinished(),
                continuation("").unfinished(),
                continuation(b"\xAC"),
            ])
            .echo(Kind::Text, "€"),
    ];
    for character in ["é", "€", "😀"] {
        let bytes = character.as_bytes();
        for at in 1..bytes.len() {
            let (first, second) = bytes.split_at(at);
            cases.push(
                case(
                    &format!("{}-bytes-cut-after-{at}", bytes.len()),
                    &format!(
                        "{character} in two fragments, cut after byte {at} of {}",
                        bytes.len()
                    ),
                )
                .send(two(first, second))
                .echo(Kind::Text, character),
            );
        }
    }
    cases
}

fn pieces() -> Vec<Case> {
    let mut cases = Vec::new();
    for (character, name) in [("é", "2"), ("€", "3"), ("😀", "4")] {
        let payload = character.repeat(9);
        for size in 1..=3 {
            cases.push(
                Case::must(
                    format!("rfc6455/5.6/{name}-bytes-in-pieces-of-{size}"),
                    format!("{character} 9 times, in pieces of {size}"),
                )
                .rule("6455-5.6-1")
                .rule("6455-6.2-1")
                .why("A read of TCP may end within a character.")
                .send_in_pieces(size, [text(payload.as_str())])
                .echo(Kind::Text, payload.as_str()),
            );
        }
    }
    cases
}

fn invalid() -> Vec<Case> {
    let case = |id: &str, title: &str| {
        Case::must(format!("rfc6455/8.1/{id}"), title)
            .rule("6455-8.1-1")
            .rule("6455-5.6-1")
            .why("Who looks at each fragment alone does not see it, or sees it too late.")
    };
    let surrogate = [GREEK.as_bytes(), b"\xED\xA0\x80", b"edited"].concat();
    vec![
        case("surrogate-in-bytes", "κόσμε, a surrogate, and a word, in fragments of a byte")
            .autobahn("6.3.2")
            .send(single(&surrogate)),
        case("surrogate-cut", "A surrogate in two fragments").send(two(b"\xED", b"\xA0\x80")),
        case("overlong-cut", "A slash in too many bytes, in two fragments")
            .send(two(b"\xC0", b"\xAF")),
        case("beyond-unicode-cut", "The number after U+10FFFF, in two fragments")
            .send(two(b"\xF4", b"\x90\x80\x80")),
        case("lead-then-letter-cut", "A lead byte, and a letter in the next fragment")
            .send(two(b"\xC3", b"a")),
        case(
            "cut-by-the-end",
            "A text in two fragments, the second of which ends within a character",
        )
        .send(two(b"Hello ", b"\xE2\x82")),
        case("cut-by-an-empty-end", "A lead byte, and an empty last fragment")
            .send(two(b"\xE2", b"")),
        case("cut-by-a-message", "A text that ends within a character, and one that would end it")
            .send([text(b"\xE2\x82"), text(b"\xAC")]),
        case(
            "starts-with-continuation",
            "A text in two fragments, the second of which begins with a continuation byte",
        )
        .send(two("Hello €".as_bytes(), b"\xAC")),
        case("in-pieces", "A surrogate, byte by byte")
            .rule("6455-6.2-1")
            .send_in_pieces(1, [text(b"\xED\xA0\x80")]),
    ]
    .into_iter()
    .map(|case| case.failure(1007))
    .collect()
}
