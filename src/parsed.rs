/// How far a parser came with the bytes that it was given.
///
/// All parsers of the crate return it, of frames and of HTTP heads.
///
/// ```
/// use sansocket::Parsed;
/// use sansocket::frame::FrameHeader;
///
/// let input = [0x82, 0x7E, 0x01, 0x00];
/// assert_eq!(FrameHeader::parse(&input[..2])?, Parsed::Partial { needed: 2 });
/// assert!(matches!(FrameHeader::parse(&input)?, Parsed::Complete { consumed: 4, .. }));
/// # Ok::<(), sansocket::frame::FrameError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "input is complete or it is not")]
pub enum Parsed<T> {
    /// All of it was there.
    Complete {
        /// What was parsed.
        value: T,
        /// How many bytes of the input it took.
        consumed: usize,
    },
    /// The input ends too early. Nothing was consumed.
    Partial {
        /// At least this many bytes are missing.
        needed: usize,
    },
}
