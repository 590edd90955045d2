/// The state of the direction from the peer: what it may still send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inbound {
    /// Messages and control frames.
    Open,
    /// Nothing: its Close frame has arrived.
    Closed,
    /// Nothing: it broke a rule, and further input is ignored (RFC 6455 7.1.7).
    Failed,
    /// Nothing: the transport ended without a Close frame.
    Lost,
}
