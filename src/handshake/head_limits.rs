/// The limits of the opening handshake. They apply to HTTP heads and bodies, not to the frames
/// after them.
///
/// | limit | default |
/// | --- | --- |
/// | [`max_head_len`](Self::max_head_len) | 16 KiB |
/// | [`max_headers`](Self::max_headers) | 128 |
/// | [`max_target_len`](Self::max_target_len) | 8 KiB |
/// | [`max_body_len`](Self::max_body_len) | 4 KiB |
///
/// ```
/// use sansocket::handshake::HeadLimits;
///
/// let limits = HeadLimits::default().max_head_len(4 << 10).max_headers(32);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadLimits {
    pub(super) max_head_len: usize,
    pub(super) max_headers: usize,
    pub(super) max_target_len: usize,
    pub(super) max_body_len: usize,
}

impl Default for HeadLimits {
    fn default() -> Self {
        Self {
            max_head_len: 16 << 10,
            max_headers: 128,
            max_target_len: 8 << 10,
            max_body_len: 4 << 10,
        }
    }
}

impl HeadLimits {
    /// Limits the head, in bytes up to the end of the empty line. A server rejects a longer one
    /// with 431. For a client, the heads of interim responses (1xx) count too.
    #[must_use]
    pub fn max_head_len(self, max_head_len: usize) -> Self {
        Self { max_head_len, ..self }
    }

    /// Limits the number of header lines. A server rejects more with 431. Until a head is complete,
    /// 16 bytes are held for each.
    #[must_use]
    pub fn max_headers(self, max_headers: usize) -> Self {
        Self { max_headers, ..self }
    }

    /// Limits the request target, in bytes. A server rejects a longer one with 414.
    #[must_use]
    pub fn max_target_len(self, max_target_len: usize) -> Self {
        Self { max_target_len, ..self }
    }

    /// Limits the decoded body of an error response that a client keeps, in bytes. The client does
    /// not wait for the rest.
    #[must_use]
    pub fn max_body_len(self, max_body_len: usize) -> Self {
        Self { max_body_len, ..self }
    }

    /// Returns the value of [`max_head_len`](Self::max_head_len).
    #[must_use]
    pub const fn get_max_head_len(&self) -> usize {
        self.max_head_len
    }

    /// Returns the value of [`max_headers`](Self::max_headers).
    #[must_use]
    pub const fn get_max_headers(&self) -> usize {
        self.max_headers
    }

    /// Returns the value of [`max_target_len`](Self::max_target_len).
    #[must_use]
    pub const fn get_max_target_len(&self) -> usize {
        self.max_target_len
    }

    /// Returns the value of [`max_body_len`](Self::max_body_len).
    #[must_use]
    pub const fn get_max_body_len(&self) -> usize {
        self.max_body_len
    }
}
