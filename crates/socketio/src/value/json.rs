//! Values as JSON text, with placeholders for what is binary; and what is wrong with such a text.

use alloc::{
    borrow::ToOwned as _,
    string::{String, ToString as _},
    vec::Vec,
};
use core::fmt::Write as _;

use super::{Object, Value};
use crate::Binary;

/// Appends a value. Each binary becomes a placeholder, and is appended to `attachments`.
pub(crate) fn append(value: &Value, text: &mut String, attachments: &mut Vec<Binary>) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(bool) => text.push_str(if *bool { "true" } else { "false" }),
        Value::Number(number) => append_display(number, text),
        Value::String(string) => append_string(string, text),
        Value::Binary(binary) => {
            text.push_str(r#"{"_placeholder":true,"num":"#);
            append_display(&attachments.len(), text);
            text.push('}');
            attachments.push(binary.clone());
        }
        Value::Array(array) => {
            text.push('[');
            append_elements(array, text, attachments);
            text.push(']');
        }
        Value::Object(object) => append_object(object, text, attachments),
    }
}

/// Appends values with commas between them.
pub(crate) fn append_elements(values: &[Value], text: &mut String, attachments: &mut Vec<Binary>) {
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        append(value, text, attachments);
    }
}

/// Appends an object.
pub(crate) fn append_object(object: &Object, text: &mut String, attachments: &mut Vec<Binary>) {
    text.push('{');
    for (index, (name, member)) in object.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        append_string(name, text);
        text.push(':');
        append(member, text, attachments);
    }
    text.push('}');
}

/// Appends a string in quotes.
pub(crate) fn append_string(string: &str, text: &mut String) {
    text.push('"');
    let mut rest = string;
    // All that must be escaped is ASCII, so the pieces between are text.
    while let Some(at) = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\' | ..0x20)) {
        let (plain, escaped) = rest.split_at(at);
        text.push_str(plain);
        let mut characters = escaped.chars();
        match characters.next() {
            Some('"') => text.push_str("\\\""),
            Some('\\') => text.push_str("\\\\"),
            Some('\n') => text.push_str("\\n"),
            Some('\r') => text.push_str("\\r"),
            Some('\t') => text.push_str("\\t"),
            Some('\u{8}') => text.push_str("\\b"),
            Some('\u{c}') => text.push_str("\\f"),
            Some(control) => append_display(&format_args!("\\u{:04x}", u32::from(control)), text),
            None => {}
        }
        rest = characters.as_str();
    }
    text.push_str(rest);
    text.push('"');
}

fn append_display(value: &impl core::fmt::Display, text: &mut String) {
    // Writing to a string cannot fail.
    let _ = write!(text, "{value}");
}

/// Returns the byte where the JSON is wrong, and why. The text is not quoted: it may be a secret.
pub(crate) fn explain(error: &serde_json::Error, text: &str) -> (usize, String) {
    let at = if error.is_eof() {
        text.len()
    } else {
        // serde_json counts lines, and bytes within them, from 1.
        let before = error.line().saturating_sub(1);
        let lines = text.split_inclusive('\n').take(before).map(str::len).sum::<usize>();
        lines.saturating_add(error.column().saturating_sub(1))
    };
    let words = error.to_string();
    // A quotation is after the colon.
    let end = [": ", " at line "].into_iter().filter_map(|mark| words.find(mark)).min();
    let reason = end.and_then(|end| words.get(..end)).unwrap_or(&words);
    (at, reason.to_owned())
}
