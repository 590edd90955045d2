//! RFC 6455 10.2: which pages may connect.

use sansocket::Limits;
use sansocket::handshake::server::Rejection;
use sansocket::handshake::{HandshakeError, OriginPolicy, RequestError};

use crate::upgrade::{Head, request};

/// Returns how a server with this policy answers a page of `origin` that connects to `host`.
fn connect(
    policy: Option<&OriginPolicy>,
    origin: Option<&str>,
    host: &str,
) -> Result<(), HandshakeError> {
    let mut head = Head::request().replace("Host", host);
    if let Some(origin) = origin {
        head = head.with(&format!("Origin: {origin}"));
    }
    let bytes = head.bytes();
    let mut response = request(&bytes).accept();
    if let Some(policy) = policy {
        response = response.origin_policy(policy);
    }
    let mut out = Vec::new();
    let result = response.send(&Limits::default(), &mut out).map(|_| ());
    assert_eq!(out.is_empty(), result.is_err());
    result
}

fn refused(origin: &str, host: &str) -> Result<(), HandshakeError> {
    Err(RequestError::Origin { origin: origin.into(), host: host.into() }.into())
}

// Shows 6455-10.2-1, own-server-20.
#[test]
fn by_default_a_page_may_connect_to_its_own_host() {
    for (origin, host) in [
        ("http://example.com", "example.com"),
        ("https://example.com", "example.com"),
        ("http://example.com", "example.com:80"),
        ("http://example.com:80", "example.com"),
        ("https://example.com", "example.com:443"),
        ("https://example.com:443", "example.com"),
        ("http://example.com:8080", "example.com:8080"),
        ("HTTP://Example.COM", "eXAMPLE.com"),
        ("http://127.0.0.1:9001", "127.0.0.1:9001"),
        ("http://[::1]:9001", "[::1]:9001"),
    ] {
        assert_eq!(connect(None, Some(origin), host), Ok(()));
        let same_host = Some(&OriginPolicy::SameHost);
        assert_eq!(connect(same_host, Some(origin), host), Ok(()));
    }
}

// Shows 6455-10.2-1, own-server-20.
#[test]
fn by_default_no_other_page_may_connect() {
    for (origin, host) in [
        ("http://evil.example", "example.com"),
        ("http://example.com.evil.example", "example.com"),
        ("http://evilexample.com", "example.com"),
        ("http://www.example.com", "example.com"),
        ("http://example.com", "www.example.com"),
        ("http://example.com:8080", "example.com"),
        ("http://example.com", "example.com:8080"),
        ("https://example.com", "example.com:80"),
        ("http://example.com", "example.com:443"),
        ("http://user@example.com", "example.com"),
        ("http://example.com@evil.example", "example.com"),
        ("http://evil.example/example.com", "example.com"),
        ("http://example.com/", "example.com"),
        ("http://evil.example http://example.com", "example.com"),
        ("ftp://example.com", "example.com"),
        ("chrome-extension://example.com", "example.com"),
        ("file://", "example.com"),
        ("example.com", "example.com"),
        ("http://", "example.com"),
        ("null", "null"),
        ("null", "example.com"),
        ("", "example.com"),
    ] {
        assert_eq!(connect(None, Some(origin), host), refused(origin, host));
    }
}

#[test]
fn the_host_of_an_absolute_uri_counts() {
    let head = Head::request()
        .start_line("GET http://other.example/ HTTP/1.1")
        .replace("Host", "example.com");
    let with = |origin: &str| format!("Origin: {origin}");
    let bytes = head.with(&with("http://other.example")).bytes();
    assert!(request(&bytes).accept().headers().is_ok());
}

// Shows 6455-4.2.1-8, own-server-20.
#[test]
fn a_request_without_origin_is_not_from_a_browser() {
    let never = OriginPolicy::function(|_| false);
    for policy in [
        None,
        Some(&OriginPolicy::SameHost),
        Some(&OriginPolicy::List(vec![])),
        Some(&never),
        Some(&OriginPolicy::Any),
    ] {
        assert_eq!(connect(policy, None, "example.com"), Ok(()));
    }
}

