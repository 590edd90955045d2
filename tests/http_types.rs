//! The conversions from and to the types of the `http` crate.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

use http::request::Builder;
use http::{Method, Uri, Version};
use sansocket::Limits;
use sansocket::handshake::server::{Rejection, Request};
use sansocket::handshake::{
    HandshakeError, HeadError, InvalidArgument, OriginPolicy, RequestError,
};

type Response = http::Response<Vec<u8>>;

/// A valid upgrade request.
fn upgrade() -> Builder {
    Builder::new()
        .uri("/chat?room=1")
        .header("Host", "server.example.com")
        .header("Upgrade", "websocket")
        .header("Connection", "keep-alive, Upgrade")
        .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
        .header("Sec-WebSocket-Version", "13")
        .header("Sec-WebSocket-Protocol", "chat, superchat")
        .header("Origin", "http://server.example.com")
}

/// Returns why a request is refused, which must be the same for both forms.
fn refused(builder: Builder) -> HandshakeError {
    let request = builder.body(()).unwrap();
    let error = Request::try_from(&request).unwrap_err();
    let (head, ()) = request.into_parts();
    assert_eq!(Request::try_from(&head).unwrap_err(), error);
    error
}

fn malformed(error: HeadError) -> HandshakeError {
    RequestError::from(error).into()
}

fn uri(text: &str) -> Uri {
    text.parse().unwrap()
}

#[test]
fn a_request_is_read_like_one_from_bytes() {
    let (head, ()) = upgrade().body(()).unwrap().into_parts();
    let request = Request::try_from(&head).unwrap();
    assert_eq!(request.target(), "/chat?room=1");
    assert_eq!((request.path(), request.query()), ("/chat", Some("room=1")));
    assert_eq!(request.host(), "server.example.com");
    assert_eq!(request.origin(), Some("http://server.example.com"));
    assert!(request.subprotocols().eq(["chat", "superchat"]));
    assert_eq!(request.headers().get("UPGRADE"), Some(&b"websocket"[..]));
}

#[test]
fn the_host_of_an_absolute_uri_replaces_the_headers() {
    for (target, path, query) in [
        ("http://other.example.com:81/chat?x", "/chat", Some("x")),
        ("HTTPS://other.example.com:81", "/", None),
        ("http://other.example.com:81?x", "/", Some("x")),
    ] {
        let request = upgrade().uri(uri(target)).body(()).unwrap();
        let request = Request::try_from(&request).unwrap();
        assert_eq!(request.host(), "other.example.com:81", "{target}");
        assert_eq!((request.path(), request.query()), (path, query), "{target}");
    }
}

#[test]
fn a_target_is_a_path_or_an_absolute_http_uri() {
    for target in ["*", "server.example.com:80", "ftp://example.com/", "http://a@example.com/"] {
        let error = refused(upgrade().uri(uri(target)));
        assert_eq!(error, RequestError::InvalidTarget.into(), "{target}");
    }
    let error = refused(upgrade().uri(uri("/é")));
    assert_eq!(error, RequestError::InvalidTarget.into());
    let error = refused(upgrade().uri(uri("/?é")));
    assert_eq!(error, RequestError::InvalidTarget.into());
}

#[test]
fn the_version_is_1_1_and_the_method_is_get() {
    for version in [Version::HTTP_09, Version::HTTP_10, Version::HTTP_2, Version::HTTP_3] {
        let error = refused(upgrade().version(version));
        assert_eq!(error, RequestError::HttpVersion.into());
    }
    let error = refused(upgrade().method(Method::POST));
    assert_eq!(error, RequestError::Method("POST".into()).into());
    let error = refused(upgrade().method("get"));
    assert_eq!(error, RequestError::Method("get".into()).into());
}

