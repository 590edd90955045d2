//! The `Debug` output of all public types, and the text of all errors, has nothing that grants access:
//! no data for authentication, session id or private id; and nothing that an event carries.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

mod codec;
#[path = "../../../../tests/redacted/log.rs"]
mod log;
mod session;
#[path = "../../../../tests/source_tree/mod.rs"]
mod source_tree;
mod tokio_client;
mod tokio_server;

use log::Log;
use sansocket_socketio::{Arguments, Binary, Value, value::Object};

/// What grants access.
pub(crate) const SID: &str = log::COOKIE;
pub(crate) const PID: &str = log::SUBPROTOCOL;
pub(crate) const TOKEN: &str = log::AUTHORIZATION;
/// What an event carries, as text and as bytes.
pub(crate) const TEXT: &str = log::OTHER;
pub(crate) const BYTES: &str = log::QUERY;

/// Public types that are not checked, with reasons.
const EXEMPT: &[(&str, &str)] = &[
    ("server::adapter::Node", "a weak reference, which shows nothing"),
    ("value::arguments::Arguments", "what the application was handed, or made"),
    ("value::object::Object", "what the application was handed, or made"),
    ("value::tree::Value", "what the application was handed, or made"),
    #[cfg(not(feature = "redis"))]
    ("redis_streams::RedisStreams", "it is not compiled"),
    #[cfg(not(feature = "redis"))]
    ("redis_streams::settings::Settings", "it is not compiled"),
];

pub(crate) fn auth() -> Object {
    Object::from_iter([("token".to_owned(), Value::from(TOKEN))])
}

pub(crate) fn arguments() -> Arguments {
    Arguments::new(&(TEXT, Binary::from(BYTES.as_bytes()), TEXT.as_bytes())).unwrap()
}

#[tokio::test(start_paused = true)]
async fn no_public_type_shows_a_secret_at_any_stage() {
    let mut log = Log::default();
    codec::check(&mut log);
    session::check(&mut log);
    tokio_client::check(&mut log).await;
    tokio_server::check(&mut log).await;
    log.finish(EXEMPT);
}
