//! A client and a server, joined by two pipes.

use sansocket::connection::{ProtocolError, TransportAction};
use sansocket::{Limits, Role};

use crate::endpoint::Endpoint;

/// The output of either endpoint is the pipe to the other.
pub(crate) struct Pair {
    pub(crate) client: Endpoint,
    pub(crate) server: Endpoint,
    /// How many bytes one read takes from a pipe.
    read_len: usize,
}

impl Pair {
    pub(crate) fn new(read_len: usize) -> Self {
        Self {
            client: Endpoint::new(Role::Client),
            server: Endpoint::with(Role::Server, &Limits::default()),
            read_len,
        }
    }

    pub(crate) fn end(&mut self, role: Role) -> &mut Endpoint {
        match role {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }

    /// Carries what waits in the pipe to the end of this role.
    pub(crate) fn deliver_to(&mut self, role: Role) -> Result<(), ProtocolError> {
        let bytes = self.end(peer_of(role)).take_out();
        let read_len = self.read_len;
        self.end(role).receive_in(&bytes, &[read_len])
    }

    /// Carries bytes both ways until both pipes are empty.
    pub(crate) fn deliver_all(&mut self) {
        while !(self.client.out.is_empty() && self.server.out.is_empty()) {
            self.deliver_to(Role::Server).unwrap();
            self.deliver_to(Role::Client).unwrap();
        }
    }
}

pub(crate) const ROLES: [Role; 2] = [Role::Client, Role::Server];

/// Reads of one byte, of a few bytes, so that every frame is cut at another place, and of
/// everything.
pub(crate) const READ_LENS: [usize; 4] = [1, 3, 7, usize::MAX];

pub(crate) fn peer_of(role: Role) -> Role {
    match role {
        Role::Client => Role::Server,
        Role::Server => Role::Client,
    }
}

/// RFC 6455 7.1.1: the server closes first.
pub(crate) fn transport_after_both_closes(role: Role) -> TransportAction {
    match role {
        Role::Client => TransportAction::AwaitPeerClose,
        Role::Server => TransportAction::CloseNow,
    }
}
