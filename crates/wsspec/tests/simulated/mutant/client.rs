//! The request of a client (RFC 6455 4.1), and how it reads the response.

use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::{
    agreement::Agreement,
    head::Head,
    mutation::{Conduct, Mutation},
};

/// What a client makes of a response.
pub(crate) enum Read {
    Opened(Option<Agreement>),
    /// The final response is still to come.
    Interim,
    Failed,
}

pub(crate) const OFFER: &str = "permessage-deflate; client_max_window_bits";

/// The key, which is the same here for each connection: no case sees more than one.
pub(crate) fn key(conduct: &Conduct) -> String {
    let nonce: &[u8] = b"the other sample";
    BASE64_STANDARD.encode(if conduct.does(Mutation::SendsKeyOf15Bytes) {
        &nonce[..15]
    } else {
        nonce
    })
}

pub(crate) fn request(key: &str, conduct: &Conduct) -> Vec<u8> {
    let does = |mutation| conduct.does(mutation);
    let (method, version) = match () {
        () if does(Mutation::SendsPost) => ("POST", "HTTP/1.1"),
        () if does(Mutation::SendsHttp10) => ("GET", "HTTP/1.0"),
        () => ("GET", "HTTP/1.1"),
    };
    let target = if does(Mutation::SendsFragment) { "/#part" } else { "/" };
    let websocket_version = if does(Mutation::SendsVersion12) { "12" } else { "13" };
    let mut lines = vec![
        format!("{method} {target} {version}"),
        "Host: localhost".to_owned(),
        "Upgrade: websocket".to_owned(),
        "Connection: Upgrade".to_owned(),
        format!("Sec-WebSocket-Key: {key}"),
        format!("Sec-WebSocket-Version: {websocket_version}"),
        format!("Sec-WebSocket-Extensions: {OFFER}"),
    ];
    for (mutation, name) in [
        (Mutation::SendsNoHost, "Host:"),
        (Mutation::AsksForNoUpgrade, "Upgrade:"),
        (Mutation::AsksWithoutConnection, "Connection:"),
    ] {
        if does(mutation) {
            lines.retain(|line| !line.starts_with(name));
        }
    }
    if does(Mutation::SendsTwoKeys) {
        lines.push(format!("Sec-WebSocket-Key: {key}"));
    }
    if does(Mutation::SendsTwoVersions) {
        lines.push("Sec-WebSocket-Version: 13".to_owned());
    }
    lines.extend([String::new(), String::new()]);
    lines.join("\r\n").into_bytes()
}

pub(crate) fn read(head: &Head, key: &str, conduct: &Conduct) -> Read {
    let does = |mutation| conduct.does(mutation);
    let Some((version, status)) = status(&head.first_line) else {
        return Read::Failed;
    };
    let is_status_accepted = match status {
        101 => true,
        100..200 if does(Mutation::FailsAtInterimResponse) => false,
        100..200 => return Read::Interim,
        200..300 => does(Mutation::AcceptsStatus200),
        _ => does(Mutation::AcceptsAnyStatus),
    };
    let is_version_accepted = match version {
        "HTTP/1.1" => true,
        _ => does(Mutation::AcceptsOldResponse),
    };
    if is_status_accepted
        && is_version_accepted
        && is_upgrade(head, conduct)
        && is_accepted(head, key, conduct)
        && is_subprotocol_accepted(head, conduct)
    {
        let extensions = head.all("Sec-WebSocket-Extensions", conduct);
        return match Agreement::of_answer(&extensions, conduct) {
            Some(agreement) => Read::Opened(agreement),
            None => Read::Failed,
        };
    }
    Read::Failed
}

/// RFC 9112 4: version and status, if the line is one of a response.
fn status(line: &str) -> Option<(&str, u16)> {
    let (version, rest) = line.split_once(' ')?;
    let (status, _) = rest.split_once(' ').unwrap_or((rest, ""));
    let is_version = matches!(version.as_bytes(), [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
        if major.is_ascii_digit() && minor.is_ascii_digit());
    let is_status = status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit());
    (is_version && is_status).then_some((version, status.parse().ok()?))
}

fn is_upgrade(head: &Head, conduct: &Conduct) -> bool {
    let does = |mutation| conduct.does(mutation);
    let is_upgrade = match head.list("Upgrade", conduct)[..] {
        ["websocket"] => true,
        [other] if other.eq_ignore_ascii_case("websocket") => {
            !does(Mutation::ComparesResponseWithCase)
        }
        [] => does(Mutation::AcceptsResponseWithoutUpgrade),
        _ => does(Mutation::AcceptsResponseWithOtherUpgrade),
    };
    let connection = head.list("Connection", conduct);
    let is_connection = match connection.first() {
        None => does(Mutation::AcceptsResponseWithoutConnection),
        Some(_) if connection.contains(&"Upgrade") => true,
        Some(_) if connection.iter().any(|token| token.eq_ignore_ascii_case("upgrade")) => {
            !does(Mutation::ComparesResponseWithCase)
        }
        Some(_) => does(Mutation::AcceptsResponseWithOtherConnection),
    };
    is_upgrade && is_connection
}

fn is_accepted(head: &Head, key: &str, conduct: &Conduct) -> bool {
    let does = |mutation| conduct.does(mutation);
    let right = super::accept_value(key);
    match head.one("Sec-WebSocket-Accept", conduct, Mutation::AcceptsTwoAccepts) {
        Ok(Some(accept)) if accept == right => true,
        Ok(Some(accept)) if accept.eq_ignore_ascii_case(&right) => {
            does(Mutation::ComparesAcceptWithoutCase)
        }
        Ok(Some(_)) => does(Mutation::AcceptsWrongAccept),
        Ok(None) => does(Mutation::AcceptsMissingAccept),
        Err(()) => false,
    }
}

fn is_subprotocol_accepted(head: &Head, conduct: &Conduct) -> bool {
    head.all("Sec-WebSocket-Protocol", conduct).is_empty()
        || conduct.does(Mutation::AcceptsUnaskedSubprotocol)
}
