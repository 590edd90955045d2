//! Both sides of the opening handshake, the tunnel before it, and their errors.

use sansocket::Parsed;
use sansocket::handshake::client::{self, AwaitingResponse};
use sansocket::handshake::proxy::{ProxyError, Tunnel};
use sansocket::handshake::server::{self, Rejection};
use sansocket::handshake::{
    Credentials, Extensions, HandshakeError, HeadLimits, HeadScanner, InvalidArgument,
    RequestError, ResponseError,
};
use sansocket::{Error, Limits, Seed, deflate};

use crate::log::{
    AUTHORIZATION, COOKIE, Log, PASSWORD, PAYLOAD, PROXY_PASSWORD, QUERY, SEED, SUBPROTOCOL,
};

/// A request with a secret wherever one is usual.
pub(crate) fn request() -> client::Request {
    client::Request::new("example.com", &format!("/chat?token={QUERY}"))
        .origin("https://example.com")
        .subprotocol("chat")
        .subprotocol(SUBPROTOCOL)
        .header("Cookie", COOKIE)
        .header("Authorization", AUTHORIZATION)
        .deflate(&deflate::Config::default())
}

/// The same in bytes, and the parser of its response.
pub(crate) fn sent() -> (Vec<u8>, AwaitingResponse) {
    let mut bytes = Vec::new();
    let awaiting = request().send(*b"the sample nonce", &mut bytes).unwrap();
    (bytes, awaiting)
}

pub(crate) fn check(log: &mut Log) {
    log.check(&request());
    let (bytes, mut awaiting) = sent();
    log.check(&awaiting);
    let mut scanner = HeadScanner::new(&HeadLimits::default());
    let mut awaiting_request = server::AwaitingRequest::new(&HeadLimits::default());
    for end in 0..bytes.len() {
        assert!(matches!(scanner.scan(&bytes[..end]), Ok(Parsed::Partial { .. })));
        log.check(&scanner);
        let parsed = awaiting_request.parse(&bytes[..end]);
        assert!(matches!(parsed, Ok(Parsed::Partial { .. })));
        log.check(&awaiting_request);
    }
    let response = accept(log, &bytes);
    for end in 0..response.len() {
        let parsed = awaiting.parse(&response[..end]);
        assert!(matches!(parsed, Ok(Parsed::Partial { .. })));
        log.check(&awaiting);
    }
    let Ok(Parsed::Complete { value: accepted, .. }) = awaiting.parse(&response) else { panic!() };
    assert_eq!(accepted.subprotocol(), Some(SUBPROTOCOL));
    log.check(&accepted);
    log.check(&accepted.headers());
    log.check(&accepted.connection(&Limits::default(), Seed::from(SEED)));

    refused(log);
    invalid(log);
    extensions(log);
    tunnel(log);
}

/// Returns the response.
fn accept(log: &mut Log, bytes: &[u8]) -> Vec<u8> {
    let parsed = server::Request::parse(bytes, &HeadLimits::default()).unwrap();
    log.check(&parsed);
    let Parsed::Complete { value: request, .. } = parsed else { panic!() };
    assert_eq!(request.query(), Some(&*format!("token={QUERY}")));
    log.check(&request);
    log.check(request.headers());
    let response = request.accept().deflate(&deflate::Config::default());
    log.check(&response);
    let response = response.subprotocol(SUBPROTOCOL).header("Set-Cookie", COOKIE);
    log.check(&response);
    let mut out = Vec::new();
    log.check(&response.send(&Limits::default(), &mut out).unwrap());
    out
}

