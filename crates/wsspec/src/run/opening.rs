use base64::{Engine as _, prelude::BASE64_STANDARD};
use sansocket::Role;
use sha1::{Digest as _, Sha1};

use crate::case::{Case, Demand, Expected, Head, Opening, Step};

use super::{SeenHead, Settings, compression::Deflate, outgoing::Outgoing};

/// The head of a case's opening: the request to a server, or the response to a client.
fn head(opening: &Opening, valid: Head, extension: &str) -> Head {
    match opening {
        Opening::Head(head) => head.clone(),
        Opening::Plain => valid,
        Opening::Deflate { .. } => valid.and("Sec-WebSocket-Extensions", extension),
    }
}

/// Queues the request of a case, with this key.
pub(super) fn send_request(case: &Case, settings: &Settings, key: &str, outgoing: &mut Outgoing) {
    let offer = match case.opening() {
        Opening::Deflate { offer, .. } => offer,
        _ => "",
    };
    let mut head = head(case.opening(), Head::request(), offer);
    // A head that is written out, right or wrong, is sent as it is.
    if !head.is_written_out() {
        head = with_headers(head, &settings.headers);
    }
    let bytes = head.bytes(|text| {
        let text = text.replace("{host}", &settings.host).replace("{key}", key);
        // A query of the case goes after that of the URL.
        let text = match settings.path.contains('?') {
            true => text.replace("{path}?", &format!("{}&", settings.path)),
            false => text,
        };
        let scheme = if settings.is_secure { "https" } else { "http" };
        text.replace("{path}", &settings.path).replace("{scheme}", scheme)
    });
    send(case, bytes, outgoing);
}

/// Adds headers to a request. They replace those that it has, but not each other.
fn with_headers(head: Head, headers: &[(String, String)]) -> Head {
    headers.iter().enumerate().fold(head, |head, (at, (name, value))| {
        let mut before = headers.iter().take(at);
        match before.any(|(other, _)| other.eq_ignore_ascii_case(name)) {
            true => head.and(name, value),
            false => head.with(name, value),
        }
    })
}

/// Why a case cannot be run on connections with these settings, if it cannot.
pub(super) fn cannot_run(case: &Case, settings: &Settings) -> Option<&'static str> {
    let ends = case.script().iter().any(|step| matches!(step, Step::End));
    let ending_is_an_answer =
        case.outcomes().iter().any(|outcome| outcome.expected().contains(&Expected::End));
    // What ends the stream closes it both ways: no answer can come after it.
    (settings.is_secure && ends && !ending_is_an_answer)
        .then_some("TLS has no half-closed connections")
}

/// Queues the response of a case, with this value for the client's key.
pub(super) fn send_response(case: &Case, accept: &str, outgoing: &mut Outgoing) {
    let answer = match case.opening() {
        Opening::Deflate { answer, .. } => answer,
        _ => "",
    };
    let head = head(case.opening(), Head::response(), answer);
    let bytes = head.bytes(|text| {
        text.replace("{accept}", accept).replace("{lowercase accept}", &accept.to_lowercase())
    });
    send(case, bytes, outgoing);
}

/// Queues a response without compression, so that the client does not take the end for a failure.
pub(super) fn send_plain_response(accept: &str, outgoing: &mut Outgoing) {
    outgoing.push_whole(Head::response().bytes(|text| text.replace("{accept}", accept)));
}

fn send(case: &Case, bytes: Vec<u8>, outgoing: &mut Outgoing) {
    match case.opening() {
        // Silence is a way to begin, too.
        Opening::Head(_) if bytes.is_empty() => {}
        Opening::Head(head) => match head.pieces() {
            Some(pieces) => outgoing.push_slowly(pieces.size, pieces.gap, &bytes),
            None => outgoing.push(bytes),
        },
        _ => outgoing.push_whole(bytes),
    }
}

