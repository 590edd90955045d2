/// The next call of the transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the writer must handle every case")]
pub enum Want {
    /// Write the bytes of [`Writing::unwritten`](super::Writing::unwritten), or those that were
    /// [lent](super::Writing::lend).
    Write,
    /// Flush the transport.
    Flush,
    /// None: everything is written and flushed, or writing has failed.
    Nothing,
}
