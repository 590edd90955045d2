use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

/// The longest name in bytes.
const MAX_LEN: usize = 64;

/// The name of a room, a user, a publisher or a node: 1 to 64 bytes, without control characters.
///
/// A clone shares the text.
///
/// ```
/// use scale_out::protocol::Name;
///
/// let room: Name = "lobby".parse()?;
/// assert_eq!(&*room, "lobby");
/// assert!("two\nlines".parse::<Name>().is_err());
/// # Ok::<(), scale_out::protocol::InvalidName>(())
/// ```
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(try_from = "String")]
pub struct Name(Arc<str>);

/// The text is not a valid [`Name`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidName {
    /// The length of the text in bytes.
    pub len: usize,
}

impl FromStr for Name {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let is_valid = (1..=MAX_LEN).contains(&text.len()) && !text.chars().any(char::is_control);
        if is_valid { Ok(Self(text.into())) } else { Err(InvalidName { len: text.len() }) }
    }
}

impl TryFrom<String> for Name {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, InvalidName> {
        text.parse()
    }
}

impl std::ops::Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for InvalidName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let len = self.len;
        write!(f, "a name has 1 to {MAX_LEN} bytes and no control characters; this has {len} bytes")
    }
}

impl std::error::Error for InvalidName {}

#[cfg(test)]
mod tests {
    use super::{InvalidName, Name};

    #[test]
    fn long_text_and_control_characters_are_not_names() {
        for text in ["", "\n", "a\0", "a\u{85}", &"x".repeat(65), &"ü".repeat(33)] {
            assert_eq!(text.parse::<Name>(), Err(InvalidName { len: text.len() }), "{text:?}");
        }
        for text in ["a", "Jürgen", "李", &"x".repeat(64)] {
            assert_eq!(&*text.parse::<Name>().unwrap(), text);
        }
    }

    #[test]
    fn a_name_that_arrives_as_json_is_checked() {
        assert!(serde_json::from_str::<Name>("\"lobby\"").is_ok());
        assert!(serde_json::from_str::<Name>("\"\"").is_err());
    }
}
