/// The limits of the opening handshake. They count the heads alone, never the frames behind them.
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
    /// The longest head that is accepted, in bytes up to the end of the empty line. A longer one
    /// is refused with 431. To a client, the heads of 1xx responses count too.
    #[must_use]
    pub fn max_head_len(self, max_head_len: usize) -> Self {
        Self { max_head_len, ..self }
    }

    /// The most header lines that a head may have. More are refused with 431.
    #[must_use]
    pub fn max_headers(self, max_headers: usize) -> Self {
        Self { max_headers, ..self }
    }

    /// The longest request target that a server accepts, in bytes. A longer one is refused with
    /// 414.
    #[must_use]
    pub fn max_target_len(self, max_target_len: usize) -> Self {
        Self { max_target_len, ..self }
    }

    /// How much a client keeps of the decoded body of a refusal, in bytes. The rest is cut off, and
    /// not waited for.
    #[must_use]
    pub fn max_body_len(self, max_body_len: usize) -> Self {
        Self { max_body_len, ..self }
    }

    /// Returns what [`max_head_len`](Self::max_head_len) was set to.
    #[must_use]
    pub const fn get_max_head_len(&self) -> usize {
        self.max_head_len
    }

    /// Returns what [`max_headers`](Self::max_headers) was set to.
    #[must_use]
    pub const fn get_max_headers(&self) -> usize {
        self.max_headers
    }

    /// Returns what [`max_target_len`](Self::max_target_len) was set to.
    #[must_use]
    pub const fn get_max_target_len(&self) -> usize {
        self.max_target_len
    }

    /// Returns what [`max_body_len`](Self::max_body_len) was set to.
    #[must_use]
    pub const fn get_max_body_len(&self) -> usize {
        self.max_body_len
    }
}
