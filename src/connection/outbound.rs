use crate::close::OwnedCloseFrame;

/// What we may still send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outbound {
    /// Messages and control frames.
    Open,
    /// Nothing: our Close frame was sent first, or to fail the connection.
    Closed,
    /// Nothing: our Close frame answered the peer's.
    Answered,
    /// Nothing: the transport was lost before a Close frame had left.
    Lost,
}

/// Our Close frame: apart, so that an open connection has no room for it.
#[derive(Debug)]
pub(super) struct CloseSent {
    pub(super) frame: OwnedCloseFrame,
    /// How many bytes were appended after it.
    pub(super) after: usize,
}