// Shows 6455-10.2-1, own-server-21.
#[test]
fn a_list_names_the_pages() {
    let origins = vec!["https://a.example".into(), "http://b.example:81".into()];
    let list = OriginPolicy::List(origins);
    for origin in ["https://a.example", "HTTPS://A.example", "http://b.example:81"] {
        assert_eq!(connect(Some(&list), Some(origin), "h"), Ok(()));
    }
    for origin in ["http://a.example", "http://b.example", "https://a.example.x", "null", "h"] {
        assert_eq!(connect(Some(&list), Some(origin), "h"), refused(origin, "h"));
    }
    // It replaces the default.
    let own = connect(Some(&list), Some("http://h"), "h");
    assert_eq!(own, refused("http://h", "h"));
}

// Shows own-server-21.
#[test]
fn a_function_decides() {
    let policy = OriginPolicy::function(|origin| origin.ends_with(".example"));
    assert_eq!(connect(Some(&policy), Some("http://a.example"), "h"), Ok(()));
    let other = connect(Some(&policy), Some("http://h"), "h");
    assert_eq!(other, refused("http://h", "h"));
}

// Shows own-server-21.
#[test]
fn a_clone_of_a_function_decides_alike_on_every_thread() {
    let allowed = ["http://a.example", "http://b.example"].map(String::from);
    let policy = OriginPolicy::function(move |origin| allowed.iter().any(|one| one == origin));
    let clone = policy.clone();
    drop(policy);
    let decisions = std::thread::spawn(move || {
        ["http://a.example", "http://b.example", "http://c.example"]
            .map(|origin| connect(Some(&clone), Some(origin), "h"))
    });
    let decisions = decisions.join().unwrap();
    assert_eq!(decisions, [Ok(()), Ok(()), refused("http://c.example", "h")]);
}

// Shows own-server-21.
#[test]
fn any_page_may_connect_with_the_policy_any() {
    for origin in ["http://evil.example", "null", ""] {
        let result = connect(Some(&OriginPolicy::Any), Some(origin), "h");
        assert_eq!(result, Ok(()));
    }
}

// Shows 6455-4.2.2-4, 6455-10.2-2, own-server-10.
#[test]
fn a_refused_page_is_answered_with_403() {
    let error = connect(None, Some("http://evil.example"), "h").unwrap_err();
    assert_eq!(error.rejection_status(), Some(403));
    let mut out = Vec::new();
    Rejection::from(&error).send(&mut out).unwrap();
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "HTTP/1.1 403 Forbidden\r\n\
         Connection: close\r\n\
         Content-Length: 37\r\n\
         Content-Type: text/plain\r\n\r\n\
         pages of this origin may not connect\n"
    );
}

#[test]
fn a_policy_is_printed_without_its_function() {
    for (policy, text) in [
        (OriginPolicy::SameHost, "SameHost"),
        (OriginPolicy::List(vec!["http://a.example".into()]), "List([\"http://a.example\"])"),
        (OriginPolicy::function(|_| false), "Function(..)"),
        (OriginPolicy::Any, "Any"),
    ] {
        assert_eq!(format!("{policy:?}"), text);
    }
}

#[test]
fn a_policy_with_own_hosts_refuses_rebound_names() {
    let policy = OriginPolicy::OwnHosts(vec!["example.com".into(), "10.0.0.7:9001".into()]);
    for (origin, host) in [
        ("https://example.com", "example.com"),
        ("http://EXAMPLE.com:80", "example.com"),
        ("http://10.0.0.7:9001", "10.0.0.7:9001"),
    ] {
        assert_eq!(connect(Some(&policy), Some(origin), host), Ok(()));
    }
    for (origin, host) in [
        // The page's name points to this server.
        ("http://evil.example", "evil.example"),
        ("http://evil.example:9001", "evil.example:9001"),
        // A page of another host, and of another port.
        ("http://evil.example", "example.com"),
        ("http://example.com:8080", "example.com"),
        ("http://10.0.0.7", "10.0.0.7:9001"),
        ("null", "example.com"),
    ] {
        assert_eq!(connect(Some(&policy), Some(origin), host), refused(origin, host), "{host}");
    }
    assert_eq!(connect(Some(&policy), None, "evil.example"), Ok(()), "no browser");
}
