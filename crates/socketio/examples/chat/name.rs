use std::fmt;

/// The longest name in characters; the page has the same limit.
const MAX_LEN: usize = 24;

/// What somebody is called. Everybody sees it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Name(String);

/// The text is not a name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum InvalidName {
    Empty,
    TooLong(usize),
    Character(char),
}

impl Name {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns what two names have in common that people would take for one.
    pub(crate) fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

impl TryFrom<&str> for Name {
    type Error = InvalidName;

    fn try_from(text: &str) -> Result<Self, InvalidName> {
        let text = text.trim();
        let len = text.chars().count();
        if len == 0 {
            return Err(InvalidName::Empty);
        }
        if len > MAX_LEN {
            return Err(InvalidName::TooLong(len));
        }
        // Nothing invisible, and nothing that breaks a line or turns its direction: a name that only
        // looks like another one is a way to speak for somebody else.
        let is_allowed = |character: &char| {
            character.is_alphanumeric() || matches!(character, ' ' | '-' | '\'' | '.' | '_')
        };
        match text.chars().find(|character| !is_allowed(character)) {
            Some(character) => Err(InvalidName::Character(character)),
            None => Ok(Self(
                text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "),
            )),
        }
    }
}

impl fmt::Display for InvalidName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("The name is empty."),
            Self::TooLong(len) => {
                write!(f, "The name has {len} characters, and may have {MAX_LEN}.")
            }
            Self::Character(character) => {
                write!(f, "The name has {character:?}: use letters, digits, spaces and - ' . _")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidName, Name};

    #[test]
    fn a_name_is_what_people_are_called() {
        for (text, name) in
            [("Ann", "Ann"), (" Ann-Marie  O'Hara 2 ", "Ann-Marie O'Hara 2"), ("李", "李")]
        {
            assert_eq!(Name::try_from(text), Ok(Name(name.into())));
        }
        assert!(Name::try_from(&*"ü".repeat(24)).is_ok());
    }

    #[test]
    fn other_text_is_refused_with_the_reason() {
        let cases = [
            ("", InvalidName::Empty),
            (" \n", InvalidName::Empty),
            (&"ü".repeat(25), InvalidName::TooLong(25)),
            ("Ann\nBen: hello", InvalidName::Character('\n')),
            ("<b>", InvalidName::Character('<')),
            ("An\u{200b}n", InvalidName::Character('\u{200b}')),
            ("a\u{202e}b", InvalidName::Character('\u{202e}')),
        ];
        for (text, error) in cases {
            assert_eq!(Name::try_from(text), Err(error), "{text:?}");
        }
    }

    #[test]
    fn case_does_not_make_another_name() {
        let name = |text| Name::try_from(text).unwrap();
        assert_eq!(name("ANN").folded(), name("Ann").folded());
    }
}
