use alloc::vec::Vec;
use core::fmt;

use super::{Limits, Packet, PacketError, SEPARATOR};

/// Splits a polling payload into packets, whatever chunks it arrives in.
///
/// It holds the bytes of one packet.
///
/// The example of the [module](super) decodes a payload.
pub struct PayloadDecoder {
    limits: Limits,
    /// The packet that arrives, or the one that was returned last.
    packet: Vec<u8>,
    /// Whether `packet` is complete, and was returned.
    is_complete: bool,
    /// The bytes of the payload so far.
    len: usize,
    /// The packets that are complete.
    packets: usize,
}

impl PayloadDecoder {
    /// Creates a decoder for one payload.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self { limits: limits.clone(), packet: Vec::new(), is_complete: false, len: 0, packets: 0 }
    }

    /// Takes bytes off the front of `input` up to the end of a packet, and returns the packet; `None`
    /// once `input` is empty.
    ///
    /// # Errors
    ///
    /// The packet is invalid, or a limit is exceeded. Do not continue.
    pub fn decode(&mut self, input: &mut &[u8]) -> Result<Option<Packet<'_>>, PacketError> {
        if self.is_complete {
            self.packet.clear();
            self.is_complete = false;
        }
        let separator = input.iter().position(|&byte| char::from(byte) == SEPARATOR);
        let (arrived, rest) = input.split_at(separator.unwrap_or(input.len()));
        self.append(arrived)?;
        *input = rest;
        if separator.is_none() {
            return Ok(None);
        }
        *input = rest.get(1..).unwrap_or_default();
        self.separate()?;
        self.complete().map(Some)
    }

    /// Returns the last packet, which the end of the payload ends.
    ///
    /// # Errors
    ///
    /// The packet is invalid or missing, or a limit is exceeded.
    pub fn finish(&mut self) -> Result<Packet<'_>, PacketError> {
        if self.is_complete {
            self.packet.clear();
        }
        self.complete()
    }

    /// Adds the bytes of the packet. The limit that is reached first counts, however they are cut.
    fn append(&mut self, bytes: &[u8]) -> Result<(), PacketError> {
        let (max_packet, max_payload) = (self.limits.max_packet_len, self.limits.max_payload_len);
        let packet_room = max_packet.saturating_sub(self.packet.len());
        let payload_room = max_payload.saturating_sub(self.len);
        if bytes.len() > packet_room.min(payload_room) {
            return Err(if packet_room <= payload_room {
                PacketError::PacketTooLong { max: max_packet }
            } else {
                PacketError::PayloadTooLong { max: max_payload }
            });
        }
        self.len = self.len.saturating_add(bytes.len());
        self.packet.extend_from_slice(bytes);
        Ok(())
    }

    /// Counts a separator.
    fn separate(&mut self) -> Result<(), PacketError> {
        let max = self.limits.max_payload_len;
        if self.len >= max {
            return Err(PacketError::PayloadTooLong { max });
        }
        self.len = self.len.saturating_add(1);
        Ok(())
    }

    fn complete(&mut self) -> Result<Packet<'_>, PacketError> {
        let max = self.limits.max_packets;
        if self.packets >= max {
            return Err(PacketError::TooManyPackets { max });
        }
        self.packets = self.packets.saturating_add(1);
        self.is_complete = true;
        let text = core::str::from_utf8(&self.packet)
            .map_err(|error| PacketError::Utf8 { at: error.valid_up_to() })?;
        Packet::parse(text)
    }
}

impl fmt::Debug for PayloadDecoder {
    // What arrived may be a token: only its length.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PayloadDecoder")
            .field("limits", &self.limits)
            .field("packet_len", &self.packet.len())
            .field("len", &self.len)
            .field("packets", &self.packets)
            .finish_non_exhaustive()
    }
}
