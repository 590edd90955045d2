//! RFC 6455 4.1: the opening handshake of a client.

mod accepted;
mod malformed;
mod refused;
mod request;

use crate::case::{Case, Head};

pub(super) fn cases() -> Vec<Case> {
    [request::cases(), refused::cases(), malformed::cases(), accepted::cases()].concat()
}

fn opening(what: &str, rule: &'static str, title: String, why: String, response: Head) -> Case {
    Case::must(format!("rfc6455/4.1/{what}"), title)
        .for_clients()
        .rule(rule)
        .why(why)
        .opens_with(response)
}

/// A response that a client must refuse.
fn refused(
    what: &str,
    rule: &'static str,
    title: impl Into<String>,
    why: impl Into<String>,
    response: Head,
) -> Case {
    opening(what, rule, title.into(), why.into(), response).abandons()
}

/// A response that a client must accept.
fn accepted(
    what: &str,
    rule: &'static str,
    title: impl Into<String>,
    why: impl Into<String>,
    response: Head,
) -> Case {
    opening(what, rule, title.into(), why.into(), response).stays_open()
}
