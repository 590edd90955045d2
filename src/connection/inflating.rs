use alloc::{boxed::Box, vec::Vec};

use super::ProtocolError;
use crate::{
    deflate::{InflateError, Inflated, Inflater, Params},
    role::Role,
};

/// How many compressed bytes are taken from the input at a time.
pub(super) const MAX_INPUT: usize = 4 << 10;
/// How many inflated bytes an event has at most.
const OUTPUT_LEN: usize = 16 << 10;

/// The compressed message that is being received, inflated in bounded pieces.
#[derive(Debug)]
pub(super) struct Inflating {
    inflater: Inflater,
    /// Whether the current message, or the last one, is compressed.
    is_compressed: bool,
    /// Whether there is more to inflate, or to come, of a compressed message.
    is_active: bool,
    /// What was received and is not inflated yet.
    input: Vec<u8>,
    used: usize,
    /// Whether `input` is the end of the message.
    has_end: bool,
    output: Vec<u8>,
    /// How many bytes the message has so far.
    len: u64,
}

/// A piece of the message: its length in [`Inflating::output`], and whether it is the last.
#[derive(Clone, Copy, Debug)]
pub(super) struct InflatedPiece {
    pub(super) len: usize,
    pub(super) is_last: bool,
}

impl Inflating {
    pub(super) fn new(role: Role, params: &Params) -> Box<Self> {
        let sender = match role {
            Role::Server => Role::Client,
            Role::Client => Role::Server,
        };
        let (window_bits, no_context_takeover) = params.of_sender(sender);
        let inflater = Inflater::new(window_bits, no_context_takeover);
        Box::new(Self {
            inflater,
            is_compressed: false,
            is_active: false,
            input: Vec::new(),
            used: 0,
            has_end: false,
            output: Vec::new(),
            len: 0,
        })
    }

    pub(super) const fn is_active(&self) -> bool {
        self.is_active
    }

    pub(super) const fn is_compressed(&self) -> bool {
        self.is_compressed
    }

    /// Begins a message.
    pub(super) fn begin(&mut self, is_compressed: bool) {
        self.is_compressed = is_compressed;
        self.is_active = is_compressed;
        self.input.clear();
        self.used = 0;
        self.has_end = false;
        self.len = 0;
    }

    /// Takes more of the message in. What was taken before is used up.
    pub(super) fn push(&mut self, compressed: &[u8], is_end: bool) {
        self.input.clear();
        self.input.extend_from_slice(compressed);
        self.used = 0;
        self.has_end = is_end;
    }

    /// Inflates the next piece; `None`: more input is needed.
    ///
    /// `max_len` is the limit of the message. It is kept to the byte, whatever the compressed bytes
    /// would become.
    pub(super) fn inflate(&mut self, max_len: u64) -> Result<Option<InflatedPiece>, ProtocolError> {
        if self.output.is_empty() {
            self.output.resize(OUTPUT_LEN, 0);
        }
        let input = self.input.get(self.used..).unwrap_or_default();
        if input.is_empty() && !self.has_end {
            return Ok(None);
        }
        // One byte more than allowed, to see whether there is one.
        let left = max_len.saturating_sub(self.len).saturating_add(1);
        let room = OUTPUT_LEN.min(usize::try_from(left).unwrap_or(usize::MAX));
        let output = self.output.get_mut(..room).unwrap_or_default();
        let Inflated { consumed, produced } = self.inflater.inflate(input, output)?;
        let is_stuck = produced < room && consumed < input.len();
        self.used = self.used.saturating_add(consumed);
        self.len = self.len.saturating_add(u64::try_from(produced).unwrap_or(u64::MAX));
        if self.len > max_len {
            return Err(ProtocolError::MessageTooLong { len: self.len, limit: max_len });
        }
        if is_stuck {
            return Err(ProtocolError::InvalidDeflate);
        }
        // Room that is left over says that all was inflated.
        let is_last = self.has_end && produced < room;
        if is_last {
            self.inflater.finish()?;
            self.is_active = false;
        }
        Ok((produced > 0 || is_last).then_some(InflatedPiece { len: produced, is_last }))
    }

    /// The piece that was inflated last.
    pub(super) fn output(&self, len: usize) -> &[u8] {
        self.output.get(..len).unwrap_or_default()
    }

    /// The same, to be handed out.
    pub(super) fn output_mut(&mut self, len: usize) -> &mut [u8] {
        self.output.get_mut(..len).unwrap_or_default()
    }

    /// Gives back the memory that is not needed between messages.
    pub(super) fn release(&mut self) {
        if !self.is_active {
            self.inflater.release();
            self.input = Vec::new();
            self.output = Vec::new();
        }
    }
}

impl From<InflateError> for ProtocolError {
    fn from(_: InflateError) -> Self {
        Self::InvalidDeflate
    }
}
