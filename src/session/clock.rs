use crate::time::Timestamp;

/// A way to ask what time it is.
///
/// A session asks only if it needs to know, since to read a clock can cost as much as to receive a
/// message. A [`Timestamp`] is a clock that stands still: pass one if the time is known already.
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
    /// Returns the current time. It never goes back.
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
