use super::Colours;
use crate::{
    Element, Field, Level, Place, Span,
    excerpt::{hex, len_u64},
    role_name,
};

/// The width that lines are wrapped to.
const WIDTH: usize = 110;
/// The widths of the columns: the offset, the bytes or bits, the field.
const OFFSET: usize = 5;
const WIRE: usize = 25;
const FIELD: usize = 19;
/// The most bytes in the second column.
const WIRE_BYTES: usize = 8;

/// Renders an element as text: a line for the whole, and one for each field, with its offset, the bits
/// or bytes on the wire, its name, its value and what that means. An offset with a `+` is one in the
/// message.
///
/// ```
/// use sansocket::Role;
/// use sansocket_explain::render::{Colours, text};
/// use sansocket_explain::{Explainer, Options};
///
/// let mut explainer = Explainer::new(&Options::frames());
/// let frame = explainer.explain(Role::Server, &mut &b"\x8A\x00"[..]).unwrap();
/// let text = text(&frame, Colours::Never);
/// assert!(text.starts_with("server frame at 0: Pong, 0 bytes of payload\n"));
/// assert!(text.contains("    0  ....1010                   opcode             10"));
/// ```
#[must_use]
pub fn text(element: &Element, colours: Colours) -> String {
    let root = &element.root;
    let sender = role_name(element.sender);
    let says = [root.value.as_str(), &root.note];
    let says = says.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>();
    let title = format!("{sender} {}{}: {}", root.field.name(), at(&root.place), says.join(", "));
    let mut text = colours.bold(&title);
    text.push('\n');
    for span in &root.children {
        put(element, span, 0, colours, &mut text);
    }
    text
}

/// Returns where an element begins on the wire. A message that was not on the wire begins nowhere.
pub(super) fn at(place: &Place) -> String {
    match place {
        Place::Message(_) => String::new(),
        place => format!(" at {}", place.range().start),
    }
}

fn is_head(root: &Span) -> bool {
    matches!(root.field, Field::Request | Field::Response)
}

fn put(element: &Element, span: &Span, depth: usize, colours: Colours, out: &mut String) {
    let offset = match &span.place {
        Place::Message(range) => format!("+{}", range.start),
        place => place.range().start.to_string(),
    };
    let name = format!("{}{}", "  ".repeat(depth), span.field.name());
    let (left, wire) = if is_head(&element.root) {
        // A head is text, which is the value already.
        (format!("{offset:>OFFSET$}  {name:<FIELD$}"), String::new())
    } else {
        let wire = wire(element, span);
        (format!("{offset:>OFFSET$}  {wire:<WIRE$}  {name:<FIELD$}"), wire)
    };
    let value = match span.field {
        Field::Violation => "!!",
        Field::Remark => "?",
        _ if wire == span.value => "",
        _ => &span.value,
    };
    let clause = span.clause.map(|clause| format!("[{clause}]"));
    let parts = [value, &span.note, clause.as_deref().unwrap_or_default()];
    // The children say what is wrong.
    let level = if span.children.is_empty() { span.level } else { Level::Plain };
    for line in wrapped(&left, &parts) {
        out.push_str(&colours.level(level, &line));
        out.push('\n');
    }
    for child in &span.children {
        put(element, child, depth.saturating_add(1), colours, out);
    }
}

/// Returns the bits or bytes of a span, as far as they are held.
fn wire(element: &Element, span: &Span) -> String {
    let index = |offset: u64| {
        let start = element.root.place.range().start;
        usize::try_from(offset.saturating_sub(start)).unwrap_or(usize::MAX)
    };
    match &span.place {
        Place::Bits { byte, bits } => {
            let value = element.bytes.get(index(*byte)).copied().unwrap_or_default();
            let digit = |bit: u8| match (bits.contains(&bit), value << bit & 0x80 != 0) {
                (false, _) => '.',
                (true, false) => '0',
                (true, true) => '1',
            };
            (0..8).map(digit).collect()
        }
        // What is unmasked was on the wire before that.
        Place::Bytes(range) if !is_unmasked(span.field) => {
            let held = element.bytes.get(index(range.start)..).unwrap_or_default();
            let held =
                held.get(..index(range.end).saturating_sub(index(range.start))).unwrap_or(held);
            let shown = held.get(..WIRE_BYTES).unwrap_or(held);
            let is_cut = range.end.saturating_sub(range.start) > len_u64(shown);
            let more = if is_cut && !shown.is_empty() { " …" } else { "" };
            format!("{}{more}", hex(shown))
        }
        _ => String::new(),
    }
}

const fn is_unmasked(field: Field) -> bool {
    matches!(
        field,
        Field::Unmasked
            | Field::CloseCode
            | Field::CloseReason
            | Field::DeflateBlock
            | Field::Remark
            | Field::Frame
    )
}

/// Returns lines with the parts after `left`. What does not fit goes on below, in the same column.
fn wrapped(left: &str, parts: &[&str]) -> Vec<String> {
    let indent = left.chars().count();
    let mut lines = Vec::new();
    let mut line = String::from(left);
    let mut len = indent;
    for part in parts.iter().filter(|part| !part.is_empty()) {
        let mut gap = "  ";
        for word in part.split(' ') {
            let word_len = word.chars().count();
            if len > indent && len.saturating_add(gap.len()).saturating_add(word_len) > WIDTH {
                lines.push(std::mem::replace(&mut line, " ".repeat(indent)));
                len = indent;
            }
            if len > indent {
                line.push_str(gap);
                len = len.saturating_add(gap.len());
            }
            line.push_str(word);
            len = len.saturating_add(word_len);
            gap = " ";
        }
    }
    lines.push(line);
    lines.iter().map(|line| line.trim_end().into()).collect()
}
