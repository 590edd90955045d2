//! RFC 6455 5.1 and 5.3: who masks.

use crate::case::{Case, Demand, Kind, ping, text};

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::must("rfc6455/5.1/unmasked-text", "A text of a client that is not masked")
            .for_servers()
            .rule("6455-5.1-2")
            .why("A script could make a cache between the ends take a payload for a response (RFC 6455 10.3).")
            .send([text("Hello").wrongly_masked()])
            .fails(1002),
        Case::must("rfc6455/5.1/unmasked-ping", "A Ping of a client that is not masked")
            .for_servers()
            .rule("6455-5.1-2")
            .why("The rule is for all frames.")
            .send([ping("Hello").wrongly_masked()])
            .fails(1002),
        Case::must("rfc6455/5.1/masks-as-its-role", "A client masks its frames, a server does not")
            .rule("6455-5.1-1")
            .why("The peer must fail the connection otherwise.")
            .send([text("Hello")])
            .echoes(Kind::Text, "Hello")
            .demands(Demand::Masking),
    ]
}
