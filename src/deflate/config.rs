/// How compression is negotiated and done.
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
/// A value outside its range is taken for the nearest one inside.
///
/// ```
/// // As little memory as compression can do with.
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
    /// How hard to compress, from 0 (not at all) to 9 (slowest).
    #[must_use]
    pub fn level(self, level: u8) -> Self {
        Self { level: level.min(9), ..self }
    }

    /// How much memory the compressor may use, from 1 to 9.
    #[must_use]
    pub fn mem_level(self, mem_level: u8) -> Self {
        Self { mem_level: mem_level.clamp(1, 9), ..self }
    }

    /// Messages below this many bytes are sent plain with [`Compression::Auto`].
    #[must_use]
    pub fn min_len(self, min_len: usize) -> Self {
        Self { min_len, ..self }
    }

    /// The largest window for what the server sends, as a power of two from 8 to 15 (RFC 7692
    /// 7.1.2.1). A client asks the server to keep to it.
    #[must_use]
    pub fn server_max_window_bits(self, bits: u8) -> Self {
        Self { server_max_window_bits: bits.clamp(8, 15), ..self }
    }

    /// The largest window for what the client sends, as a power of two from 8 to 15 (RFC 7692
    /// 7.1.2.2). A server asks the client to keep to it, where the client lets itself be asked;
    /// other clients use 15.
    #[must_use]
    pub fn client_max_window_bits(self, bits: u8) -> Self {
        Self { client_max_window_bits: bits.clamp(8, 15), ..self }
    }

    /// Whether the server compresses each message by itself (RFC 7692 7.1.1.1).
    #[must_use]
    pub fn server_no_context_takeover(self, server_no_context_takeover: bool) -> Self {
        Self { server_no_context_takeover, ..self }
    }

    /// Whether the client compresses each message by itself (RFC 7692 7.1.1.2).
    #[must_use]
    pub fn client_no_context_takeover(self, client_no_context_takeover: bool) -> Self {
        Self { client_no_context_takeover, ..self }
    }
}

/// Which messages are compressed, on a connection that has agreed on compression.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// Those from [`Config::min_len`] on that become shorter by it, and those sent in chunks.
    ///
    /// To try costs time. After messages in a row that did not become shorter, some are sent
    /// plain without a try: none after the first, 1 after the second, 3 after the third, then 7, 15
    /// and 31, and from the seventh on 63 after each. A message that is longer than all of those is
    /// tried at once. The first that becomes shorter ends it.
    #[default]
    Auto,
    /// All.
    Always,
    /// None: for what is secret, or compressed already.
    Never,
}
