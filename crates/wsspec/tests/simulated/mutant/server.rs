//! How a server reads a request (RFC 6455 4.2.1), and answers it (4.2.2).

use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::{
    agreement::{Agreement, Offers},
    head::{Head, is_token},
    mutation::{Conduct, Mutation},
};

/// A response, and what was agreed on if it opens the connection.
pub(crate) struct Answer {
    pub(crate) response: Vec<u8>,
    pub(crate) agreed: Option<Option<Agreement>>,
}

/// The response that refuses a request.
pub(crate) fn refusal(status: u16, conduct: &Conduct) -> Vec<u8> {
    if status == 400 && conduct.does(Mutation::RefusesSilently) {
        return Vec::new();
    }
    let (status, headers) = match status {
        405 => ("405 Method Not Allowed", "Allow: GET\r\n"),
        408 => ("408 Request Timeout", ""),
        426 if conduct.does(Mutation::NamesNoVersion) => {
            ("426 Upgrade Required", "Upgrade: websocket\r\n")
        }
        426 => ("426 Upgrade Required", "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"),
        431 => ("431 Request Header Fields Too Large", ""),
        505 => ("505 HTTP Version Not Supported", ""),
        _ => ("400 Bad Request", ""),
    };
    format!("HTTP/1.1 {status}\r\n{headers}Connection: close\r\nContent-Length: 0\r\n\r\n")
        .into_bytes()
}

pub(crate) fn answer(head: &Head, conduct: &Conduct) -> Answer {
    let opened = check(head, conduct).and_then(|key| {
        let headers = head.all("Sec-WebSocket-Extensions", conduct);
        if headers.len() > 1 && conduct.does(Mutation::WantsOneExtensionHeader) {
            return Err(400);
        }
        let offers = Offers::parse(&headers, conduct);
        offers.map(|offers| (key, offers)).ok_or(400)
    });
    match opened {
        Ok((key, offers)) => {
            let (answer, agreement) = offers.answer(conduct);
            let response = response(head, &key, &answer, conduct);
            Answer { response, agreed: Some(agreement) }
        }
        Err(status) => Answer { response: refusal(status, conduct), agreed: None },
    }
}

/// Checks a request: its key, or the status with which it is refused.
fn check(head: &Head, conduct: &Conduct) -> Result<String, u16> {
    let does = |mutation| conduct.does(mutation);
    let is_plain =
        head.all("Upgrade", conduct).is_empty() && head.all("Connection", conduct).is_empty();
    if is_plain && does(Mutation::AcceptsPlainRequests) {
        return Ok(String::new());
    }
    match check_first_line(&head.first_line, conduct) {
        Err(400) if does(Mutation::AcceptsAnyFirstLine) => {}
        checked => checked?,
    }
    match head.one("Host", conduct, Mutation::AcceptsTwoHosts) {
        Ok(Some(host)) if is_host(host) => {}
        Ok(None) if does(Mutation::AcceptsNoHost) => {}
        _ => return Err(400),
    }
    let is_known = |name: &str| {
        const KNOWN: [&str; 4] = ["host", "upgrade", "connection", "origin"];
        let name = name.to_ascii_lowercase();
        KNOWN.contains(&&name[..]) || name.starts_with("sec-websocket-")
    };
    if head.names().any(|name| !is_known(name)) && does(Mutation::RefusesUnknownHeaders)
        || !head.names().next().is_some_and(|name| name.eq_ignore_ascii_case("Host"))
            && does(Mutation::WantsHostFirst)
        || !head.has_usual_spaces && does(Mutation::WantsOneSpace)
    {
        return Err(400);
    }
    check_upgrade(head, conduct)?;
    check_version(head, conduct)?;
    let key = key(head, conduct)?;
    let has_length = head.all("Content-Length", conduct).iter().any(|length| *length != "0");
    let has_body = has_length || !head.all("Transfer-Encoding", conduct).is_empty();
    if has_body && !does(Mutation::AcceptsBody) {
        return Err(400);
    }
    if head.all("Origin", conduct).len() > 1 {
        return Err(400);
    }
    let offered = head.list("Sec-WebSocket-Protocol", conduct);
    if !offered.into_iter().all(is_token) && !does(Mutation::AcceptsInvalidSubprotocol) {
        return Err(400);
    }
    Ok(key)
}

