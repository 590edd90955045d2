use alloc::{boxed::Box, vec::Vec};

use super::{ChunkMut, MessageKind, ProtocolError, unfinished_message::UnfinishedMessage};
use crate::{
    deflate::{Agreement, END, InflateError, Inflated, Inflater, Params},
    frame::{at_most, len_u64},
    redacted::Redacted,
    role::Role,
};

/// The initial size of the output. It doubles as a message grows.
const MIN_OUTPUT: usize = 4 << 10;

/// The compressed message that is being received. It is inflated in bounded pieces.
#[derive(Debug)]
pub(super) struct Inflating {
    inflater: Inflater,
    /// Whether the current message, or the last one, is compressed.
    is_compressed: bool,
    /// Whether a compressed message is unfinished: there is more to inflate or to receive.
    is_active: bool,
    /// Compressed bytes. Those from `used` on are not inflated yet.
    input: Redacted<Vec<u8>>,
    used: usize,
    /// Whether the message ends with `input`, which then ends with [`END`].
    has_end: bool,
    output: Redacted<Vec<u8>>,
    max_output: usize,
    /// Whether the last piece filled the output. Then there may be more without more input.
    is_full: bool,
    /// The inflated length of the message so far.
    len: u64,
}

/// A piece of the message, before it is validated.
#[derive(Clone, Copy, Debug)]
struct InflatedPiece {
    /// Its length in [`Inflating::output`].
    len: usize,
    is_last: bool,
    /// The error that follows the piece, if any.
    fault: Option<ProtocolError>,
}

/// A chunk of the message. Its payload is in [`Inflating::output`].
#[derive(Debug)]
pub(super) struct InflatingChunk {
    kind: MessageKind,
    len: usize,
    is_first: bool,
    is_last: bool,
}

impl InflatingChunk {
    /// Returns whether the message ends with it.
    pub(super) const fn is_last(&self) -> bool {
        self.is_last
    }

    /// Returns the chunk with its payload, which `inflating` holds until the next chunk.
    pub(super) fn of(self, inflating: &mut Option<Box<Inflating>>) -> ChunkMut<'_> {
        let Self { kind, len, is_first, is_last } = self;
        let payload = inflating.as_mut().and_then(|inflating| inflating.output.get_mut(..len));
        ChunkMut { kind, payload: payload.unwrap_or_default(), is_first, is_last }
    }
}

impl Inflating {
    /// Creates the decompressor, if compression was negotiated.
    pub(super) fn by(agreement: Option<&Agreement>, role: Role) -> Option<Box<Self>> {
        agreement.map(|agreement| Self::new(role, &agreement.params))
    }

    fn new(role: Role, params: &Params) -> Box<Self> {
        let (window_bits, no_context_takeover) = params.of_sender(role.peer());
        let inflater = Inflater::new(window_bits, no_context_takeover);
        Box::new(Self {
            inflater,
            is_compressed: false,
            is_active: false,
            input: Redacted::default(),
            used: 0,
            has_end: false,
            output: Redacted::default(),
            // The longer the output, the less is copied out of the window and into it.
            max_output: (2 << window_bits).max(4 * MIN_OUTPUT),
            is_full: false,
            len: 0,
        })
    }

    pub(super) const fn is_active(&self) -> bool {
        self.is_active
    }

    /// Returns the most compressed bytes to [push](Self::push) at a time: about as many as inflate
    /// to one full output.
    pub(super) const fn max_input(&self) -> usize {
        (self.max_output / 4).saturating_sub(END.len())
    }

    pub(super) const fn is_compressed(&self) -> bool {
        self.is_compressed
    }

    /// Returns whether there may be more to inflate without more input.
    const fn has_input(&self) -> bool {
        self.used < self.input.0.len() || self.is_full
    }

    /// Begins a message.
    pub(super) fn begin(&mut self, is_compressed: bool) {
        self.is_compressed = is_compressed;
        self.is_active = is_compressed;
        self.input.0.clear();
        self.used = 0;
        self.has_end = false;
        self.is_full = false;
        self.len = 0;
    }

