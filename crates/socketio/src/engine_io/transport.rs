/// The way packets take between the two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a session handles every transport")]
pub enum Transport {
    /// HTTP long-polling: a GET waits for the packets of the server, a POST carries those of the
    /// client.
    Polling,
    /// A WebSocket connection, each packet a message.
    WebSocket,
}

impl Transport {
    /// Returns the name in a query and in the list of upgrades: `polling` or `websocket`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Polling => "polling",
            Self::WebSocket => "websocket",
        }
    }

    /// Returns the transport of this name, or `None` if it is unknown here.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Polling, Self::WebSocket].into_iter().find(|transport| transport.name() == name)
    }
}
