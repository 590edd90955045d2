/// The limits of a connection. Lengths are judged by what a header declares, before any of it is
/// kept. The limit of a compressed message is one of what it becomes; what its frames declare may
/// be twice as much and 1 KiB.
///
/// | limit | default |
/// | --- | --- |
/// | [`max_message_len`](Self::max_message_len) | 16 MiB |
/// | [`max_frame_len`](Self::max_frame_len) | that of the message |
/// | [`max_fragments`](Self::max_fragments) | 131,072 |
/// | [`max_controls_per_message`](Self::max_controls_per_message) | 65,536 |
/// | [`high_water_mark`](Self::high_water_mark) | 128 KiB |
///
/// ```
/// use sansocket::Limits;
///
/// let limits = Limits::default().max_message_len(1 << 20).max_frame_len(1 << 16);
/// assert_eq!(limits.get_max_message_len(), 1 << 20);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    pub(crate) message_limits: MessageLimits,
    pub(crate) high_water_mark: usize,
}

/// The limits of what is received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MessageLimits {
    pub(crate) max_frame_len: u64,
    pub(crate) max_message_len: u64,
    pub(crate) max_fragments: u32,
    pub(crate) max_controls_per_message: u32,
}

impl Default for Limits {
    fn default() -> Self {
        let message_limits = MessageLimits {
            // No message has a longer frame than itself.
            max_frame_len: u64::MAX,
            max_message_len: 16 << 20,
            max_fragments: 1 << 17,
            max_controls_per_message: 1 << 16,
        };
        Self { message_limits, high_water_mark: 128 << 10 }
    }
}

impl Limits {
    /// Limits the payload of one data frame, in bytes. A longer one fails the connection with 1009
    /// as soon as its header is there (RFC 6455 10.4).
    ///
    /// Unless this is called, a frame may be as long as
    /// [`max_message_len`](Self::max_message_len) allows.
    #[must_use]
    pub fn max_frame_len(mut self, max_frame_len: u64) -> Self {
        self.message_limits.max_frame_len = max_frame_len;
        self
    }

    /// Limits a message, in bytes over all its fragments. A longer one fails the connection with
    /// 1009 at the header that exceeds it (RFC 6455 10.4).
    #[must_use]
    pub fn max_message_len(mut self, max_message_len: u64) -> Self {
        self.message_limits.max_message_len = max_message_len;
        self
    }

    /// The most fragments that one message may have, at least 1. More fail the connection with
    /// 1008.
    #[must_use]
    pub fn max_fragments(mut self, max_fragments: u32) -> Self {
        // Else a message in one frame would pass if it comes in one read, and fail if not.
        self.message_limits.max_fragments = max_fragments.max(1);
        self
    }

    /// The most control frames that may stand between the fragments of one message. More fail the
    /// connection with 1008.
    #[must_use]
    pub fn max_controls_per_message(mut self, max_controls_per_message: u32) -> Self {
        self.message_limits.max_controls_per_message = max_controls_per_message;
        self
    }

    /// How many bytes may wait to be written before the connection holds back: of further Pongs
    /// only the latest is kept (RFC 6455 5.5.3), and the adapters' `send` waits.
    #[must_use]
    pub fn high_water_mark(self, high_water_mark: usize) -> Self {
        Self { high_water_mark, ..self }
    }

    /// Returns what [`max_message_len`](Self::max_message_len) was set to.
    #[must_use]
    pub const fn get_max_message_len(&self) -> u64 {
        self.message_limits.max_message_len
    }

    /// Returns what [`max_frame_len`](Self::max_frame_len) was set to; if it was not, `u64::MAX`: the
    /// limit is that of the message.
    #[must_use]
    pub const fn get_max_frame_len(&self) -> u64 {
        self.message_limits.max_frame_len
    }

    /// Returns what [`max_fragments`](Self::max_fragments) was set to.
    #[must_use]
    pub const fn get_max_fragments(&self) -> u32 {
        self.message_limits.max_fragments
    }

    /// Returns what [`max_controls_per_message`](Self::max_controls_per_message) was set to.
    #[must_use]
    pub const fn get_max_controls_per_message(&self) -> u32 {
        self.message_limits.max_controls_per_message
    }

    /// Returns what [`high_water_mark`](Self::high_water_mark) was set to.
    #[must_use]
    pub const fn get_high_water_mark(&self) -> usize {
        self.high_water_mark
    }
}
