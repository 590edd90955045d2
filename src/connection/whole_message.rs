use core::ops::Range;

use super::MessageKind;
use crate::{
    frame::{MaskKey, len_u64, parse_len},
    role::Role,
};

/// A message that is whole, in one frame that is whole: the usual case, in short.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WholeMessage {
    kind: MessageKind,
    pub(super) mask: Option<MaskKey>,
    header_len: usize,
    payload_len: usize,
}

impl WholeMessage {
    /// Finds one at the start of `input` that `role` may receive. What is anything else, an error
    /// say, [`FrameHeader::parse`](crate::frame::FrameHeader::parse) tells.
    #[inline]
    pub(super) fn find(input: &[u8], role: Role) -> Option<Self> {
        let (&[first, second], rest) = input.split_first_chunk::<2>()?;
        // FIN without reserved bits.
        let kind = match first {
            0x81 => MessageKind::Text,
            0x82 => MessageKind::Binary,
            _ => return None,
        };
        let (payload_len, rest) = parse_len(second & 0x7F, rest).ok()??;
        // RFC 6455 5.1: a client masks every frame, a server none.
        let (mask, rest) = match (role, second & 0x80 != 0) {
            (Role::Server, true) => {
                let (&key, rest) = rest.split_first_chunk::<4>()?;
                (Some(MaskKey(key)), rest)
            }
            (Role::Client, false) => (None, rest),
            _ => return None,
        };
        let payload_len = usize::try_from(payload_len).ok()?;
        let header_len = input.len().saturating_sub(rest.len());
        (payload_len <= rest.len()).then_some(Self { kind, mask, header_len, payload_len })
    }

    /// Whether one stands at the start of `input`, as far as its length tells. Cheaper than to find
    /// it; if the frame breaks a rule, to receive it does not wait either.
    #[inline]
    pub(super) fn is_at_start(input: &[u8]) -> bool {
        let Some((&[0x81 | 0x82 | 0xC1 | 0xC2, second], rest)) = input.split_first_chunk::<2>()
        else {
            return false;
        };
        let Ok(Some((payload_len, rest))) = parse_len(second & 0x7F, rest) else {
            return false;
        };
        let mask_len = if second & 0x80 != 0 { 4 } else { 0 };
        len_u64(rest) >= payload_len.saturating_add(mask_len)
    }

    /// Whether it is text or binary.
    #[inline]
    pub(crate) const fn kind(&self) -> MessageKind {
        self.kind
    }

    /// Where its payload stands in the input. It ends the frame.
    #[inline]
    pub(crate) const fn payload(&self) -> Range<usize> {
        // Both are lengths of parts of the input.
        self.header_len..self.header_len.saturating_add(self.payload_len)
    }
}