    /// Accepts more of the message. The bytes from before must be used up.
    pub(super) fn push(&mut self, compressed: &[u8], is_end: bool) {
        self.input.0.clear();
        let most = compressed.len().saturating_add(END.len());
        if most > self.input.0.capacity() {
            self.input.0 = Vec::with_capacity(most.next_power_of_two());
        }
        self.input.0.extend_from_slice(compressed);
        if is_end {
            self.input.0.extend_from_slice(&END);
        }
        self.used = 0;
        self.has_end = is_end;
    }

    /// Returns the next chunk of `message`, or `None` if more input is needed.
    ///
    /// `max_len` limits the inflated message, exactly to the byte: no chunk exceeds it, however
    /// much the compressed bytes would inflate to.
    #[inline]
    pub(super) fn next(
        &mut self,
        message: &mut Option<UnfinishedMessage>,
        max_len: u64,
    ) -> Result<Option<InflatingChunk>, ProtocolError> {
        if self.has_input()
            && let Some(InflatedPiece { len, is_last, fault }) = self.inflate(max_len)
        {
            let payload = self.output(len);
            let (kind, is_first) = UnfinishedMessage::add_chunk(message, payload, 0, is_last)?;
            return match fault {
                Some(fault) => Err(fault),
                None => Ok(Some(InflatingChunk { kind, len, is_first, is_last })),
            };
        }
        Ok(None)
    }

    fn inflate(&mut self, max_len: u64) -> Option<InflatedPiece> {
        self.grow_output();
        let input = self.input.get(self.used..).unwrap_or_default();
        let left = max_len.saturating_sub(self.len);
        // Room for one byte too many, to detect a message that exceeds the limit.
        let room = at_most(left.saturating_add(1), self.output.len());
        let output = self.output.get_mut(..room).unwrap_or_default();
        let mut done = Inflated::default();
        let result = self.inflater.inflate(input, self.has_end, output, &mut done);
        let Inflated { consumed, produced, is_end } = done;
        self.used = self.used.saturating_add(consumed);
        self.is_full = produced == room;
        self.len = self.len.saturating_add(u64::try_from(produced).unwrap_or(u64::MAX));
        if is_end {
            self.is_active = false;
            self.input.0.clear();
        }
        let fault = match result {
            _ if self.len > max_len => {
                Some(ProtocolError::MessageTooLong { len: self.len, limit: max_len })
            }
            Err(InflateError) => Some(ProtocolError::InvalidDeflate),
            Ok(()) => None,
        };
        (produced > 0 || is_end || fault.is_some()).then_some(InflatedPiece {
            len: at_most(left, produced),
            is_last: is_end,
            fault,
        })
    }

    /// Doubles the output if the message so far is at least as long.
    fn grow_output(&mut self) {
        let len = self.output.len();
        if len < MIN_OUTPUT || len_u64(&self.output) <= self.len {
            self.output.0.resize(len.saturating_mul(2).max(MIN_OUTPUT).min(self.max_output), 0);
        }
    }

    /// Returns the piece that was inflated last.
    fn output(&self, len: usize) -> &[u8] {
        self.output.get(..len).unwrap_or_default()
    }

    /// Appends the piece to the first `message_len` bytes of `message`. An empty message is swapped
    /// with the output instead, which copies nothing.
    pub(super) fn take_output(&mut self, len: usize, message: &mut Vec<u8>, message_len: usize) {
        if message_len == 0 && message.capacity() <= self.max_output {
            core::mem::swap(&mut self.output.0, message);
        } else {
            message.truncate(message_len);
            message.extend_from_slice(self.output(len));
        }
    }

    /// Frees the memory that is not needed between messages.
    pub(super) fn release(&mut self) {
        if !self.is_active {
            self.inflater.release();
            self.input = Redacted::default();
            self.output = Redacted::default();
        }
    }
}
