/// The result of [`ReadBuffer::advance`](super::ReadBuffer::advance).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the caller must handle every case")]
pub enum Progress {
    /// A message, or a chunk of one, is ready. Get it before the next call.
    Message,
    /// All input is used up. Read more.
    NeedInput,
    /// The peer's Close frame has arrived. No message will follow.
    Closed,
}