fn check_first_line(line: &str, conduct: &Conduct) -> Result<(), u16> {
    let [method, target, version] = line.split(' ').collect::<Vec<_>>()[..] else {
        return Err(400);
    };
    match version {
        "HTTP/1.1" => {}
        "HTTP/1.0" if conduct.does(Mutation::AcceptsHttp10) => {}
        "HTTP/1.0" => return Err(505),
        _ => {
            let number = version.strip_prefix("HTTP/").and_then(|number| number.split_once('.'));
            let is_digit = |text: &str| text.len() == 1 && text.as_bytes()[0].is_ascii_digit();
            return match number {
                Some(("1", minor)) if is_digit(minor) => Ok(()),
                Some((major, minor)) if is_digit(major) && is_digit(minor) => Err(505),
                _ => Err(400),
            };
        }
    }
    match method {
        "GET" => {}
        "get" if conduct.does(Mutation::ComparesMethodWithoutCase) => {}
        _ if is_token(method) && conduct.does(Mutation::AcceptsOtherMethods) => {}
        _ if is_token(method) => return Err(405),
        _ => return Err(400),
    }
    let is_visible = target.bytes().all(|byte| matches!(byte, b'!'..=b'~'));
    let lower = target.to_ascii_lowercase();
    let absolute = lower.strip_prefix("http://").or_else(|| lower.strip_prefix("https://"));
    let is_absolute =
        absolute.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', '?']));
    let is_right = is_visible && !target.contains('#') && (target.starts_with('/') || is_absolute);
    if !is_right && !conduct.does(Mutation::AcceptsAnyTarget)
        || is_absolute && conduct.does(Mutation::RefusesAbsoluteTarget)
        || target.contains('?') && conduct.does(Mutation::RefusesQueries)
    {
        return Err(400);
    }
    Ok(())
}

/// Whether it can be a host with or without a port. An empty one is allowed (RFC 9112 3.2).
fn is_host(host: &str) -> bool {
    host.bytes().all(|byte| matches!(byte, b'!'..=b'~') && !b"/?#@\"<>\\^`{|},".contains(&byte))
}

fn check_upgrade(head: &Head, conduct: &Conduct) -> Result<(), u16> {
    use Mutation as M;
    const NEEDED: [(&str, &str, [Mutation; 5]); 2] = [
        (
            "Upgrade",
            "websocket",
            [
                M::AcceptsNoUpgrade,
                M::AcceptsOtherUpgrade,
                M::AcceptsPartOfUpgrade,
                M::ComparesUpgradeWithCase,
                M::WantsOneProtocol,
            ],
        ),
        (
            "Connection",
            "Upgrade",
            [
                M::AcceptsNoConnection,
                M::AcceptsOtherConnection,
                M::AcceptsPartOfConnection,
                M::ComparesConnectionWithCase,
                M::WantsOneToken,
            ],
        ),
    ];
    for (name, token, [accepts_none, accepts_other, accepts_part, with_case, alone]) in NEEDED {
        let list = head.list(name, conduct);
        let is_it = |other: &&str| other.eq_ignore_ascii_case(token);
        let lower = token.to_ascii_lowercase();
        let is_in = list.iter().any(is_it);
        let is_refused = match list.first() {
            None => !conduct.does(accepts_none),
            Some(_) if !is_in => {
                let is_part = list.iter().any(|other| other.to_ascii_lowercase().contains(&lower));
                match is_part {
                    true => !conduct.does(accepts_part),
                    false => !conduct.does(accepts_other),
                }
            }
            Some(first) => {
                let in_line = |line: &&str| line.split(',').any(|other| is_it(&other.trim()));
                let is_exact = list.contains(&token) || list.contains(&"websocket");
                !is_it(first) && conduct.does(Mutation::TakesTheFirstToken)
                    || !head.all(name, conduct).first().is_some_and(in_line)
                        && conduct.does(Mutation::TakesTheFirstLine)
                    || !is_exact && conduct.does(with_case)
                    || list.len() > 1 && conduct.does(alone)
            }
        };
        if is_refused {
            return Err(426);
        }
    }
    Ok(())
}

