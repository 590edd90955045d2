use core::ops::Range;

use crate::{Element, Field, Place, Span, excerpt::hex};

/// The bits in a row, as in the figure of RFC 6455 5.2.
const ROW: usize = 32;
/// The most rows of payload after the row in which it begins.
const PAYLOAD_ROWS: usize = 2;

const RULER: &str = " 0                   1                   2                   3\n\
                     \x200 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1\n";

/// Renders a frame as a figure of its bits, in the style of RFC 6455 5.2. For other elements it is
/// empty.
///
/// ```
/// use sansocket::Role;
/// use sansocket_explain::render::bit_figure;
/// use sansocket_explain::{Explainer, Options};
///
/// let mut explainer = Explainer::new(&Options::frames());
/// let frame = explainer.explain(Role::Server, &mut &b"\x81\x02Hi"[..]).unwrap();
/// assert_eq!(
///     bit_figure(&frame),
///     "\x20\
/// 0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-------+-+-------------+-------------------------------+
/// |F|R|R|R|opcode |M|   payload   |            payload            |
/// |I|S|S|S|       |A|   length    |                               |
/// |N|V|V|V|       |S|             |                               |
/// | |1|2|3|       |K|             |                               |
/// |1|0|0|0|0 0 0 1|0|0 0 0 0 0 1 0|0 1 0 0 1 0 0 0 0 1 1 0 1 0 0 1|
/// | | | | | text  | |      2      |             48 69             |
/// +-+-+-+-+-------+-+-------------+-------------------------------+
/// "
/// );
/// ```
#[must_use]
pub fn bit_figure(element: &Element) -> String {
    if element.root.field != Field::Frame {
        return String::new();
    }
    let start = element.root.place.range().start;
    let fields = element.root.children.iter().filter_map(|span| BitField::of(span, start));
    let rows = rows(&fields.collect::<Vec<_>>(), &element.bytes);
    let mut figure = String::from(RULER);
    let mut above = &Vec::new();
    for row in &rows {
        figure.push_str(&border(above, row));
        row_lines(row, &mut figure);
        above = row;
    }
    figure.push_str(&border(above, &Vec::new()));
    let shown: usize = rows.iter().flatten().map(|cell| cell.bits.len()).sum();
    let range = element.root.place.range();
    let len = range.end.saturating_sub(range.start);
    let more = len.saturating_sub(u64::try_from(shown / 8).unwrap_or(u64::MAX));
    if more > 0 {
        let bytes = if more == 1 { "byte" } else { "bytes" };
        // A field of the header that is cut off has no span.
        let has_payload = element.root.find(Field::Payload).is_some();
        let whole = if has_payload { "payload" } else { "the header" };
        figure.push_str(&format!(":{:^63}:\n", format!("{more} more {bytes} of {whole}")));
    }
    figure
}

/// A field of a frame, and its bits from the first one of the frame.
struct BitField {
    bits: Range<usize>,
    label: &'static str,
    value: String,
    is_payload: bool,
}

impl BitField {
    fn of(span: &Span, start: u64) -> Option<Self> {
        let bit = |byte: u64, bit: u8| {
            let byte = usize::try_from(byte.saturating_sub(start)).unwrap_or(usize::MAX);
            byte.saturating_mul(8).saturating_add(bit.into())
        };
        let bits = match &span.place {
            Place::Bits { byte, bits } => bit(*byte, bits.start)..bit(*byte, bits.end),
            Place::Bytes(range) if is_drawn(span.field) => bit(range.start, 0)..bit(range.end, 0),
            _ => return None,
        };
        let value = match span.field {
            Field::Opcode => opcode(span),
            Field::PayloadLen | Field::ExtendedLen => span.value.clone(),
            _ => String::new(),
        };
        let is_masked = span.children.iter().any(|child| child.field == Field::Unmasked);
        let label = if is_masked { "payload (masked)" } else { span.field.name() };
        Some(Self { bits, label, value, is_payload: span.field == Field::Payload })
    }
}

