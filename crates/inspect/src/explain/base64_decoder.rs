use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use super::decoder::Mistake;

const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Takes bytes out of base64 with the usual alphabet or that for URLs, with white space anywhere.
#[derive(Debug)]
pub(super) struct Base64Decoder {
    /// The digits of a group of four that is not complete.
    group: Vec<u8>,
    /// The offset of the next character in the file.
    offset: u64,
}

impl Base64Decoder {
    pub(super) fn new() -> Self {
        Self { group: Vec::new(), offset: 0 }
    }

    /// Returns whether a character is a digit or padding.
    pub(super) fn knows(byte: u8) -> bool {
        byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=')
    }

    pub(super) fn decode(&mut self, text: &[u8], bytes: &mut Vec<u8>) -> Result<(), Mistake> {
        for &byte in text {
            let digit = match byte {
                b'-' => b'+',
                b'_' => b'/',
                byte => byte,
            };
            if !Self::knows(digit) && !digit.is_ascii_whitespace() {
                let char = digit.escape_ascii();
                return Err(self.mistake(format!("'{char}' is no digit of base64")));
            }
            if !digit.is_ascii_whitespace() {
                self.group.push(digit);
                if self.group.len() == 4 {
                    self.take_group(bytes)?;
                }
            }
            self.offset = self.offset.saturating_add(1);
        }
        Ok(())
    }

    pub(super) fn end(&mut self, bytes: &mut Vec<u8>) -> Result<(), Mistake> {
        self.take_group(bytes)
    }

    fn take_group(&mut self, bytes: &mut Vec<u8>) -> Result<(), Mistake> {
        let group = std::mem::take(&mut self.group);
        ENGINE.decode_vec(&group, bytes).map_err(|_| {
            let group = group.escape_ascii();
            self.mistake(format!("\"{group}\" is no whole group of base64"))
        })
    }

    fn mistake(&self, problem: String) -> Mistake {
        Mistake { place: format!("offset {}", self.offset), problem }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str, chunk: usize) -> Result<Vec<u8>, Mistake> {
        let (mut decoder, mut bytes) = (Base64Decoder::new(), Vec::new());
        for piece in text.as_bytes().chunks(chunk) {
            decoder.decode(piece, &mut bytes)?;
        }
        decoder.end(&mut bytes)?;
        Ok(bytes)
    }

    #[test]
    fn any_chunks_give_the_same() {
        for text in ["gQVIZWxsbw==", "gQVI\nZWxs bw", "gQVIZWxsbw=\n="] {
            for chunk in 1..13 {
                assert_eq!(decoded(text, chunk).unwrap(), b"\x81\x05Hello", "{text} {chunk}");
            }
        }
        assert_eq!(decoded("-_-_", 9).unwrap(), [0xFB, 0xFF, 0xBF]);
    }

    #[test]
    fn mistakes_have_their_offset() {
        assert_eq!(decoded("gQVI\nZ!", 3).unwrap_err().place, "offset 6");
        assert_eq!(decoded("gQVIZ", 3).unwrap_err().place, "offset 5");
    }
}
