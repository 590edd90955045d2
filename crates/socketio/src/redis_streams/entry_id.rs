use core::{fmt, str::FromStr};

/// The id of an entry of the stream, which is the offset of its publication.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct EntryId {
    pub(super) epoch: u64,
    pub(super) number: u64,
}

impl EntryId {
    /// Returns whether this entry directly follows another one.
    pub(super) fn follows(self, other: Self) -> bool {
        self.epoch == other.epoch && other.number.checked_add(1) == Some(self.number)
    }
}

/// The text is not an id.
#[derive(Debug)]
pub(super) struct InvalidId;

impl FromStr for EntryId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let (epoch, number) = text.split_once('-').ok_or(InvalidId)?;
        let parse = |digits: &str| digits.parse().map_err(|_| InvalidId);
        Ok(Self { epoch: parse(epoch)?, number: parse(number)? })
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.epoch, self.number)
    }
}
