//! Opcodes that nobody has defined.

use crate::case::{Case, Demand, Kind, Payload, continuation, frame, ping, text};

pub(super) fn cases() -> Vec<Case> {
    let reserved = (3..=7).chain(11..=15);
    reserved.flat_map(|opcode| [alone(opcode), in_messages(opcode)].concat()).collect()
}

/// The cases of Autobahn for an opcode: 4.1 is about those of data, 4.2 about those of control.
fn autobahn(opcode: u8) -> String {
    if opcode < 8 { format!("4.1.{}", opcode - 2) } else { format!("4.2.{}", opcode - 10) }
}

fn case(opcode: u8, id: &str, title: &str) -> Case {
    Case::must(
        format!("rfc6455/5.2/opcode-{opcode}{id}"),
        format!("A frame with the reserved opcode {opcode}{title}"),
    )
    .rule("6455-5.2-3")
    .why("Who skips what it does not know loses a part of a message without a word.")
}

fn alone(opcode: u8) -> Vec<Case> {
    let empty = case(opcode, "", ", without payload").send([frame(opcode, "")]).failure(1002);
    let with_payload = case(opcode, "-with-payload", ", with payload")
        .send([frame(opcode, "reserved opcode payload")])
        .failure(1002);
    match opcode {
        3 | 11 => vec![empty.autobahn(autobahn(opcode)), with_payload],
        4 | 12 => vec![empty, with_payload.autobahn(autobahn(opcode))],
        _ => vec![empty, with_payload],
    }
}

fn in_messages(opcode: u8) -> Vec<Case> {
    let between = case(opcode, "-between-fragments", ", between two fragments")
        .send([
            text("fragment1").unfinished(),
            frame(opcode, "reserved opcode payload"),
            continuation("fragment2"),
        ])
        .failure(1002);
    if matches!(opcode, 3 | 4 | 11 | 12) {
        return vec![between];
    }
    let payload = if matches!(opcode, 5 | 13) { "" } else { "Hello, world!" };
    let frames =
        [text("Hello, world!"), frame(opcode, Payload::from(payload)), ping("after the failure")];
    let after = case(opcode, "-after-text", " after a text, and before a Ping")
        .rule("6455-7.1.7-6")
        .autobahn(autobahn(opcode))
        .demands(Demand::NoPong("after the failure"))
        .failure_after_echo(1002, Kind::Text, "Hello, world!");
    let is_in_pieces = matches!(opcode, 7 | 15);
    let after = if is_in_pieces { after.send_in_pieces(1, frames) } else { after.send(frames) };
    vec![between, after]
}
