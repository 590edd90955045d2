use std::time::Duration;

use sansocket_socketio::{
    Namespace,
    client::{EmitError, Incoming},
    session::{DisconnectReason, SendError},
};
use tokio::time::{Instant, sleep};

use crate::peer::{builder, joined, next, pair};

#[tokio::test(start_paused = true)]
async fn a_disconnected_socket_stays_so_until_it_is_told_to_connect() {
    let (mut socket, mut peer, mut server) = joined(builder()).await;
    socket.emit("last", &()).await.unwrap();
    socket.disconnect();
    assert_eq!(peer.text().await, r#"42["last"]"#);
    assert_eq!(peer.text().await, "41");
    assert_eq!(peer.next().await, None);
    drop(peer);
    assert!(matches!(next(&mut socket).await, Incoming::Disconnected(DisconnectReason::Client)));
    assert!(socket.recv().await.is_none());
    assert!(matches!(
        socket.emit("a", &()).await,
        Err(EmitError::Send(SendError::NotConnected(_)))
    ));
    sleep(Duration::from_secs(600)).await;
    assert!(server.is_quiet());

    let (result, mut peer) = tokio::join!(socket.connect(), async {
        let mut peer = server.accept().await;
        peer.join("s2").await;
        peer
    });
    result.unwrap();
    peer.send(r#"42["again",1]"#).await;
    assert!(matches!(next(&mut socket).await, Incoming::Event(event) if event.name() == "again"));
}

#[tokio::test(start_paused = true)]
async fn a_socket_that_the_server_disconnects_stays_so_and_others_stay_connected() {
    let (mut main, mut peer, _server) = joined(builder()).await;
    let (chat, ()) = tokio::join!(
        async { main.client().connect_to(Namespace::new("/chat").unwrap()).await },
        async {
            assert_eq!(peer.text().await, "40/chat,");
            peer.send(r#"40/chat,{"sid":"s2"}"#).await;
        }
    );
    let mut chat = chat.unwrap();
    peer.send("41/chat,").await;
    assert!(matches!(next(&mut chat).await, Incoming::Disconnected(DisconnectReason::Server)));
    assert!(chat.recv().await.is_none());
    assert!(matches!(chat.emit("a", &()).await, Err(EmitError::Send(SendError::NotConnected(_)))));
    peer.send(r#"42["still here",1]"#).await;
    assert!(matches!(next(&mut main).await, Incoming::Event(_)));
    // It sends no second disconnect packet.
    drop(chat);
    main.emit("next", &()).await.unwrap();
    assert_eq!(peer.text().await, r#"42["next"]"#);
}

#[tokio::test(start_paused = true)]
async fn without_handles_the_client_ends_after_its_events_are_sent() {
    let (socket, mut peer, mut server) = joined(builder()).await;
    let emitter = socket.emitter();
    for number in 0..1000 {
        emitter.emit("a", &number).await.unwrap();
    }
    drop((socket, emitter));
    for number in 0..1000 {
        assert_eq!(peer.text().await, format!(r#"42["a",{number}]"#));
    }
    assert_eq!(peer.text().await, "41");
    assert_eq!(peer.next().await, None);
    drop(peer);
    server.ended().await;
}

#[tokio::test(start_paused = true)]
async fn a_client_without_handles_does_not_reconnect() {
    let (socket, peer, mut server) = joined(builder()).await;
    drop(peer);
    drop(socket);
    server.ended().await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_never_connected_ends_with_its_last_handle() {
    let (client, mut server) = pair(builder());
    let other = client.clone();
    drop(client);
    sleep(Duration::from_secs(1)).await;
    drop(other);
    server.ended().await;
}

#[tokio::test(start_paused = true)]
async fn close_returns_once_everything_is_sent_and_the_connection_closed() {
    let (mut socket, mut peer, _server) = joined(builder()).await;
    socket.emit("last", &()).await.unwrap();
    let client = socket.client();
    let closing = tokio::spawn(async move { client.close().await });
    sleep(Duration::from_secs(1)).await;
    // The server has not answered the Close frame.
    assert!(!closing.is_finished());
    assert_eq!(peer.text().await, r#"42["last"]"#);
    assert_eq!(peer.text().await, "41");
    assert_eq!(peer.next().await, None);
    drop(peer);
    closing.await.unwrap();
    assert!(matches!(next(&mut socket).await, Incoming::Disconnected(_)));
    assert!(socket.recv().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn close_ends_an_attempt_to_reconnect() {
    let (socket, peer, mut server) = joined(builder()).await;
    drop(peer);
    // The handshake is not answered.
    let _stream = server.stream().await;
    let start = Instant::now();
    socket.client().close().await;
    drop(socket);
    server.ended().await;
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[test]
fn a_runtime_that_shuts_down_ends_the_sockets() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let first = runtime();
    let (mut socket, peer, _server) = first.block_on(joined(builder()));
    drop(first);
    runtime().block_on(async {
        assert!(matches!(
            next(&mut socket).await,
            Incoming::Disconnected(DisconnectReason::TransportLost)
        ));
        assert!(socket.recv().await.is_none());
        socket.client().close().await;
    });
    drop(peer);
}
