use super::decoder::Mistake;

/// Takes bytes out of hexadecimal digits as people and tools write them.
///
/// White space and commas separate; `0x` and `\x` may come before a byte; a `#` begins a comment. A line
/// may begin with its offset and end with its characters, as `xxd`, `hexdump -C` and `tcpdump -X` write
/// it.
#[derive(Debug)]
pub(super) struct HexDecoder {
    /// The line so far, as it is not complete.
    line: Vec<u8>,
    number: u64,
    /// How many bytes were taken.
    taken: u64,
    /// The offset of the first byte, if a line began with its offset as `hexdump -C` writes it: then the
    /// last one has no bytes.
    dump: Option<u64>,
    /// The first digit of a byte whose second one is missing.
    high: Option<u8>,
    /// Whether the last character was a backslash.
    is_escape: bool,
}

/// The longest line that can have an offset. What is longer is taken in pieces.
const MAX_LINE: usize = 4 << 10;

impl HexDecoder {
    pub(super) fn new() -> Self {
        Self { line: Vec::new(), number: 1, taken: 0, dump: None, high: None, is_escape: false }
    }

    /// Returns whether all lines can be read. The last one may be cut.
    pub(super) fn fits(text: &[u8]) -> bool {
        let (mut decoder, mut bytes) = (Self::new(), Vec::new());
        decoder.decode(text, &mut bytes).is_ok()
            && (!bytes.is_empty() || decoder.end(&mut bytes).is_ok() && !bytes.is_empty())
    }

    pub(super) fn decode(&mut self, text: &[u8], bytes: &mut Vec<u8>) -> Result<(), Mistake> {
        for &byte in text {
            if byte == b'\n' {
                self.end(bytes)?;
                self.number = self.number.saturating_add(1);
            } else {
                self.line.push(byte);
                if self.line.len() >= MAX_LINE {
                    self.take_piece(bytes)?;
                }
            }
        }
        Ok(())
    }

    /// Ends the line.
    pub(super) fn end(&mut self, bytes: &mut Vec<u8>) -> Result<(), Mistake> {
        let line = std::mem::take(&mut self.line);
        let digits = self.digits(&line)?;
        self.take(&line, digits, bytes)?;
        match self.high.take() {
            None => Ok(()),
            Some(_) => Err(self.mistake(line.len(), "a digit is missing: a byte has two".into())),
        }
    }

    /// Takes what is there of a long line.
    fn take_piece(&mut self, bytes: &mut Vec<u8>) -> Result<(), Mistake> {
        let mut line = std::mem::take(&mut self.line);
        // A token stays whole if it can.
        let space = line.iter().rposition(|byte| byte.is_ascii_whitespace());
        let end = space.filter(|at| *at > 0).unwrap_or(line.len());
        let rest = line.split_off(end);
        self.take(&line, (0, line.len()), bytes)?;
        self.line = rest;
        Ok(())
    }

    /// Returns where the digits of a line are: without offset, characters and comment.
    fn digits(&mut self, line: &[u8]) -> Result<(usize, usize), Mistake> {
        let find = |byte| line.iter().position(|other| *other == byte);
        let indent = line.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let text = line.get(indent..).unwrap_or_default();
        let offset = text.strip_prefix(b"0x").unwrap_or(text);
        let prefix = text.len().saturating_sub(offset.len());
        let len = offset.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let after = indent.saturating_add(prefix).saturating_add(len);
        let rest = line.get(after..).unwrap_or_default();
        if len >= 4 && rest.starts_with(b":") {
            // `xxd` and `tcpdump -X`: two spaces come before the characters.
            let start = after.saturating_add(1);
            let rest = rest.get(1..).unwrap_or_default();
            let spaces = rest.iter().take_while(|byte| **byte == b' ').count();
            let digits = rest.get(spaces..).unwrap_or_default();
            let end = digits.windows(2).position(|pair| pair == b"  ").unwrap_or(digits.len());
            return Ok((start, start.saturating_add(spaces).saturating_add(end)));
        }
        let (bar, comment) = (find(b'|'), find(b'#'));
        let end = bar.into_iter().chain(comment).min().unwrap_or(line.len());
        // Digits may be bytes, too.
        let value = offset.get(..len).filter(|_| prefix == 0).and_then(offset_value);
        let expected = self.dump.unwrap_or_default().saturating_add(self.taken);
        if let Some(value) = value.filter(|_| rest.starts_with(b"  ")) {
            let has_characters = bar.is_some_and(|bar| comment.is_none_or(|at| bar < at));
            let is_comment = rest.trim_ascii_start().starts_with(b"#");
            if has_characters || value == expected && !is_comment {
                self.dump = Some(value.saturating_sub(self.taken));
                return Ok((after, end.max(after)));
            }
        }
        if self.dump.is_some() && text == b"*" {
            let problem = "equal lines are left out: use hexdump -v";
            return Err(self.mistake(indent, problem.into()));
        }
        let is_alone = rest.iter().all(u8::is_ascii_whitespace);
        if self.dump.is_some() && value == Some(expected) && is_alone {
            return Ok((line.len(), line.len()));
        }
        Ok((0, end))
    }

