//! RFC 6455 4.1: the opening handshake of a client.

mod accepted;
mod malformed;
mod refused;
mod request;

use crate::case::{Case, Head};

pub(super) fn cases() -> Vec<Case> {
    [request::cases(), refused::cases(), malformed::cases(), accepted::cases()].concat()
}

/// A response that a client must refuse.
fn refused(
    what: &str,
    rule: &'static str,
    title: impl Into<String>,
    why: impl Into<String>,
    response: Head,
) -> Case {
    Case::must(format!("rfc6455/4.1/{what}"), title)
        .for_clients()
        .rule(rule)
        .why(why)
        .opens_with(response)
        .abandons()
}

/// A response that a client must accept.
fn accepted(
    what: &str,
    rule: &'static str,
    title: impl Into<String>,
    why: impl Into<String>,
    response: Head,
) -> Case {
    Case::must(format!("rfc6455/4.1/{what}"), title)
        .for_clients()
        .rule(rule)
        .why(why)
        .opens_with(response)
        .stays_open()
}
