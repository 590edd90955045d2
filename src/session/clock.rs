use crate::time::Timestamp;

/// A source of the current time.
///
/// A session reads the clock only when it needs the time, since that can cost as much as receiving
/// a message. A [`Timestamp`] is a clock that is stopped: pass one if the time is known already.
///
/// ```
/// use core::time::Duration;
/// use sansocket::{Timestamp, session::Clock};
///
/// let at = Timestamp::from(Duration::from_secs(7));
/// assert_eq!(at.now(), at);
/// assert_eq!((|| at).now(), at);
/// ```
pub trait Clock {
    /// Returns the current time. It must be monotonic.
    fn now(&self) -> Timestamp;
}

impl Clock for Timestamp {
    #[inline]
    fn now(&self) -> Timestamp {
        *self
    }
}

impl<F: Fn() -> Timestamp> Clock for F {
    #[inline]
    fn now(&self) -> Timestamp {
        self()
    }
}
