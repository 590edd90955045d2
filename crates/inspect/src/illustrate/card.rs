use std::fmt::Write as _;

use sansocket::Role;
use sansocket_explain::{Element, Field, Level, Place, Span, rule};

use super::{
    calculation::{Calculations, wire},
    lesson, tiles,
};
use crate::page::escaped;

/// Writes an element: who sends it, a figure of its bytes, and a part that unfolds for each group of bytes.
pub(super) fn card(element: &Element, calculations: &mut Calculations) -> String {
    let root = &element.root;
    let (class, who) = match element.sender {
        Role::Client => ("client", "client to server"),
        Role::Server => ("server", "server to client"),
    };
    let range = root.place.range();
    let place = match range.end.saturating_sub(range.start) {
        0 => format!("after byte {}", range.end.saturating_sub(1)),
        len => format!("{len} bytes from {}", range.start),
    };
    let mut out =
        format!("<article class=\"card {class}\">\n<p class=\"who\">{who} · {place}</p>\n");
    // Writing to a string cannot fail.
    let _ = writeln!(out, "<h3>{}</h3>", escaped(&title(root)));
    let _ = writeln!(out, "<p>{}</p>", escaped(&sentence(&root.note)));
    if root.field == Field::Frame {
        out.push_str(&tiles::diagram(element));
    }
    if root.field == Field::End {
        let _ = writeln!(out, "<p class=\"lesson\">{}</p>", lesson::lesson(Field::End));
        put_rule(root, &mut out);
    }
    let is_same_byte = |one: &Span, other: &Span| matches!((&one.place, &other.place), (Place::Bits { byte, .. }, Place::Bits { byte: next, .. }) if byte == next);
    for group in root.children.chunk_by(is_same_byte) {
        put_group(element, group, calculations, &mut out);
    }
    out.push_str("</article>\n");
    out
}

fn title(root: &Span) -> String {
    match root.field {
        Field::Request => "The request".into(),
        Field::Response => "The response".into(),
        Field::End => "The end of TCP".into(),
        _ => format!("Frame: {}", root.value),
    }
}

/// Writes the part of bytes that belong together.
fn put_group(element: &Element, group: &[Span], calculations: &mut Calculations, out: &mut String) {
    let Some(first) = group.first() else { return };
    let is_head = matches!(element.root.field, Field::Request | Field::Response);
    let names: Vec<_> = group.iter().map(|span| span.field.name()).collect();
    let worst = group.iter().map(Span::worst).fold(Level::Plain, Level::max);
    let class = match worst {
        Level::Violation => " class=\"violation\"",
        Level::Remark | Level::Plain => "",
    };
    let _ = write!(out, "<details{class}><summary>");
    if is_head {
        let line = if first.field == Field::HeadEnd { "\\r\\n" } else { &first.value };
        let _ = write!(out, "<code>{}</code>", escaped(line));
    } else {
        let bytes = match first.place {
            Place::Message(_) => &escaped(&first.value),
            Place::Bytes(_) | Place::Bits { .. } => &spaced(wire(element, first)),
        };
        let _ = write!(out, "<span class=\"name\">{}</span><code>{bytes}</code>", names.join(", "));
    }
    out.push_str("</summary>\n");
    if is_head {
        let bytes = spaced_all(wire(element, first));
        let _ = writeln!(out, "<p class=\"hex\"><code>{bytes}</code></p>");
    }
    for span in group {
        put_field(element, span, calculations, out);
    }
    out.push_str("</details>\n");
}

fn put_field(element: &Element, span: &Span, calculations: &mut Calculations, out: &mut String) {
    let class = span.level.name();
    let _ = write!(out, "<div class=\"field {class}\">\n<h4>{}", span.field.name());
    if !span.value.is_empty() && span.field != Field::Violation {
        let _ = write!(out, " <code>{}</code>", escaped(&span.value));
    }
    out.push_str("</h4>\n");
    if !span.note.is_empty() {
        let _ = writeln!(out, "<p>{}</p>", escaped(&sentence(&span.note)));
    }
    let lesson = lesson::lesson(span.field);
    // What a known header means says more.
    let is_known = span.field == Field::Header && !span.note.is_empty();
    if !lesson.is_empty() && !is_known {
        let _ = writeln!(out, "<p class=\"lesson\">{lesson}</p>");
    }
    put_rule(span, out);
    for calculation in calculations.of(element, span) {
        let _ = writeln!(
            out,
            "<figure class=\"calculation\"><figcaption>{}</figcaption>\n<pre class=\"command\">{}</pre>\n<pre class=\"result\">{}</pre></figure>",
            escaped(calculation.what),
            escaped(&calculation.command),
            escaped(&calculation.result)
        );
    }
    for child in &span.children {
        put_field(element, child, calculations, out);
    }
    out.push_str("</div>\n");
}

/// Writes the rule that a field follows from, in words.
fn put_rule(span: &Span, out: &mut String) {
    let Some(clause) = span.clause.or_else(|| lesson::clause(span.field)) else { return };
    let address = rule::address(clause);
    let _ = write!(out, "<p class=\"rule\"><a href=\"{address}\">{}</a>", rule::name(clause));
    if let Some(words) = rule::words(clause) {
        let _ = write!(out, " {}", escaped(&words));
    }
    out.push_str("</p>\n");
}

/// Makes a sentence of a note, unless it is a calculation or a text of the peer.
fn sentence(note: &str) -> String {
    if note.contains(" = ") || note.starts_with('"') {
        return note.into();
    }
    let mut chars = note.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if note.is_empty() || note.ends_with(['.', '…']) { "" } else { "." };
    format!("{first}{}{end}", chars.as_str())
}

/// How many bytes a line that unfolds shows.
const SHOWN: usize = 12;

fn spaced(bytes: &[u8]) -> String {
    let shown = bytes.get(..SHOWN).unwrap_or(bytes);
    let more = if bytes.len() > shown.len() { " …" } else { "" };
    format!("{}{more}", spaced_all(shown))
}

fn spaced_all(bytes: &[u8]) -> String {
    let bytes: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes.join(" ")
}
