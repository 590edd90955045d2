//! Texts that are not valid.

use crate::case::{Case, Payload, text};

use super::GREEK;

pub(super) fn cases() -> Vec<Case> {
    [families(), series(), prefixes(), within_texts()].concat()
}

fn refused(id: &str, title: &str, payload: impl Into<Payload>) -> Case {
    Case::must(format!("rfc6455/8.1/{id}"), title)
        .rule("6455-8.1-1")
        .rule("6455-5.6-1")
        .send([text(payload)])
        .failure(1007)
}

/// Bytes that are wrong, and where Autobahn has them, if it does.
type Member = (&'static [u8], &'static str);

/// What is wrong with some of them, and why that matters.
type Family = (&'static str, &'static str, &'static [Member]);

#[rustfmt::skip]
const FAMILIES: [Family; 15] = [
    ("a continuation byte without a lead", "The start of a character was lost.", &[
        (b"\x80", "6.12.1"),
        (b"\xBF", "6.12.2"),
        (b"\x80\xBF", "6.12.3"),
        (b"\x80\xBF\x80", "6.12.4"),
        (b"\x80\xBF\x80\xBF", "6.12.5"),
        (b"\x80\xBF\x80\xBF\x80", "6.12.6"),
        (b"\x80\xBF\x80\xBF\x80\xBF", "6.12.7"),
    ]),
    ("a character whose last byte is missing", "The end of the message cuts it.", &[
        (b"\xC0", "6.14.1"),
        (b"\xE0\x80", "6.14.2"),
        (b"\xF0\x80\x80", "6.14.3"),
        (b"\xF8\x80\x80\x80", "6.14.4"),
        (b"\xFC\x80\x80\x80\x80", "6.14.5"),
        (b"\xDF", "6.14.6"),
        (b"\xEF\xBF", "6.14.7"),
        (b"\xF7\xBF\xBF", "6.14.8"),
        (b"\xFB\xBF\xBF\xBF", "6.14.9"),
        (b"\xFD\xBF\xBF\xBF\xBF", "6.14.10"),
    ]),
    ("all of these after each other", "Each cuts the one before.", &[
        (b"\xC0\xE0\x80\xF0\x80\x80\xF8\x80\x80\x80\xFC\x80\x80\x80\x80\
           \xDF\xEF\xBF\xF7\xBF\xBF\xFB\xBF\xBF\xBF\xFD\xBF\xBF\xBF\xBF", "6.15.1"),
    ]),
    ("a lead byte and too little after it", "The end of the message cuts it.", &[
        (b"\xE2\x82", ""),
        (b"\xF0", ""),
        (b"\xF0\x9F", ""),
        (b"\xF0\x9F\x98", ""),
        (b"\xF4\x8F", ""),
    ]),
    ("a lead byte, then none that continues it", "Each byte of a character has its range.", &[
        (b"\xC3\x28", ""),
        (b"\xE2\x28\xA1", ""),
        (b"\xE2\x82\x28", ""),
        (b"\xF0\x28\x8C\xBC", ""),
        (b"\xF0\x90\x28\xBC", ""),
        (b"\xF0\x90\x8C\x28", ""),
        (b"\xC3\xC3\xA9", ""),
    ]),
    ("a byte that UTF-8 never has", "These two stand in no text of UTF-8.", &[
        (b"\xFE", "6.16.1"),
        (b"\xFF", "6.16.2"),
        (b"\xFE\xFE\xFF\xFF", "6.16.3"),
    ]),
    ("a slash in too many bytes", "A filter that looks for a slash does not see it.", &[
        (b"\xC0\xAF", "6.17.1"),
        (b"\xE0\x80\xAF", "6.17.2"),
        (b"\xF0\x80\x80\xAF", "6.17.3"),
        (b"\xF8\x80\x80\x80\xAF", "6.17.4"),
        (b"\xFC\x80\x80\x80\x80\xAF", "6.17.5"),
    ]),
    ("the last character that has fewer bytes", "Each character has one form: the shortest.", &[
        (b"\xC1\xBF", "6.18.1"),
        (b"\xE0\x9F\xBF", "6.18.2"),
        (b"\xF0\x8F\xBF\xBF", "6.18.3"),
        (b"\xF8\x87\xBF\xBF\xBF", "6.18.4"),
        (b"\xFC\x83\xBF\xBF\xBF\xBF", "6.18.5"),
    ]),
    ("NUL in too many bytes", "Where NUL ends a string, it must not come in by another form.", &[
        (b"\xC0\x80", "6.19.1"),
        (b"\xE0\x80\x80", "6.19.2"),
        (b"\xF0\x80\x80\x80", "6.19.3"),
        (b"\xF8\x80\x80\x80\x80", "6.19.4"),
        (b"\xFC\x80\x80\x80\x80\x80", "6.19.5"),
    ]),
    ("the first character of 5 or 6 bytes", "There are none: UTF-8 ends with four bytes.", &[
        (b"\xF8\x88\x80\x80\x80", "6.8.1"),
        (b"\xFC\x84\x80\x80\x80\x80", "6.8.2"),
    ]),
    ("the last number of 4, 5 or 6 bytes", "Unicode ends with U+10FFFF.", &[
        (b"\xF7\xBF\xBF\xBF", "6.10.1"),
        (b"\xFB\xBF\xBF\xBF\xBF", "6.10.2"),
        (b"\xFD\xBF\xBF\xBF\xBF\xBF", "6.10.3"),
    ]),
    ("a number after U+10FFFF", "Unicode ends there.", &[
        (b"\xF4\x90\x80\x80", "6.11.5"),
        (b"\xF5\x80\x80\x80", ""),
    ]),
    ("a half of a pair of UTF-16", "Surrogates are for UTF-16; many decoders let them pass.", &[
        (b"\xED\xA0\x80", "6.20.1"),
        (b"\xED\xAD\xBF", "6.20.2"),
        (b"\xED\xAE\x80", "6.20.3"),
        (b"\xED\xAF\xBF", "6.20.4"),
        (b"\xED\xB0\x80", "6.20.5"),
        (b"\xED\xBE\x80", "6.20.6"),
        (b"\xED\xBF\xBF", "6.20.7"),
    ]),
    ("a pair of UTF-16", "A character beyond U+FFFF has four bytes, and no other form.", &[
        (b"\xED\xA0\x80\xED\xB0\x80", "6.21.1"),
        (b"\xED\xA0\x80\xED\xBF\xBF", "6.21.2"),
        (b"\xED\xAD\xBF\xED\xB0\x80", "6.21.3"),
        (b"\xED\xAD\xBF\xED\xBF\xBF", "6.21.4"),
        (b"\xED\xAE\x80\xED\xB0\x80", "6.21.5"),
        (b"\xED\xAE\x80\xED\xBF\xBF", "6.21.6"),
        (b"\xED\xAF\xBF\xED\xB0\x80", "6.21.7"),
        (b"\xED\xAF\xBF\xED\xBF\xBF", "6.21.8"),
    ]),
    ("bytes of Latin-1", "Text in another encoding is not text here.", &[
        (b"caf\xE9", ""),
        (b"\xA3 and \xB5", ""),
    ]),
];

fn families() -> Vec<Case> {
    let mut cases = Vec::new();
    for (what, why, members) in FAMILIES {
        for (bytes, autobahn) in members {
            let words: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            let name = if words.len() > 8 { "cut-in-all-ways".to_owned() } else { words.join("-") };
            let case = refused(
                &format!("bytes-{name}"),
                &format!("A text of {}: {what}", Payload::from(*bytes)),
                *bytes,
            )
            .why(why);
            cases.push(if autobahn.is_empty() { case } else { case.autobahn(*autobahn) });
        }
    }
    cases
}

/// Each byte of a range, those that begin a character with a space after it.
fn series() -> Vec<Case> {
    let leads =
        |first: u8, last: u8| (first..=last).flat_map(|byte| [byte, b' ']).collect::<Vec<_>>();
    let lone = "A lead byte alone: its character was lost.";
    vec![
        refused(
            "continuations",
            "A text of the continuation bytes from 80 to BE",
            (0x80..0xBF).collect::<Vec<_>>(),
        )
        .why("They continue nothing.")
        .autobahn("6.12.8"),
        refused("leads-of-2", "The lead bytes of two, each before a space", leads(0xC0, 0xDE))
            .why(lone)
            .autobahn("6.13.1"),
        refused("leads-of-3", "The lead bytes of three, each before a space", leads(0xE0, 0xEE))
            .why(lone)
            .autobahn("6.13.2"),
        refused("leads-of-4", "The lead bytes of four, each before a space", leads(0xF0, 0xF6))
            .why(lone)
            .autobahn("6.13.3"),
        refused("leads-of-5", "The lead bytes of five, each before a space", leads(0xF8, 0xFA))
            .why(lone)
            .autobahn("6.13.4"),
        refused("leads-of-6", "The lead byte of six before a space", leads(0xFC, 0xFC))
            .why(lone)
            .autobahn("6.13.5"),
    ]
}

/// Those prefixes that end within a letter.
fn prefixes() -> Vec<Case> {
    let within = [1, 3, 4, 6, 8, 10];
    within
        .into_iter()
        .map(|length| {
            let prefix: Vec<u8> = GREEK.bytes().take(length).collect();
            refused(
                &format!("greek-{length}-bytes"),
                &format!("The first {length} bytes of κόσμε, which end within a letter"),
                prefix,
            )
            .why("The end of the message cuts a letter.")
            .autobahn(format!("6.6.{length}"))
        })
        .collect()
}

/// Wrong bytes after good ones, where validators look at many bytes at once.
fn within_texts() -> Vec<Case> {
    let surrogate = [GREEK.as_bytes(), b"\xED\xA0\x80", b"edited"].concat();
    let mut cases = vec![
        refused("surrogate-in-text", "κόσμε, a surrogate, and a word", surrogate)
            .why("What is right around it does not make it right.")
            .autobahn("6.3.1"),
    ];
    for length in [15, 16, 31, 32, 63, 64, 127, 1000, 65535] {
        let bytes = [vec![b'*'; length], vec![0xFF], vec![b'*'; 3]].concat();
        cases.push(
            refused(
                &format!("wrong-after-{length}"),
                &format!("A text of {length} asterisks, FF, and three asterisks"),
                bytes,
            )
            .why("Fast code looks at 16, 32 or 64 bytes at once, and at what remains."),
        );
    }
    for length in [14, 30, 62, 63] {
        let bytes = [vec![b'*'; length], vec![0xE2, 0x82]].concat();
        cases.push(
            refused(
                &format!("cut-after-{length}"),
                &format!("A text of {length} asterisks, and two of three bytes of a euro sign"),
                bytes,
            )
            .why("The last character is cut where a block of fast code ends."),
        );
    }
    cases
}
