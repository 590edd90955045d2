use core::ops::Range;

use super::MessageKind;
use crate::{
    frame::{MaskKey, Masker, at_most, len_u64, parse_len},
    role::Role,
};

/// A complete message in a single, complete frame: the usual case, which has a fast path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WholeMessage {
    kind: MessageKind,
    masker: Masker,
    header_len: usize,
    payload_len: usize,
}

impl WholeMessage {
    /// Finds one at the start of `input` that `role` may receive. Anything else, such as an error,
    /// is left to [`FrameHeader::parse`](crate::frame::FrameHeader::parse).
    #[inline]
    pub(super) fn find(input: &[u8], role: Role) -> Option<Self> {
        let (&[first, second], rest) = input.split_first_chunk::<2>()?;
        // FIN is set, the reserved bits are not.
        let kind = match first {
            0x81 => MessageKind::Text,
            0x82 => MessageKind::Binary,
            _ => return None,
        };
        let (payload_len, rest) = parse_len(second & 0x7F, rest).ok()??;
        // RFC 6455 5.1: a client masks every frame, a server none.
        let (masker, rest) = match (role, second & 0x80 != 0) {
            (Role::Server, true) => {
                let (&key, rest) = rest.split_first_chunk::<4>()?;
                (Masker::new(MaskKey(key)), rest)
            }
            (Role::Client, false) => (Masker::NONE, rest),
            _ => return None,
        };
        if payload_len > len_u64(rest) {
            return None;
        }
        let header_len = input.len().saturating_sub(rest.len());
        let payload_len = at_most(payload_len, rest.len());
        Some(Self { kind, masker, header_len, payload_len })
    }

    /// Returns how long the input must become before it is worth looking at again, if `input` is the
    /// start of a binary message that `role` may receive, of at most `max_len` bytes, in one frame.
    /// `None` for anything else: a text is validated as it arrives, and errors must not wait.
    #[inline]
    pub(super) fn awaited_len(input: &[u8], role: Role, max_len: u64) -> Option<usize> {
        let &[0x82, ref rest @ ..] = input else {
            return None;
        };
        let Some((&second, rest)) = rest.split_first() else {
            return Some(2);
        };
        // RFC 6455 5.1: a client masks every frame, a server none.
        let mask_len = match (role, second & 0x80 != 0) {
            (Role::Server, true) => 4_usize,
            (Role::Client, false) => 0,
            _ => return None,
        };
        let (payload_len, len_len) = match (second & 0x7F, parse_len(second & 0x7F, rest).ok()?) {
            (127, _) => return None,
            (126, None) => return Some(4),
            (126, Some((len, _))) => (len, 2),
            (len, _) => (len.into(), 0_usize),
        };
        let payload_len = (payload_len <= max_len).then(|| usize::try_from(payload_len).ok())??;
        [2, len_len, mask_len].into_iter().try_fold(payload_len, usize::checked_add)
    }

    /// Returns whether `input` starts with one, judged by its length only. That is cheaper than
    /// [`find`](Self::find), and a frame that breaks a rule does not need more input either.
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

    /// Returns the kind of the message.
    #[inline]
    pub(crate) const fn kind(&self) -> MessageKind {
        self.kind
    }

    /// Returns what unmasks the payload.
    #[inline]
    pub(crate) const fn masker(&self) -> Masker {
        self.masker
    }

    /// Unmasks the payload.
    #[inline]
    pub(super) fn unmask(&mut self, payload: &mut [u8]) {
        core::mem::replace(&mut self.masker, Masker::NONE).apply(payload);
    }

