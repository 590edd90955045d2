//! One file per section of RFC 6455, one test per rule.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

mod upgrade;

mod rfc_9112_http_heads;
mod section_10_2_origin;
mod section_11_3_header_fields;
mod section_3_uris;
mod section_4_1_client_handshake;
mod section_4_1_server_response;
mod section_4_2_1_client_request;
mod section_4_2_2_server_handshake;
mod section_4_3_grammar;
mod section_4_4_versions;
mod section_9_1_extensions;
