//! Connecting to namespaces, and leaving them.

use http::Request;
use sansocket::OwnedMessage;
use sansocket_socketio::{
    Binary, Value,
    packet::ConnectError,
    server::{Handshake, Server, Socket},
    session::DisconnectReason,
};
use serde_json::json;
use tokio::sync::mpsc;

use crate::client::{Client, Poller, echo, sockets, sockets_of};

#[tokio::test(start_paused = true)]
async fn a_namespace_without_a_handler_is_refused() {
    let server = Server::new();
    echo(&server);
    let mut client = Client::open(&server).await;
    client.send("40/nowhere,").await;
    assert_eq!(client.text().await, r#"44/nowhere,{"message":"Invalid namespace"}"#);
    // The others are unaffected.
    client.send("40").await;
    client.connected().await;
}

#[derive(Clone, PartialEq, Debug)]
struct User(String);

async fn authenticate(mut handshake: Handshake) -> Result<Handshake, ConnectError> {
    match handshake.auth().get("token").and_then(Value::as_str) {
        Some("sesame") => {
            handshake.insert(User("ali".into()));
            Ok(handshake)
        }
        _ => Err(ConnectError {
            message: "not authorized".into(),
            data: Some(json!({ "status": 401 }).into()),
        }),
    }
}

async fn rename(mut handshake: Handshake) -> Result<Handshake, ConnectError> {
    let User(name) = handshake.get().cloned().unwrap();
    handshake.insert(User(format!("{name} baba")));
    Ok(handshake)
}

#[tokio::test(start_paused = true)]
async fn guards_refuse_clients_and_add_to_the_handshake() {
    let server = Server::new();
    let (sender, mut sockets) = mpsc::unbounded_channel();
    let handler = move |socket: Socket| {
        sender.send(socket.handshake().get::<User>().cloned()).unwrap();
        async {}
    };
    server.namespace("/admin").guard(authenticate).guard(rename).serve(handler).unwrap();
    let mut client = Client::open(&server).await;
    client.send(r#"40/admin,{"token":"open"}"#).await;
    let refused = r#"44/admin,{"message":"not authorized","data":{"status":401}}"#;
    assert_eq!(client.text().await, refused);
    client.send("40/admin,").await;
    assert_eq!(client.text().await, refused);
    client.send(r#"40/admin,{"token":"sesame"}"#).await;
    assert!(client.text().await.starts_with(r#"40/admin,{"sid":""#));
    assert_eq!(sockets.recv().await.unwrap(), Some(User("ali baba".into())));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_with_binary_is_sent_without_it() {
    let server = Server::new();
    let guard = |_| async {
        let data = Some(Binary::from(vec![1]).into());
        Err(ConnectError { message: "no".into(), data })
    };
    server.namespace("/").guard(guard).serve(|_| async {}).unwrap();
    let mut client = Client::open(&server).await;
    client.send("40").await;
    assert_eq!(client.text().await, r#"44{"message":"no"}"#);
}

#[tokio::test(start_paused = true)]
async fn the_handshake_has_what_the_first_request_had() {
    let server = Server::new();
    let mut sockets = sockets(&server);
    let address: core::net::SocketAddr = "192.0.2.1:5000".parse().unwrap();
    let request = Request::builder()
        .uri("/socket.io/?EIO=4&transport=polling&room=a%20b&room=c")
        .header("User-Agent", "test")
        .extension(address)
        .body(String::new());
    let response = server.respond(request.unwrap()).await;
    let open: serde_json::Value = serde_json::from_str(&response.body()[1..]).unwrap();
    let sid = open["sid"].as_str().unwrap();
    let query = format!("EIO=4&transport=polling&sid={sid}");
    let (status, _) = crate::client::request(&server, "POST", &query, r#"40{"token":7}"#).await;
    assert_eq!(status, 200);
    let socket = sockets.recv().await.unwrap();
    let handshake = socket.handshake();
    assert_eq!(handshake.headers()["user-agent"], "test");
    assert_eq!(handshake.query(), "EIO=4&transport=polling&room=a%20b&room=c");
    assert_eq!(handshake.parameter("room").as_deref(), Some("a b"));
    assert_eq!(handshake.parameter("floor"), None);
    assert_eq!(handshake.address(), Some(address));
    assert_eq!(handshake.auth().get("token"), Some(&Value::from(7)));
    assert!(!format!("{handshake:?}").contains("room"), "a query may have secrets");
}

#[tokio::test(start_paused = true)]
async fn events_come_in_order_and_with_binary() {
    let server = Server::new();
    echo(&server);
    let (mut client, _) = Client::join(&server).await;
    for number in 0..100 {
        client.send(&format!(r#"42["echo",{number}]"#)).await;
    }
    client.send(r#"451-["echo",{"_placeholder":true,"num":0}]"#).await;
    client.send_binary(&[1, 2, 3]).await;
    for number in 0..100 {
        assert_eq!(client.text().await, format!(r#"42["echo",{number}]"#));
    }
    assert_eq!(client.text().await, r#"451-["echo",{"_placeholder":true,"num":0}]"#);
    assert_eq!(client.packet().await, Some(OwnedMessage::Binary(vec![1, 2, 3])));
}

#[tokio::test(start_paused = true)]
async fn a_handler_gets_all_events_before_the_end() {
    let server = Server::new();
    let mut sockets = sockets(&server);
    let (mut client, _) = Client::join(&server).await;
    let socket = sockets.recv().await.unwrap();
    client.send(r#"42["first"]"#).await;
    let event = socket.recv().await.unwrap();
    assert_eq!((event.name(), event.arguments().len(), event.wants_ack()), ("first", 0, false));
    assert_eq!(socket.disconnect_reason(), None);
    client.send("41").await;
    assert!(socket.recv().await.is_none());
    assert_eq!(socket.disconnect_reason(), Some(&DisconnectReason::Client));
    assert!(socket.emit("late", &()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_returns_or_panics_disconnects_its_socket() {
    let server = Server::new();
    server.namespace("/returns").serve(|_| async {}).unwrap();
    // Without a message, which would look like a failure in the output.
    let panics = |_| async { std::panic::resume_unwind(Box::new("as intended")) };
    server.namespace("/panics").serve(panics).unwrap();
    let mut client = Client::open(&server).await;
    for namespace in ["/returns", "/panics"] {
        client.send(&format!("40{namespace},")).await;
        assert!(client.text().await.starts_with(&format!(r#"40{namespace},{{"sid":"#)));
        assert_eq!(client.text().await, format!("41{namespace},"));
    }
    assert_eq!(server.of("/panics").sockets().await.unwrap(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn the_server_disconnects_one_namespace_and_leaves_the_others() {
    let server = Server::new();
    let mut sockets = sockets_of(&server, "/chat");
    echo(&server);
    let (mut client, _) = Client::join(&server).await;
    client.send("40/chat,").await;
    assert!(client.text().await.starts_with("40/chat,"));
    let socket = sockets.recv().await.unwrap();
    socket.disconnect();
    assert_eq!(client.text().await, "41/chat,");
    assert_eq!(socket.disconnect_reason(), Some(&DisconnectReason::Server));
    client.send(r#"42["echo"]"#).await;
    assert_eq!(client.text().await, r#"42["echo"]"#);
}

#[tokio::test(start_paused = true)]
async fn an_old_socket_does_not_speak_for_the_next_one_of_its_client() {
    let server = Server::new();
    let mut sockets = sockets(&server);
    let (mut client, _) = Client::join(&server).await;
    let old = sockets.recv().await.unwrap();
    client.send("41").await;
    client.send("40").await;
    client.connected().await;
    let new = sockets.recv().await.unwrap();
    assert!(old.emit("late", &()).await.is_err());
    old.disconnect();
    new.emit("news", &()).await.unwrap();
    assert_eq!(client.text().await, r#"42["news"]"#);
}

#[tokio::test(start_paused = true)]
async fn all_namespaces_end_with_the_connection() {
    let server = Server::new();
    let (mut main, mut chat) = (sockets(&server), sockets_of(&server, "/chat"));
    let (mut client, _) = Client::join(&server).await;
    client.send("40/chat,").await;
    client.text().await;
    drop(client);
    for sockets in [&mut main, &mut chat] {
        let socket = sockets.recv().await.unwrap();
        assert_eq!(*socket.disconnected().await, DisconnectReason::TransportLost);
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_handler_takes_over_the_sockets_of_the_old_one() {
    let server = Server::new();
    let mut old = sockets(&server);
    let (poller, _) = Poller::join(&server).await;
    let socket = old.recv().await.unwrap();
    socket.join("red").await.unwrap();
    echo(&server);
    server.of("/").to("red").emit("news", &()).await.unwrap();
    assert_eq!(poller.get().await, r#"42["news"]"#);
}

#[test]
fn an_invalid_name_of_a_namespace_is_an_error() {
    assert!(Server::new().namespace("chat").serve(|_| async {}).is_err());
}
