//! Messages in a single frame, which are received in one go: the usual case, and the fast one.

use super::{super::whole_message::WholeMessage, Inbound, Receiver};
use crate::frame::len_u64;

/// The length from which a whole message is left masked. A shorter one is unmasked faster here than
/// in a call of its own, which most readers would make.
const MIN_MASKED: usize = 2 << 10;

impl Receiver {
    /// Receives a complete message in one frame at the start of `input`: the fast path for the
    /// usual case.
    ///
    /// It may leave the message masked, and does not validate UTF-8: the caller does both, and calls
    /// [`fail`](Self::fail) for invalid text. It returns `None` for anything else, which
    /// [`receive`](Self::receive) handles.
    #[inline]
    pub(crate) fn receive_whole(&mut self, input: &mut [u8]) -> Option<WholeMessage> {
        if !self.is_between_messages() {
            return None;
        }
        let mut whole = WholeMessage::find(input, self.role)?;
        let payload = input.get_mut(whole.payload())?;
        let payload_len = len_u64(payload);
        if payload_len > self.limits.max_frame_len || payload_len > self.limits.max_message_len {
            return None;
        }
        if payload.len() < MIN_MASKED {
            whole.unmask(payload);
        }
        (self.awaited, self.waiting) = (1, 0);
        self.traffic.count_whole(whole.payload().end);
        self.counts.count_bytes(whole.payload().end);
        self.counts.count_data();
        Some(whole)
    }

    /// Returns whether `len` bytes of input complete nothing, so that there is nothing to receive
    /// before there are more. If so, they wait.
    #[inline]
    pub(crate) fn waits_for_more(&mut self, len: usize) -> bool {
        let len = u16::try_from(len).unwrap_or(u16::MAX);
        let waits = len < self.awaited && !self.is_inflating() && self.inbound == Inbound::Open;
        if waits && len != self.waiting {
            self.waiting = len;
            self.counts.count_data();
        }
        waits
    }

    /// Returns how many bytes at least must follow `len` bytes of input to complete something.
    pub(crate) fn needed(&self, len: usize) -> usize {
        usize::from(self.awaited).saturating_sub(len).max(1)
    }

    /// Lets a binary message whose frame is not complete wait in the input, so that it is received in
    /// one go: [`waits_for_more`](Self::waits_for_more) says when. Returns `false` for any other input.
    pub(crate) fn await_whole(&mut self, input: &[u8]) -> bool {
        if !self.is_between_messages() {
            return false;
        }
        let max_len = self.limits.max_frame_len.min(self.limits.max_message_len);
        let awaited = WholeMessage::awaited_len(input, self.role, max_len);
        // A longer message is unmasked as it arrives, while it is in the cache.
        self.awaited = awaited.and_then(|len| u16::try_from(len).ok()).unwrap_or(1);
        self.waits_for_more(input.len())
    }

    #[inline]
    fn is_between_messages(&self) -> bool {
        self.inbound == Inbound::Open && self.message.is_none() && self.decoder.is_between_frames()
    }

    /// Returns whether `input` starts with a complete message in one frame.
    #[inline]
    pub(crate) fn has_whole(input: &[u8]) -> bool {
        WholeMessage::is_at_start(input)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use crate::{
        Seed,
        buffered::{Message, Progress, ReadBuffer},
        connection::{Connection, Limits, ProtocolError, Receiver},
    };

    fn client(limits: &Limits) -> Receiver {
        Connection::client(limits, Seed::from([7; 32])).receiver
    }

    fn fill(buffer: &mut ReadBuffer, bytes: &[u8]) {
        buffer.unfilled()[..bytes.len()].copy_from_slice(bytes);
        buffer.filled(bytes.len());
    }

    fn advance(
        buffer: &mut ReadBuffer,
        receiver: &mut Receiver,
    ) -> Result<Progress, ProtocolError> {
        buffer.advance(receiver, |_| {})
    }

    #[test]
    fn each_byte_of_a_message_that_waits_is_a_sign_of_life() {
        let mut receiver = client(&Limits::default());
        let mut buffer = ReadBuffer::default();
        let wire = b"\x82\x7E\x00\x7E".iter().copied().chain([b'x'; 126]).collect::<Vec<_>>();
        let mut last = receiver.liveness();
        for (index, byte) in wire.iter().enumerate() {
            assert!(buffer.needed(&receiver) <= wire.len() - index);
            fill(&mut buffer, &[*byte]);
            let progress = advance(&mut buffer, &mut receiver);
            let is_last = index + 1 == wire.len();
            assert_eq!(progress == Ok(Progress::Message), is_last, "byte {index}");
            let before = core::mem::replace(&mut last, receiver.liveness());
            assert_eq!(last.received.bytes, before.received.bytes + 1, "byte {index}");
            assert_ne!(last.received.data, before.received.data, "byte {index}");
            #[cfg(feature = "stats")]
            assert_eq!(receiver.traffic().bytes, u64::try_from(index).unwrap() + 1);
        }
        assert_eq!(buffer.message(), Ok(Message::Binary(&[b'x'; 126])));
        // Bytes that have waited are counted once.
        let mut other = client(&Limits::default());
        let mut at_once = ReadBuffer::from(wire);
        assert_eq!(advance(&mut at_once, &mut other), Ok(Progress::Message));
        assert_eq!(other.liveness().received.bytes, last.received.bytes);
    }

    #[test]
    fn errors_do_not_wait_for_the_rest_of_a_message() {
        let limits = Limits::default().max_message_len(99);
        for (wire, error) in [
            (&b"\x82\x80\0\0\0\0"[..], ProtocolError::MaskedFrame),
            (b"\xA2\x05", ProtocolError::ReservedBits),
            (b"\x82\x64", ProtocolError::MessageTooLong { len: 100, limit: 99 }),
            (b"\x81\x05\xFF", ProtocolError::InvalidUtf8),
        ] {
            let mut receiver = client(&limits);
            let mut buffer = ReadBuffer::default();
            let (last, first) = wire.split_last().unwrap();
            for byte in first {
                fill(&mut buffer, &[*byte]);
                assert_eq!(advance(&mut buffer, &mut receiver), Ok(Progress::NeedInput));
            }
            fill(&mut buffer, &[*last]);
            let result = advance(&mut buffer, &mut receiver).map(|_| ());
            let result = result.and_then(|()| buffer.message().map(|_| ()));
            assert_eq!(result, Err(error), "{wire:?}");
        }
    }

    #[test]
    fn the_rest_of_a_message_that_waits_can_be_received_in_chunks() {
        let mut receiver = client(&Limits::default());
        let mut buffer = ReadBuffer::default();
        fill(&mut buffer, b"\x82\x05He");
        assert_eq!(advance(&mut buffer, &mut receiver), Ok(Progress::NeedInput));
        assert_eq!(buffer.needed(&receiver), 3);
        assert_eq!(buffer.advance_chunk(&mut receiver, |_| {}), Ok(Progress::Message));
        assert_eq!(buffer.chunk().payload, b"He");
        assert_eq!(buffer.needed(&receiver), 1);
        fill(&mut buffer, b"llo");
        assert_eq!(buffer.advance_chunk(&mut receiver, |_| {}), Ok(Progress::Message));
        assert_eq!(buffer.chunk().payload, b"llo");
    }
}