    /// Returns the range of the payload in the input. It ends where the frame ends.
    #[inline]
    pub(crate) const fn payload(&self) -> Range<usize> {
        // The sum cannot overflow: both are lengths of parts of the input.
        self.header_len..self.header_len.saturating_add(self.payload_len)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::WholeMessage;
    use crate::{
        connection::MessageKind,
        frame::{FrameHeader, OpCode, Rsv, len_u64},
        parsed::Parsed,
        role::Role,
    };

    /// Returns the header of a complete data frame with FIN, and the end of the frame.
    fn parsed(input: &[u8]) -> Option<(FrameHeader, usize)> {
        let Ok(Parsed::Complete { value, consumed }) = FrameHeader::parse(input) else {
            return None;
        };
        let is_data = matches!(value.opcode, OpCode::Text | OpCode::Binary);
        let rest = len_u64(input.get(consumed..)?);
        (value.fin && is_data && value.payload_len <= rest).then_some((value, consumed))
    }

    #[test]
    fn it_is_found_exactly_when_header_and_payload_are_complete() {
        // Extended lengths of 0, 126, 300 and 65,536, and one that is far too long.
        let lens: [&[u8]; 5] =
            [&[0; 8], &[0, 126], &[1, 44], &[0, 0, 0, 0, 0, 1, 0, 0], &[0xFF; 8]];
        let mut input = [0; 65_560];
        for (first, second) in
            (0..=u8::MAX).flat_map(|one| (0..=u8::MAX).map(move |two| (one, two)))
        {
            for len in lens {
                input[..2].copy_from_slice(&[first, second]);
                input[2..10].fill(0);
                input[2..2 + len.len()].copy_from_slice(len);
                for end in [0, 1, 2, 3, 4, 7, 8, 9, 14, 130, 131, 133, 134, 307, 308, 65_560] {
                    assert(&input[..end]);
                }
            }
        }
    }

    /// The start of a binary message waits exactly until its end, or until more is known of it.
    #[test]
    fn what_is_awaited_is_the_end_of_the_frame_or_of_a_part_of_its_header() {
        for (role, mask) in [(Role::Server, 0x80_u8), (Role::Client, 0)] {
            for len in [0_u16, 1, 125, 126, 300, 65_535] {
                let mut header = match u8::try_from(len) {
                    Ok(len @ ..126) => vec![0x82, mask | len],
                    _ => [&[0x82, mask | 126][..], &len.to_be_bytes()].concat(),
                };
                header.extend(&[0; 4][..if mask == 0 { 0 } else { 4 }]);
                let end = header.len() + usize::from(len);
                for known in 1..header.len() {
                    let awaited = WholeMessage::awaited_len(&header[..known], role, u64::MAX);
                    let awaited = awaited.unwrap();
                    assert!(known < awaited && awaited <= end, "{len}: {awaited} after {known}");
                    let is_known = known >= if len < 126 { 2 } else { 4 };
                    assert_eq!(awaited == end, is_known || awaited == header.len() && len == 0);
                }
                // A limit must be enforced at once, and so must all other errors.
                let awaited = |input: &[u8], role| {
                    WholeMessage::awaited_len(input, role, u64::from(len).saturating_sub(1))
                };
                assert_eq!(awaited(&header, role), (len == 0).then_some(end));
                for first in (0..=u8::MAX).filter(|first| *first != 0x82) {
                    header[0] = first;
                    assert_eq!(WholeMessage::awaited_len(&header, role, u64::MAX), None);
                }
            }
            let other = if role == Role::Server { Role::Client } else { Role::Server };
            assert_eq!(WholeMessage::awaited_len(&[0x82, mask], other, u64::MAX), None);
            for wrong in [&[0x82, mask | 126, 0, 125][..], &[0x82, mask | 127], &[]] {
                assert_eq!(WholeMessage::awaited_len(wrong, role, u64::MAX), None);
            }
        }
    }

    #[track_caller]
    fn assert(input: &[u8]) {
        let parsed = parsed(input);
        // RFC 7692 6: RSV1 may mark a compressed message.
        let at_start = parsed.filter(|(header, _)| [Rsv::NONE, Rsv::RSV1].contains(&header.rsv));
        assert_eq!(WholeMessage::is_at_start(input), at_start.is_some());
        for role in [Role::Server, Role::Client] {
            let found = WholeMessage::find(input, role);
            let expected = parsed.filter(|(header, _)| {
                header.rsv == Rsv::NONE && header.mask.is_some() == (role == Role::Server)
            });
            let found = found.map(|found| (found.kind() == MessageKind::Text, found.payload()));
            let expected = expected.map(|(header, start)| {
                let end = start + usize::try_from(header.payload_len).unwrap();
                (header.opcode == OpCode::Text, start..end)
            });
            assert_eq!(found, expected);
        }
    }
}
