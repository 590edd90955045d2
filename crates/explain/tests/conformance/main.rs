//! The cases of the engine's conformance tests, explained: they run here with ends and heads that ask the
//! explainer too, and fail if its verdict is another one than the engine's.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

mod count;
mod judge;
mod upgrade;

#[path = "../../../../tests/endpoint/mod.rs"]
mod endpoint;
#[allow(dead_code, reason = "`upgrade` has some of it in another way")]
#[path = "../../../../tests/conformance/upgrade.rs"]
mod engine_upgrade;
#[path = "../explain/heads.rs"]
mod heads;
#[path = "../explain/verdict.rs"]
mod verdict;
#[path = "../../../../tests/conformance/violation.rs"]
mod violation;
#[path = "../../../../tests/wire/mod.rs"]
mod wire;

#[path = "../../../../tests/conformance/rfc_9112_http_heads.rs"]
mod rfc_9112_http_heads;
#[path = "../../../../tests/conformance/section_10_2_origin.rs"]
mod section_10_2_origin;
#[path = "../../../../tests/conformance/section_10_3_masking.rs"]
mod section_10_3_masking;
#[path = "../../../../tests/conformance/section_10_4_limits.rs"]
mod section_10_4_limits;
#[path = "../../../../tests/conformance/section_10_7_invalid_data.rs"]
mod section_10_7_invalid_data;
#[path = "../../../../tests/conformance/section_11_3_header_fields.rs"]
mod section_11_3_header_fields;
#[path = "../../../../tests/conformance/section_3_uris.rs"]
mod section_3_uris;
#[path = "../../../../tests/conformance/section_4_1_server_response.rs"]
mod section_4_1_server_response;
#[path = "../../../../tests/conformance/section_4_2_1_client_request.rs"]
mod section_4_2_1_client_request;
#[path = "../../../../tests/conformance/section_4_2_2_server_handshake.rs"]
mod section_4_2_2_server_handshake;
#[path = "../../../../tests/conformance/section_4_3_grammar.rs"]
mod section_4_3_grammar;
#[path = "../../../../tests/conformance/section_4_4_versions.rs"]
mod section_4_4_versions;
#[path = "../../../../tests/conformance/section_5_1_overview.rs"]
mod section_5_1_overview;
#[path = "../../../../tests/conformance/section_5_2_base_framing.rs"]
mod section_5_2_base_framing;
#[path = "../../../../tests/conformance/section_5_4_fragmentation.rs"]
mod section_5_4_fragmentation;
#[path = "../../../../tests/conformance/section_5_5_1_close.rs"]
mod section_5_5_1_close;
#[path = "../../../../tests/conformance/section_5_5_2_ping.rs"]
mod section_5_5_2_ping;
#[path = "../../../../tests/conformance/section_5_5_3_pong.rs"]
mod section_5_5_3_pong;
#[path = "../../../../tests/conformance/section_5_5_control_frames.rs"]
mod section_5_5_control_frames;
#[path = "../../../../tests/conformance/section_5_6_data_frames.rs"]
mod section_5_6_data_frames;
#[path = "../../../../tests/conformance/section_5_7_examples.rs"]
mod section_5_7_examples;
#[path = "../../../../tests/conformance/section_5_8_extensibility.rs"]
mod section_5_8_extensibility;
#[path = "../../../../tests/conformance/section_6_1_sending.rs"]
mod section_6_1_sending;
#[path = "../../../../tests/conformance/section_6_2_receiving.rs"]
mod section_6_2_receiving;
#[path = "../../../../tests/conformance/section_7_1_1_close_the_connection.rs"]
mod section_7_1_1_close_the_connection;
#[path = "../../../../tests/conformance/section_7_1_2_closing_handshake.rs"]
mod section_7_1_2_closing_handshake;
#[path = "../../../../tests/conformance/section_7_1_4_closed.rs"]
mod section_7_1_4_closed;
#[path = "../../../../tests/conformance/section_7_1_7_fail.rs"]
mod section_7_1_7_fail;
#[path = "../../../../tests/conformance/section_7_2_3_reconnecting.rs"]
mod section_7_2_3_reconnecting;
#[path = "../../../../tests/conformance/section_7_2_abnormal_closures.rs"]
mod section_7_2_abnormal_closures;
#[path = "../../../../tests/conformance/section_7_4_status_codes.rs"]
mod section_7_4_status_codes;
#[path = "../../../../tests/conformance/section_8_1_utf8.rs"]
mod section_8_1_utf8;
#[path = "../../../../tests/conformance/section_9_1_extensions.rs"]
mod section_9_1_extensions;
