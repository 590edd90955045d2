//! The verdict of the engine, and that of an explanation. The fuzz targets use it too.

use sansocket::{
    CloseCode, Limits, Role, Seed,
    connection::{Connection, Receiver},
    deflate::{Config, Params},
};
use sansocket_explain::{Action, Element, Options};

/// A close code, and the byte after which the engine asks for it.
pub(crate) type Verdict = Option<(CloseCode, u64)>;

pub(crate) fn receiver(sender: Role, limits: &Limits, params: Option<&Params>) -> Receiver {
    let connection = match sender {
        Role::Client => Connection::server(limits),
        Role::Server => Connection::client(limits, Seed::from([0; 32])),
    };
    match params {
        Some(params) => connection.with_deflate(params, &Config::default()).receiver,
        None => connection.receiver,
    }
}

/// Returns the verdict of the engine, which gets one byte at a time.
pub(crate) fn engine(
    sender: Role,
    limits: &Limits,
    params: Option<&Params>,
    bytes: &[u8],
) -> Verdict {
    let mut receiver = receiver(sender, limits, params);
    for (at, &byte) in bytes.iter().enumerate() {
        let mut byte = [byte];
        let mut input = &mut byte[..];
        loop {
            match receiver.receive(&mut input) {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(error) => return Some((error.close_code(), at as u64)),
            }
        }
    }
    None
}

/// Returns the close codes that a receiver must send, each with the byte at which it knows.
pub(crate) fn closes(
    elements: impl IntoIterator<Item = Element>,
) -> impl Iterator<Item = (CloseCode, u64)> {
    let violations = elements.into_iter().flat_map(|element| element.violations);
    violations.filter_map(|violation| match violation.action {
        Action::Close(code) => Some((code, violation.at)),
        _ => None,
    })
}

fn answer(params: &Params) -> String {
    let mut answer = format!(
        "permessage-deflate; server_max_window_bits={}; client_max_window_bits={}",
        params.server_max_window_bits, params.client_max_window_bits
    );
    if params.server_no_context_takeover {
        answer.push_str("; server_no_context_takeover");
    }
    if params.client_no_context_takeover {
        answer.push_str("; client_no_context_takeover");
    }
    answer
}

/// Returns the options after a handshake that agreed on `params`.
pub(crate) fn options(limits: &Limits, params: Option<&Params>) -> Options {
    let options = match params {
        Some(params) => Options::deflate(&answer(params)).unwrap(),
        None => Options::frames(),
    };
    options.limits(limits.clone())
}
