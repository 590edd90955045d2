/// Which end of the connection we are.
///
/// The role decides who masks its frames (RFC 6455 5.1) and who closes the transport first
/// (RFC 6455 7.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a connection has two ends")]
pub enum Role {
    /// The end that sent the upgrade request. It masks every frame.
    Client,
    /// The end that answered the upgrade request. It masks none.
    Server,
}

impl Role {
    /// Returns the other end.
    #[must_use]
    pub const fn peer(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}
