//! Frames that break a rule, for the user to look at and to send.

use sansocket::frame::MaskKey;
use serde::Serialize;

use super::{
    command::End,
    composition::{LengthForm, put_frame},
    hex::Hex,
};

/// Frames that break one rule.
#[derive(Debug)]
struct Entry {
    title: &'static str,
    sender: End,
    /// What the server has answered about permessage-deflate.
    deflate: Option<&'static str>,
    frames: &'static [Frame],
    /// The rule that the last frame breaks.
    clause: &'static str,
}

/// A first byte, and a payload before masking.
#[derive(Debug)]
struct Frame(u8, Form, &'static [u8]);

#[derive(Clone, Copy, Debug)]
enum Form {
    Masked,
    Unmasked,
    /// Masked, with a length of 16 bits.
    Len16,
    /// Masked, with a length of 64 bits.
    Len64,
    /// A header without payload, with a length of 2^63.
    TopBit,
}

use Form::{Len16, Len64, Masked, TopBit, Unmasked};

const fn client(title: &'static str, clause: &'static str, frames: &'static [Frame]) -> Entry {
    Entry { title, sender: End::Client, deflate: None, frames, clause }
}

const fn compressed(title: &'static str, clause: &'static str, frames: &'static [Frame]) -> Entry {
    Entry { deflate: Some("permessage-deflate"), ..client(title, clause, frames) }
}

const fn server(title: &'static str, clause: &'static str, frames: &'static [Frame]) -> Entry {
    Entry { sender: End::Server, ..client(title, clause, frames) }
}

const ENTRIES: &[Entry] = &[
    client("A client's frame that is not masked", "6455-5.1-2", &[Frame(0x81, Unmasked, b"Hello")]),
    server("A server's frame that is masked", "6455-5.1-4", &[Frame(0x81, Masked, b"Hello")]),
    client("RSV1 without an extension", "6455-5.2-2", &[Frame(0xC1, Masked, b"Hello")]),
    client("RSV2, which nothing defines", "6455-5.2-2", &[Frame(0xA1, Masked, b"Hello")]),
    client("RSV3, which nothing defines", "6455-5.2-2", &[Frame(0x91, Masked, b"Hello")]),
    client("A reserved opcode for data: 3", "6455-5.2-3", &[Frame(0x83, Masked, b"Hello")]),
    client("A reserved opcode for control: 11", "6455-5.2-3", &[Frame(0x8B, Masked, b"")]),
    client("16 bits for a length of 5", "6455-5.2-6", &[Frame(0x81, Len16, b"Hello")]),
    client("64 bits for a length of 5", "6455-5.2-6", &[Frame(0x82, Len64, b"Hello")]),
    client("A length of 2 to the power of 63", "6455-5.2-7", &[Frame(0x82, TopBit, b"")]),
    client("A Ping in fragments", "6455-5.5-2", &[Frame(0x09, Masked, b"Hel")]),
    client("A Close frame in fragments", "6455-5.5-2", &[Frame(0x08, Masked, b"\x03\xE8")]),
    client("A Ping of 126 bytes", "6455-5.5-1", &[Frame(0x89, Masked, &[b'.'; 126])]),
    client("A continuation of nothing", "6455-5.4-3", &[Frame(0x80, Masked, b"lo")]),
    client(
        "A continuation after the last one",
        "6455-5.4-3",
        &[Frame(0x01, Masked, b"Hel"), Frame(0x80, Masked, b"lo"), Frame(0x80, Masked, b"!")],
    ),
    client(
        "A message inside another",
        "6455-5.4-7",
        &[Frame(0x01, Masked, b"Hel"), Frame(0x81, Masked, b"lo")],
    ),
    client(
        "Text with a byte that UTF-8 never has",
        "6455-8.1-1",
        &[Frame(0x81, Masked, b"Hi \xFF")],
    ),
    client("Text with an overlong form", "6455-8.1-1", &[Frame(0x81, Masked, b"\xC0\xAF")]),
    client(
        "Text with half a surrogate pair",
        "6455-8.1-1",
        &[Frame(0x81, Masked, b"\xED\xA0\x80")],
    ),
    client("Text beyond U+10FFFF", "6455-8.1-1", &[Frame(0x81, Masked, b"\xF4\x90\x80\x80")]),
    client(
        "Text that ends inside a character",
        "6455-8.1-1",
        &[Frame(0x81, Masked, b"5 \xE2\x82")],
    ),
    client(
        "A character that goes wrong in the next fragment",
        "6455-8.1-1",
        &[Frame(0x01, Masked, b"5 \xE2\x82"), Frame(0x80, Masked, b"5")],
    ),
    client("A Close frame with half a code", "6455-5.5.1-1", &[Frame(0x88, Masked, b"\x03")]),
    client(
        "Close code 1005, never on the wire",
        "6455-7.4.1-1",
        &[Frame(0x88, Masked, b"\x03\xED")],
    ),
    client(
        "Close code 1006, never on the wire",
        "6455-7.4.1-1",
        &[Frame(0x88, Masked, b"\x03\xEE")],
    ),
    client("Close code 999, below all ranges", "6455-7.4.2-1", &[Frame(0x88, Masked, b"\x03\xE7")]),
    client(
        "Close code 5000, above all ranges",
        "6455-7.4.2-1",
        &[Frame(0x88, Masked, b"\x13\x88")],
    ),
    client(
        "A reason that is not UTF-8",
        "6455-5.5.1-2",
        &[Frame(0x88, Masked, b"\x03\xE8bye \xFF")],
    ),
    client(
        "Data after a Close frame",
        "6455-5.5.1-5",
        &[Frame(0x88, Masked, b"\x03\xE8"), Frame(0x81, Masked, b"late")],
    ),
    compressed("RSV1 on a Ping", "7692-6-3", &[Frame(0xC9, Masked, b"")]),
    compressed(
        "RSV1 on a continuation",
        "7692-6-3",
        &[Frame(0x41, Masked, b"\xF2\x48\xCD"), Frame(0xC0, Masked, b"\xC9\xC9\x07\x00")],
    ),
    compressed(
        "Compressed data that does not inflate",
        "7692-7.2.2-4",
        &[Frame(0xC1, Masked, b"\xFF\xFF\xFF\xFF")],
    ),
    server(
        "A server's text that is not UTF-8",
        "6455-8.1-1",
        &[Frame(0x81, Unmasked, b"\xC3\x28")],
    ),
    server("A server's reserved opcode: 7", "6455-5.2-3", &[Frame(0x87, Unmasked, b"")]),
    server(
        "A server's Close frame with code 1006",
        "6455-7.4.1-1",
        &[Frame(0x88, Unmasked, b"\x03\xEE")],
    ),
];

/// An entry as the page gets it.
#[derive(Debug, Serialize)]
pub(super) struct Picture {
    title: &'static str,
    sender: End,
    deflate: Option<&'static str>,
    bytes: Hex,
    clause: &'static str,
}

/// Returns all entries.
pub(super) fn pictures() -> Vec<Picture> {
    let picture = |entry: &Entry| {
        let Entry { title, sender, deflate, clause, .. } = *entry;
        Picture { title, sender, deflate, bytes: Hex(entry.bytes()), clause }
    };
    ENTRIES.iter().map(picture).collect()
}

/// The key of the example in RFC 6455 5.7.
const KEY: MaskKey = MaskKey([0x37, 0xFA, 0x21, 0x3D]);

impl Entry {
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for &Frame(first, form, payload) in self.frames {
            let (key, length) = match form {
                Masked => (Some(KEY), LengthForm::Shortest),
                Unmasked => (None, LengthForm::Shortest),
                Len16 => (Some(KEY), LengthForm::Bits16),
                Len64 => (Some(KEY), LengthForm::Bits64),
                TopBit => {
                    bytes.extend([first, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0]);
                    bytes.extend(KEY.0);
                    continue;
                }
            };
            put_frame(first, key, length, payload, &mut bytes);
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workbench::explanation;

    #[test]
    fn each_entry_breaks_its_clause_and_no_other() {
        for entry in ENTRIES {
            let mut explainer = explanation::alone(entry.deflate).unwrap();
            let elements =
                explanation::explain(&mut explainer, entry.sender.into(), &entry.bytes());
            let clauses: Vec<_> = elements
                .iter()
                .flat_map(|element| element.violations.iter().map(|violation| violation.clause))
                .collect();
            assert_eq!(clauses, [entry.clause], "{}", entry.title);
            let last = elements.last().unwrap();
            assert!(!last.violations.is_empty(), "{}: not in the last frame", entry.title);
        }
    }

    #[test]
    fn titles_differ() {
        let mut titles: Vec<_> = ENTRIES.iter().map(|entry| entry.title).collect();
        titles.sort_unstable();
        titles.dedup();
        assert_eq!(titles.len(), ENTRIES.len());
    }
}
