//! Requests that open a session, and those that are refused.

use core::time::Duration;

use http::{HeaderMap, Request};
use sansocket::OriginPolicy;
use sansocket_socketio::{server::Server, session::server::Settings};

use crate::client::{Poller, request, respond};

#[tokio::test(start_paused = true)]
async fn a_session_opens_with_the_settings_of_the_server() {
    let mut settings = Settings::default();
    settings.ping_interval = Duration::from_millis(300);
    settings.ping_timeout = Duration::from_millis(200);
    settings.max_payload = 1234;
    let server = Server::builder().settings(settings).build();
    let response = respond(&server, "GET", "EIO=4&transport=polling&t=abc", "").await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/plain; charset=UTF-8");
    assert_eq!(response.headers()["cache-control"], "no-store");
    let mut open: serde_json::Value = serde_json::from_str(&response.body()[1..]).unwrap();
    let sid = open["sid"].take();
    assert_eq!(sid.as_str().map(str::len), Some(22), "128 bits in base64");
    let expected = serde_json::json!({
        "sid": null, "upgrades": ["websocket"], "pingInterval": 300, "pingTimeout": 200, "maxPayload": 1234
    });
    assert_eq!(open, expected);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_refused_has_a_code_that_clients_know() {
    let server = Server::new();
    let refused = [
        ("GET", "transport=polling", 400, r#"{"code":5,"message":"Unsupported protocol version"}"#),
        (
            "GET",
            "EIO=3&transport=polling",
            400,
            r#"{"code":5,"message":"Unsupported protocol version"}"#,
        ),
        ("GET", "EIO=4&transport=pigeon", 400, r#"{"code":0,"message":"Transport unknown"}"#),
        ("GET", "EIO=4", 400, r#"{"code":0,"message":"Transport unknown"}"#),
        (
            "GET",
            "EIO=4&transport=polling&sid=x",
            400,
            r#"{"code":1,"message":"Session ID unknown"}"#,
        ),
        (
            "POST",
            "EIO=4&transport=polling&sid=x",
            400,
            r#"{"code":1,"message":"Session ID unknown"}"#,
        ),
        (
            "GET",
            "EIO=4&transport=websocket&sid=x",
            400,
            r#"{"code":1,"message":"Session ID unknown"}"#,
        ),
        ("POST", "EIO=4&transport=polling", 400, r#"{"code":2,"message":"Bad handshake method"}"#),
        (
            "DELETE",
            "EIO=4&transport=websocket",
            400,
            r#"{"code":2,"message":"Bad handshake method"}"#,
        ),
    ];
    for (method, query, status, body) in refused {
        assert_eq!(
            request(&server, method, query, "").await,
            (status, body.into()),
            "{method} {query}"
        );
    }
    let poller = Poller::open(&server).await;
    let bad_request = (400, r#"{"code":3,"message":"Bad request"}"#.into());
    assert_eq!(poller.request("PUT", "40").await, bad_request);
}

#[tokio::test(start_paused = true)]
async fn a_web_socket_needs_a_request_for_an_upgrade() {
    let (status, _) = request(&Server::new(), "GET", "EIO=4&transport=websocket", "").await;
    assert_eq!(status, 400);
}

#[tokio::test(start_paused = true)]
async fn clients_beyond_the_limit_are_sent_away() {
    let server = Server::builder().max_connections(1).build();
    let poller = Poller::open(&server).await;
    let (status, _) = request(&server, "GET", "EIO=4&transport=polling", "").await;
    assert_eq!(status, 503);
    // The first goes.
    poller.post("1").await;
    Poller::open(&server).await;
}

/// The headers of CORS of the response to a request of a page.
async fn cors(server: &Server, method: &str, origin: &str) -> (u16, HeaderMap) {
    let request = Request::builder()
        .method(method)
        .uri("/socket.io/?EIO=4&transport=polling")
        .header("Host", "example.com")
        .header("Origin", origin)
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "content-type,x-own")
        .body(String::new());
    let response = server.respond(request.unwrap()).await;
    let status = response.status().as_u16();
    let mut headers = response.into_parts().0.headers;
    headers.remove("content-type");
    headers.remove("cache-control");
    (status, headers)
}

fn headers<const N: usize>(headers: [(&'static str, &str); N]) -> HeaderMap {
    headers
        .into_iter()
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_page_of_a_listed_origin_may_connect_with_cookies() {
    let origins = vec!["https://app.example".into()];
    let server = Server::builder()
        .origin_policy(OriginPolicy::List(origins))
        .allow_credentials(true)
        .build();
    let expected = [
        ("access-control-allow-origin", "https://app.example"),
        ("access-control-allow-credentials", "true"),
        ("vary", "Origin"),
    ];
    assert_eq!(cors(&server, "GET", "https://app.example").await, (200, headers(expected)));
    let (status, mut preflight) = cors(&server, "OPTIONS", "https://app.example").await;
    assert_eq!(status, 204);
    assert_eq!(preflight.remove("access-control-allow-methods").unwrap(), "GET, POST");
    assert_eq!(preflight.remove("access-control-allow-headers").unwrap(), "content-type,x-own");
    assert_eq!(preflight.remove("access-control-max-age").unwrap(), "600");
    assert_eq!(preflight, headers(expected));
}

#[tokio::test(start_paused = true)]
async fn a_page_of_another_origin_is_refused() {
    let server = Server::new();
    for method in ["GET", "OPTIONS"] {
        assert_eq!(cors(&server, method, "https://evil.example").await, (403, HeaderMap::new()));
    }
    let (status, _) = cors(&server, "GET", "https://example.com").await;
    assert_eq!(status, 200, "the same host");
}

#[tokio::test(start_paused = true)]
async fn a_server_for_any_page_takes_no_cookies() {
    let server = Server::builder().origin_policy(OriginPolicy::Any).allow_credentials(true).build();
    let expected = headers([("access-control-allow-origin", "*")]);
    assert_eq!(cors(&server, "GET", "https://any.example").await, (200, expected));
}
