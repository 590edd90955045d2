/// When a packet came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) packet: u64,
    /// The nanoseconds since the first packet.
    pub(super) since_first: i128,
    /// The nanoseconds since 1970.
    pub(super) nanoseconds: i128,
}

impl Moment {
    /// Before the first packet.
    pub(super) const START: Self = Self { packet: 0, since_first: 0, nanoseconds: 0 };

    /// Returns the seconds since the first packet.
    pub(super) fn seconds(self) -> f64 {
        self.since_first as f64 / 1e9
    }

    /// Returns the seconds since 1970.
    pub(super) fn seconds_since_1970(self) -> f64 {
        self.nanoseconds as f64 / 1e9
    }
}
