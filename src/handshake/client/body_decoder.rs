use alloc::vec::Vec;

use crate::handshake::{
    HeadLimits, Headers,
    grammar::{is_text_byte, parse_decimal},
};

/// Decodes the body of a response as it arrives (RFC 9112 6.3 and 7.1), up to a limit.
///
/// It takes each byte once, so that a body costs linear time in whatever pieces it comes. Malformed
/// chunks end the body: what came before them still tells why the server refused.
#[derive(Clone, Debug)]
pub(super) struct BodyDecoder {
    state: BodyState,
    /// How many more bytes of the body are kept.
    room: usize,
    /// How many bytes were taken, as they were sent.
    position: usize,
    /// How many are taken at most.
    max_position: usize,
}

/// What the next byte is read as. In a chunked body `len` is the length of the next chunk, `left`
/// how much of this one is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BodyState {
    /// All of the body came.
    Done,
    /// Everything up to the end of the stream.
    ToEnd,
    Counted {
        left: u64,
    },
    /// A digit is still to come.
    ChunkStart,
    ChunkLen {
        len: u64,
    },
    Extension {
        len: u64,
    },
    /// A CR has come behind the length or the extensions.
    LineEnd {
        len: u64,
    },
    Chunk {
        left: u64,
    },
    ChunkEnd,
    /// A CR has come behind the chunk.
    ChunkLineEnd,
}

impl BodyDecoder {
    pub(super) fn new(status: u16, headers: &Headers<'_>, limits: &HeadLimits) -> Self {
        // What surrounds the data of chunks is bounded as well: by what chunks of one byte each
        // cost, "1" CRLF and CRLF, and as much again as a head may have.
        const MIN_CHUNK_LEN: usize = 6;
        let chunks_len = limits.max_body_len.saturating_mul(MIN_CHUNK_LEN);
        Self {
            state: BodyState::new(status, headers),
            room: limits.max_body_len,
            position: 0,
            max_position: chunks_len.saturating_add(limits.max_head_len),
        }
    }

    /// Appends to `out` what is new of the body. `sent` is everything that was received behind the
    /// head so far.
    ///
    /// Returns how many more bytes are needed at least: 0 if the body is complete, or cut at the
    /// limit.
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

    /// Keeps at most `left` bytes. Returns how many were kept, and how many are left.
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
    /// Where the body ends, by the rules of RFC 9112 6.3.
    ///
    /// A length that is malformed, or that contradicts another, tells nothing: that body ends with
    /// the stream, and the limit cuts it.
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

    /// The state behind a byte that is no data. RFC 9112 7.1: the grammar of chunks.
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
            // The last chunk. The trailer behind it is no part of the body.
            (Self::LineEnd { len: 0 }, b'\n', _) => Self::Done,
            (Self::LineEnd { len }, b'\n', _) => Self::Chunk { left: len },
            (Self::ChunkEnd, b'\r', _) => Self::ChunkLineEnd,
            (Self::ChunkLineEnd, b'\n', _) => Self::ChunkStart,
            // Malformed.
            _ => Self::Done,
        }
    }

    /// How many bytes are missing at least, of which at most `room` are kept.
    fn needed(self, room: usize) -> usize {
        match self {
            Self::Counted { left } | Self::Chunk { left } => {
                usize::try_from(left).unwrap_or(usize::MAX).min(room)
            }
            _ => 1,
        }
    }
}
