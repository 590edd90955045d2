use alloc::string::String;

/// The peer sent an invalid Engine.IO packet, or broke a limit. The session must close.
///
/// Bytes are counted from the start of the packet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PacketError {
    /// The packet is empty: it has no type.
    #[error("the peer sent an empty packet, without a type")]
    Empty,
    /// The first character is no packet type.
    #[error("the peer sent a packet of the unknown type {0:?} at byte 0")]
    UnknownType(char),
    /// The packet has data, and its type has none.
    #[error("the peer sent data at byte 1 of a {0} packet, which has none")]
    UnexpectedData(&'static str),
    /// The data of an open packet is no valid handshake.
    #[error("the peer sent an open packet with an invalid handshake at byte {at}: {reason}")]
    Handshake {
        /// The byte.
        at: usize,
        /// What is wrong.
        reason: String,
    },
    /// The data of a binary message in a payload is no base64.
    #[error("the peer sent a binary message with invalid base64: {0}")]
    Base64(String),
    /// The packet is not UTF-8.
    #[error("the peer sent a packet with invalid UTF-8 at byte {at}")]
    Utf8 {
        /// The byte.
        at: usize,
    },
    /// The packet exceeds [`max_packet_len`](super::Limits::max_packet_len).
    #[error("the peer sent a packet of more than {max} bytes, the limit `max_packet_len`")]
    PacketTooLong {
        /// The limit in bytes.
        max: usize,
    },
    /// The payload exceeds [`max_payload_len`](super::Limits::max_payload_len).
    #[error("the peer sent a payload of more than {max} bytes, the limit `max_payload_len`")]
    PayloadTooLong {
        /// The limit in bytes.
        max: usize,
    },
    /// The payload exceeds [`max_packets`](super::Limits::max_packets).
    #[error("the peer sent more than {max} packets in a payload, the limit `max_packets`")]
    TooManyPackets {
        /// The limit.
        max: usize,
    },
}
