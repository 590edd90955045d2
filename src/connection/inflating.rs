use alloc::{boxed::Box, vec::Vec};

use super::{ChunkMut, MessageKind, ProtocolError, unfinished_message::UnfinishedMessage};
use crate::{
    deflate::{Agreement, END, InflateError, Inflated, Inflater, Params},
    frame::{at_most, len_u64},
    redacted::Redacted,
    role::Role,
};

/// How many inflated bytes an event has at most, while the message is no longer than that.
const MIN_OUTPUT: usize = 4 << 10;

/// The compressed message that is being received, inflated in bounded pieces.
#[derive(Debug)]
pub(super) struct Inflating {
    inflater: Inflater,
    /// Whether the current message, or the last one, is compressed.
    is_compressed: bool,
    /// Whether there is more to inflate, or to come, of a compressed message.
    is_active: bool,
    /// What was received and is not inflated yet, from `used` on.
    input: Redacted<Vec<u8>>,
    used: usize,
    /// Whether the message ends with `input`; [`END`] is behind it then.
    has_end: bool,
    output: Redacted<Vec<u8>>,
    max_output: usize,
    /// Whether the last piece has filled the output, so that there may be more without more input.
    is_full: bool,
    /// How many bytes the message has so far.
    len: u64,
}

/// A piece of the message, before it is known to keep to the rules.
#[derive(Clone, Copy, Debug)]
struct InflatedPiece {
    /// How long it is in [`Inflating::output`].
    len: usize,
    is_last: bool,
    /// What is wrong right behind it.
    fault: Option<ProtocolError>,
}

/// A chunk of the message, whose payload is in [`Inflating::output`].
#[derive(Debug)]
pub(super) struct InflatingChunk {
    kind: MessageKind,
    len: usize,
    is_first: bool,
    is_last: bool,
}

impl InflatingChunk {
    /// The chunk with its payload, if it is the last that `inflating` has made.
    pub(super) fn of(self, inflating: &mut Option<Box<Inflating>>) -> ChunkMut<'_> {
        let Self { kind, len, is_first, is_last } = self;
        let payload = inflating.as_mut().and_then(|inflating| inflating.output.get_mut(..len));
        ChunkMut { kind, payload: payload.unwrap_or_default(), is_first, is_last }
    }
}

impl Inflating {
    /// What a receiver keeps by an agreement.
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

    /// How many compressed bytes are [pushed](Self::push) at a time: about as many as become one
    /// output.
    pub(super) const fn max_input(&self) -> usize {
        (self.max_output / 4).saturating_sub(END.len())
    }

    pub(super) const fn is_compressed(&self) -> bool {
        self.is_compressed
    }

    /// Whether there may be something to inflate.
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

    /// Takes more of the message in. What was taken before is used up.
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

    /// The next chunk of `message`, of what was received of it; `None`: more input is needed.
    ///
    /// `max_len` is the limit of the message. It is kept to the byte, whatever the compressed bytes
    /// would become.
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
            let (kind, is_first) = UnfinishedMessage::add_chunk(message, payload, is_last)?;
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
        // One byte more than allowed, to see whether there is one.
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

    /// Doubles the output, if the message is longer than that so far.
    fn grow_output(&mut self) {
        let len = self.output.len();
        if len < MIN_OUTPUT || len_u64(&self.output) <= self.len {
            self.output.0.resize(len.saturating_mul(2).max(MIN_OUTPUT).min(self.max_output), 0);
        }
    }

    /// The piece that was inflated last.
    fn output(&self, len: usize) -> &[u8] {
        self.output.get(..len).unwrap_or_default()
    }

    /// Puts the piece behind the first `message_len` bytes of `message`. An empty message is
    /// exchanged for the output, which costs no copy.
    pub(super) fn take_output(&mut self, len: usize, message: &mut Vec<u8>, message_len: usize) {
        if message_len == 0 && message.capacity() <= self.max_output {
            core::mem::swap(&mut self.output.0, message);
        } else {
            message.truncate(message_len);
            message.extend_from_slice(self.output(len));
        }
    }

    /// Gives back the memory that is not needed between messages.
    pub(super) fn release(&mut self) {
        if !self.is_active {
            self.inflater.release();
            self.input = Redacted::default();
            self.output = Redacted::default();
        }
    }
}
