/// What the peer may still send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inbound {
    /// Messages and control frames.
    Open,
    /// Nothing: its Close frame has come.
    Closed,
    /// Nothing: it broke a rule, and what follows is not read (RFC 6455 7.1.7).
    Failed,
    /// Nothing: the transport ended without a Close frame.
    Lost,
}
