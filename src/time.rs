use core::time::Duration;

/// A point in time, counted from an origin of the caller's choice.
///
/// The engine has no clock: the caller passes the time in, and it must be monotonic.
/// `Instant::elapsed` of an instant taken at the start works, and so does a tick counter.
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
    /// Nanoseconds since the origin. 584 years fit.
    nanos: u64,
}

impl Timestamp {
    /// Returns the time that passed from `earlier` to `self`; zero if `earlier` is later.
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

    /// Returns the point in time `duration` later, or the end of time if that is too late.
    fn add(self, duration: Duration) -> Self {
        Self { nanos: self.nanos.saturating_add(nanos(duration)) }
    }
}

impl Timestamp {
    /// The end of time.
    pub(crate) const NEVER: Self = Self { nanos: u64::MAX };
}

/// A timeout in four bytes: milliseconds, rounded up. 49 days or more are no timeout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    millis: u32,
}

impl Span {
    pub(crate) const NONE: Self = Self { millis: u32::MAX };

    /// Returns the duration, or the longest there is if this is no timeout.
    pub(crate) fn at_most(self) -> Duration {
        if self == Self::NONE { Duration::MAX } else { Duration::from_millis(self.millis.into()) }
    }
}

impl Span {
    /// Returns the time that remains after `spent`, or `None` if this is no timeout.
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

    /// Returns the point in time `span` later, or the end of time if that is too late.
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

/// The kind of timeout that has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeoutKind {
    /// The opening handshake took too long.
    Handshake,
    /// On a server: the client sent no complete request in time.
    Request,
    /// On a client: the server sent no complete response in time.
    Response,
    /// A Ping was not answered, and nothing else arrived in the meantime.
    Pong,
    /// The connection was idle: no data was sent or received.
    Idle,
    /// The closing handshake took too long.
    Close,
    /// Writing stalled: the peer accepted too little.
    Write,
}

impl core::fmt::Display for TimeoutKind {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Handshake => "the opening handshake took too long",
            Self::Request => "the client sent no complete request in time",
            Self::Response => "the server sent no complete response in time",
            Self::Pong => "the peer did not answer a Ping",
            Self::Idle => "no data was sent or received",
            Self::Close => "the closing handshake took too long",
            Self::Write => "the peer did not accept what was written",
        })
    }
}
