/// The transports of a client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Transports {
    /// WebSocket from the first request on: one round trip, and the least per event. The default.
    #[default]
    WebSocket,
    /// HTTP long-polling alone, where no WebSocket gets through.
    Polling,
    /// HTTP long-polling first, then WebSocket if the server offers it and it gets through; otherwise the
    /// session stays on polling. The default of other clients.
    PollingThenUpgrade,
}
