//! The spans of a compressed payload, and of a complete message.

use super::{message::Message, open_frame::OpenFrame};
use crate::{Field, Place, Span, excerpt::hex};

/// RFC 7692 7.2.1: the end of each message, which is not sent.
const TAIL: [u8; 4] = [0, 0, 0xFF, 0xFF];

/// Returns the spans inside the payload of a compressed message.
pub(super) fn deflate_spans(frame: &OpenFrame) -> Vec<Span> {
    let mut spans = Vec::new();
    let (start, end) = (frame.payload_start(), frame.end());
    if let Some(&first) = frame.plain.bytes().first()
        && frame.fragment == 1
    {
        let kind = match first >> 1 & 3 {
            0 => "stored: the bytes as they are",
            1 => "fixed Huffman codes",
            2 => "dynamic Huffman codes, which it begins with",
            _ => "reserved block type",
        };
        let is_final = if first & 1 != 0 { ", marked as the last (BFINAL)" } else { "" };
        let place = Place::Bytes(start..start.saturating_add(1));
        let span = Span::new(place, Field::DeflateBlock).value(hex(&[first]));
        let note = format!("the low three bits: {kind}{is_final}");
        spans.push(span.note(note).clause("7692-7.2.2-3"));
    }
    if frame.is_fin() && frame.is_complete() {
        let span = Span::new(Place::Bytes(end..end), Field::DeflateTail).value(hex(&TAIL));
        let note = "not sent; the receiver appends them and then inflates";
        spans.push(span.note(note).clause("7692-7.2.2-1"));
    }
    spans
}

/// Returns the span of a complete message.
pub(super) fn message_span(message: &Message, keeps_window: bool, shown: usize) -> Span {
    let len = message.content.len();
    let span = Span::new(Place::Message(0..len), Field::Message);
    let frames = match message.fragments {
        1 => String::from("1 frame"),
        count => format!("{count} frames"),
    };
    let kind = message.kind_name();
    if message.is_compressed && !message.is_readable {
        let note = format!("{kind} message in {frames}; it cannot be inflated here");
        return span.note(note).clause("7692-6.2-1").remark();
    }
    let value = match message.is_text() {
        true => message.content.text(shown),
        false => message.content.hex(shown),
    };
    let bytes = if len == 1 { "byte" } else { "bytes" };
    let span = span.value(value);
    if !message.is_compressed {
        let note = format!("{kind} message of {len} {bytes} in {frames}");
        return span.note(note).clause("6455-6.2-4");
    }
    let wire_len = message.wire_len;
    let percent = wire_len.saturating_mul(100).checked_div(len).unwrap_or(100);
    let note =
        format!("{kind} message of {len} {bytes} in {frames}: {wire_len} on the wire, {percent} %");
    span.note(note).clause("7692-6.2-1").with([window_span(len, keeps_window)])
}

fn window_span(len: u64, keeps_window: bool) -> Span {
    let span = Span::new(Place::Message(0..len), Field::Window);
    if keeps_window {
        let note = "the next compressed message may refer to this one";
        span.value("kept").note(note).clause("7692-7.2.2-2")
    } else {
        let note = "no context takeover: the next message begins with an empty one";
        span.value("dropped").note(note).clause("7692-7.2.2-5")
    }
}

/// Returns whether the message differs from the payload of its last frame.
pub(super) fn is_worth_showing(message: &Message) -> bool {
    message.is_compressed || message.fragments > 1
}
