//! One file per section of RFC 6455, one test per rule.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

mod chacha;
#[path = "../endpoint/mod.rs"]
mod endpoint;
mod tunnelling;
mod upgrade;
mod violation;
#[path = "../wire/mod.rs"]
mod wire;

mod rfc_1928_socks5;
mod rfc_7617_basic;
mod rfc_9110_connect;
mod rfc_9112_http_heads;
mod rfc_9112_response_bodies;
mod section_10_2_origin;
mod section_10_3_masking;
mod section_10_4_limits;
mod section_10_7_invalid_data;
mod section_11_3_header_fields;
mod section_3_uris;
mod section_4_1_client_handshake;
mod section_4_1_server_response;
mod section_4_2_1_client_request;
mod section_4_2_2_server_handshake;
mod section_4_3_grammar;
mod section_4_4_versions;
mod section_5_1_overview;
mod section_5_2_base_framing;
mod section_5_3_masking;
mod section_5_4_fragmentation;
mod section_5_5_1_close;
mod section_5_5_2_ping;
mod section_5_5_3_pong;
mod section_5_5_control_frames;
mod section_5_6_data_frames;
mod section_5_7_examples;
mod section_5_8_extensibility;
mod section_6_1_sending;
mod section_6_2_receiving;
mod section_7_1_1_close_the_connection;
mod section_7_1_2_closing_handshake;
mod section_7_1_4_closed;
mod section_7_1_7_fail;
mod section_7_2_3_reconnecting;
mod section_7_2_abnormal_closures;
mod section_7_4_status_codes;
mod section_8_1_utf8;
mod section_9_1_extensions;
