//! The payload of Close frames, and what answers them.

use crate::case::{Case, Demand, Payload, close, frame};

pub(super) fn cases() -> Vec<Case> {
    [right(), wrong(), wrong_reasons()].concat()
}

fn right() -> Vec<Case> {
    let case = |id: &str, title: &str| {
        Case::must(format!("rfc6455/5.5.1/{id}"), title)
            .rule("6455-5.5.1-6")
            .why("The closing handshake is how both know that the other has got all.")
    };
    let three_bytes = "€".repeat(41);
    let two_and_one = format!("{}*", "é".repeat(61));
    let four_bytes = "\u{10FFFF}".repeat(30);
    vec![
        case("empty-close", "A Close frame without payload")
            .rule("6455-7.4.1-1")
            .rule("6455-5.5.1-1")
            .autobahn("7.3.1")
            .send([frame(8, "")])
            .closing(1000),
        case("close-with-reason", "A Close frame with 1000 and a reason")
            .autobahn("7.3.4")
            .send([close(1000, "Hello World!")])
            .closing(1000),
        case("reason-of-1-byte", "A Close frame with a reason of a byte")
            .send([close(1000, "*")])
            .closing(1000),
        case("reason-of-123-bytes", "A Close frame with a reason of 123 bytes, the most")
            .autobahn("7.3.5")
            .send([close(1000, "*".repeat(123))])
            .closing(1000),
        case("reason-of-3-byte-letters", "A Close frame with 41 euro signs")
            .rule("6455-5.5.1-2")
            .send([close(1000, three_bytes)])
            .closing(1000)
            .demands(Demand::ValidClose),
        case(
            "reason-of-2-byte-letters",
            "A Close frame with 61 letters of two bytes, and an asterisk",
        )
        .rule("6455-5.5.1-2")
        .send([close(1000, two_and_one)])
        .closing(1000)
        .demands(Demand::ValidClose),
        case("reason-of-4-byte-characters", "A Close frame with 30 times U+10FFFF")
            .rule("6455-5.5.1-2")
            .send([close(1000, four_bytes)])
            .closing(1000)
            .demands(Demand::ValidClose),
        case("reason-with-nul", "A Close frame with NUL in its reason")
            .rule("6455-5.5.1-2")
            .send([close(1000, "a\0b")])
            .closing(1000),
        case("close-byte-by-byte", "A Close frame with a reason, byte by byte")
            .rule("6455-6.2-1")
            .send_in_pieces(1, [close(1000, "Hello World!")])
            .closing(1000),
        case(
            "close-in-answer-is-valid",
            "A Close frame without payload: 1005 is not sent in answer",
        )
        .rule("6455-7.4.1-1")
        .rule("6455-5.5.1-1")
        .rule("6455-5.5.1-2")
        .send([frame(8, "")])
        .closing(1000)
        .demands(Demand::ValidClose),
        case("close-in-answer-to-longest", "A Close frame of 125 bytes: the answer is as small")
            .rule("6455-5.5-1")
            .rule("6455-5.5-2")
            .send([close(1000, "*".repeat(123))])
            .closing(1000)
            .demands(Demand::SmallControls),
    ]
}

fn wrong() -> Vec<Case> {
    let case = |id: &str, title: &str| Case::must(format!("rfc6455/5.5.1/{id}"), title);
    vec![
        case("close-of-1-byte", "A Close frame of a byte: half a code")
            .rule("6455-5.5.1-1")
            .why("A code has two bytes; who reads two where there is one reads what is not there.")
            .autobahn("7.3.2")
            .send([frame(8, "a")])
            .refusal(&[1002]),
        case("close-of-1-zero", "A Close frame of a zero byte")
            .rule("6455-5.5.1-1")
            .why("A code has two bytes; who reads two where there is one reads what is not there.")
            .send([frame(8, &[0])])
            .refusal(&[1002]),
        case("reason-of-124-bytes", "A Close frame with a reason of 124 bytes: 126 in all")
            .rule("6455-5.5-1")
            .why("Control frames are small, so that there is always room for one.")
            .autobahn("7.3.6")
            .send([close(1000, "*".repeat(124))])
            .refusal(&[1002]),
    ]
}

/// RFC 6455 8.1 asks for 1007, 7.4.1 could be read as 1002.
fn wrong_reasons() -> Vec<Case> {
    let surrogate = ["κ\u{1F79}σμε".as_bytes(), b"\xED\xA0\x80", b"edited"].concat();
    let end = [&[b'*'; 121][..], b"\xE2\x82"].concat();
    let reasons: [(&str, &str, Vec<u8>, Option<&str>); 7] = [
        ("surrogate", "a surrogate among letters", surrogate, Some("7.5.1")),
        ("continuation", "a continuation byte without a lead", b"\x80".to_vec(), None),
        ("overlong", "a slash in too many bytes", b"\xC0\xAF".to_vec(), None),
        ("impossible", "FF", b"bye\xFF".to_vec(), None),
        ("beyond-unicode", "the number after U+10FFFF", b"\xF4\x90\x80\x80".to_vec(), None),
        ("cut", "two of three bytes of a euro sign", b"\xE2\x82".to_vec(), None),
        ("cut-at-123", "121 asterisks, and two of three bytes of a euro sign", end, None),
    ];
    reasons
        .into_iter()
        .map(|(name, words, reason, autobahn)| {
            Case::must(
                format!("rfc6455/8.1/close-reason-{name}"),
                format!("A Close frame whose reason is no UTF-8: {words}"),
            )
            .rule("6455-8.1-1")
            .rule("6455-5.5.1-2")
            .why("The reason is text, and goes to the application as text.")
            .same_as(autobahn.as_slice())
            .send([close(1000, Payload::from(reason).to_vec())])
            .refusal(&[1007, 1002])
        })
        .collect()
}
