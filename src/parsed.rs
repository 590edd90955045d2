/// The result of parsing input that may be incomplete.
///
/// All parsers of the crate return it: those of frames and those of HTTP heads.
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
    /// The input was long enough.
    Complete {
        /// The parsed value.
        value: T,
        /// The number of bytes that it took up in the input.
        consumed: usize,
    },
    /// The input ends too early. Nothing is consumed.
    Partial {
        /// At least this many bytes are missing.
        needed: usize,
    },
}
