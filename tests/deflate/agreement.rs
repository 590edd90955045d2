//! Endpoints that have agreed on compression.

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

/// What a client and a server agree on if both have this config.
pub(crate) fn agreed(config: &deflate::Config) -> Params {
    Offer::new(config).answer(config).1
}

/// The endpoint with this role, if both have this config.
pub(crate) fn endpoint(role: Role, config: &Limits, deflate: &deflate::Config) -> Endpoint {
    let mut endpoint = Endpoint::with(role, config);
    endpoint.connection = endpoint.connection.with_deflate(&agreed(deflate), deflate);
    endpoint
}

/// The config in which the endpoint with this role compresses with one window, and the other
/// endpoint with another.
pub(crate) fn with_window_of(role: Role, bits: u8, others: u8) -> deflate::Config {
    let config = deflate::Config::default();
    match role {
        Role::Client => config.client_max_window_bits(bits).server_max_window_bits(others),
        Role::Server => config.server_max_window_bits(bits).client_max_window_bits(others),
    }
}

/// The same for no context takeover.
pub(crate) fn without_takeover_of(role: Role) -> deflate::Config {
    let config = deflate::Config::default();
    match role {
        Role::Client => config.client_no_context_takeover(true),
        Role::Server => config.server_no_context_takeover(true),
    }
}
