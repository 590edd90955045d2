use core::time::Duration;

use crate::packet::Limits;

/// The times and limits of a server's sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// The time from a pong, or from the start, to the next ping. 25 s by default.
    pub ping_interval: Duration,
    /// The timeout for the answer to a ping. 20 s by default.
    ///
    /// Any packet shows that the client is there, and starts it again: a pong may wait behind large
    /// messages.
    pub ping_timeout: Duration,
    /// How long a client may be connected to no namespace. 45 s by default.
    pub connect_timeout: Duration,
    /// The timeout for an upgrade. 10 s by default.
    pub upgrade_timeout: Duration,
    /// How long a session that the server closed waits for a poll to deliver what is queued. 30 s by
    /// default.
    pub close_timeout: Duration,
    /// The longest payload and packet that the client may send, in bytes, which it is told; and the
    /// longest payload that it is sent, unless one packet alone is longer. 1,000,000 by default.
    pub max_payload: usize,
    /// The most packets of a payload that the client is sent. 16 by default, the most that clients in
    /// Python accept.
    pub max_packets_per_payload: usize,
    /// The most bytes that wait for the client. Each packet counts 128 bytes more than it has on the
    /// wire, for the memory that it takes. 16 MiB by default.
    pub max_queued_len: usize,
    /// The most events per namespace that wait for their acknowledgement. 10,000 by default.
    pub max_acknowledgements: usize,
    /// The most namespaces of one client. 100 by default; the connection to another one is refused.
    pub max_namespaces: usize,
    /// The longest CONNECT packet of the client, in bytes: the name of a namespace and the data for
    /// authentication, which the server keeps as long as the namespace is connected. 16 KiB by default;
    /// a longer one is refused with CONNECT_ERROR.
    pub max_auth_len: usize,
    /// The limits of the packets that the client sends.
    pub limits: Limits,
    /// Whether a session that was opened by polling may be upgraded to WebSocket. `true` by default.
    pub allow_upgrade: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            connect_timeout: Duration::from_secs(45),
            upgrade_timeout: Duration::from_secs(10),
            close_timeout: Duration::from_secs(30),
            max_payload: 1_000_000,
            max_packets_per_payload: 16,
            max_queued_len: 16 * 1024 * 1024,
            max_acknowledgements: 10_000,
            max_namespaces: 100,
            max_auth_len: 16 * 1024,
            limits: Limits::default(),
            allow_upgrade: true,
        }
    }
}
