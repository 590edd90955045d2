use std::fmt::Write as _;

/// The start of a run of bytes, and the length of all of it. It holds a bounded number of bytes.
#[derive(Clone, Debug)]
pub(crate) struct Excerpt {
    bytes: Vec<u8>,
    max: usize,
    len: u64,
}

impl Excerpt {
    pub(crate) const fn new(max: usize) -> Self {
        Self { bytes: Vec::new(), max, len: 0 }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let room = self.max.saturating_sub(self.bytes.len());
        self.bytes.extend(bytes.iter().take(room));
        self.len = self.len.saturating_add(len_u64(bytes));
    }

    /// Returns the length of all bytes, kept or not.
    pub(crate) const fn len(&self) -> u64 {
        self.len
    }

    /// Returns the bytes that are kept.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns all bytes, if all are kept.
    pub(crate) fn whole(&self) -> Option<&[u8]> {
        (len_u64(&self.bytes) == self.len).then_some(&self.bytes)
    }

    /// Formats at most `shown` bytes in hexadecimal.
    pub(crate) fn hex(&self, shown: usize) -> String {
        let mut text = hex(self.bytes.get(..shown).unwrap_or(&self.bytes));
        if self.is_cut(shown) {
            text.push_str(if text.is_empty() { "…" } else { " …" });
        }
        text
    }

    /// Formats at most `shown` bytes as text in quotes.
    pub(crate) fn text(&self, shown: usize) -> String {
        let mut text = quoted(self.bytes.get(..shown).unwrap_or(&self.bytes));
        if self.is_cut(shown) {
            text.push('…');
        }
        text
    }

    fn is_cut(&self, shown: usize) -> bool {
        self.len > u64::try_from(shown.min(self.max)).unwrap_or(u64::MAX)
    }
}

/// Formats bytes in hexadecimal, in pairs of digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        let gap = if text.is_empty() { "" } else { " " };
        // Writing to a string cannot fail.
        let _ = write!(text, "{gap}{byte:02x}");
    }
    text
}

/// Formats bytes as text in quotes: what is not UTF-8 or not printable is escaped.
pub(crate) fn quoted(bytes: &[u8]) -> String {
    let mut text = String::from('"');
    for chunk in bytes.utf8_chunks() {
        for char in chunk.valid().chars() {
            match char {
                // Quotes that need no escape are easier to read, in JSON above all.
                '"' | '\'' => text.push(char),
                char => text.extend(char.escape_debug()),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text.push('"');
    text
}

pub(crate) fn len_u64(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
