//! Texts that are valid, and come back as they were.

use crate::case::{Case, Kind, text};

use super::GREEK;

pub(super) fn cases() -> Vec<Case> {
    [code_points(), non_characters(), words(), prefixes()].concat()
}

fn echoed(id: &str, title: &str, payload: &str) -> Case {
    Case::must(format!("rfc6455/5.6/{id}"), title)
        .rule("6455-5.6-1")
        .rule("6455-8.1-1")
        .send([text(payload)])
        .echo(Kind::Text, payload)
}

fn code_point(character: char, what: &str) -> Case {
    let number = u32::from(character);
    echoed(
        &format!("u-{number:04x}"),
        &format!("A text of U+{number:04X}, {what}"),
        &character.to_string(),
    )
}

/// The first and the last of each length, and those beside what is excluded.
fn code_points() -> Vec<Case> {
    let points: [(char, &str, &[&str]); 17] = [
        ('\0', "which is NUL", &["6.7.1"]),
        ('\u{1}', "a control character", &[]),
        ('\u{7F}', "the last of one byte", &["6.9.1"]),
        ('\u{80}', "the first of two bytes", &["6.7.2"]),
        ('\u{7FF}', "the last of two bytes", &["6.9.2"]),
        ('\u{800}', "the first of three bytes", &["6.7.3"]),
        ('\u{FFF}', "the last that begins with E0", &[]),
        ('\u{D7FF}', "the last before the surrogates", &["6.11.1"]),
        ('\u{E000}', "the first after the surrogates", &["6.11.2"]),
        ('\u{FEFF}', "the byte order mark", &[]),
        ('\u{FFF9}', "a mark for annotations", &["6.23.1"]),
        ('\u{FFFA}', "a mark for annotations", &["6.23.2"]),
        ('\u{FFFB}', "a mark for annotations", &["6.23.3"]),
        ('\u{FFFC}', "which stands for an object", &["6.23.4"]),
        ('\u{FFFD}', "which stands for what could not be read", &["6.11.3", "6.23.5"]),
        ('\u{10000}', "the first of four bytes", &["6.7.4"]),
        ('\u{100000}', "the first that begins with F4", &[]),
    ];
    points
        .into_iter()
        .map(|(character, what, ids)| {
            code_point(character, what)
                .why("Decoders differ at the limits of each length.")
                .same_as(ids)
        })
        .collect()
}

/// The last two of each plane, and some in the first, are no characters, but valid.
fn non_characters() -> Vec<Case> {
    let last_two = (0..=16).flat_map(|plane: u32| {
        [(plane, 0xFFFE), (plane, 0xFFFF)].map(|(plane, rest)| (plane, plane << 16 | rest))
    });
    let with_ids = last_two.filter_map(|(plane, number)| {
        let at = 2 * plane + 1 + (number & 1);
        let mut ids = vec![format!("6.22.{at}")];
        match number {
            0xFFFE => ids.push("6.23.6".to_owned()),
            0xFFFF => ids.extend(["6.9.3", "6.23.7"].map(str::to_owned)),
            0x10_FFFF => ids.extend(["6.9.4", "6.11.4"].map(str::to_owned)),
            _ => {}
        }
        Some((char::from_u32(number)?, ids))
    });
    let others = ['\u{FDD0}', '\u{FDEF}'].map(|character| (character, Vec::new()));
    with_ids
        .chain(others)
        .map(|(character, ids)| {
            let ids: Vec<_> = ids.iter().map(String::as_str).collect();
            code_point(character, "which is no character, but valid")
                .why("UTF-8 excludes surrogates and nothing else (RFC 3629 3).")
                .same_as(&ids)
        })
        .collect()
}

fn words() -> Vec<Case> {
    let case = |id: &str, title: &str, payload: &str| {
        echoed(id, title, payload).why("A text comes back as it was, byte by byte.")
    };
    vec![
        case("text-with-umlauts", "A text of Latin letters with accents", "Hello-µ@ßöäüàá-UTF-8!!")
            .autobahn("6.2.1"),
        case("text-with-1-byte", "A text with a dollar sign", "hello$world").autobahn("6.5.1"),
        case("text-with-2-bytes", "A text with a cent sign", "hello¢world").autobahn("6.5.2"),
        case("text-with-3-bytes", "A text with a euro sign", "hello€world").autobahn("6.5.3"),
        case("text-with-4-bytes", "A text with U+24B62", "hello\u{24B62}world").autobahn("6.5.4"),
        case("text-with-nul", "A text with NUL in the middle", "hello\0world"),
        case("text-after-mark", "A text after a byte order mark", "\u{FEFF}hello"),
        case("text-not-normalized", "A text with an accent of its own", "e\u{301} é"),
        case("text-with-emoji", "A text with a joined emoji", "👩\u{200D}👩\u{200D}👧"),
        case("long-text-of-2-bytes", "A text of 40000 letters of two bytes", &"é".repeat(40_000)),
        case(
            "long-text-of-4-bytes",
            "A text of 20000 characters of four bytes",
            &"😀".repeat(20_000),
        ),
    ]
}

/// Those prefixes that end where a letter ends.
fn prefixes() -> Vec<Case> {
    let ids: [(usize, &[&str]); 5] = [
        (2, &["6.6.2"]),
        (5, &["6.6.5"]),
        (7, &["6.6.7"]),
        (9, &["6.6.9"]),
        (11, &["6.6.11", "6.5.5"]),
    ];
    ids.into_iter()
        .filter_map(|(length, ids)| {
            let prefix = GREEK.get(..length)?;
            let id = format!("greek-{length}-bytes");
            let case =
                echoed(&id, &format!("The first {length} bytes of κόσμε, which are whole"), prefix)
                    .why("The end of a message is the end of a letter.")
                    .same_as(ids);
            Some(case)
        })
        .collect()
}
