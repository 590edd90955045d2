use crate::{engine_io::PacketError, packet::DecodeError};

/// The reason why a namespace was left, or a session ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DisconnectReason {
    /// The client left the namespace, or closed the session by [`close`](super::ClientSession::close).
    #[error("the client disconnected")]
    Client,
    /// The server removed the client from the namespace, or closed the session by
    /// [`close`](super::ServerSession::close).
    #[error("the server disconnected the client")]
    Server,
    /// The peer closed the transport.
    #[error("the peer closed the transport")]
    TransportClosed,
    /// The transport failed.
    #[error("the transport failed")]
    TransportLost,
    /// On a server: the client answered no ping in time. On a client: the server sent no ping in time.
    #[error("the peer took no part in the heartbeat in time")]
    PingTimeout,
    /// On a server: the client was connected to no namespace for too long. On a client: the server
    /// did not open the session in time.
    #[error("the peer did not connect in time")]
    ConnectTimeout,
    /// On a server: the client reads too slowly, so that what waits for it would exceed the limit
    /// `max_queued_len`.
    #[error(
        "the client reads too slowly: what waits for it would exceed the limit `max_queued_len`"
    )]
    QueueFull,
    /// The peer sent an invalid packet of Engine.IO.
    #[error(transparent)]
    Packet(#[from] PacketError),
    /// The peer sent an invalid packet of Socket.IO.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The peer sent a valid packet that does not fit the state of the session.
    #[error("the peer sent {0}")]
    Unexpected(&'static str),
}

impl DisconnectReason {
    /// Returns the words that a server in JavaScript has for the reason.
    ///
    /// ```
    /// use sansocket_socketio::session::DisconnectReason;
    ///
    /// assert_eq!(DisconnectReason::PingTimeout.name(), "ping timeout");
    /// ```
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Client => "client namespace disconnect",
            Self::Server => "server namespace disconnect",
            Self::TransportClosed => "transport close",
            Self::TransportLost | Self::Unexpected(_) => "transport error",
            Self::PingTimeout => "ping timeout",
            Self::ConnectTimeout | Self::QueueFull => "forced server close",
            Self::Packet(_) | Self::Decode(_) => "parse error",
        }
    }
}
