//! Ends that have agreed on compression.

use sansocket::deflate::{self, Offer, Params};
use sansocket::{Limits, Role};

use crate::endpoint::Endpoint;

pub(crate) const ROLES: [Role; 2] = [Role::Client, Role::Server];

/// The role of the other end.
pub(crate) fn other(role: Role) -> Role {
    match role {
        Role::Client => Role::Server,
        Role::Server => Role::Client,
    }
}

/// What a client and a server agree on that both want this.
pub(crate) fn agreed(config: &deflate::Config) -> Params {
    Offer::new(config).answer(config).1
}

/// The end of this role, if both want this.
pub(crate) fn endpoint(role: Role, config: &Limits, deflate: &deflate::Config) -> Endpoint {
    let mut endpoint = Endpoint::with(role, config);
    endpoint.connection = endpoint.connection.with_deflate(&agreed(deflate), deflate);
    endpoint
}

/// The config in which the end of this role compresses with a window of its own, and the other end
/// with another.
pub(crate) fn with_window_of(role: Role, bits: u8, others: u8) -> deflate::Config {
    let config = deflate::Config::default();
    match role {
        Role::Client => config.client_max_window_bits(bits).server_max_window_bits(others),
        Role::Server => config.server_max_window_bits(bits).client_max_window_bits(others),
    }
}

/// The same for taking no context over.
pub(crate) fn without_takeover_of(role: Role) -> deflate::Config {
    let config = deflate::Config::default();
    match role {
        Role::Client => config.client_no_context_takeover(true),
        Role::Server => config.server_no_context_takeover(true),
    }
}
