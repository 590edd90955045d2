use core::fmt;

use super::{FrameError, FrameHeader, Masker, at_most, len_u64};
use crate::parsed::Parsed;

/// A header, or the next part of the payload that belongs to the header before.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "a frame is a header and a payload")]
pub enum Piece<'b> {
    /// A frame begins.
    Header(FrameHeader),
    /// A part of its payload, unmasked. A frame without payload has one, empty and last.
    Payload {
        /// The bytes, in place in the input.
        bytes: &'b mut [u8],
        /// Whether the frame ends here.
        is_last: bool,
    },
}

/// Cuts a stream of bytes into frames, in place, however the bytes are chunked.
///
/// Holds at most the 14 bytes of an unfinished header. It knows the form of a frame and no rule
/// about their order: that is [`Receiver`](crate::connection::Receiver).
///
/// ```
/// use sansocket::frame::{Decoder, Piece};
///
/// let mut bytes = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
/// let mut input = &mut bytes[..];
/// let mut decoder = Decoder::new();
/// assert!(matches!(decoder.decode(&mut input)?, Some(Piece::Header(header)) if header.fin));
/// let Some(Piece::Payload { bytes, is_last: true }) = decoder.decode(&mut input)? else { panic!() };
/// assert_eq!(bytes, b"Hello");
/// assert!(decoder.decode(&mut input)?.is_none());
/// # Ok::<(), sansocket::frame::FrameError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Decoder {
    state: DecoderState,
}

#[derive(Clone, Copy, Debug)]
enum DecoderState {
    Header(SplitHeader),
    Payload(Payload),
}

/// The start of a header whose rest has not come yet.
#[derive(Clone, Copy)]
struct SplitHeader {
    bytes: [u8; FrameHeader::MAX_LEN],
    len: u8,
}

/// From a header to the last part of its payload.
#[derive(Clone, Copy, Debug)]
struct Payload {
    remaining: u64,
    masker: Option<Masker>,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// A decoder at the start of a frame.
    #[must_use]
    pub const fn new() -> Self {
        Self { state: DecoderState::BETWEEN_FRAMES }
    }

    /// Takes the next piece off the front of `input`, which shrinks by what was consumed.
    ///
    /// `None` means that all of `input` was consumed and more is needed.
    ///
    /// # Errors
    ///
    /// No valid header stands here. A stream cannot be picked up again after that.
    #[inline]
    pub fn decode<'b>(
        &mut self,
        input: &mut &'b mut [u8],
    ) -> Result<Option<Piece<'b>>, FrameError> {
        self.decode_at_most(input, usize::MAX)
    }

    /// As [`decode`](Self::decode), with at most `max_len` bytes of payload.
    #[inline]
    pub(crate) fn decode_at_most<'b>(
        &mut self,
        input: &mut &'b mut [u8],
        max_len: usize,
    ) -> Result<Option<Piece<'b>>, FrameError> {
        let DecoderState::Payload(payload) = &mut self.state else {
            return Ok(self.decode_header(input)?.map(Piece::Header));
        };
        let count = at_most(payload.remaining, input.len().min(max_len));
        if count == 0 && payload.remaining > 0 {
            return Ok(None);
        }
        let bytes = take(input, count);
        if let Some(masker) = &mut payload.masker {
            masker.apply(bytes);
        }
        payload.remaining = payload.remaining.saturating_sub(len_u64(bytes));
        let is_last = payload.remaining == 0;
        if is_last {
            self.state = DecoderState::BETWEEN_FRAMES;
        }
        Ok(Some(Piece::Payload { bytes, is_last }))
    }

    /// How many bytes of payload the current frame still lacks; `None` between frames.
    #[inline]
    #[must_use]
    pub const fn payload_remaining(&self) -> Option<u64> {
        match self.state {
            DecoderState::Header(_) => None,
            DecoderState::Payload(Payload { remaining, .. }) => Some(remaining),
        }
    }

    /// Whether the next byte is the first of a frame.
    #[inline]
    #[must_use]
    pub const fn is_between_frames(&self) -> bool {
        matches!(self.state, DecoderState::Header(SplitHeader { len: 0, .. }))
    }

    #[inline]
    fn decode_header(&mut self, input: &mut &mut [u8]) -> Result<Option<FrameHeader>, FrameError> {
        if self.is_between_frames()
            && let Parsed::Complete { value, consumed } = FrameHeader::parse(input)?
        {
            take(input, consumed);
            return Ok(Some(self.begin(value)));
        }
        self.decode_split_header(input)
    }

    #[cold]
    fn decode_split_header(
        &mut self,
        input: &mut &mut [u8],
    ) -> Result<Option<FrameHeader>, FrameError> {
        while let DecoderState::Header(split) = &mut self.state {
            let held = split.bytes.get(..usize::from(split.len)).unwrap_or_default();
            let needed = match FrameHeader::parse(held)? {
                Parsed::Complete { value, .. } => return Ok(Some(self.begin(value))),
                Parsed::Partial { needed } => needed,
            };
            if input.is_empty() {
                break;
            }
            // Never more than is missing: what follows the header stays in place.
            let bytes = take(input, needed.min(input.len()));
            for (room, byte) in split.bytes.iter_mut().skip(usize::from(split.len)).zip(bytes) {
                *room = *byte;
                split.len = split.len.saturating_add(1);
            }
        }
        Ok(None)
    }

    #[inline]
    fn begin(&mut self, header: FrameHeader) -> FrameHeader {
        let masker = header.mask.map(Masker::new);
        self.state = DecoderState::Payload(Payload { remaining: header.payload_len, masker });
        header
    }
}

impl DecoderState {
    const BETWEEN_FRAMES: Self =
        Self::Header(SplitHeader { bytes: [0; FrameHeader::MAX_LEN], len: 0 });
}

impl fmt::Debug for SplitHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SplitHeader").field("len", &self.len).finish_non_exhaustive()
    }
}

/// Splits `count` bytes, or as many as there are, off the front of `input`.
#[inline]
fn take<'b>(input: &mut &'b mut [u8], count: usize) -> &'b mut [u8] {
    let (front, back) = core::mem::take(input).split_at_mut_checked(count).unwrap_or_default();
    *input = back;
    front
}
