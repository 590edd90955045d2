use std::fmt::Write as _;

use sansocket_explain::{Element, Field, Place, Span};

use super::calculation::wire;
use crate::page::escaped;

/// How many bytes of a payload are drawn.
const DRAWN: usize = 64;

/// Writes the character that a byte is.
type Letter = fn(u8) -> String;

/// Draws a frame: the bits of its first two bytes, and the bytes after them. A masked payload has three
/// rows: the wire, the key, and what they give.
pub(super) fn diagram(element: &Element) -> String {
    let spans = &element.root.children;
    let mut out = String::from("<div class=\"diagram\">\n");
    let bits: Vec<_> =
        spans.iter().filter(|span| matches!(span.place, Place::Bits { .. })).collect();
    for byte in bits.chunk_by(|one, other| one.place.range() == other.place.range()) {
        put_bits(element, byte, &mut out);
    }
    let key = spans.iter().find(|span| span.field == Field::MaskingKey);
    let key = key.map(|key| wire(element, key)).unwrap_or_default();
    // The bytes of a compressed message are no letters.
    let letter: Letter =
        if element.root.find(Field::DeflateBlock).is_some() { |_| "·".into() } else { letter };
    for span in spans {
        match span.field {
            Field::ExtendedLen => put_bytes(span, wire(element, span), "length", &mut out),
            Field::MaskingKey => put_bytes(span, wire(element, span), "key", &mut out),
            Field::Payload if key.is_empty() => {
                put_plain(span, wire(element, span), letter, &mut out);
            }
            Field::Payload => put_masked(span, (wire(element, span), key), letter, &mut out),
            _ => {}
        }
    }
    out.push_str("</div>\n");
    out
}

fn put_bits(element: &Element, byte: &[&Span], out: &mut String) {
    let value = byte.first().map(|span| wire(element, span)).unwrap_or_default();
    let value = value.first().copied().unwrap_or_default();
    // Writing to a string cannot fail.
    let _ = writeln!(out, "<div class=\"bits\"><b>{value:02x}</b>");
    for span in byte {
        let Place::Bits { bits, .. } = &span.place else { continue };
        let digits: String =
            bits.clone().map(|bit| format!("<i>{}</i>", digit(value, bit))).collect();
        let width = bits.end.saturating_sub(bits.start);
        let name = match span.field {
            Field::PayloadLen => "length",
            field => field.name(),
        };
        let class = if name == "length" { "length" } else { "flags" };
        let _ = writeln!(
            out,
            "<span class=\"{class}\" style=\"grid-column: span {width}\"><code>{digits}</code><small>{name}</small></span>"
        );
    }
    out.push_str("</div>\n");
}

fn digit(value: u8, bit: u8) -> char {
    let shifted = value.checked_shl(bit.into()).unwrap_or_default();
    if shifted & 0x80 == 0 { '0' } else { '1' }
}

fn put_bytes(span: &Span, bytes: &[u8], class: &str, out: &mut String) {
    let _ = write!(out, "<div class=\"run {class}\"><small>{}</small><div>", span.field.name());
    for byte in bytes {
        let _ = write!(out, "<span><code>{byte:02x}</code></span>");
    }
    out.push_str("</div></div>\n");
}

fn put_plain(span: &Span, bytes: &[u8], letter: Letter, out: &mut String) {
    if bytes.is_empty() {
        return;
    }
    let _ = write!(out, "<div class=\"run payload\"><small>{}</small><div>", span.field.name());
    for byte in bytes.iter().take(DRAWN) {
        let _ = write!(out, "<span><code>{byte:02x}</code><i>{}</i></span>", letter(*byte));
    }
    out.push_str("</div>");
    put_more(bytes, out);
}

fn put_masked(span: &Span, (bytes, key): (&[u8], &[u8]), letter: Letter, out: &mut String) {
    if bytes.is_empty() {
        return;
    }
    let _ = write!(
        out,
        "<div class=\"run payload\"><small>{}: wire ⊕ key = plain</small><div>",
        span.field.name()
    );
    for (byte, key) in bytes.iter().zip(key.iter().cycle()).take(DRAWN) {
        let plain = byte ^ key;
        let _ = write!(
            out,
            "<span><code>{byte:02x}</code><code class=\"key\">{key:02x}</code><code>{plain:02x}</code><i>{}</i></span>",
            letter(plain)
        );
    }
    out.push_str("</div>");
    put_more(bytes, out);
}

fn put_more(bytes: &[u8], out: &mut String) {
    let more = bytes.len().saturating_sub(DRAWN);
    if more > 0 {
        let _ = write!(out, "<small>and {more} more bytes</small>");
    }
    out.push_str("</div>\n");
}

/// Returns the character that a byte is, and a dot for others.
fn letter(byte: u8) -> String {
    match byte {
        b' ' => "␣".into(),
        b'!'..=b'~' => escaped(&char::from(byte).to_string()),
        _ => "·".into(),
    }
}
