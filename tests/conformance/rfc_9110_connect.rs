//! RFC 9110 9.3.6: a tunnel through an HTTP proxy.

use sansocket::Parsed;
use sansocket::handshake::proxy::{ProxyError, Tunnel};
use sansocket::handshake::{
    Credentials, HandshakeError, HeadError, HeadLimits, InvalidArgument, ResponseError,
    client::ErrorResponse,
};

use crate::tunnelling::{open, open_in, unsendable};

fn tunnel() -> Tunnel {
    tunnel_within(&HeadLimits::default())
}

fn tunnel_within(limits: &HeadLimits) -> Tunnel {
    Tunnel::http("server.example.com", 80, limits)
}

fn failed(tunnel: &Tunnel, answer: &[u8]) -> ProxyError {
    match open(tunnel, answer).end {
        Err(HandshakeError::Proxy(error)) => error,
        other => panic!("{other:?}"),
    }
}

fn refusal(answer: &str) -> ErrorResponse {
    let end = open_in(tunnel(), answer.as_bytes(), answer.len()).end;
    let Err(HandshakeError::Proxy(ProxyError::UnexpectedResponse(refusal))) = end else {
        panic!("{end:?}");
    };
    refusal
}

#[test]
fn the_request_names_only_host_and_port() {
    let limits = HeadLimits::default();
    for (host, port, authority) in [
        ("server.example.com", 80, "server.example.com:80"),
        ("server.example.com", 443, "server.example.com:443"),
        ("192.0.2.1", 9001, "192.0.2.1:9001"),
        ("2001:db8::1", 443, "[2001:db8::1]:443"),
        ("2001:DB8:0::1", 443, "[2001:db8::1]:443"),
    ] {
        let sent = open(&Tunnel::http(host, port, &limits), b"").sent;
        let expected = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n");
        assert_eq!(String::from_utf8(sent).unwrap(), expected);
    }
}

#[test]
fn the_request_is_sent_once_however_long_the_answer_takes() {
    let request = open(&tunnel(), b"").sent;
    for answer in [
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 4\r\n\r\nbody",
    ] {
        assert_eq!(open(&tunnel(), answer.as_bytes()).sent, request, "{answer}");
    }
}

#[test]
fn credentials_are_sent_with_the_request() {
    let tunnel = tunnel().credentials(Credentials::new("Aladdin", "open sesame"));
    let sent = String::from_utf8(open(&tunnel, b"").sent).unwrap();
    assert_eq!(
        sent,
        "CONNECT server.example.com:80 HTTP/1.1\r\n\
        Host: server.example.com:80\r\n\
        Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n"
    );
}

#[test]
fn invalid_arguments_are_refused_before_anything_is_sent() {
    let limits = HeadLimits::default();
    for host in ["", "a b", "a\r\nX: y", "a\0", "a:1", "[::1]", "a/b", "user@a", "b\u{fc}cher"] {
        let error = unsendable(&Tunnel::http(host, 80, &limits));
        assert_eq!(error, InvalidArgument::Host(host.into()).into());
    }
    for (user, password) in [("a:b", "c"), ("a", "b\r\nX: y")] {
        let tunnel = tunnel().credentials(Credentials::new(user, password));
        assert_eq!(unsendable(&tunnel), InvalidArgument::Credentials.into());
    }
}

#[test]
fn every_2xx_opens_the_tunnel() {
    for line in ["HTTP/1.1 200 Connection established", "HTTP/1.0 200 OK", "HTTP/1.1 299 "] {
        let answer = format!("{line}\r\nVia: x\r\n\r\n");
        assert_eq!(open(&tunnel(), answer.as_bytes()).end, Ok(answer.len()));
    }
}

#[test]
fn bytes_after_the_head_belong_to_the_tunnel_whatever_its_headers_say() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n";
    for behind in ["", "HTTP/1.1 101 ", "\u{16}\u{3}\u{1}"] {
        let answer = [head, behind].concat();
        assert_eq!(open(&tunnel(), answer.as_bytes()).end, Ok(head.len()));
    }
}

#[test]
fn interim_responses_are_skipped() {
    let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
    let answer = [interim, "HTTP/1.1 200 OK\r\n\r\n"].concat();
    assert_eq!(open(&tunnel(), answer.as_bytes()).end, Ok(answer.len()));
    let error = failed(&tunnel(), interim.as_bytes());
    assert_eq!(error, ResponseError::from(HeadError::Incomplete).into());
}

