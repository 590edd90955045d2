use std::fmt;

use serde::{Deserialize, Serialize};

/// The longest name in characters; the page has the same limit.
const MAX_LEN: usize = 32;

/// The name of a person or a room. Everybody sees it, so it is short, and on one line.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq, Hash)]
#[serde(try_from = "String")]
pub(crate) struct Name(String);

/// The text is not a valid name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct InvalidName;

impl TryFrom<String> for Name {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, InvalidName> {
        let is_valid = !text.trim().is_empty()
            && text.chars().count() <= MAX_LEN
            && !text.chars().any(breaks_a_line);
        if is_valid { Ok(Self(text)) } else { Err(InvalidName) }
    }
}

/// Whether the character could break a line or turn its direction, in a log or on a page.
fn breaks_a_line(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

impl fmt::Display for InvalidName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a name has 1 to {MAX_LEN} characters, all of them on one line")
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidName, Name};

    fn parse(text: &str) -> Result<Name, InvalidName> {
        Name::try_from(String::from(text))
    }

    #[test]
    fn a_name_is_what_people_are_called() {
        for text in ["Ann", "Jürgen", "李", "Ann-Marie O'Hara 2", "👩‍🚀", &"x".repeat(32)]
        {
            assert_eq!(parse(text), Ok(Name(text.into())));
        }
    }

    #[test]
    fn long_text_and_line_breaks_are_not_names() {
        let texts =
            ["", " ", "\n", "Ann\n", "Ann\r\nBen: hello", "\x1b[2J", "a\0", "a\u{7f}", "a\u{85}"];
        let others =
            ["a\u{2028}b", "a\u{202e}b", "a\u{2067}b", &"x".repeat(33), &"ü".repeat(60_000)];
        for text in texts.into_iter().chain(others) {
            assert_eq!(parse(text), Err(InvalidName), "{text:?}");
        }
    }
}
