/// The limits of what a peer may send in a packet.
///
/// A decoded packet takes 32 bytes of memory for each value of its JSON, 56 for each member of an
/// object, and the strings and attachments as they are. An array takes up to twice that until it is
/// complete. The JSON may be nested 127 deep.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The most attachments of a packet. 10 by default.
    pub max_attachments: usize,
    /// The longest text and attachments of a packet together, in bytes. 11,000,000 by default: what
    /// fits into messages of the default length.
    pub max_len: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_attachments: 10, max_len: 11_000_000 }
    }
}
