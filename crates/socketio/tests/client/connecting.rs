use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use sansocket_socketio::{
    Namespace, Value,
    client::{Client, ConnectError, Emitter, Incoming, Socket, TransportError},
    session::DisconnectReason,
    value::Object,
};
use tokio::time::{Instant, sleep};

use crate::peer::{builder, joined, next, pair};

#[tokio::test(start_paused = true)]
async fn the_first_attempt_that_fails_is_an_error_and_not_repeated() {
    let (client, mut server) = pair(builder());
    let (result, ()) = tokio::join!(client.connect(), server.refuse());
    let Err(ConnectError::Transport(error)) = result else { panic!("{result:?}") };
    assert!(matches!(&*error, TransportError::Connect(error) if error.is_closed()));
    sleep(Duration::from_secs(600)).await;
    assert!(server.is_quiet());
}

#[tokio::test(start_paused = true)]
async fn a_refusal_has_the_message_and_the_data_of_the_server_and_is_not_repeated() {
    let (client, mut server) = pair(builder());
    let (result, end) = tokio::join!(client.connect(), async {
        let mut peer = server.accept().await;
        assert_eq!(peer.text().await, "40");
        peer.send(r#"44{"message":"not authorized","data":{"status":401}}"#).await;
        peer.next().await
    });
    let Err(ConnectError::Refused(refusal)) = result else { panic!("{result:?}") };
    assert_eq!(refusal.message, "not authorized");
    assert_eq!(refusal.data.unwrap().get("status"), Some(&Value::from(401)));
    // Nothing else needs the connection.
    assert_eq!(end, None);
    sleep(Duration::from_secs(600)).await;
    assert!(server.is_quiet());
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_ends_before_the_answer_is_an_error() {
    let (client, mut server) = pair(builder());
    let (result, ()) = tokio::join!(client.connect(), async {
        drop(server.accept().await);
    });
    assert!(matches!(result, Err(ConnectError::Closed(DisconnectReason::TransportLost))));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_answer_is_left_in_time() {
    let (client, mut server) = pair(builder().connect_timeout(Duration::from_secs(7)));
    let start = Instant::now();
    let (result, end) = tokio::join!(client.connect(), async {
        let mut peer = server.accept().await;
        assert_eq!(peer.text().await, "40");
        peer.next().await
    });
    assert!(matches!(result, Err(ConnectError::Timeout(namespace, _)) if namespace.is_main()));
    assert_eq!((start.elapsed().as_secs(), end), (7, None));
}

#[tokio::test(start_paused = true)]
async fn an_invalid_packet_ends_the_attempt() {
    let (client, mut server) = pair(builder());
    let (result, _peer) = tokio::join!(client.connect(), async {
        let mut peer = server.accept_silently().await;
        peer.send("what?").await;
        peer
    });
    assert!(matches!(result, Err(ConnectError::Closed(DisconnectReason::Packet(_)))));
}

#[tokio::test(start_paused = true)]
async fn a_namespace_has_one_socket_at_a_time() {
    let (socket, mut peer, mut server) = joined(builder()).await;
    let client = socket.client();
    assert!(matches!(client.connect().await, Err(ConnectError::InUse(_))));
    drop(socket);
    let (again, ()) = tokio::join!(client.connect(), async {
        assert_eq!(peer.next().await.as_deref(), Some("41"));
        assert_eq!(peer.next().await, None);
        drop(peer);
        server.accept().await.join("s2").await;
    });
    assert!(again.is_ok());
}

#[tokio::test(start_paused = true)]
async fn data_for_authentication_is_made_anew_for_each_attempt_and_namespace() {
    let calls = Arc::new(AtomicU32::new(0));
    let made = Arc::clone(&calls);
    let (client, mut server) = pair(builder().auth_with(move |namespace| {
        let made = Arc::clone(&made);
        async move {
            sleep(Duration::from_secs(1)).await;
            let mut auth = Object::default();
            auth.insert("for", namespace.as_str());
            auth.insert("n", made.fetch_add(1, Ordering::Relaxed));
            auth
        }
    }));
    let (main, mut peer) = tokio::join!(client.connect(), async {
        let mut peer = server.accept().await;
        assert_eq!(peer.text().await, r#"40{"for":"/","n":0}"#);
        peer.send(r#"40{"sid":"s1"}"#).await;
        peer
    });
    let (chat, ()) = tokio::join!(client.connect_to(Namespace::new("/chat").unwrap()), async {
        assert_eq!(peer.text().await, r#"40/chat,{"for":"/chat","n":1}"#);
        peer.send(r#"40/chat,{"sid":"s2"}"#).await;
    });
    let (_main, _chat) = (main.unwrap(), chat.unwrap());
    drop(peer);
    server.refuse().await;
    let mut peer = server.accept().await;
    assert_eq!(peer.text().await, r#"40{"for":"/","n":4}"#);
    assert_eq!(peer.text().await, r#"40/chat,{"for":"/chat","n":5}"#);
}

#[tokio::test(start_paused = true)]
async fn fixed_data_for_authentication_is_sent_to_each_namespace() {
    let auth = serde_json::json!({ "token": "0123" });
    let (client, mut server) = pair(builder().auth(&auth).unwrap());
    let (result, ()) = tokio::join!(client.connect(), async {
        let mut peer = server.accept().await;
        assert_eq!(peer.text().await, r#"40{"token":"0123"}"#);
        peer.send(r#"40{"sid":"s1"}"#).await;
    });
    assert!(result.is_ok());
    assert!(builder().auth("no object").is_err());
}

#[tokio::test(start_paused = true)]
async fn an_attempt_whose_future_was_dropped_goes_on_in_a_socket() {
    let (mut socket, mut peer, mut server) = joined(builder()).await;
    socket.disconnect();
    assert_eq!(peer.text().await, "41");
    assert!(matches!(next(&mut socket).await, Incoming::Disconnected(DisconnectReason::Client)));
    assert_eq!(peer.next().await, None);
    drop(peer);
    assert!(tokio::time::timeout(Duration::from_secs(1), socket.connect()).await.is_err());
    server.accept().await.join("s2").await;
    assert!(matches!(next(&mut socket).await, Incoming::Connected { recovered: false }));
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_was_given_up_is_not_that_of_the_next_socket() {
    let made = Arc::new(AtomicU32::new(0));
    let builder = builder().auth_with(move |namespace| {
        let mut auth = Object::default();
        if !namespace.is_main() {
            auth.insert("n", made.fetch_add(1, Ordering::Relaxed));
        }
        async { auth }
    });
    let (main, mut peer, _server) = joined(builder).await;
    let (client, chat) = (main.client(), Namespace::new("/chat").unwrap());
    let connecting = client.connect_to(chat.clone());
    assert!(tokio::time::timeout(Duration::from_millis(1), connecting).await.is_err());
    assert_eq!(peer.text().await, r#"40/chat,{"n":0}"#);

    let (socket, ()) = tokio::join!(client.connect_to(chat), async {
        peer.send(r#"40/chat,{"sid":"given up"}"#).await;
        assert_eq!(peer.text().await, "41/chat,");
        assert_eq!(peer.text().await, r#"40/chat,{"n":1}"#);
        peer.send(r#"40/chat,{"sid":"s2"}"#).await;
    });
    assert_eq!(socket.unwrap().id().as_deref(), Some("s2"));
}

#[tokio::test(start_paused = true)]
async fn a_socket_that_could_not_connect_again_does_not_try_further() {
    let timeout = Duration::from_secs(7);
    let (mut socket, mut peer, mut server) = joined(builder().connect_timeout(timeout)).await;
    socket.disconnect();
    while peer.next().await.is_some() {}
    drop(peer);
    next(&mut socket).await;

    let (result, ()) = tokio::join!(socket.connect(), server.refuse());
    assert!(matches!(result, Err(ConnectError::Transport(_))));
    assert!(socket.recv().await.is_none());
    let (result, _stream) = tokio::join!(socket.connect(), server.stream());
    assert!(matches!(result, Err(ConnectError::Timeout(..))));
    assert!(socket.recv().await.is_none());
    sleep(Duration::from_secs(600)).await;
    assert!(server.is_quiet());
}

#[test]
fn all_of_a_client_may_move_between_threads() {
    fn assert<T: Send + Sync>() {}
    assert::<(Client, Socket, Emitter, Incoming)>();
    fn assert_future<F: Future + Send>(_: impl FnOnce(&'static mut Socket, &'static Client) -> F) {}
    assert_future(|socket, client| async move {
        socket.recv().await;
        let _ = socket.connect().await;
        let _ = socket.emit_with_ack("a", "b").await;
        let _ = client.connect().await;
        client.close().await;
    });
}
