use alloc::{collections::VecDeque, string::String};

use super::SendError;
use crate::engine_io::EncodedPacket;

/// The packets that wait for the transport, in their order.
pub(super) struct Outbox {
    packets: VecDeque<EncodedPacket>,
    /// What they count.
    queued: usize,
    /// What those packets count that wait elsewhere for this queue.
    reserved: usize,
    max_len: usize,
}

impl Outbox {
    pub(super) fn new(max_len: usize) -> Self {
        Self { packets: VecDeque::new(), queued: 0, reserved: 0, max_len }
    }

    /// Counts packets that are to be queued.
    ///
    /// # Errors
    ///
    /// They exceed the limit. Nothing was counted.
    pub(super) fn reserve(&mut self, packets: &[EncodedPacket]) -> Result<(), SendError> {
        let (len, max) = (len(packets), self.max_len);
        let queued = self.len();
        if queued.saturating_add(len) > max {
            return Err(SendError::QueueFull { queued, len, max });
        }
        self.reserved = self.reserved.saturating_add(len);
        Ok(())
    }

    /// Gives up what was reserved for packets.
    pub(super) fn release(&mut self, packets: &[EncodedPacket]) {
        self.reserved = self.reserved.saturating_sub(len(packets));
    }

    /// Queues packets that were reserved.
    pub(super) fn push_reserved(&mut self, packets: impl IntoIterator<Item = EncodedPacket>) {
        for packet in packets {
            self.reserved = self.reserved.saturating_sub(packet.queued_len());
            self.push_own(packet);
        }
    }

    /// Queues packets.
    ///
    /// # Errors
    ///
    /// They exceed the limit. None is queued.
    pub(super) fn push(&mut self, packets: &[EncodedPacket]) -> Result<(), SendError> {
        self.reserve(packets)?;
        self.push_reserved(packets.iter().cloned());
        Ok(())
    }

    /// Queues a packet of the session itself, of which there are few, whatever the limit.
    pub(super) fn push_own(&mut self, packet: EncodedPacket) {
        self.queued = self.queued.saturating_add(packet.queued_len());
        self.packets.push_back(packet);
    }

    /// The same, before all others.
    pub(super) fn push_own_first(&mut self, packet: EncodedPacket) {
        self.queued = self.queued.saturating_add(packet.queued_len());
        self.packets.push_front(packet);
    }

    /// Returns the next packet.
    pub(super) fn pop(&mut self) -> Option<EncodedPacket> {
        let packet = self.packets.pop_front()?;
        self.queued = self.queued.saturating_sub(packet.queued_len());
        Some(packet)
    }

    /// Returns the next packet, and those after it that fit, as a payload. Those for which `is_apart` holds
    /// are in no payload with others before them.
    pub(super) fn pop_payload(
        &mut self,
        max_len: usize,
        max_packets: usize,
        is_apart: impl Fn(&EncodedPacket) -> bool,
    ) -> Option<String> {
        let mut payload = String::new();
        let first = self.pop()?;
        let mut may_be_apart = is_apart(&first);
        first.append_to_payload(&mut payload);
        for _ in 1..max_packets {
            let fits = |packet: &EncodedPacket| {
                let len = payload.len().saturating_add(packet.payload_len());
                // With a separator.
                len < max_len && (may_be_apart || !is_apart(packet))
            };
            if !self.packets.front().is_some_and(fits) {
                break;
            }
            let packet = self.pop()?;
            may_be_apart = is_apart(&packet);
            packet.append_to_payload(&mut payload);
        }
        Some(payload)
    }

    /// Drops the packets of this queue.
    pub(super) fn clear(&mut self) {
        while self.pop().is_some() {}
    }

    pub(super) fn is_empty(&self) -> bool {
        self.packets.is_empty()
    }

    /// Returns what the packets in the queue count, and those reserved for it.
    pub(super) fn len(&self) -> usize {
        self.queued.saturating_add(self.reserved)
    }

    /// Returns what the packets count that wait elsewhere for this queue.
    pub(super) fn reserved(&self) -> usize {
        self.reserved
    }
}

fn len(packets: &[EncodedPacket]) -> usize {
    packets.iter().map(EncodedPacket::queued_len).fold(0, usize::saturating_add)
}
