use std::fmt::Write as _;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Bytes that are written as hexadecimal digits in JSON. Space between them is ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Hex(pub(super) Vec<u8>);

impl Hex {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut digits = Vec::new();
        for char in text.chars().filter(|char| !char.is_whitespace()) {
            let digit = char.to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            digits.push(digit.ok_or_else(|| format!("{char:?} is no hexadecimal digit"))?);
        }
        let (pairs, rest) = digits.as_chunks::<2>();
        if !rest.is_empty() {
            return Err("half a byte at the end: the number of digits is odd".into());
        }
        Ok(Self(pairs.iter().map(|[high, low]| high << 4 | low).collect()))
    }
}

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = String::new();
        for byte in &self.0 {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        serializer.serialize_str(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_in_pairs_are_bytes() {
        assert_eq!(Hex::parse(" 8A 0 0\n"), Ok(Hex(vec![0x8A, 0])));
        assert!(Hex::parse("8").is_err());
        assert!(Hex::parse("8g").is_err());
    }
}