fn refused(log: &mut Log) {
    let (_, mut awaiting) = sent();
    let refusal = format!(
        "HTTP/1.1 302 Found\r\nLocation: /?{QUERY}\r\nSet-Cookie: {COOKIE}\r\n\
        Content-Length: 3\r\n\r\nno\n"
    );
    assert!(awaiting.parse(&refusal.as_bytes()[..refusal.len() - 1]).is_ok());
    log.check(&awaiting);
    let error = awaiting.parse(refusal.as_bytes()).unwrap_err();
    let HandshakeError::UnexpectedResponse(refusal) = &error else { panic!() };
    log.check_error(refusal);
    log.check_error(&ProxyError::UnexpectedResponse(refusal.clone()));
    log.check_error(&error);
    log.check_error(&Error::from(error));

    let rejection = Rejection::new(401).header("Set-Cookie", COOKIE).body(PAYLOAD);
    log.check(&rejection);
    log.check_error(&HandshakeError::Rejected(rejection));
    log.check_error(&RequestError::Body);
    log.check_error(&RequestError::Origin { origin: "https://a".into(), host: "b".into() });
}

fn invalid(log: &mut Log) {
    let requests = [
        client::Request::new(&format!("user:{PASSWORD}@h/"), "/"),
        client::Request::new("h", &format!("chat?{QUERY}")),
        client::Request::new("h", &format!("/chat?{QUERY}#")),
        client::Request::new("h", "/").subprotocol(&format!("{SUBPROTOCOL},")),
        client::Request::new("h", "/").subprotocol(SUBPROTOCOL).subprotocol(SUBPROTOCOL),
        client::Request::new("h", "/").header("Cookie", &format!("{COOKIE}\n")),
        client::Request::new("h", "/").header("Host", COOKIE),
    ];
    for request in requests {
        log.check(&request);
        let error = request.send([0; 16], &mut Vec::new()).unwrap_err();
        let HandshakeError::InvalidArgument(invalid) = &error else { panic!("{error}") };
        log.check_error(invalid);
        log.check_error(&error);
        log.check_error(&Error::from(error));
    }
    log.check_error(&InvalidArgument::UnofferedSubprotocol(SUBPROTOCOL.into()));

    let (bytes, mut awaiting) = sent();
    let chosen = format!("Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\n");
    let response = String::from_utf8(accept(log, &bytes)).unwrap();
    let response = response.replace(&chosen, &chosen.replace(SUBPROTOCOL, &SUBPROTOCOL.repeat(2)));
    let error = awaiting.parse(response.as_bytes()).unwrap_err();
    let HandshakeError::Response(unoffered) = &error else { panic!("{error}") };
    assert!(matches!(unoffered, ResponseError::UnofferedSubprotocol(_)));
    log.check_error(unoffered);
    log.check_error(&error);
}

fn extensions(log: &mut Log) {
    let value = format!("first, second; param={PASSWORD}, third");
    let mut extensions = Extensions::new(value.as_bytes());
    log.check(&extensions);
    while let Some(extension) = extensions.next() {
        log.check(&extension.unwrap());
        log.check(&extensions);
    }
    let invalid = format!("first; param={PASSWORD};;");
    log.check_error(&Extensions::new(invalid.as_bytes()).next().unwrap().unwrap_err());
}

fn tunnel(log: &mut Log) {
    let limits = HeadLimits::default();
    let credentials = || Credentials::new("user", PROXY_PASSWORD);
    let mut tunnel = Tunnel::http("example.com", 443, &limits).credentials(credentials());
    let mut out = Vec::new();
    let answer = format!("HTTP/1.1 407 x\r\nSet-Cookie: {COOKIE}\r\nContent-Length: 1\r\n\r\n");
    for end in 0..=answer.len() {
        assert!(tunnel.advance(&answer.as_bytes()[..end], &mut out).is_ok());
        log.check(&tunnel);
    }
    let error = tunnel.advance([answer.as_bytes(), b"."].concat().as_slice(), &mut out);
    log.check_error(&error.unwrap_err());
    let mut tunnel = Tunnel::socks5("example.com", 443).credentials(credentials());
    for answer in [&b""[..], &[5], &[5, 2], &[5, 2, 1], &[5, 2, 1, 0]] {
        assert!(tunnel.advance(answer, &mut out).is_ok());
        log.check(&tunnel);
    }
}
