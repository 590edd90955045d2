use core::ops::Range;

/// The place of a [`Span`](crate::Span): what its numbers count.
///
/// Offsets count from the first byte that one end has sent on the connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "renderers must show each of them")]
pub enum Place {
    /// Bytes on the wire.
    Bytes(Range<u64>),
    /// Some bits of one byte on the wire. Bit 0 is the most significant one, as in the figure of RFC
    /// 6455 5.2.
    Bits {
        /// The offset of the byte.
        byte: u64,
        /// The bits, from 0 to 8.
        bits: Range<u8>,
    },
    /// Bytes of a message, without headers and masks, after it was put together and inflated.
    Message(Range<u64>),
}

impl Place {
    /// Returns the range of bytes, on the wire or of the message. Bits are in a range of one byte.
    ///
    /// ```
    /// use sansocket_explain::Place;
    ///
    /// assert_eq!(Place::Bits { byte: 7, bits: 0..1 }.range(), 7..8);
    /// ```
    #[must_use]
    pub fn range(&self) -> Range<u64> {
        match self {
            Self::Bytes(range) | Self::Message(range) => range.clone(),
            Self::Bits { byte, .. } => *byte..byte.saturating_add(1),
        }
    }
}
