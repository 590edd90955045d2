use alloc::vec::Vec;

use crate::handshake::{
    HeadLimits, Headers,
    grammar::{is_text_byte, parse_decimal},
};

/// A decoder of the body of a response as it arrives (RFC 9112 6.3 and 7.1), up to a limit.
///
/// It processes each byte once, so that a body takes linear time, however it is split. Malformed
/// chunks end the body: the part before them is still useful as the server's reason.
#[derive(Clone, Debug)]
pub(super) struct BodyDecoder {
    state: BodyState,
    /// The number of further bytes of the body that are kept.
    room: usize,
    /// The number of encoded bytes that were processed.
    position: usize,
    /// The most encoded bytes to process.
    max_position: usize,
}

/// The meaning of the next byte. In a chunked body, `len` is the length of the next chunk, and
/// `left` the missing rest of this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BodyState {
    /// The body is complete.
    Done,
    /// The body ends with the stream.
    ToEnd,
    Counted {
        left: u64,
    },
    /// The first digit of a length comes next.
    ChunkStart,
    ChunkLen {
        len: u64,
    },
    Extension {
        len: u64,
    },
    /// After the CR that follows the length or the extensions.
    LineEnd {
        len: u64,
    },
    Chunk {
        left: u64,
    },
    ChunkEnd,
    /// After the CR that follows the chunk.
    ChunkLineEnd,
}

impl BodyDecoder {
    pub(super) fn new(status: u16, headers: &Headers<'_>, limits: &HeadLimits) -> Self {
        // The overhead of chunks is bounded as well: six bytes per byte of data, which is enough
        // for chunks of one byte ("1" CRLF, data, CRLF), and the length of a head.
        const MIN_CHUNK_LEN: usize = 6;
        let chunks_len = limits.max_body_len.saturating_mul(MIN_CHUNK_LEN);
        Self {
            state: BodyState::new(status, headers),
            room: limits.max_body_len,
            position: 0,
            max_position: chunks_len.saturating_add(limits.max_head_len),
        }
    }

    /// Appends the new part of the body to `out`. `sent` is everything received after the head so
    /// far.
    ///
    /// Returns the least number of bytes that are missing: 0 if the body is complete, or truncated
    /// at the limit.
    pub(super) fn decode(&mut self, sent: &[u8], out: &mut Vec<u8>) -> usize {
        let sent = sent.get(..self.max_position).unwrap_or(sent);
        loop {
            if self.room == 0 || self.position >= self.max_position {
                self.state = BodyState::Done;
            }
            let unseen = sent.get(self.position..).unwrap_or_default();
            let (taken, next) = match (self.state, unseen) {
                (BodyState::Done, _) => return 0,
                (state, []) => return state.needed(self.room),
                (BodyState::ToEnd, _) => (self.keep(unseen, u64::MAX, out), BodyState::ToEnd),
                (BodyState::Counted { left }, _) => match self.keep_counted(unseen, left, out) {
                    (taken, 0) => (taken, BodyState::Done),
                    (taken, left) => (taken, BodyState::Counted { left }),
                },
                (BodyState::Chunk { left }, _) => match self.keep_counted(unseen, left, out) {
                    (taken, 0) => (taken, BodyState::ChunkEnd),
                    (taken, left) => (taken, BodyState::Chunk { left }),
                },
                (state, &[byte, ..]) => (1, state.step(byte)),
            };
            self.position = self.position.saturating_add(taken);
            self.state = next;
        }
    }

    /// Keeps at most `left` bytes. Returns the number of bytes kept and left.
    fn keep_counted(&mut self, unseen: &[u8], left: u64, out: &mut Vec<u8>) -> (usize, u64) {
        let taken = self.keep(unseen, left, out);
        (taken, left.saturating_sub(u64::try_from(taken).unwrap_or(u64::MAX)))
    }

    fn keep(&mut self, unseen: &[u8], left: u64, out: &mut Vec<u8>) -> usize {
        let room = usize::try_from(left).unwrap_or(usize::MAX).min(self.room);
        let kept = unseen.get(..room).unwrap_or(unseen);
        out.extend_from_slice(kept);
        self.room = self.room.saturating_sub(kept.len());
        kept.len()
    }
}

impl BodyState {
    /// Determines where the body ends, by the rules of RFC 9112 6.3.
    ///
    /// A length that is malformed or contradicts another is ignored: the body then ends with the
    /// stream or at the limit.
    fn new(status: u16, headers: &Headers<'_>) -> Self {
        if matches!(status, 100..=199 | 204 | 304) {
            return Self::Done;
        }
        if let Some(coding) = headers.tokens("Transfer-Encoding").last() {
            let is_chunked = coding.eq_ignore_ascii_case(b"chunked");
            return if is_chunked { Self::ChunkStart } else { Self::ToEnd };
        }
        let mut lens = headers.tokens("Content-Length").map(parse_decimal);
        match lens.next() {
            Some(Some(0)) if lens.all(|len| len == Some(0)) => Self::Done,
            Some(Some(left)) if lens.all(|len| len == Some(left)) => Self::Counted { left },
            _ => Self::ToEnd,
        }
    }

    /// Returns the state after a byte that is not data. RFC 9112 7.1: the grammar of chunks.
    fn step(self, byte: u8) -> Self {
        let digit = char::from(byte).to_digit(16).map(u64::from);
        match (self, byte, digit) {
            (Self::ChunkStart, _, Some(len)) => Self::ChunkLen { len },
            // A length too large for its type is beyond the limit, whatever its exact value.
            (Self::ChunkLen { len }, _, Some(digit)) => {
                Self::ChunkLen { len: len.saturating_mul(16).saturating_add(digit) }
            }
            (Self::ChunkLen { len } | Self::Extension { len }, b'\r', _) => Self::LineEnd { len },
            (Self::ChunkLen { len }, b';' | b' ' | b'\t', _) => Self::Extension { len },
            (Self::Extension { .. }, _, _) if is_text_byte(byte) => self,
            // The last chunk. The trailer after it is not part of the body.
            (Self::LineEnd { len: 0 }, b'\n', _) => Self::Done,
            (Self::LineEnd { len }, b'\n', _) => Self::Chunk { left: len },
            (Self::ChunkEnd, b'\r', _) => Self::ChunkLineEnd,
            (Self::ChunkLineEnd, b'\n', _) => Self::ChunkStart,
            // Malformed.
            _ => Self::Done,
        }
    }

    /// Returns the least number of bytes that are missing, at most `room` of a chunk or counted
    /// body.
    fn needed(self, room: usize) -> usize {
        match self {
            Self::Counted { left } | Self::Chunk { left } => {
                usize::try_from(left).unwrap_or(usize::MAX).min(room)
            }
            _ => 1,
        }
    }
}
