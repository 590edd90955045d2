use core::time::Duration;

/// A point in time, counted from an origin of the caller's choice.
///
/// The engine has no clock: whoever drives it passes the time in, from one that never goes
/// back. `Instant::elapsed` of an instant taken at the start serves, and so does a tick counter.
///
/// ```
/// use core::time::Duration;
/// use sansocket::Timestamp;
///
/// let start = Timestamp::from(Duration::from_millis(250));
/// assert_eq!((start + Duration::from_secs(1)).since(start), Duration::from_secs(1));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    /// Since the origin: 584 years fit.
    nanos: u64,
}

impl Timestamp {
    /// The time that passed from `earlier` to `self`; zero if `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.nanos.saturating_sub(earlier.nanos))
    }
}

impl From<Duration> for Timestamp {
    fn from(since_origin: Duration) -> Self {
        Self { nanos: nanos(since_origin) }
    }
}

impl core::ops::Add<Duration> for Timestamp {
    type Output = Self;

    /// The point in time `duration` later; the end of time if it lies beyond.
    fn add(self, duration: Duration) -> Self {
        Self { nanos: self.nanos.saturating_add(nanos(duration)) }
    }
}

impl Timestamp {
    /// The end of time.
    pub(crate) const NEVER: Self = Self { nanos: u64::MAX };
}

/// A limit in four bytes: milliseconds, rounded up. None is as good as one of 49 days or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    millis: u32,
}

impl Span {
    pub(crate) const NONE: Self = Self { millis: u32::MAX };

    /// The duration; without an end it is the longest there is.
    pub(crate) fn at_most(self) -> Duration {
        if self == Self::NONE { Duration::MAX } else { Duration::from_millis(self.millis.into()) }
    }
}

impl Span {
    /// What is left of it after `spent`; `None` if it has no end.
    pub(crate) fn less(self, spent: Duration) -> Option<Duration> {
        (self != Self::NONE).then(|| self.at_most().saturating_sub(spent))
    }
}

impl From<Duration> for Span {
    fn from(duration: Duration) -> Self {
        let millis = duration.as_nanos().div_ceil(1_000_000);
        Self { millis: u32::try_from(millis).unwrap_or(u32::MAX) }
    }
}

impl From<Option<Duration>> for Span {
    fn from(duration: Option<Duration>) -> Self {
        duration.map_or(Self::NONE, Self::from)
    }
}

impl core::ops::Add<Span> for Timestamp {
    type Output = Self;

    /// The point in time `span` later; the end of time if it lies beyond.
    fn add(self, span: Span) -> Self {
        if span == Span::NONE {
            Self::NEVER
        } else {
            self + Duration::from_millis(span.millis.into())
        }
    }
}

fn nanos(duration: Duration) -> u64 {
    let of_seconds = duration.as_secs().saturating_mul(1_000_000_000);
    of_seconds.saturating_add(u64::from(duration.subsec_nanos()))
}

/// Which limit in time has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeoutKind {
    /// The opening handshake took too long.
    Handshake,
    /// A Ping was not answered, and nothing else came in its place.
    Pong,
    /// No message went either way.
    Idle,
    /// The closing handshake took too long.
    Close,
    /// The peer did not take what was to be written.
    Write,
}

impl core::fmt::Display for TimeoutKind {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Handshake => "the opening handshake took too long",
            Self::Pong => "the peer did not answer a Ping",
            Self::Idle => "no message went either way",
            Self::Close => "the closing handshake took too long",
            Self::Write => "the peer did not take what was written",
        })
    }
}
