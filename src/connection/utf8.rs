use core::fmt;

/// A validator of text that comes in pieces, which may cut characters (RFC 6455 5.6, 8.1).
///
/// It fails at the first byte that makes the text invalid, even inside an unfinished character. It
/// holds at most three bytes of a cut character.
#[derive(Clone, Copy, Default)]
pub(crate) struct Utf8Validator {
    cut: [u8; 3],
    cut_len: u8,
}

/// The text is not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InvalidUtf8;

impl Utf8Validator {
    /// Checks the next piece of the text.
    #[inline]
    pub(crate) fn feed(&mut self, piece: &[u8]) -> Result<(), InvalidUtf8> {
        self.feed_after_ascii(piece, 0)
    }

    /// Checks the next piece, which starts with `ascii_len` bytes that are known to be ASCII.
    #[inline]
    pub(crate) fn feed_after_ascii(
        &mut self,
        piece: &[u8],
        ascii_len: usize,
    ) -> Result<(), InvalidUtf8> {
        let piece = if self.cut_len == 0 {
            piece.get(ascii_len..).unwrap_or_default()
        } else {
            self.finish_character(piece)?
        };
        let Err(error) = simdutf8::compat::from_utf8(piece) else {
            return Ok(());
        };
        // `error_len` is none if the piece ends inside a character that may still become valid.
        if error.error_len().is_some() {
            return Err(InvalidUtf8);
        }
        self.keep(piece.get(error.valid_up_to()..).unwrap_or_default());
        Ok(())
    }

    /// Ends the text, which must not end inside a character.
    #[inline]
    pub(crate) fn finish(&mut self) -> Result<(), InvalidUtf8> {
        let is_whole = self.cut_len == 0;
        self.cut_len = 0;
        if is_whole { Ok(()) } else { Err(InvalidUtf8) }
    }

    /// Completes a character that was cut by earlier pieces. Returns the rest of the piece.
    #[cold]
    fn finish_character<'a>(&mut self, piece: &'a [u8]) -> Result<&'a [u8], InvalidUtf8> {
        let mut character = [0; 4];
        for (room, &byte) in character.iter_mut().zip(&self.cut) {
            *room = byte;
        }
        for (index, &byte) in piece.iter().enumerate() {
            let len = self.cut_len.saturating_add(1);
            if let Some(room) = character.get_mut(usize::from(self.cut_len)) {
                *room = byte;
            }
            let so_far = character.get(..usize::from(len)).unwrap_or_default();
            match core::str::from_utf8(so_far) {
                Ok(_) => {
                    self.cut_len = 0;
                    return Ok(piece.get(index.saturating_add(1)..).unwrap_or_default());
                }
                Err(error) if error.error_len().is_some() => return Err(InvalidUtf8),
                Err(_) => self.keep(so_far),
            }
        }
        Ok(&[])
    }

    fn keep(&mut self, cut: &[u8]) {
        self.cut_len = 0;
        for (room, &byte) in self.cut.iter_mut().zip(cut) {
            *room = byte;
            self.cut_len = self.cut_len.saturating_add(1);
        }
    }
}

impl fmt::Debug for Utf8Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Utf8Validator").field("cut_len", &self.cut_len).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidUtf8, Utf8Validator};

    /// Returns the expected result for a text that starts with these bytes.
    fn judge(text: &[u8]) -> Result<(), InvalidUtf8> {
        match core::str::from_utf8(text) {
            Err(error) if error.error_len().is_some() => Err(InvalidUtf8),
            _ => Ok(()),
        }
    }

    /// Feeds the last piece of `text` to the validator that has seen the earlier pieces.
    #[track_caller]
    fn check(
        before: Result<Utf8Validator, InvalidUtf8>,
        piece: &[u8],
        text: &[u8],
    ) -> Result<Utf8Validator, InvalidUtf8> {
        let mut utf8 = before?;
        let result = utf8.feed(piece);
        assert_eq!(result, judge(text), "{piece:x?} of {text:x?}");
        result?;
        let (mut end, is_whole) = (utf8, core::str::from_utf8(text).is_ok());
        assert_eq!(end.finish().is_ok(), is_whole, "{piece:x?} of {text:x?}");
        Ok(utf8)
    }

    // Shows 6455-8.1-1 (both).
    #[test]
    fn every_text_of_one_to_three_bytes_at_every_split_is_judged_like_std_does() {
        let start = Ok(Utf8Validator::default());
        for a in 0..=u8::MAX {
            let after_a = check(start, &[a], &[a]);
            for b in 0..=u8::MAX {
                let text = [a, b];
                let after_ab = [check(start, &text, &text), check(after_a, &[b], &text)];
                for c in 0..=u8::MAX {
                    let text = [a, b, c];
                    let _ = check(start, &text, &text);
                    let _ = check(after_a, &[b, c], &text);
                    for after_ab in after_ab {
                        let _ = check(after_ab, &[c], &text);
                    }
                }
            }
        }
    }

    #[test]
    fn ascii_after_a_cut_character_is_invalid() {
        let text = ["\u{E4}".as_bytes(), &[b'a'; 200]].concat();
        for ascii_len in [0, 128, 200] {
            let mut utf8 = Utf8Validator::default();
            assert_eq!(utf8.feed(&text[..1]), Ok(()));
            assert_eq!(utf8.feed_after_ascii(&text[2..], ascii_len), Err(InvalidUtf8));
        }
    }

    #[test]
    fn text_after_known_ascii_is_judged_like_all_of_it() {
        let text = [&[b'a'; 128][..], "\u{E4}".as_bytes(), &[0xFF]].concat();
        for (end, expected) in
            [(128, Ok(())), (129, Ok(())), (130, Ok(())), (131, Err(InvalidUtf8))]
        {
            let mut utf8 = Utf8Validator::default();
            assert_eq!(utf8.feed_after_ascii(&text[..end], 128), expected);
            assert_eq!(utf8.finish(), if end == 129 { Err(InvalidUtf8) } else { Ok(()) });
        }
    }

    #[test]
    #[ignore = "takes minutes: `.ci/run exhaustive`"]
    fn every_text_of_four_bytes_at_every_split_is_judged_like_std_does() {
        let start = Ok(Utf8Validator::default());
        for [a, b, c] in (0..1 << 24).map(|text: u32| [1, 2, 3].map(|i| text.to_be_bytes()[i])) {
            let after_a = check(start, &[a], &[a]);
            let after_ab = [check(start, &[a, b], &[a, b]), check(after_a, &[b], &[a, b])];
            let text = [a, b, c];
            let after_abc = [
                check(start, &text, &text),
                check(after_a, &[b, c], &text),
                check(after_ab[0], &[c], &text),
                check(after_ab[1], &[c], &text),
            ];
            for d in 0..=u8::MAX {
                let text = [a, b, c, d];
                let _ = check(start, &text, &text);
                let _ = check(after_a, &[b, c, d], &text);
                for after_ab in after_ab {
                    let _ = check(after_ab, &[c, d], &text);
                }
                for after_abc in after_abc {
                    let _ = check(after_abc, &[d], &text);
                }
            }
        }
    }
}
