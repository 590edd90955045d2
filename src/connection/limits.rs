/// The limits of a connection. Lengths are checked when a header declares them, before any payload
/// is buffered. For a compressed message the limit applies to its inflated length; its frames may
/// declare up to twice as much plus 1 KiB.
///
/// | limit | default |
/// | --- | --- |
/// | [`max_message_len`](Self::max_message_len) | 16 MiB |
/// | [`max_frame_len`](Self::max_frame_len) | `max_message_len` |
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

/// The limits of received messages.
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
            // The limit of the message applies to each of its frames.
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
    /// as soon as its header has arrived (RFC 6455 10.4).
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

    /// Limits the number of fragments of one message; 0 counts as 1. More fail the connection with
    /// 1008.
    #[must_use]
    pub fn max_fragments(mut self, max_fragments: u32) -> Self {
        // With 0, a message in one frame would pass if it arrives in one read, and fail otherwise.
        self.message_limits.max_fragments = max_fragments.max(1);
        self
    }

    /// Limits the number of control frames between the fragments of one message. More fail the
    /// connection with 1008.
    #[must_use]
    pub fn max_controls_per_message(mut self, max_controls_per_message: u32) -> Self {
        self.message_limits.max_controls_per_message = max_controls_per_message;
        self
    }

    /// Sets the number of queued bytes at which backpressure begins: the adapters' `send` waits,
    /// and of further Pongs only the latest is kept (RFC 6455 5.5.3).
    #[must_use]
    pub fn high_water_mark(self, high_water_mark: usize) -> Self {
        Self { high_water_mark, ..self }
    }

    /// Returns the value of [`max_message_len`](Self::max_message_len).
    #[must_use]
    pub const fn get_max_message_len(&self) -> u64 {
        self.message_limits.max_message_len
    }

    /// Returns the value of [`max_frame_len`](Self::max_frame_len); `u64::MAX` if it was not set.
    #[must_use]
    pub const fn get_max_frame_len(&self) -> u64 {
        self.message_limits.max_frame_len
    }

    /// Returns the value of [`max_fragments`](Self::max_fragments).
    #[must_use]
    pub const fn get_max_fragments(&self) -> u32 {
        self.message_limits.max_fragments
    }

    /// Returns the value of [`max_controls_per_message`](Self::max_controls_per_message).
    #[must_use]
    pub const fn get_max_controls_per_message(&self) -> u32 {
        self.message_limits.max_controls_per_message
    }

    /// Returns the value of [`high_water_mark`](Self::high_water_mark).
    #[must_use]
    pub const fn get_high_water_mark(&self) -> usize {
        self.high_water_mark
    }
}
