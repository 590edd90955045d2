use core::fmt;

use super::{FrameError, FrameHeader, Masker, at_most, len_u64};
use crate::parsed::Parsed;

/// A frame header, or the next part of the payload of the frame.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "a frame is a header and a payload")]
pub enum Piece<'b> {
    /// The header of the next frame.
    Header(FrameHeader),
    /// A part of its payload, unmasked. A frame without payload has one such part, empty and last.
    Payload {
        /// The bytes, in place in the input.
        bytes: &'b mut [u8],
        /// Whether the frame ends here.
        is_last: bool,
    },
}

/// A [`Piece`] whose payload is still masked, for a caller that does more in the pass that unmasks it.
pub(crate) enum MaskedPiece<'b> {
    Header(FrameHeader),
    Payload {
        bytes: &'b mut [u8],
        /// What unmasks the bytes.
        masker: Masker,
        is_last: bool,
    },
}

/// A decoder that splits a stream of bytes into frames, however the bytes are chunked. It is
/// zero-copy: payload is unmasked in place and borrowed from the input.
///
/// Holds at most the 14 bytes of an unfinished header. It checks the form of each frame, not their
/// order; [`Receiver`](crate::connection::Receiver) does that.
///
/// ```
/// use sansocket::frame::{Decoder, Piece};
///
/// let mut bytes = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
/// let mut input = &mut bytes[..];
/// let mut decoder = Decoder::new();
/// assert!(matches!(decoder.decode(&mut input)?, Some(Piece::Header(header)) if header.fin));
/// let piece = decoder.decode(&mut input)?;
/// let Some(Piece::Payload { bytes, is_last: true }) = piece else { panic!() };
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

/// The start of a header whose rest has not arrived yet.
#[derive(Clone, Copy)]
struct SplitHeader {
    bytes: [u8; FrameHeader::MAX_LEN],
    len: u8,
}

/// The state between a header and the last part of its payload.
#[derive(Clone, Copy, Debug)]
struct Payload {
    remaining: u64,
    masker: Masker,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// Creates a decoder at the start of a frame.
    #[must_use]
    pub const fn new() -> Self {
        Self { state: DecoderState::BETWEEN_FRAMES }
    }

    /// Takes the next piece off the front of `input`, which shrinks by the bytes consumed.
    ///
    /// `None` means that `input` is consumed and more is needed.
    ///
    /// # Errors
    ///
    /// The header is invalid. The stream cannot be resumed after that.
    #[inline]
    pub fn decode<'b>(
        &mut self,
        input: &mut &'b mut [u8],
    ) -> Result<Option<Piece<'b>>, FrameError> {
        Ok(self.decode_masked(input, usize::MAX)?.map(|piece| match piece {
            MaskedPiece::Header(header) => Piece::Header(header),
            MaskedPiece::Payload { bytes, mut masker, is_last } => {
                masker.apply(bytes);
                Piece::Payload { bytes, is_last }
            }
        }))
    }

    /// Works like [`decode`](Self::decode), but returns at most `max_len` bytes of payload, and
    /// leaves them masked.
    #[inline]
    pub(crate) fn decode_masked<'b>(
        &mut self,
        input: &mut &'b mut [u8],
        max_len: usize,
    ) -> Result<Option<MaskedPiece<'b>>, FrameError> {
        let DecoderState::Payload(payload) = &mut self.state else {
            return Ok(self.decode_header(input)?.map(MaskedPiece::Header));
        };
        let count = at_most(payload.remaining, input.len().min(max_len));
        if count == 0 && payload.remaining > 0 {
            return Ok(None);
        }
        let bytes = take(input, count);
        let masker = payload.masker;
        payload.masker.advance(count);
        payload.remaining = payload.remaining.saturating_sub(len_u64(bytes));
        let is_last = payload.remaining == 0;
        if is_last {
            self.state = DecoderState::BETWEEN_FRAMES;
        }
        Ok(Some(MaskedPiece::Payload { bytes, masker, is_last }))
    }

    /// Returns the number of payload bytes that the current frame still lacks, or `None` between
    /// frames.
    #[inline]
    #[must_use]
    pub const fn payload_remaining(&self) -> Option<u64> {
        match self.state {
            DecoderState::Header(_) => None,
            DecoderState::Payload(Payload { remaining, .. }) => Some(remaining),
        }
    }

    /// Returns whether the next byte starts a frame.
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
            // Take only what is missing, so that the payload stays in place.
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
        let masker = header.mask.map_or(Masker::NONE, Masker::new);
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

/// Splits `count` bytes off the front of `input`, or all of it if it is shorter.
#[inline]
fn take<'b>(input: &mut &'b mut [u8], count: usize) -> &'b mut [u8] {
    let (front, back) = core::mem::take(input).split_at_mut_checked(count).unwrap_or_default();
    *input = back;
    front
}
