/// When `send` writes what is queued.
///
/// In any case the queue is written before the connection waits for input, when it reaches the
/// high-water mark, and by `flush` and `close`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Batching {
    /// At once, unless the next message has already been received in full, so that the next `read`
    /// or `recv` returns without waiting: then the frame stays queued.
    ///
    /// A program that itself waits between two messages (for a database, a lock, a timer) lets
    /// the answers given so far wait along: it calls `flush` before, or chooses
    /// [`Batching::EachMessage`].
    #[default]
    Automatic,
    /// At once.
    EachMessage,
    /// Not by itself: `send` only queues, as `feed` does.
    Manual,
}

impl Batching {
    /// Whether a frame stays queued that is sent while `has_message` says whether the next message
    /// has been received in full.
    #[inline]
    #[must_use]
    pub const fn holds(self, has_message: bool) -> bool {
        match self {
            Self::Automatic => has_message,
            Self::EachMessage => false,
            Self::Manual => true,
        }
    }
}
