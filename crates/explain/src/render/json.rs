use std::fmt::Write as _;

use crate::{Action, Element, Place, Span, excerpt::hex, role_name};

/// Renders an element as a line of JSON, with its end of line.
///
/// Ranges are pairs of a first offset and the one after the last. A span has `bytes`, or `bits` of one
/// byte besides, or a place in the `message`. A violation has its action in words, and as a number the
/// code to `close` with, or the `status` to answer with.
///
/// ```
/// use sansocket::Role;
/// use sansocket_explain::render::json;
/// use sansocket_explain::{Explainer, Options};
///
/// let mut explainer = Explainer::new(&Options::frames());
/// // A client must mask.
/// let frame = explainer.explain(Role::Client, &mut &b"\x8A\x00"[..]).unwrap();
/// let line = json(&frame);
/// assert!(line.starts_with(
///     r#"{"sender":"client","wire":"8a 00","violations":[{"at":1,"clause":"6455-5.1-2","#
/// ));
/// assert!(line.contains(r#""action":"the receiver must close with 1002","close":1002}"#));
/// assert!(line.contains(r#"{"field":"MASK","bytes":[1,2],"bits":[0,1],"value":"0","#));
/// assert!(line.ends_with("}\n"));
/// ```
#[must_use]
pub fn json(element: &Element) -> String {
    let mut out = String::from("{");
    put(&mut out, "sender", role_name(element.sender));
    put(&mut out, "wire", &hex(&element.bytes));
    out.push_str("\"violations\":[");
    for (index, violation) in element.violations.iter().enumerate() {
        out.push_str(if index > 0 { ",{" } else { "{" });
        // Writing to a string cannot fail.
        let _ = write!(out, "\"at\":{},", violation.at);
        put(&mut out, "clause", violation.clause);
        put(&mut out, "text", &violation.text);
        put(&mut out, "action", &violation.action.to_string());
        let number = match violation.action {
            Action::Close(code) => Some(("close", code.into())),
            Action::Reject(status) => Some(("status", status)),
            Action::Fail | Action::Discard => None,
        };
        if let Some((name, number)) = number {
            let _ = write!(out, "\"{name}\":{number},");
        }
        close(&mut out, '}');
    }
    out.push_str("],\"root\":");
    put_span(&mut out, &element.root);
    out.push_str("}\n");
    out
}

fn put_span(out: &mut String, span: &Span) {
    out.push('{');
    put(out, "field", span.field.name());
    let range = span.place.range();
    let name = if let Place::Message(_) = span.place { "message" } else { "bytes" };
    let _ = write!(out, "\"{name}\":[{},{}],", range.start, range.end);
    if let Place::Bits { bits, .. } = &span.place {
        let _ = write!(out, "\"bits\":[{},{}],", bits.start, bits.end);
    }
    put(out, "value", &span.value);
    put(out, "note", &span.note);
    if let Some(clause) = span.clause {
        put(out, "clause", clause);
    }
    put(out, "level", span.level.name());
    if !span.children.is_empty() {
        out.push_str("\"children\":[");
        for (index, child) in span.children.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            put_span(out, child);
        }
        out.push_str("],");
    }
    close(out, '}');
}

/// Puts a member, and a comma after it.
fn put(out: &mut String, name: &str, value: &str) {
    let _ = write!(out, "\"{name}\":\"");
    for char in value.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            // RFC 8259 7: control characters are escaped.
            '\0'..='\x1F' => {
                let _ = write!(out, "\\u{:04x}", u32::from(char));
            }
            char => out.push(char),
        }
    }
    out.push_str("\",");
}

/// Replaces the comma at the end.
fn close(out: &mut String, end: char) {
    out.pop();
    out.push(end);
}