/// What the heads agree on, if the case is about compression and the target agrees.
pub(super) fn agreed(case: &Case, target: Role, head: &SeenHead) -> Option<Deflate> {
    let Opening::Deflate { answer, .. } = case.opening() else {
        return None;
    };
    let sent = head.values("Sec-WebSocket-Extensions").collect::<Vec<_>>().join(", ");
    let is_offered = |name| sent.contains(name) || !answer.contains(name);
    let mut deflate = match target {
        Role::Server => Deflate::agreed(&sent, target),
        // RFC 7692 7.1.2.2: a limit of its window only if the client has said that it supports that.
        Role::Client
            if is_offered("permessage-deflate") && is_offered("client_max_window_bits") =>
        {
            Deflate::agreed(answer, target)
        }
        Role::Client => None,
    }?;
    if case.all_demands().contains(&Demand::AgreedWindow) {
        deflate.hold_target_to_agreement();
    }
    Some(deflate)
}

/// A key for a request: 16 bytes in base64.
pub(super) fn key(bytes: [u64; 2]) -> String {
    BASE64_STANDARD.encode(bytes.map(u64::to_be_bytes).concat())
}

/// RFC 6455 4.2.2: the value of Sec-WebSocket-Accept for a key.
pub(super) fn accept(key: &str) -> String {
    let digest = Sha1::new()
        .chain_update(key)
        .chain_update("258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
        .finalize();
    BASE64_STANDARD.encode(digest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        case::{Codes, close},
        run::{Cut, outgoing::Write},
    };

    /// What is sent to a server to open a connection with this head.
    fn request(head: Head, settings: &Settings) -> String {
        let case = Case::must("rfc6455/4.2.1/a-request", "A request").opens_with(head);
        let mut outgoing = Outgoing::new(Cut::Whole);
        send_request(&case, settings, "key", &mut outgoing);
        let Some(Write::Step(bytes)) = outgoing.next_write(std::time::Duration::ZERO) else {
            panic!("nothing to write");
        };
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_query_goes_after_that_of_the_url() {
        let head = || Head::request().first_line("GET {path}?room=1 HTTP/1.1");
        let of = |path: &str| Settings { path: path.to_owned(), ..Settings::default() };
        assert!(request(head(), &of("/a")).starts_with("GET /a?room=1 HTTP/1.1\r\n"));
        assert!(request(head(), &of("/a?b=c")).starts_with("GET /a?b=c&room=1 HTTP/1.1\r\n"));
        assert!(request(Head::request(), &of("/a?b=c")).starts_with("GET /a?b=c HTTP/1.1\r\n"));
    }

    #[test]
    fn an_absolute_target_has_the_scheme_of_the_url() {
        let head = || Head::new("GET {scheme}://{host}{path} HTTP/1.1");
        let settings = Settings::default();
        assert!(request(head(), &settings).starts_with("GET http://localhost/ HTTP/1.1\r\n"));
        let settings = Settings { is_secure: true, ..settings };
        assert!(request(head(), &settings).starts_with("GET https://localhost/ HTTP/1.1\r\n"));
    }

    #[test]
    fn a_further_header_replaces_one_of_its_name() {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let headers = vec![header("host", "b"), header("X-Tenant", "7"), header("x-tenant", "8")];
        let settings = Settings { headers, ..Settings::default() };
        let sent = request(Head::request().and("X-Tenant", "6"), &settings);
        let lines: Vec<_> = sent.lines().collect();
        assert_eq!(lines[1], "host: b");
        assert_eq!(lines[6..], ["X-Tenant: 7", "x-tenant: 8", ""]);
        for head in [Head::text("GET / HTTP/1.1\r\n\r\n"), Head::raw(b"GET / HTTP/1.1\r\n\r\n")] {
            assert_eq!(request(head, &settings), "GET / HTTP/1.1\r\n\r\n");
        }
    }

    #[test]
    fn a_connection_with_tls_cannot_be_half_closed() {
        let closed = || Expected::Close(Codes::NoCode);
        let case = || Case::must("rfc6455/7.1.1/an-end", "An end").send([close(1000, "")]);
        let secure = Settings { is_secure: true, ..Settings::default() };
        let answered = case().end().expects([closed()]);
        assert!(cannot_run(&answered, &secure).is_some());
        assert!(cannot_run(&answered, &Settings::default()).is_none());
        assert!(cannot_run(&case().end().drops(), &secure).is_none());
        assert!(cannot_run(&case().expects([closed()]), &secure).is_none());
    }
}
