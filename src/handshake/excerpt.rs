use core::fmt::{self, Write as _};

/// The number of characters that are shown.
const MAX_CHARS: usize = 80;

/// The first line of a text of the other end, for the one line of an error: cut, and with control
/// characters escaped, which a terminal would interpret.
pub(super) struct Excerpt<'a>(pub(super) &'a str);

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.0.trim_start().lines().next().unwrap_or_default().trim_end();
        let mut chars = line.chars();
        for char in chars.by_ref().take(MAX_CHARS) {
            match char {
                // Harmless, and easier to read without a backslash.
                '"' | '\'' | '\\' => f.write_char(char)?,
                // This escapes control characters, and characters that reorder or hide text.
                _ => write!(f, "{}", char.escape_debug())?,
            }
        }
        if chars.next().is_some() {
            f.write_str("...")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::Excerpt;

    #[test]
    fn a_text_of_the_peer_is_one_line_without_control_characters() {
        for (text, expected) in [
            ("", ""),
            ("Token expired", "Token expired"),
            ("\r\n first \r\nsecond", "first"),
            ("it's \"so\" \\", "it's \"so\" \\"),
            ("\x1B[2Jgone\0", "\\u{1b}[2Jgone\\0"),
            ("abc\u{202E}def", "abc\\u{202e}def"),
            ("\u{fc}ber", "\u{fc}ber"),
        ] {
            assert_eq!(Excerpt(text).to_string(), expected);
        }
    }

    #[test]
    fn a_long_text_of_the_peer_is_cut() {
        let exact = "\u{fc}".repeat(80);
        assert_eq!(Excerpt(&exact).to_string(), exact);
        let long = [&exact, "x"].concat();
        assert_eq!(Excerpt(&long).to_string(), [&exact, "..."].concat());
    }
}
