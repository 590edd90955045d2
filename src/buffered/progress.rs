/// How far [`ReadBuffer::advance`](super::ReadBuffer::advance) came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever drives the buffer must know every case")]
pub enum Progress {
    /// A message, or a chunk of one, is there: fetch it before the next call.
    Message,
    /// All input is used up: read more.
    NeedInput,
    /// The peer's Close frame has come: no message will follow.
    Closed,
}
