use core::fmt;

use super::Sample;

/// The payload of a frame or message: bytes, or a byte repeated.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Payload {
    /// These bytes.
    Bytes(Vec<u8>),
    /// One byte, so many times.
    Repeated(u8, usize),
    /// Sample data from the record of this number on, so many bytes.
    Sample(Sample, usize, usize),
}

impl Payload {
    /// Returns the bytes.
    ///
    /// ```
    /// use wsspec::Payload;
    ///
    /// assert_eq!(Payload::Repeated(b'*', 3).to_vec(), b"***");
    /// ```
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        match self {
            Self::Bytes(bytes) => bytes.clone(),
            Self::Repeated(byte, count) => vec![*byte; *count],
            Self::Sample(sample, first, len) => sample.bytes(*first, *len),
        }
    }

    /// Returns how many bytes there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Repeated(_, count) | Self::Sample(_, _, count) => *count,
        }
    }

    /// Returns whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn equals(&self, bytes: &[u8]) -> bool {
        match self {
            Self::Bytes(expected) => expected == bytes,
            Self::Repeated(byte, count) => {
                bytes.len() == *count && bytes.iter().all(|other| other == byte)
            }
            Self::Sample(..) => bytes.len() == self.len() && bytes == self.to_vec(),
        }
    }
}

impl From<&str> for Payload {
    fn from(text: &str) -> Self {
        Self::Bytes(text.as_bytes().to_vec())
    }
}

impl From<&[u8]> for Payload {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl<const N: usize> From<&[u8; N]> for Payload {
    fn from(bytes: &[u8; N]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl From<Vec<u8>> for Payload {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

/// As text in quotes if it is text, else in hexadecimal; long ones by their length.
///
/// ```
/// use wsspec::Payload;
///
/// assert_eq!(Payload::Repeated(0xFE, 126).to_string(), "FE 126 times");
/// assert_eq!(Payload::from(b"\xFF\x00").to_string(), "FF 00");
/// ```
impl fmt::Display for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 24;
        match self {
            Self::Repeated(byte, count) if byte.is_ascii() => {
                write!(f, "{:?} {count} times", char::from(*byte))
            }
            Self::Repeated(byte, count) => write!(f, "{byte:02X} {count} times"),
            Self::Sample(sample, _, len) => write!(f, "of {len} bytes of {sample}"),
            Self::Bytes(bytes) => match core::str::from_utf8(bytes) {
                Ok(text) if text.chars().count() <= SHOWN => write!(f, "{text:?}"),
                Ok(text) => {
                    let start: String = text.chars().take(SHOWN).collect();
                    write!(f, "{start:?}… of {} bytes", bytes.len())
                }
                Err(_) => {
                    for (at, byte) in bytes.iter().take(SHOWN).enumerate() {
                        let space = if at == 0 { "" } else { " " };
                        write!(f, "{space}{byte:02X}")?;
                    }
                    if bytes.len() > SHOWN {
                        write!(f, "… of {} bytes", bytes.len())
                    } else {
                        Ok(())
                    }
                }
            },
        }
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