#[test]
fn headers_are_checked_like_those_from_bytes() {
    assert_eq!(refused(Builder::new()), malformed(HeadError::MissingHeader("Host")));
    let error = refused(Builder::new().header("Host", "example.com"));
    assert_eq!(error, RequestError::NotWebSocket.into());
    let error = refused(upgrade().header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="));
    assert_eq!(error, malformed(HeadError::DuplicateHeader("Sec-WebSocket-Key")));
    let error = refused(upgrade().header("Content-Length", "1"));
    assert_eq!(error, RequestError::Body.into());
}

/// Returns the status and the sorted lines of a response in bytes, with names in lower case.
fn lines(bytes: &[u8]) -> (u16, Vec<(String, String)>) {
    let text = str::from_utf8(bytes).unwrap();
    let (head, _) = text.split_once("\r\n\r\n").unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let pairs = lines.map(|line| line.split_once(": ").unwrap());
    let mut pairs: Vec<_> =
        pairs.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    pairs.sort();
    (status, pairs)
}

/// The same for a response in the types of `http`.
fn pairs<B>(response: &http::Response<B>) -> (u16, Vec<(String, String)>) {
    let pairs = response.headers().iter();
    let mut pairs: Vec<_> =
        pairs.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    pairs.sort();
    (response.status().as_u16(), pairs)
}

#[test]
fn an_acceptance_equals_the_one_in_bytes() {
    let request = upgrade().body(()).unwrap();
    let accepted = Request::try_from(&request).unwrap().accept();
    let accepted = accepted.subprotocol("superchat").header("X-A", "1").header("x-a", "2");
    let response: Response = (&accepted).try_into().unwrap();
    assert_eq!(response.status(), 101);
    assert!(response.body().is_empty());
    assert_eq!(response.headers()["Sec-WebSocket-Protocol"], "superchat");
    assert!(response.headers().get_all("X-A").iter().eq(["1", "2"]));
    let mut bytes = Vec::new();
    accepted.send(&Limits::default(), &mut bytes).unwrap();
    assert_eq!(pairs(&response), lines(&bytes));
}

#[test]
fn an_invalid_acceptance_is_not_converted() {
    let request = upgrade().body(()).unwrap();
    let accepted = Request::try_from(&request).unwrap().accept();
    for (accepted, invalid) in [
        (
            accepted.clone().subprotocol("other"),
            InvalidArgument::UnofferedSubprotocol("other".into()),
        ),
        (accepted.clone().header("X", "a\r\nb"), InvalidArgument::HeaderValue("X".into())),
        (accepted.clone().header(&"x".repeat(1 << 16), ""), {
            // `http` does not allow a longer one.
            InvalidArgument::HeaderName("x".repeat(1 << 16))
        }),
    ] {
        let response: Result<Response, _> = (&accepted).try_into();
        assert_eq!(response.unwrap_err(), invalid.clone().into());
    }
    let accepted = accepted.origin_policy(&OriginPolicy::List(Vec::new()));
    let response: Result<Response, _> = (&accepted).try_into();
    let refusal = Response::from(response.unwrap_err());
    assert_eq!(refusal.status(), 403);
}

#[test]
fn a_refusal_equals_the_one_in_bytes() {
    for rejection in [
        Rejection::new(401).header("WWW-Authenticate", "Bearer").body("who?"),
        Rejection::new(599),
        Rejection::from(&HandshakeError::from(RequestError::NotWebSocket)),
        Rejection::from(&HandshakeError::from(RequestError::WebSocketVersion)),
        Rejection::from(&HandshakeError::from(RequestError::Method("HEAD".into()))),
        Rejection::from(&HandshakeError::from(RequestError::HttpVersion)),
    ] {
        let mut bytes = Vec::new();
        rejection.send(&mut bytes).unwrap();
        let response: Response = rejection.try_into().unwrap();
        assert_eq!(pairs(&response), lines(&bytes));
        assert!(bytes.ends_with(&[b"\r\n\r\n", &response.body()[..]].concat()));
    }
}

#[test]
fn every_failure_has_a_response() {
    let statuses: [(HandshakeError, u16); 5] = [
        (malformed(HeadError::MissingHeader("Host")), 400),
        (RequestError::Origin { origin: "http://a".into(), host: "b".into() }.into(), 403),
        (RequestError::NotWebSocket.into(), 426),
        (HandshakeError::Rejected(Rejection::new(404)), 404),
        (InvalidArgument::HeaderName("a b".into()).into(), 500),
    ];
    for (error, status) in statuses {
        assert_eq!(Response::from(error).status(), status);
    }
}

#[test]
fn an_invalid_refusal_becomes_a_bare_500() {
    for (rejection, invalid) in [
        (Rejection::new(204).body("x"), InvalidArgument::Status(204)),
        (
            Rejection::new(401).header("Connection", "keep-alive"),
            InvalidArgument::ReservedHeader("Connection".into()),
        ),
    ] {
        let response: Result<Response, _> = rejection.clone().try_into();
        assert_eq!(response.unwrap_err(), invalid.into());
        let response = Response::from(HandshakeError::Rejected(rejection));
        assert_eq!(response.status(), 500);
        assert!(response.headers().is_empty());
        assert!(response.body().is_empty());
    }
}
