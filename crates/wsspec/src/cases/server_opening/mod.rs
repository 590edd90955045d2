//! RFC 6455 4.2: the opening handshake of a server.

mod accepted;
mod answered;
mod key_and_version;
mod malformed;
mod refused;

use crate::case::{Case, Expected, Head};

pub(super) fn cases() -> Vec<Case> {
    [
        refused::cases(),
        key_and_version::cases(),
        malformed::cases(),
        accepted::cases(),
        answered::cases(),
    ]
    .concat()
}

fn opening(what: &str, rule: &'static str, title: String, why: String, request: Head) -> Case {
    Case::must(format!("rfc6455/4.2.1/{what}"), title)
        .for_servers()
        .rule(rule)
        .why(why)
        .opens_with(request)
}

/// A request that a server must refuse.
fn refused(
    what: &str,
    rule: &'static str,
    title: impl Into<String>,
    why: impl Into<String>,
    request: Head,
) -> Case {
    opening(what, rule, title.into(), why.into(), request).refuses()
}

/// A request that a server must accept.
fn accepted(
    what: &str,
    rule: &'static str,
    title: impl Into<String>,
    why: impl Into<String>,
    request: Head,
) -> Case {
    opening(what, rule, title.into(), why.into(), request).expects([Expected::Opened])
}
