use std::fmt::Write as _;

use super::text::at;
use crate::{Element, Field, Place, Span, excerpt::hex, role_name};

/// Renders an element as a fragment of HTML: an `article` with nested lists, and no style.
///
/// Classes are `explain`, the sender, and for each field `plain`, `remark` or `violation`. The places
/// are in `data-bytes`, `data-bits` and `data-message`, so that a page can link the fields to the
/// bytes. A clause links to `clauses`, a page with the ids of `docs/clauses.md` as anchors. Everything
/// from the wire is escaped.
///
/// ```
/// use sansocket::Role;
/// use sansocket_explain::render::html;
/// use sansocket_explain::{Explainer, Options};
///
/// let mut explainer = Explainer::new(&Options::frames());
/// let frame = explainer.explain(Role::Server, &mut &b"\x81\x03<b>"[..]).unwrap();
/// let html = html(&frame, "clauses.html");
/// assert!(html.starts_with("<article class=\"explain server\">\n<h3>server frame at 0: text"));
/// assert!(html.contains("<a href=\"clauses.html#6455-5.2-5\">6455-5.2-5</a>"));
/// assert!(html.contains("&quot;&lt;b&gt;&quot;"));
/// ```
#[must_use]
pub fn html(element: &Element, clauses: &str) -> String {
    let root = &element.root;
    let sender = role_name(element.sender);
    let mut out = format!("<article class=\"explain {sender}\">\n<h3>");
    let at = at(&root.place);
    escape(&format!("{sender} {}{at}: {}", root.field.name(), root.value), &mut out);
    out.push_str("</h3>\n<p>");
    escape(&root.note, &mut out);
    out.push_str("</p>\n<p><code>");
    escape(&hex(&element.bytes), &mut out);
    out.push_str("</code></p>\n");
    put_list(&root.children, clauses, &mut out);
    out.push_str("</article>\n");
    out
}

fn put_list(spans: &[Span], clauses: &str, out: &mut String) {
    if spans.is_empty() {
        return;
    }
    out.push_str("<ul>\n");
    for span in spans {
        put_item(span, clauses, out);
    }
    out.push_str("</ul>\n");
}

fn put_item(span: &Span, clauses: &str, out: &mut String) {
    let range = span.place.range();
    let name = if let Place::Message(_) = span.place { "message" } else { "bytes" };
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "<li class=\"{}\" data-{name}=\"{}-{}\"",
        span.level.name(),
        range.start,
        range.end
    );
    if let Place::Bits { bits, .. } = &span.place {
        let _ = write!(out, " data-bits=\"{}-{}\"", bits.start, bits.end);
    }
    let _ = write!(out, "><b>{}</b>", span.field.name());
    if !span.value.is_empty() && span.field != Field::Violation {
        out.push_str(" <code>");
        escape(&span.value, out);
        out.push_str("</code>");
    }
    if !span.note.is_empty() {
        out.push_str(" <span>");
        escape(&span.note, out);
        out.push_str("</span>");
    }
    if let Some(clause) = span.clause {
        out.push_str(" <a href=\"");
        escape(clauses, out);
        let _ = write!(out, "#{clause}\">{clause}</a>");
    }
    if !span.children.is_empty() {
        out.push('\n');
        put_list(&span.children, clauses, out);
    }
    out.push_str("</li>\n");
}

/// Escapes text for an element and for a quoted attribute.
fn escape(text: &str, out: &mut String) {
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            char => out.push(char),
        }
    }
}
