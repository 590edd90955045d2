/// What may go wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Faults {
    /// The log is trimmed, flushed, and restarted with what it had earlier.
    pub(crate) log_loses: bool,
}

impl Faults {
    pub(crate) const ALL: Self = Self { log_loses: true };
    /// Nodes and connections fail as often, but not the log.
    pub(crate) const WITHOUT_LOSS: Self = Self { log_loses: false };
}
