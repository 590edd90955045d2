use crate::close::OwnedCloseFrame;

/// The state of the direction to the peer: what we may still send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outbound {
    /// Messages and control frames.
    Open,
    /// Nothing: we sent a Close frame first, or to fail the connection.
    Closed,
    /// Nothing: our Close frame answered the peer's.
    Answered,
    /// Nothing: the transport was lost before a Close frame was written.
    Lost,
}

/// Our Close frame. It is boxed, so that an open connection reserves no space for it.
#[derive(Debug)]
pub(super) struct CloseSent {
    pub(super) frame: OwnedCloseFrame,
    /// The number of bytes that were appended after it.
    pub(super) after: usize,
}
