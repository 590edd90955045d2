/// The limits of what a peer may send in packets and payloads.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The longest packet, in bytes: a WebSocket message, or a packet of a payload as it is on the
    /// wire, in base64 if it is binary. 1,000,000 by default.
    pub max_packet_len: usize,
    /// The longest payload, in bytes. 1,000,000 by default.
    pub max_payload_len: usize,
    /// The most packets of one payload. 10,000 by default.
    pub max_packets: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_packet_len: 1_000_000, max_payload_len: 1_000_000, max_packets: 10_000 }
    }
}
