/// Which call of the transport is next, if any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever writes must know every case")]
pub enum Want {
    /// Write: [`Writing::unwritten`](super::Writing::unwritten), or what was
    /// [lent](super::Writing::lend).
    Write,
    /// Have the transport pass on what it has taken.
    Flush,
    /// None: all has left, or nothing can leave any more.
    Nothing,
}
