//! What is specific to axum.

use axum::extract::FromRequestParts;
use axum::response::IntoResponse as _;
use hyper::upgrade::OnUpgrade;
use sansocket::Error;
use sansocket::handshake::HandshakeError;
use sansocket::upgrade::WebSocketUpgrade;
use tokio::sync::oneshot;

use crate::http::upgrade;

/// Returns the result of the extractor for a request, with or without an upgrade of hyper's.
async fn extract(on_upgrade: Option<OnUpgrade>) -> Result<WebSocketUpgrade, HandshakeError> {
    extract_from(upgrade().header("Sec-WebSocket-Protocol", "chat, token.abc"), on_upgrade).await
}

async fn extract_from(
    request: http::request::Builder,
    on_upgrade: Option<OnUpgrade>,
) -> Result<WebSocketUpgrade, HandshakeError> {
    let request = request.body(()).unwrap();
    let mut parts = request.into_parts().0;
    if let Some(on_upgrade) = on_upgrade {
        parts.extensions.insert(on_upgrade);
    }
    WebSocketUpgrade::from_request_parts(&mut parts, &()).await
}

/// An upgrade that fails.
fn failing() -> Option<OnUpgrade> {
    Some(hyper::upgrade::on(http::Request::new(())))
}

#[tokio::test]
async fn a_request_that_came_over_something_else_is_answered_with_501() {
    let error = extract(None).await.unwrap_err();
    assert_eq!(error.into_response().status(), 501);
}

#[tokio::test]
async fn the_offered_subprotocols_can_be_read() {
    let upgrade = extract(failing()).await.unwrap();
    assert!(upgrade.offered_subprotocols().eq(["chat", "token.abc"]));
}

#[tokio::test]
async fn a_failed_upgrade_is_reported_to_the_callback() {
    let (sender, failure) = oneshot::channel();
    let upgrade = extract(failing()).await.unwrap();
    let upgrade = upgrade.on_failed_upgrade(|error| sender.send(error).unwrap());
    let response = upgrade.on_upgrade(async |_| panic!("there is no connection"));
    assert_eq!(response.status(), 101);
    let error = failure.await.unwrap();
    assert!(matches!(error, Error::Io(_)), "{error:?}");
}

#[tokio::test]
async fn a_foreign_origin_is_reported_to_the_callback() {
    let (sender, failure) = oneshot::channel();
    let request = upgrade().header("Origin", "https://evil.example");
    let upgrade = extract_from(request, failing()).await.unwrap();
    let upgrade = upgrade.on_failed_upgrade(|error| sender.send(error).unwrap());
    let response = upgrade.on_upgrade(async |_| panic!("there is no connection"));
    assert_eq!(response.status(), 403);
    assert_eq!(
        failure.await.unwrap().to_string(),
        "origin \"https://evil.example\" may not connect to host \"localhost\"; \
        allow it with OriginPolicy"
    );
}
