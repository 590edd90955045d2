//! The end of the server.

use core::{future::pending, time::Duration};

use sansocket_socketio::{server::Server, session::DisconnectReason};

use crate::client::{Client, Poller, request, sockets};

const GRACE: Duration = Duration::from_secs(20);

#[tokio::test(start_paused = true)]
async fn all_clients_are_disconnected_and_all_tasks_end() {
    let server = Server::new();
    let mut sockets = sockets(&server);
    let (mut client, _) = Client::join(&server).await;
    let (poller, _) = Poller::join(&server).await;
    let (first, second) = (sockets.recv().await.unwrap(), sockets.recv().await.unwrap());
    first.emit("last", &()).await.unwrap();
    let leave = async {
        assert_eq!(client.text().await, r#"42["last"]"#);
        assert_eq!(client.packet().await, None);
    };
    let (is_complete, (), payload) =
        tokio::join!(server.shutdown(GRACE), leave, poller.request("GET", ""));
    assert!(is_complete);
    assert_eq!(payload, (200, "1".into()));
    for socket in [first, second] {
        assert_eq!(socket.disconnect_reason(), Some(&DisconnectReason::Server));
    }
    let (status, _) = request(&server, "GET", "EIO=4&transport=polling", "").await;
    assert_eq!(status, 503);
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_does_not_end_is_aborted() {
    let server = Server::new();
    server.namespace("/").serve(|_| pending()).unwrap();
    let (poller, _) = Poller::join(&server).await;
    let start = tokio::time::Instant::now();
    let (is_complete, _) = tokio::join!(server.shutdown(GRACE), poller.request("GET", ""));
    assert!(!is_complete);
    assert_eq!(start.elapsed(), GRACE);
}

#[tokio::test(start_paused = true)]
async fn a_server_without_clients_ends_at_once() {
    assert!(Server::new().shutdown(Duration::ZERO).await);
}
