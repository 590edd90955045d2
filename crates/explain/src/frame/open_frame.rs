use sansocket::{
    MessageKind,
    frame::{MaskKey, Masker, OpCode},
};

use super::{fault::Fault, layout::Layout};
use crate::{
    Place,
    excerpt::{Excerpt, len_u64},
};

/// The longest payload of a control frame (RFC 6455 5.5), of which nothing may be cut.
const MAX_CONTROL_LEN: usize = 125;

/// The frame that is being read.
#[derive(Clone, Debug)]
pub(super) struct OpenFrame {
    pub(super) start: u64,
    pub(super) header: Vec<u8>,
    /// Known from the second byte on.
    pub(super) layout: Option<Layout>,
    pub(super) payload_len: u64,
    masker: Option<Masker>,
    /// The payload on the wire, and after unmasking.
    pub(super) wire: Excerpt,
    pub(super) plain: Excerpt,
    pub(super) fault: Option<Fault>,
    /// Whether the judge is shown a plain frame in its place, as what the reserved bits mean is not
    /// known.
    pub(super) is_disguised: bool,
    /// Whether its payload belongs to a message that is inflated.
    pub(super) is_inflated: bool,
    /// Whether a Close frame of the same end came before.
    pub(super) is_after_close: bool,
    /// Its place in its message, from 1; 0 if it is in none.
    pub(super) fragment: u32,
}

impl OpenFrame {
    pub(super) fn new(start: u64, shown: usize) -> Self {
        Self {
            start,
            header: Vec::new(),
            layout: None,
            payload_len: 0,
            masker: None,
            wire: Excerpt::new(shown),
            plain: Excerpt::new(shown.max(MAX_CONTROL_LEN)),
            fault: None,
            is_disguised: false,
            is_inflated: false,
            is_after_close: false,
            fragment: 0,
        }
    }

    /// Adds a byte of the header. Returns whether the header is complete.
    pub(super) fn push_header(&mut self, byte: u8) -> bool {
        self.header.push(byte);
        if self.header.len() == 2 {
            self.layout = Some(Layout::of(byte));
        }
        let Some(layout) = self.layout else { return false };
        if self.header.len() < layout.header_len() {
            return false;
        }
        self.payload_len = layout.payload_len(&self.header);
        self.masker = layout.key(&self.header).map(Masker::new);
        true
    }

    /// Adds bytes of the payload, and unmasks them.
    pub(super) fn push_payload(&mut self, bytes: &mut [u8]) {
        self.wire.push(bytes);
        if let Some(masker) = &mut self.masker {
            masker.apply(bytes);
        }
        self.plain.push(bytes);
    }

    pub(super) fn is_header_complete(&self) -> bool {
        self.layout.is_some_and(|layout| self.header.len() >= layout.header_len())
    }

    pub(super) fn is_complete(&self) -> bool {
        self.is_header_complete() && self.missing_payload() == 0
    }

    pub(super) fn key(&self) -> Option<[u8; 4]> {
        self.layout?.key(&self.header).map(|MaskKey(key)| key)
    }

    pub(super) const fn missing_payload(&self) -> u64 {
        self.payload_len.saturating_sub(self.wire.len())
    }

    /// Returns the offset after the last byte that was read.
    pub(super) fn end(&self) -> u64 {
        self.payload_start().saturating_add(self.wire.len())
    }

    pub(super) fn payload_start(&self) -> u64 {
        self.start.saturating_add(len_u64(&self.header))
    }

    /// Returns the place of some bytes of the header.
    pub(super) fn header_place(&self, start: usize, end: usize) -> Place {
        let at = |index| self.start.saturating_add(u64::try_from(index).unwrap_or(u64::MAX));
        Place::Bytes(at(start)..at(end))
    }

    pub(super) fn first(&self) -> u8 {
        self.header.first().copied().unwrap_or_default()
    }

    pub(super) fn is_fin(&self) -> bool {
        self.first() & 0x80 != 0
    }

    pub(super) fn has_rsv1(&self) -> bool {
        self.first() & 0x40 != 0
    }

    pub(super) fn opcode(&self) -> Option<OpCode> {
        OpCode::from_bits(self.first() & 0x0F)
    }

    /// Returns whether the opcode is of a control frame, be it reserved (RFC 6455 5.5).
    pub(super) fn is_control(&self) -> bool {
        self.first() & 8 != 0
    }

    /// Returns the kind of the message that the frame begins.
    pub(super) fn begun_kind(&self) -> Option<MessageKind> {
        match self.opcode()? {
            OpCode::Text => Some(MessageKind::Text),
            OpCode::Binary => Some(MessageKind::Binary),
            _ => None,
        }
    }
}
