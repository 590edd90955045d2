/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// The run waits for the head of the target.
    Opening,
    /// The steps are taken.
    Script,
    /// All is sent, and an outcome is waited for.
    Settling,
    /// There is a verdict; the connection is closed.
    Closing,
    Finished,
}
