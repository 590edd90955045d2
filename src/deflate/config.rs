/// The configuration of compression: what is negotiated, and how messages are compressed.
///
/// | option | default |
/// | --- | --- |
/// | [`level`](Self::level) | 6 |
/// | [`mem_level`](Self::mem_level) | 8 |
/// | [`min_len`](Self::min_len) | 64 bytes |
/// | [`server_max_window_bits`](Self::server_max_window_bits) | 15 |
/// | [`client_max_window_bits`](Self::client_max_window_bits) | 15 |
/// | [`server_no_context_takeover`](Self::server_no_context_takeover) | no |
/// | [`client_no_context_takeover`](Self::client_no_context_takeover) | no |
///
/// A value outside its range is replaced by the nearest one inside.
///
/// ```
/// // The least memory with which compression works.
/// let config = sansocket::deflate::Config::default()
///     .server_max_window_bits(9)
///     .client_max_window_bits(9)
///     .mem_level(1)
///     .server_no_context_takeover(true)
///     .client_no_context_takeover(true);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    pub(super) level: u8,
    pub(super) mem_level: u8,
    pub(crate) min_len: usize,
    pub(crate) server_max_window_bits: u8,
    pub(super) client_max_window_bits: u8,
    pub(super) server_no_context_takeover: bool,
    pub(super) client_no_context_takeover: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            level: 6,
            mem_level: 8,
            min_len: 64,
            server_max_window_bits: 15,
            client_max_window_bits: 15,
            server_no_context_takeover: false,
            client_no_context_takeover: false,
        }
    }
}

impl Config {
    /// Sets the compression level, from 0 (none) to 9 (best and slowest).
    #[must_use]
    pub fn level(self, level: u8) -> Self {
        Self { level: level.min(9), ..self }
    }

    /// Sets how much memory the compressor uses, from 1 to 9.
    #[must_use]
    pub fn mem_level(self, mem_level: u8) -> Self {
        Self { mem_level: mem_level.clamp(1, 9), ..self }
    }

    /// Sets the length in bytes below which messages are sent uncompressed with
    /// [`Compression::Auto`].
    #[must_use]
    pub fn min_len(self, min_len: usize) -> Self {
        Self { min_len, ..self }
    }

    /// Sets the largest window of the server's messages, as a power of two from 8 to 15 (RFC 7692
    /// 7.1.2.1). A client asks the server to respect it.
    #[must_use]
    pub fn server_max_window_bits(self, bits: u8) -> Self {
        Self { server_max_window_bits: bits.clamp(8, 15), ..self }
    }

    /// Sets the largest window of the client's messages, as a power of two from 8 to 15 (RFC 7692
    /// 7.1.2.2). A server asks the client to respect it, if the client supports that; other clients
    /// use 15.
    #[must_use]
    pub fn client_max_window_bits(self, bits: u8) -> Self {
        Self { client_max_window_bits: bits.clamp(8, 15), ..self }
    }

    /// Sets whether the server compresses each message independently (RFC 7692 7.1.1.1).
    #[must_use]
    pub fn server_no_context_takeover(self, server_no_context_takeover: bool) -> Self {
        Self { server_no_context_takeover, ..self }
    }

    /// Sets whether the client compresses each message independently (RFC 7692 7.1.1.2).
    #[must_use]
    pub fn client_no_context_takeover(self, client_no_context_takeover: bool) -> Self {
        Self { client_no_context_takeover, ..self }
    }
}

/// The choice of messages to compress, on a connection that negotiated compression.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// Messages of at least [`Config::min_len`] bytes that become shorter, and messages sent in
    /// chunks.
    ///
    /// A failed attempt costs time. After several in a row, some messages are sent uncompressed
    /// without an attempt: none after the first failure, 1 after the second, 3 after the third,
    /// then 7, 15 and 31, and 63 after the seventh and each further one. A message that is longer
    /// than all that failed is attempted at once. The first message that becomes shorter resets
    /// this.
    #[default]
    Auto,
    /// All messages.
    Always,
    /// No messages: for secrets, and for data that is compressed already.
    Never,
}
