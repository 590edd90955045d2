use core::time::Duration;

use crate::packet::Limits;

/// The times and limits of a client's session.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// The timeout for the server's open packet, from when the transport is open. 20 s by default.
    pub connect_timeout: Duration,
    /// The most bytes that wait for the server, in all namespaces, while connected or away. Each packet
    /// counts 128 bytes more than it has on the wire, for the memory that it takes. 16 MiB by default.
    pub max_queued_len: usize,
    /// The most events per namespace that wait for their acknowledgement. 10,000 by default.
    pub max_acknowledgements: usize,
    /// The most packets of a payload. 16 by default, the most that servers in Python accept.
    pub max_packets_per_payload: usize,
    /// The limits of the packets that the server sends.
    pub limits: Limits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(20),
            max_queued_len: 16 * 1024 * 1024,
            max_acknowledgements: 10_000,
            max_packets_per_payload: 16,
            limits: Limits::default(),
        }
    }
}