#[test]
fn every_other_status_is_a_refusal() {
    // Including 101: the bytes after it are neither HTTP nor a tunnel.
    for status in [101, 300, 302, 407, 426, 502, 599, 999] {
        let refusal = refusal(&format!("HTTP/1.1 {status} x\r\n\r\n"));
        assert_eq!((refusal.status(), refusal.body()), (status, &b""[..]));
    }
}

#[test]
fn a_refusal_has_its_headers_and_body() {
    let answer = "HTTP/1.1 407 Proxy Authentication Required\r\n\
        Proxy-Authenticate: Basic realm=\"x\"\r\n\
        Content-Length: 6\r\n\r\n\
        log in, please";
    let refusal = refusal(answer);
    assert_eq!(refusal.status(), 407);
    let challenge = &b"Basic realm=\"x\""[..];
    assert_eq!(refusal.headers().get("proxy-authenticate"), Some(challenge));
    assert_eq!(refusal.body(), b"log in");

    // The body is read up to the limit or the end of the stream.
    let ProxyError::UnexpectedResponse(same) = failed(&tunnel(), answer.as_bytes()) else {
        panic!()
    };
    assert_eq!(same, refusal);
    let tunnel = tunnel_within(&HeadLimits::default().max_body_len(3));
    let ProxyError::UnexpectedResponse(cut) = failed(&tunnel, answer.as_bytes()) else { panic!() };
    assert_eq!(cut.body(), b"log");
    let ProxyError::UnexpectedResponse(ended) =
        failed(&tunnel, &answer.as_bytes()[..answer.len() - 13])
    else {
        panic!()
    };
    assert_eq!(ended.body(), b"l");
}

#[test]
fn a_stream_that_ends_inside_the_head_opens_no_tunnel() {
    let answer = b"HTTP/1.1 200 OK\r\nVia: x\r\n\r\n";
    for len in 0..answer.len() {
        let error = failed(&tunnel(), &answer[..len]);
        let expected = match len {
            0 => ResponseError::Missing,
            _ => HeadError::Incomplete.into(),
        };
        assert_eq!(error, expected.into());
    }
}

#[test]
fn an_answer_other_than_http_1_is_refused() {
    for answer in ["HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.0 101 x\r\n\r\n"] {
        assert_eq!(failed(&tunnel(), answer.as_bytes()), ResponseError::HttpVersion.into());
    }
    // Other protocols, at their first byte that is impossible in HTTP.
    for (answer, expected) in [
        (&b"HTTP/1.1 20 OK\r\n\r\n"[..], HeadError::InvalidLine.into()),
        (b"ICY 200 OK\r\n\r\n", ResponseError::NotHttp),
        (b"\x05\x00", ResponseError::NotHttp),
        (b"\x15\x03\x01", ResponseError::Tls),
        (b"HTTP/1.1 200\n", HeadError::InvalidByte { byte: b'\n', position: 12 }.into()),
    ] {
        assert_eq!(failed(&tunnel(), answer), expected.into());
    }
}

#[test]
fn an_endless_head_ends_at_the_limit() {
    let limits = HeadLimits::default().max_head_len(1000).max_headers(10);
    let tunnel = tunnel_within(&limits);
    let line = "HTTP/1.1 200 OK\r\n";
    for (answer, expected) in [
        ([line, &"x: y\r\n".repeat(1000)].concat(), HeadError::TooManyHeaders { limit: 10 }),
        ([line, "x: ", &"y".repeat(10_000)].concat(), HeadError::TooLong { limit: 1000 }),
        (["HTTP/1.1 200 ", &"y".repeat(10_000)].concat(), HeadError::TooLong { limit: 1000 }),
        ("HTTP/1.1 100 x\r\n\r\n".repeat(1000), HeadError::TooLong { limit: 1000 }),
    ] {
        assert_eq!(failed(&tunnel, answer.as_bytes()), ResponseError::from(expected).into());
    }
}

#[test]
fn the_limit_applies_before_more_is_read() {
    let mut tunnel = tunnel_within(&HeadLimits::default().max_head_len(1000));
    let answer = ["HTTP/1.1 200 ", &"y".repeat(10_000)].concat();
    let read =
        |tunnel: &mut Tunnel, len| tunnel.advance(&answer.as_bytes()[..len], &mut Vec::new());
    for len in 0..1000 {
        assert_eq!(read(&mut tunnel, len), Ok(Parsed::Partial { needed: 1 }));
    }
    assert!(read(&mut tunnel, 1000).is_err());
}
