use core::fmt::{self, Write as _};

/// Data of a sort that is often sent, made on demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Sample {
    /// Records in JSON, in ASCII.
    Json,
    /// A page with a table, in ASCII.
    Html,
    /// Verse, with letters outside of ASCII.
    Verse,
    /// The pixels of a picture, which compress a little.
    Picture,
    /// Bytes that do not compress.
    Noise,
}

const WORDS: [&str; 16] = [
    "harbour", "lantern", "meadow", "copper", "thistle", "granite", "willow", "compass", "saffron",
    "gallery", "orchard", "velvet", "cinder", "marble", "juniper", "anchor",
];
const VERSE_WORDS: [&str; 16] = [
    "über", "Wälder", "fließt", "der", "Bäche", "grün", "und", "Nächte", "schöner", "Träume", "im",
    "weißen", "Licht", "kühl", "die", "Höhe",
];

impl Sample {
    /// Returns `len` bytes, beginning with the record of this number.
    pub(crate) fn bytes(self, first: usize, len: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(len + 256);
        let mut record = String::new();
        let mut number = first;
        while bytes.len() < len {
            let random = scatter(number as u64);
            let word = |shift: u32, words: [&'static str; 16]| {
                words.get((random >> shift & 15) as usize).copied().unwrap_or_default()
            };
            record.clear();
            // Writing to a string does not fail.
            let _ = match self {
                Self::Json => writeln!(
                    record,
                    "{{\"id\":{number},\"name\":\"{} {}\",\"price\":{}.{:02},\"tags\":[\"{}\",\"{}\"]}},",
                    word(0, WORDS),
                    word(4, WORDS),
                    random >> 8 & 0xFFF,
                    (random >> 20) % 100,
                    word(32, WORDS),
                    word(36, WORDS)
                ),
                Self::Html => writeln!(
                    record,
                    "<tr class=\"row\"><td>{number}</td><td><a href=\"/{}/{}\">{}</a></td></tr>",
                    word(0, WORDS),
                    random >> 40 & 0xFFFF,
                    word(4, WORDS)
                ),
                Self::Verse => writeln!(
                    record,
                    "{} {} {} {} {},",
                    word(0, VERSE_WORDS),
                    word(4, VERSE_WORDS),
                    word(8, VERSE_WORDS),
                    word(12, VERSE_WORDS),
                    word(16, VERSE_WORDS)
                ),
                Self::Picture | Self::Noise => Ok(()),
            };
            match self {
                Self::Picture => {
                    let shade = (number / 4 % 200) as u8;
                    bytes.extend(random.to_le_bytes().map(|byte| shade + (byte & 7)));
                }
                Self::Noise => bytes.extend(random.to_le_bytes()),
                _ => bytes.extend(record.bytes()),
            }
            number += 1;
        }
        bytes.truncate(len);
        bytes
    }
}

/// SplitMix64: numbers that look random.
const fn scatter(number: u64) -> u64 {
    let mut z = number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ z >> 31
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json => "JSON",
            Self::Html => "HTML",
            Self::Verse => "verse",
            Self::Picture => "pixels",
            Self::Noise => "noise",
        })
    }
}