    fn take(
        &mut self,
        line: &[u8],
        (start, end): (usize, usize),
        bytes: &mut Vec<u8>,
    ) -> Result<(), Mistake> {
        for (at, &byte) in line.iter().enumerate().take(end).skip(start) {
            let is_escaped = std::mem::replace(&mut self.is_escape, byte == b'\\');
            match char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok()) {
                Some(digit) => match self.high.take() {
                    None => self.high = Some(digit),
                    Some(high) => {
                        bytes.push(high << 4 | digit);
                        self.taken = self.taken.saturating_add(1);
                    }
                },
                // The prefixes 0x and \x.
                None if byte == b'x' && self.high == Some(0) => self.high = None,
                None if byte == b'x' && is_escaped => {}
                None if byte.is_ascii_whitespace() || matches!(byte, b',' | b';' | b'\\') => {
                    if self.high.is_some() {
                        return Err(self.mistake(at, "a digit is missing: a byte has two".into()));
                    }
                }
                None => {
                    let char = byte.escape_ascii();
                    return Err(self.mistake(at, format!("'{char}' is no hexadecimal digit")));
                }
            }
        }
        Ok(())
    }

    fn mistake(&self, index: usize, problem: String) -> Mistake {
        let place = format!("line {}, column {}", self.number, index.saturating_add(1));
        Mistake { place, problem }
    }
}

/// Returns the value of digits, if they are as many as `hexdump -C` writes for an offset.
fn offset_value(digits: &[u8]) -> Option<u64> {
    let digits = str::from_utf8(digits).ok().filter(|digits| matches!(digits.len(), 7 | 8))?;
    u64::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str, chunk: usize) -> Result<Vec<u8>, Mistake> {
        let (mut decoder, mut bytes) = (HexDecoder::new(), Vec::new());
        for piece in text.as_bytes().chunks(chunk) {
            decoder.decode(piece, &mut bytes)?;
        }
        decoder.end(&mut bytes)?;
        Ok(bytes)
    }

    #[test]
    fn tools_and_people_are_understood() {
        for text in [
            "810548656c6c6f",
            "81 05 48 65 6C 6C 6F\n",
            "0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f",
            "\\x81\\x05\\x48\\x65\\x6c\\x6c\\x6f",
            "# a text\r\n81 05 # its header\r\n\r\n48 65 6c 6c 6f\r\n",
            "00000000: 8105 4865 6c6c 6f                        ..He#lo\n",
            "00000000  81 05 48 65 6c 6c 6f                              |..He#lo|\n00000007\n",
            "\t0x0000:  8105 4865 6c6c 6f                        ..Hello\n",
        ] {
            for chunk in [1, 7, 1000] {
                assert_eq!(decoded(text, chunk).unwrap(), b"\x81\x05Hello", "{text:?}");
            }
            assert!(HexDecoder::fits(text.as_bytes()), "{text:?}");
        }
    }

    #[test]
    fn digits_before_two_spaces_are_no_offset_by_themselves() {
        for (text, bytes) in [
            ("810548656c6c6f  # Hello", &b"\x81\x05Hello"[..]),
            ("81024869  # Hi | there", b"\x81\x02Hi"),
            ("00000000  # zeros", &[0; 4]),
            ("81024869  8900", b"\x81\x02Hi\x89\0"),
            ("00000000  81 02 48 69\n81024869\n00000008\n", b"\x81\x02Hi\x81\x02Hi"),
            // From the middle of a file.
            ("00000100  81 02  |..|\n00000102  48 69  |Hi|\n00000104\n", b"\x81\x02Hi"),
        ] {
            for chunk in [1, 7, 1000] {
                assert_eq!(decoded(text, chunk).unwrap(), bytes, "{text}");
            }
        }
    }

    #[test]
    fn a_line_of_any_length_is_read() {
        for text in ["ab".repeat(10_000), "ab ".repeat(10_000), "\\xab".repeat(10_000)] {
            let text = format!("{text}\n{text}");
            assert_eq!(decoded(&text, 999).unwrap(), vec![0xAB; 20_000]);
        }
        // A token that is longer than what is held.
        let text = format!("82 7e {}", "ab".repeat(10_000));
        let (mut decoder, mut bytes) = (HexDecoder::new(), Vec::new());
        for piece in text.as_bytes().chunks(999) {
            decoder.decode(piece, &mut bytes).unwrap();
            assert!(decoder.line.len() < MAX_LINE, "{}", decoder.line.len());
        }
        decoder.end(&mut bytes).unwrap();
        assert_eq!(bytes.len(), 10_002);
    }

    #[test]
    fn mistakes_have_their_line_and_column() {
        for (text, place) in [
            ("81 05\n4g", "line 2, column 2"),
            ("81 5 48", "line 1, column 5"),
            ("81 0", "line 1, column 5"),
            ("00000000  81 05\n*\n", "line 2, column 1"),
        ] {
            assert_eq!(decoded(text, 100).unwrap_err().place, place, "{text}");
        }
    }
}
