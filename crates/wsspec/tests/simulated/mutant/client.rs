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
        match does(Mutation::OffersInvalidWindow) {
            true => format!("Sec-WebSocket-Extensions: {OFFER}=16"),
            false => format!("Sec-WebSocket-Extensions: {OFFER}"),
        },
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
    for (mutation, line) in [
        (Mutation::AsksWithAccept, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        (Mutation::AsksWithContentLength, "Content-Length: 0"),
        (Mutation::AsksWithTransferEncoding, "Transfer-Encoding: chunked"),
        (Mutation::OffersSubprotocolTwice, "Sec-WebSocket-Protocol: chat, chat"),
    ] {
        if does(mutation) {
            lines.push(line.to_owned());
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
    let Some((version, status)) = status(&head.first_line, conduct) else {
        return Read::Failed;
    };
    let is_status_accepted = match status {
        101 if !head.first_line.ends_with(" Switching Protocols") => {
            !does(Mutation::WantsUsualReason)
        }
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
        && !is_unwanted(head, conduct)
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

/// What a mutant wants of the headers beyond what RFC 6455 does.
fn is_unwanted(head: &Head, conduct: &Conduct) -> bool {
    let does = |mutation| conduct.does(mutation);
    let is_known = |name: &str| {
        let name = name.to_ascii_lowercase();
        name == "upgrade" || name == "connection" || name.starts_with("sec-websocket-")
    };
    let at = |wanted: &str| head.names().position(|name| name.eq_ignore_ascii_case(wanted));
    !head.names().all(is_known) && does(Mutation::RefusesUnknownHeaders)
        || !head.has_usual_spaces && does(Mutation::WantsOneSpace)
        || at("Sec-WebSocket-Accept") < at("Upgrade") && does(Mutation::WantsUpgradeBeforeAccept)
}

/// Whether a mutant waits for the rest of the body of a refusal.
pub(crate) fn wants_body(head: &Head, rest: usize, conduct: &Conduct) -> bool {
    let length = head.all("Content-Length", conduct).first().and_then(|length| length.parse().ok());
    length.is_some_and(|length: usize| length > rest) && conduct.does(Mutation::ReadsWholeBodies)
}

/// RFC 9112 4: version and status, if the line is one of a response.
fn status<'l>(line: &'l str, conduct: &Conduct) -> Option<(&'l str, u16)> {
    const RIGHT: (&str, u16) = ("HTTP/1.1", 101);
    let does = |mutation| conduct.does(mutation);
    let (version, rest) = line.split_once(' ')?;
    if line.starts_with("GET ") && does(Mutation::AcceptsRequests)
        || version == "HTTP/1.1101" && does(Mutation::AcceptsVersionAndStatusInOne)
    {
        return Some(RIGHT);
    }
    let (status, _) = rest.split_once(' ').unwrap_or((rest, ""));
    let is_version = matches!(version.as_bytes(), [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
        if major.is_ascii_digit() && minor.is_ascii_digit());
    let is_status = status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit());
    match (is_version, is_status) {
        (true, true) => Some((version, status.parse().ok()?)),
        (true, false) => does(Mutation::AcceptsAnyStatusText).then_some(RIGHT),
        (false, true) => does(Mutation::AcceptsAnyProtocol).then_some(RIGHT),
        (false, false) => None,
    }
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
        Some(_) if connection.len() > 1 && does(Mutation::WantsUpgradeAlone) => false,
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
    if let [_, .., last] = head.all("Sec-WebSocket-Accept", conduct)[..]
        && does(Mutation::TakesLastAccept)
    {
        return last == right;
    }
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
    let agreed = head.all("Sec-WebSocket-Protocol", conduct);
    agreed.is_empty()
        || agreed.len() > 1 && conduct.does(Mutation::AcceptsTwoSubprotocols)
        || conduct.does(Mutation::AcceptsUnaskedSubprotocol)
}
