//! HTTP long-polling, and the upgrade from it to a WebSocket.

use core::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use std::collections::VecDeque;

use bytes::Bytes;
use http::Request;
use http_body::{Body, Frame};
use sansocket_socketio::{engine_io::Transport, server::Server, session::DisconnectReason};

use crate::client::{Client, Poller, echo, sockets};

#[tokio::test(start_paused = true)]
async fn events_and_binary_travel_by_polling() {
    let server = Server::new();
    echo(&server);
    let (poller, _) = Poller::join(&server).await;
    poller.post("42[\"echo\",1]\x1e451-[\"echo\",{\"_placeholder\":true,\"num\":0}]\x1ebAQI=\x1e427[\"ack\",\"é\"]").await;
    assert_eq!(
        poller.get().await,
        "42[\"echo\",1]\x1e451-[\"echo\",{\"_placeholder\":true,\"num\":0}]\x1ebAQI=\x1e437[\"é\"]"
    );
}

#[tokio::test(start_paused = true)]
async fn a_poll_waits_for_an_event() {
    let server = Server::new();
    let mut sockets = sockets(&server);
    let (poller, _) = Poller::join(&server).await;
    let socket = sockets.recv().await.unwrap();
    let emit = async {
        tokio::task::yield_now().await;
        socket.emit("news", "late").await.unwrap();
    };
    let (payload, ()) = tokio::join!(poller.get(), emit);
    assert_eq!(payload, r#"42["news","late"]"#);
    assert_eq!(socket.transport(), Transport::Polling);
}

#[tokio::test(start_paused = true)]
async fn a_silent_client_is_asked_and_then_closed() {
    let server = Server::new();
    let mut sockets = sockets(&server);
    let (poller, _) = Poller::join(&server).await;
    let socket = sockets.recv().await.unwrap();
    assert_eq!(poller.get().await, "2");
    // The poll learns of the end.
    assert_eq!(poller.get().await, "1");
    assert_eq!(*socket.disconnected().await, DisconnectReason::PingTimeout);
    assert_eq!(poller.request("GET", "").await.0, 400);
}

#[tokio::test(start_paused = true)]
async fn a_second_poll_at_the_same_time_ends_the_session() {
    let server = Server::new();
    let mut sockets = sockets(&server);
    let (poller, _) = Poller::join(&server).await;
    let socket = sockets.recv().await.unwrap();
    let (first, second) = tokio::join!(poller.get(), poller.request("GET", ""));
    assert_eq!((first.as_str(), second.0), ("1", 400));
    assert!(matches!(socket.disconnected().await, DisconnectReason::Unexpected(_)));
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_is_given_up_ends_the_session() {
    let server = Server::new();
    let mut sockets = sockets(&server);
    let (poller, _) = Poller::join(&server).await;
    let socket = sockets.recv().await.unwrap();
    tokio::select! {
        biased;
        payload = poller.get() => panic!("{payload}"),
        () = tokio::task::yield_now() => {}
    }
    assert_eq!(*socket.disconnected().await, DisconnectReason::TransportLost);
}

#[tokio::test(start_paused = true)]
async fn a_payload_that_is_too_long_ends_the_session() {
    let server = Server::new();
    let mut sockets = sockets(&server);
    let (poller, _) = Poller::join(&server).await;
    let socket = sockets.recv().await.unwrap();
    let payload = format!("42[\"{}\"]", "x".repeat(1_000_000));
    assert_eq!(poller.request("POST", &payload).await.0, 413);
    assert!(matches!(socket.disconnected().await, DisconnectReason::Packet(_)));
}

#[tokio::test(start_paused = true)]
async fn malformed_packets_end_the_session() {
    // An error of Engine.IO is one of the request, an error of Socket.IO is not.
    for (payload, status) in [("x", 400), ("bA", 400), ("", 400), ("42[", 200), ("4", 200)] {
        let server = Server::new();
        let mut sockets = sockets(&server);
        let (poller, _) = Poller::join(&server).await;
        let socket = sockets.recv().await.unwrap();
        assert_eq!(poller.request("POST", payload).await.0, status, "{payload}");
        assert_eq!(socket.disconnected().await.name(), "parse error", "{payload}");
        assert_eq!(poller.request("GET", "").await.0, 400, "{payload}");
    }
}

/// A body that arrives byte by byte.
struct Bytewise {
    bytes: VecDeque<u8>,
    end: End,
}

#[derive(Clone, Copy)]
enum End {
    Complete,
    BrokenOff,
    Never,
}

impl Body for Bytewise {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        match (self.bytes.pop_front(), self.end) {
            (Some(byte), _) => Poll::Ready(Some(Ok(Frame::data(Bytes::from(vec![byte]))))),
            (None, End::Complete) => Poll::Ready(None),
            (None, End::BrokenOff) => Poll::Ready(Some(Err("broken off"))),
            (None, End::Never) => Poll::Pending,
        }
    }
}

async fn post_bytewise(server: &Server, poller: &Poller, payload: &str, end: End) -> u16 {
    let body = Bytewise { bytes: payload.bytes().collect(), end };
    let uri = format!("/socket.io/?{}", poller.query);
    let request = Request::builder().method("POST").uri(uri).body(body).unwrap();
    server.respond(request).await.status().as_u16()
}

#[tokio::test(start_paused = true)]
async fn a_payload_may_arrive_in_any_pieces() {
    let server = Server::new();
    echo(&server);
    let (poller, _) = Poller::join(&server).await;
    let payload = "42[\"echo\",\"é\"]\x1e42[\"echo\",2]";
    assert_eq!(post_bytewise(&server, &poller, payload, End::Complete).await, 200);
    assert_eq!(poller.get().await, payload);
}

#[tokio::test(start_paused = true)]
async fn a_payload_that_breaks_off_ends_the_session() {
    let server = Server::new();
    let mut sockets = sockets(&server);
    let (poller, _) = Poller::join(&server).await;
    let socket = sockets.recv().await.unwrap();
    assert_eq!(post_bytewise(&server, &poller, "42[\"echo\",\"é\"]", End::BrokenOff).await, 400);
    assert_eq!(*socket.disconnected().await, DisconnectReason::TransportLost);
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_waits_is_answered_when_a_payload_breaks_off() {
    let server = Server::new();
    let mut sockets = sockets(&server);
    let (poller, _) = Poller::join(&server).await;
    let socket = sockets.recv().await.unwrap();
    let post = async {
        tokio::time::sleep(Duration::from_millis(1)).await;
        post_bytewise(&server, &poller, "42[", End::BrokenOff).await
    };
    let wait = tokio::time::timeout(Duration::from_secs(1), poller.get());
    let (posted, polled) = tokio::join!(post, wait);
    assert_eq!((posted, polled.as_deref()), (400, Ok("1")));
    assert_eq!(*socket.disconnected().await, DisconnectReason::TransportLost);
}

#[tokio::test(start_paused = true)]
async fn a_payload_that_never_ends_is_answered_at_the_end_of_the_session() {
    let server = Server::new();
    let mut sockets = sockets(&server);
    let (poller, _) = Poller::join(&server).await;
    let socket = sockets.recv().await.unwrap();
    assert_eq!(post_bytewise(&server, &poller, "42[", End::Never).await, 400);
    assert_eq!(socket.disconnect_reason(), Some(&DisconnectReason::PingTimeout));
}

#[tokio::test(start_paused = true)]
async fn an_upgrade_keeps_the_order_of_events() {
    let server = Server::new();
    let mut sockets = sockets(&server);
    let (poller, _) = Poller::join(&server).await;
    let socket = sockets.recv().await.unwrap();
    let query = poller.query.replace("polling", "websocket");
    let mut client = Client::connect(&server, &query, 64 * 1024).await;
    client.send("2probe").await;
    let (released, probed) = tokio::join!(poller.get(), client.text());
    assert_eq!((released.as_str(), probed.as_str()), ("6", "3probe"));
    socket.emit("news", &1).await.unwrap();
    client.send("5").await;
    assert_eq!(client.text().await, r#"42["news",1]"#);
    socket.emit("news", &2).await.unwrap();
    assert_eq!(client.text().await, r#"42["news",2]"#);
    assert_eq!(socket.transport(), Transport::WebSocket);
    assert_eq!(poller.request("GET", "").await.0, 400);
    client.close().await;
    assert_eq!(*socket.disconnected().await, DisconnectReason::TransportClosed);
}

#[tokio::test(start_paused = true)]
async fn a_web_socket_that_only_probed_may_go() {
    let server = Server::new();
    echo(&server);
    let (poller, _) = Poller::join(&server).await;
    let query = poller.query.replace("polling", "websocket");
    let mut client = Client::connect(&server, &query, 64 * 1024).await;
    client.send("2probe").await;
    assert_eq!(client.text().await, "3probe");
    client.close().await;
    poller.post(r#"42["echo","still here"]"#).await;
    // Polls are released until its end is known.
    let mut payload = poller.get().await;
    while payload == "6" {
        tokio::task::yield_now().await;
        payload = poller.get().await;
    }
    assert_eq!(payload, r#"42["echo","still here"]"#);
}

#[tokio::test(start_paused = true)]
async fn a_volatile_event_is_dropped_while_no_poll_waits() {
    let server = Server::new();
    let mut sockets = sockets(&server);
    let (poller, _) = Poller::join(&server).await;
    let socket = sockets.recv().await.unwrap();
    socket.volatile().emit("tick", &1).await.unwrap();
    socket.emit("tock", &2).await.unwrap();
    assert_eq!(poller.get().await, r#"42["tock",2]"#);
    let emit = async { socket.volatile().emit("tick", &3).await.unwrap() };
    let (payload, ()) = tokio::join!(poller.get(), emit);
    assert_eq!(payload, r#"42["tick",3]"#);
}
