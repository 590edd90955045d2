//! Which field of a head is at fault, and which rule it breaks.

use sansocket::{
    Role,
    handshake::{HandshakeError, HeadError, RequestError, ResponseError},
};

use super::header_spans::{find_header, header_values};
use crate::{Action, Field, Place, Span, Violation};

/// A field, or the head as a whole; and the rule.
type Blame<'s> = (Option<&'s mut Span>, &'static str);

/// Records the rule that a head breaks, as judged by the engine. A refusal breaks none.
pub(super) fn mark(root: &mut Span, error: &HandshakeError, at: u64) -> Option<Violation> {
    let ((blamed, clause), text, action) = match error {
        HandshakeError::Request(error) => {
            let action = Action::Reject(error.status());
            (blame_request(root, error, at), error.to_string(), action)
        }
        HandshakeError::Response(error) => {
            (blame_response(root, error, at), error.to_string(), Action::Fail)
        }
        _ => return None,
    };
    let violation = Violation { at, clause, text, action };
    match blamed {
        Some(span) => span.mark(&violation),
        None => root.mark(&violation),
    }
    Some(violation)
}

fn blame_request<'s>(root: &'s mut Span, error: &RequestError, at: u64) -> Blame<'s> {
    match error {
        RequestError::Head(error) => blame_head(root, Role::Client, error, at),
        RequestError::Tls | RequestError::NotHttp | RequestError::Missing => (None, "6455-4.2.1-1"),
        RequestError::HttpVersion => (root.find_mut(Field::Version), "own-server-5"),
        RequestError::Method(_) => (root.find_mut(Field::Method), "own-server-4"),
        RequestError::InvalidTarget => (root.find_mut(Field::Target), "6455-4.2.1-2"),
        RequestError::NotWebSocket => {
            let is_connection = is_for_connection(root);
            let name = if is_connection { "Connection" } else { "Upgrade" };
            let clause = if is_connection { "6455-4.2.1-5" } else { "6455-4.2.1-4" };
            (find_header(root, name), clause)
        }
        RequestError::WebSocketVersion => {
            (find_header(root, "Sec-WebSocket-Version"), "6455-4.2.1-7")
        }
        RequestError::Body => {
            let name = match find_header(root, "Transfer-Encoding") {
                Some(_) => "Transfer-Encoding",
                None => "Content-Length",
            };
            (find_header(root, name), "own-server-17")
        }
        _ => (None, "6455-4.2.1-12"),
    }
}

fn blame_response<'s>(root: &'s mut Span, error: &ResponseError, at: u64) -> Blame<'s> {
    match error {
        ResponseError::Head(error) => blame_head(root, Role::Server, error, at),
        ResponseError::HttpVersion => (root.find_mut(Field::Version), "6455-4.1-29"),
        ResponseError::NotWebSocket => {
            let is_connection = is_for_connection(root);
            let name = if is_connection { "Connection" } else { "Upgrade" };
            let clause = if is_connection { "6455-4.1-25" } else { "6455-4.1-24" };
            (find_header(root, name), clause)
        }
        ResponseError::WrongAccept => (find_header(root, "Sec-WebSocket-Accept"), "6455-4.1-26"),
        ResponseError::UnofferedSubprotocol(_) => {
            (find_header(root, "Sec-WebSocket-Protocol"), "6455-4.1-28")
        }
        #[cfg(feature = "deflate")]
        ResponseError::Deflate(sansocket::deflate::InvalidParams::Unfitting(_)) => {
            (find_header(root, "Sec-WebSocket-Extensions"), "7692-7.1-5")
        }
        #[cfg(feature = "deflate")]
        ResponseError::Deflate(_) => (find_header(root, "Sec-WebSocket-Extensions"), "7692-7.1-2"),
        ResponseError::UnofferedExtension(_) => {
            (find_header(root, "Sec-WebSocket-Extensions"), "6455-4.1-27")
        }
        _ => (None, "6455-4.1-29"),
    }
}

fn blame_head<'s>(root: &'s mut Span, sender: Role, error: &HeadError, at: u64) -> Blame<'s> {
    let by = |client, server| match sender {
        Role::Client => client,
        Role::Server => server,
    };
    match *error {
        HeadError::InvalidByte { .. } => (find_line(root, at), by("own-server-18", "own-client-7")),
        HeadError::TooLong { .. } | HeadError::TooManyHeaders { .. } => {
            (None, by("own-server-8", "own-limits-1"))
        }
        HeadError::TargetTooLong { .. } => (root.find_mut(Field::Target), "own-server-9"),
        HeadError::MissingHeader("Host") => (None, "own-server-3"),
        HeadError::MissingHeader(_) => (None, by("6455-4.2.1-6", "6455-4.1-26")),
        HeadError::DuplicateHeader(name) | HeadError::InvalidHeader(name) => {
            let clause = match name {
                "Host" => "own-server-3",
                "Sec-WebSocket-Key" => "own-server-2",
                "Sec-WebSocket-Version" => "6455-11.3.5-1",
                "Sec-WebSocket-Accept" => "6455-11.3.3-1",
                "Sec-WebSocket-Protocol" => by("6455-4.3-1", "6455-11.3.4-2"),
                "Sec-WebSocket-Extensions" => "6455-9.1-1",
                _ => by("own-server-11", "6455-4.1-29"),
            };
            (find_header(root, name), clause)
        }
        _ => (None, by("own-server-11", "6455-4.1-29")),
    }
}

/// Returns whether `Connection` is at fault in a head that does not change to WebSocket, and not `Upgrade`:
/// that has what it must. A response may name no further protocol there.
fn is_for_connection(root: &Span) -> bool {
    let has = |name, token: &str| {
        let mut elements = header_values(root, name).flat_map(|value| value.split(','));
        elements.any(|element| element.trim().eq_ignore_ascii_case(token))
    };
    has("Upgrade", "websocket") && !has("Connection", "Upgrade")
}

/// Returns the line that contains a byte.
fn find_line(root: &mut Span, at: u64) -> Option<&mut Span> {
    root.children.iter_mut().find(|line| match &line.place {
        Place::Bytes(range) => range.contains(&at),
        _ => false,
    })
}