fn check_version(head: &Head, conduct: &Conduct) -> Result<(), u16> {
    let version = head
        .one("Sec-WebSocket-Version", conduct, Mutation::AcceptsTwoVersions)
        .map_err(|()| 400_u16)?;
    let is_accepted = match version {
        Some("13") => true,
        None => conduct.does(Mutation::AcceptsNoVersion),
        Some("+13" | "13.0" | "0x0D" | "0x0d" | "0xd" | "0xD") => {
            conduct.does(Mutation::AcceptsUncanonicalVersion)
        }
        Some(version) if version.trim_start_matches('0') == "13" => {
            conduct.does(Mutation::AcceptsUncanonicalVersion)
        }
        Some(_) => conduct.does(Mutation::AcceptsOtherVersions),
    };
    if is_accepted { Ok(()) } else { Err(426) }
}

fn key(head: &Head, conduct: &Conduct) -> Result<String, u16> {
    let key =
        head.one("Sec-WebSocket-Key", conduct, Mutation::AcceptsTwoKeys).map_err(|()| 400_u16)?;
    let Some(key) = key else {
        let is_accepted = conduct.does(Mutation::AcceptsNoKey);
        return if is_accepted { Ok(String::new()) } else { Err(400) };
    };
    let is_accepted = match BASE64_STANDARD.decode(key) {
        Ok(bytes) => bytes.len() == 16 || conduct.does(Mutation::AcceptsAnyKey),
        Err(_) => conduct.does(Mutation::AcceptsKeyThatIsNotBase64),
    };
    if is_accepted { Ok(key.to_owned()) } else { Err(400) }
}

fn response(head: &Head, key: &str, extensions: &str, conduct: &Conduct) -> Vec<u8> {
    let does = |mutation| conduct.does(mutation);
    let accept = match super::accept_value(key) {
        _ if does(Mutation::SendsWrongAccept) => super::accept_value("another"),
        accept if does(Mutation::SendsLowerCaseAccept) => accept.to_lowercase(),
        accept => accept,
    };
    let mut lines = vec![
        match does(Mutation::SendsHttp10Response) {
            true => "HTTP/1.0 101 Switching Protocols".to_owned(),
            false => "HTTP/1.1 101 Switching Protocols".to_owned(),
        },
        "Upgrade: websocket".to_owned(),
        "Connection: Upgrade".to_owned(),
        format!("Sec-WebSocket-Accept: {accept}"),
    ];
    for (mutation, name) in [
        (Mutation::SendsNoUpgrade, "Upgrade:"),
        (Mutation::SendsNoConnection, "Connection:"),
        (Mutation::SendsNoAccept, "Sec-WebSocket-Accept:"),
    ] {
        if does(mutation) {
            lines.retain(|line| !line.starts_with(name));
        }
    }
    if does(Mutation::SendsTwoAccepts) {
        lines.push(format!("Sec-WebSocket-Accept: {accept}"));
    }
    let offered = head.all("Sec-WebSocket-Protocol", conduct);
    let subprotocol = match offered[..] {
        [] if does(Mutation::SendsUnaskedSubprotocol) => Some("chat".to_owned()),
        [] if does(Mutation::SendsEmptySubprotocol) => Some(String::new()),
        [_, ..] if does(Mutation::EchoesSubprotocols) => Some(offered.join(", ")),
        [one] if does(Mutation::SendsSubprotocolInLowerCase) => Some(one.to_lowercase()),
        _ => None,
    };
    lines.extend(subprotocol.map(|name| format!("Sec-WebSocket-Protocol: {name}")));
    if does(Mutation::SendsContentLength) {
        lines.push("Content-Length: 0".to_owned());
    }
    if does(Mutation::SendsTransferEncoding) {
        lines.push("Transfer-Encoding: chunked".to_owned());
    }
    if !extensions.is_empty() {
        lines.push(format!("Sec-WebSocket-Extensions: {extensions}"));
    }
    lines.extend([String::new(), String::new()]);
    lines.join("\r\n").into_bytes()
}
