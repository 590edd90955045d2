use core::ops::Range;

use super::MessageKind;
use crate::frame::{FrameHeader, OpCode, Status};

/// A message in one frame that stands at the start of the input in whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WholeMessage {
    pub(super) header: FrameHeader,
    header_len: usize,
    payload_len: usize,
}

impl WholeMessage {
    /// Looks for one, which may be compressed, and may break a rule of the connection.
    #[inline]
    pub(super) fn find(input: &[u8]) -> Option<Self> {
        // FIN, text or binary: known from the first byte, before the rest is parsed.
        let (0x81 | 0x82 | 0xC1 | 0xC2) = *input.first()? else {
            return None;
        };
        let Ok(Status::Complete { value: header, consumed }) = FrameHeader::parse(input) else {
            return None;
        };
        let payload_len = usize::try_from(header.payload_len).ok()?;
        if payload_len > input.len().saturating_sub(consumed) {
            return None;
        }
        Some(Self { header, header_len: consumed, payload_len })
    }

    #[inline]
    pub(crate) const fn kind(&self) -> MessageKind {
        match self.header.opcode {
            OpCode::Text => MessageKind::Text,
            _ => MessageKind::Binary,
        }
    }

    /// Where the payload stands in the input.
    #[inline]
    pub(crate) const fn payload(&self) -> Range<usize> {
        // Both are lengths of parts of the input.
        self.header_len..self.header_len.saturating_add(self.payload_len)
    }
}
