//! Parameters that are wrong in an offer as in an answer.

/// Section, slug, the rule if it is not the one of the role, and the offer or answer.
pub(super) type Wrong = (&'static str, &'static str, Option<&'static str>, &'static str);

#[rustfmt::skip]
pub(super) const WRONG: &[Wrong] = &[
    ("7.1", "an-unknown-parameter", None, "permessage-deflate; x-unknown"),
    ("7.1", "an-unknown-parameter-with-value", None, "permessage-deflate; x-unknown=10"),
    ("7.1", "server-takeover-twice", None, "permessage-deflate; server_no_context_takeover; server_no_context_takeover"),
    ("7.1", "client-takeover-twice", None, "permessage-deflate; client_no_context_takeover; client_no_context_takeover"),
    ("7.1", "server-bits-twice", None, "permessage-deflate; server_max_window_bits=10; server_max_window_bits=10"),
    ("7.1", "client-bits-twice", None, "permessage-deflate; client_max_window_bits=10; client_max_window_bits=10"),
    ("7.1.1.1", "server-takeover-with-value", Some("7692-7.1.1.1-1"), "permessage-deflate; server_no_context_takeover=1"),
    ("7.1.1.2", "client-takeover-with-value", Some("7692-7.1.1.2-1"), "permessage-deflate; client_no_context_takeover=true"),
    ("7.1.2.1", "server-bits-without-value", Some("7692-7.1.2-1"), "permessage-deflate; server_max_window_bits"),
    ("7.1.2.1", "server-bits-0", Some("7692-7.1.2-1"), "permessage-deflate; server_max_window_bits=0"),
    ("7.1.2.1", "server-bits-7", Some("7692-7.1.2-1"), "permessage-deflate; server_max_window_bits=7"),
    ("7.1.2.1", "server-bits-16", Some("7692-7.1.2-1"), "permessage-deflate; server_max_window_bits=16"),
    ("7.1.2.1", "server-bits-with-leading-zero", Some("7692-7.1.2-1"), "permessage-deflate; server_max_window_bits=08"),
    ("7.1.2.1", "server-bits-a-word", Some("7692-7.1.2-1"), "permessage-deflate; server_max_window_bits=ten"),
    ("7.1.2.2", "client-bits-7", Some("7692-7.1.2-1"), "permessage-deflate; client_max_window_bits=7"),
    ("7.1.2.2", "client-bits-16", Some("7692-7.1.2-1"), "permessage-deflate; client_max_window_bits=16"),
    ("7.1.2.2", "client-bits-with-leading-zero", Some("7692-7.1.2-1"), "permessage-deflate; client_max_window_bits=08"),
];
