//! What comes after a Close frame is explained, and not judged.

use sansocket::Role;
use sansocket_explain::{Element, Field, Options};

use crate::elements;

const CLOSE: &[u8] = b"\x88\x02\x03\xE8";

fn after_close(options: &Options, before: &[u8], after: &[u8]) -> Element {
    let bytes = [before, CLOSE, after].concat();
    let at = (before.len() + CLOSE.len()) as u64;
    let elements = elements(options, Role::Server, &bytes);
    elements.into_iter().find(|element| element.root.place.range().start == at).unwrap()
}

#[test]
fn a_compressed_message_is_not_inflated() {
    let options = Options::deflate("permessage-deflate").unwrap();
    let whole = after_close(&options, b"", b"\xC1\x07\xF2\x48\xCD\xC9\xC9\x07\x00");
    let end = after_close(&options, b"\x41\x03\xF2\x48\xCD", b"\x80\x04\xC9\xC9\x07\x00");
    for element in [whole, end] {
        let message = element.root.find(Field::Message).unwrap();
        assert!(message.note.ends_with("it cannot be inflated here"), "{}", message.note);
        assert_eq!(message.value, "");
    }
}

#[test]
fn a_reserved_control_frame_is_no_data() {
    for opcode in 0xB..=0xF_u8 {
        let element = after_close(&Options::frames(), b"", &[0x80 | opcode, 0]);
        assert!(element.violations.is_empty(), "{opcode}: {:?}", element.violations);
        let fin = element.root.find(Field::Fin).unwrap();
        assert_eq!(fin.note, "control frames are never fragmented", "{opcode}");
    }
    for opcode in 3..=7_u8 {
        let element = after_close(&Options::frames(), b"", &[0x80 | opcode, 0]);
        assert_eq!(element.violations[0].clause, "6455-5.5.1-5", "{opcode}");
    }
}