/// Returns the name of an opcode if it fits into four bits, or its number.
fn opcode(span: &Span) -> String {
    let name = span.note.split(':').next().unwrap_or_default();
    if name.len() < 8 { name.into() } else { span.value.clone() }
}

const fn is_drawn(field: Field) -> bool {
    matches!(field, Field::ExtendedLen | Field::MaskingKey | Field::Payload)
}

/// The part of a field that is in one row.
struct Cell {
    /// Its bits in the row.
    bits: Range<usize>,
    label: String,
    digits: String,
    value: String,
}

impl Cell {
    /// Each bit has a digit, and there is a gap between two.
    const fn width(&self) -> usize {
        self.bits.end.saturating_sub(self.bits.start).saturating_mul(2).saturating_sub(1)
    }

    /// Returns the lines of the label: one word below the other, or one letter below the other.
    fn label_lines(&self) -> Vec<String> {
        if self.width() == 1 {
            return self.label.chars().map(String::from).collect();
        }
        if self.label.len() <= self.width() {
            return vec![self.label.clone()];
        }
        self.label.split(' ').map(String::from).collect()
    }
}

fn rows(fields: &[BitField], bytes: &[u8]) -> Vec<Vec<Cell>> {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for field in fields {
        let held = bytes.len().saturating_mul(8);
        let mut end = field.bits.end.min(held);
        if field.is_payload {
            let first = field.bits.start / ROW;
            let last = first.saturating_add(PAYLOAD_ROWS).saturating_add(1);
            end = end.min(last.saturating_mul(ROW));
        }
        let mut at = field.bits.start;
        while at < end {
            let index = at / ROW;
            let row_start = index.saturating_mul(ROW);
            let stop = row_start.saturating_add(ROW).min(end);
            if rows.len() <= index {
                rows.push(Vec::new());
            }
            let label = if at == field.bits.start {
                field.label.into()
            } else {
                format!("{}, continued", field.label)
            };
            let value = match (field.value.is_empty(), at == field.bits.start) {
                (false, true) => field.value.clone(),
                (false, false) => String::new(),
                (true, _) => hex(bytes.get(at / 8..stop / 8).unwrap_or_default()),
            };
            let cell = Cell {
                bits: at.saturating_sub(row_start)..stop.saturating_sub(row_start),
                label,
                digits: digits(bytes, at..stop),
                value,
            };
            if let Some(row) = rows.get_mut(index) {
                row.push(cell);
            }
            at = stop;
        }
    }
    rows
}

fn digits(bytes: &[u8], bits: Range<usize>) -> String {
    let digits = bits.map(|bit| {
        let byte = bytes.get(bit / 8).copied().unwrap_or_default();
        if byte << (bit & 7) & 0x80 == 0 { "0" } else { "1" }
    });
    digits.collect::<Vec<_>>().join(" ")
}

fn row_lines(row: &[Cell], out: &mut String) {
    let height = row.iter().map(|cell| cell.label_lines().len()).max().unwrap_or_default();
    for index in 0..height {
        put(row, out, |cell| cell.label_lines().get(index).cloned().unwrap_or_default());
    }
    put(row, out, |cell| cell.digits.clone());
    put(row, out, |cell| {
        let fits = cell.value.len() <= cell.width();
        if fits && cell.width() > 1 { cell.value.clone() } else { String::new() }
    });
}

/// Puts a line with a text in each cell, in the middle.
fn put(row: &[Cell], out: &mut String, text: impl Fn(&Cell) -> String) {
    for cell in row {
        out.push_str(&format!("|{:^width$}", text(cell), width = cell.width()));
    }
    out.push_str("|\n");
}

/// Returns the line between two rows, with a corner at each edge of a cell of either.
fn border(above: &[Cell], below: &[Cell]) -> String {
    let cells = || above.iter().chain(below);
    let end = cells().map(|cell| cell.bits.end).max().unwrap_or_default();
    let is_edge = |bit| cells().any(|cell| cell.bits.start == bit || cell.bits.end == bit);
    let mut line = String::new();
    for bit in 0..=end {
        line.push(if is_edge(bit) { '+' } else { '-' });
        line.push_str(if bit < end { "-" } else { "\n" });
    }
    line
}
