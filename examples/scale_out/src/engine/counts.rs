/// What has happened to the messages of a client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Messages that were shown.
    pub shown: u64,
    /// Messages that were not shown, since they came again in another epoch.
    pub repeated: u64,
    /// Messages that were not shown, since they were not newer than the position.
    pub not_newer: u64,
    /// Returns to a room with nothing missing.
    pub resumed: u64,
    /// Returns to a room where something may be missing: the client was told.
    pub not_recovered: u64,
    /// Gaps that the client was not told of. Always 0, unless there is a bug.
    pub gaps: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        let Self { shown, repeated, not_newer, resumed, not_recovered, gaps } = other;
        self.shown += shown;
        self.repeated += repeated;
        self.not_newer += not_newer;
        self.resumed += resumed;
        self.not_recovered += not_recovered;
        self.gaps += gaps;
    }
}
