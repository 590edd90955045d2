//! The spans of a header (RFC 6455 5.2).

use sansocket::{Role, frame::OpCode};

use super::{context::FrameContext, open_frame::OpenFrame};
use crate::{Field, Place, Span, excerpt::hex};

/// Returns the spans of as much of the header as has come.
pub(super) fn header_spans(context: &FrameContext<'_>) -> Vec<Span> {
    let FrameContext { frame, sender, .. } = *context;
    let mut spans = Vec::new();
    if let Some(&first) = frame.header.first() {
        spans.push(fin(frame, first));
        spans.extend(reserved_bits(context, first));
        spans.push(opcode(frame, first));
    }
    if let Some(&second) = frame.header.get(1) {
        let at = frame.start.saturating_add(1);
        spans.push(mask(at, second, sender));
        spans.push(short_len(at, second));
    }
    spans.extend(extended_len(frame));
    spans.extend(masking_key(frame));
    spans
}

fn bits(byte: u64, start: u8, end: u8, field: Field, value: u8) -> Span {
    Span::new(Place::Bits { byte, bits: start..end }, field).value(value.to_string())
}

fn fin(frame: &OpenFrame, first: u8) -> Span {
    let is_data = !frame.is_control();
    let span = bits(frame.start, 0, 1, Field::Fin, first >> 7);
    match (first & 0x80 != 0, is_data) {
        (true, true) if frame.fragment > 1 => {
            span.note("the last fragment of its message").clause("6455-5.4-3")
        }
        (true, true) => span.note("the message is complete").clause("6455-5.4-2"),
        (true, false) => span.note("control frames are never fragmented").clause("6455-5.5-2"),
        (false, _) => span.note("more fragments follow").clause("6455-5.4-3"),
    }
}

fn reserved_bits(context: &FrameContext<'_>, first: u8) -> [Span; 3] {
    let FrameContext { frame, is_known, .. } = *context;
    let at = frame.start;
    let rsv1 = bits(at, 1, 2, Field::Rsv1, first >> 6 & 1);
    let is_set = first & 0x40 != 0;
    let rsv1 = match (is_set, frame.is_disguised) {
        (true, true) => {
            let note = if is_known {
                "compressed, but the window that it refers to is not known any more"
            } else {
                "probably compressed, but which extensions were agreed on is not known"
            };
            rsv1.note(note).clause("7692-6-1").remark()
        }
        (true, false) if context.may_be_compressed() => {
            rsv1.note("the message is compressed").clause("7692-6-1")
        }
        (true, false) => rsv1,
        (false, _) if context.may_be_compressed() && is_known => {
            rsv1.note("the message is not compressed").clause("7692-6.1-1")
        }
        (false, _) => rsv1.clause("6455-5.2-1"),
    };
    let further = |bit: u8, field| {
        let span = bits(at, bit, bit.saturating_add(1), field, first << bit >> 7);
        if span.value == "1" && frame.is_disguised {
            return span.note("which extensions were agreed on is not known").remark();
        }
        span.clause("6455-5.2-1")
    };
    [rsv1, further(2, Field::Rsv2), further(3, Field::Rsv3)]
}

fn opcode(frame: &OpenFrame, first: u8) -> Span {
    let note = match frame.opcode() {
        Some(OpCode::Continuation) => "continuation: a further fragment",
        Some(OpCode::Text) => "text: UTF-8",
        Some(OpCode::Binary) => "binary: any bytes",
        Some(OpCode::Close) => "Close: ends the connection",
        Some(OpCode::Ping) => "Ping: asks for a Pong",
        Some(OpCode::Pong) => "Pong: answers a Ping",
        None => "reserved: it has no meaning",
    };
    bits(frame.start, 4, 8, Field::Opcode, first & 0x0F).note(note).clause("6455-5.2-4")
}

fn mask(at: u64, second: u8, sender: Role) -> Span {
    let span = bits(at, 0, 1, Field::Mask, second >> 7);
    match (second & 0x80 != 0, sender) {
        (true, Role::Client) => span.note("a client masks every frame").clause("6455-5.3-1"),
        (true, Role::Server) => span.note("masked").clause("6455-5.1-3"),
        (false, Role::Client) => span.note("not masked").clause("6455-5.3-1"),
        (false, Role::Server) => span.note("a server masks no frame").clause("6455-5.1-3"),
    }
}

fn short_len(at: u64, second: u8) -> Span {
    let len = second & 0x7F;
    let note = match len {
        126 => "the length is in the next 16 bits",
        127 => "the length is in the next 64 bits",
        1 => "byte of payload",
        _ => "bytes of payload",
    };
    bits(at, 1, 8, Field::PayloadLen, len).note(note).clause("6455-5.2-5")
}

fn extended_len(frame: &OpenFrame) -> Option<Span> {
    let layout = frame.layout?;
    let end = layout.extended_len.saturating_add(2);
    if layout.extended_len == 0 || frame.header.len() < end {
        return None;
    }
    let place = frame.header_place(2, end);
    let note = "bytes of payload, in network byte order";
    let span = Span::new(place, Field::ExtendedLen).note(note).clause("6455-5.2-5");
    Some(span.value(layout.payload_len(&frame.header).to_string()))
}

fn masking_key(frame: &OpenFrame) -> Option<Span> {
    let key = frame.key()?;
    let len = frame.header.len();
    let place = frame.header_place(len.saturating_sub(4), len);
    let note = "byte i of the payload is XORed with byte i mod 4 of the key";
    let span = Span::new(place, Field::MaskingKey).note(note).clause("6455-5.3-5");
    Some(span.value(hex(&key)))
}
