use std::time::Duration;

use sansocket_socketio::{
    Namespace,
    client::{ConnectError, EmitError, Incoming},
    session::{DisconnectReason, SendError},
};
use tokio::time::{Instant, sleep};

use crate::peer::{builder, joined, next, next_event, pair};

#[tokio::test(start_paused = true)]
async fn a_lost_connection_is_replaced_and_the_application_sees_how() {
    let (mut socket, peer, mut server) = joined(builder()).await;
    drop(peer);
    assert!(matches!(
        next(&mut socket).await,
        Incoming::Disconnected(DisconnectReason::TransportLost)
    ));
    assert_eq!((socket.id(), socket.is_connected()), (None, false));
    server.refuse().await;
    assert!(matches!(next(&mut socket).await, Incoming::AttemptFailed(_)));
    let start = Instant::now();
    let mut peer = server.accept().await;
    peer.join("s2").await;
    // The second delay is between half and all of twice the first one.
    let delay = start.elapsed();
    assert!((Duration::from_secs(1)..=Duration::from_secs(2)).contains(&delay), "{delay:?}");
    assert!(matches!(next(&mut socket).await, Incoming::Connected { recovered: false }));
    assert_eq!(socket.id().as_deref(), Some("s2"));
}

#[tokio::test(start_paused = true)]
async fn what_is_emitted_while_away_is_sent_in_order() {
    let (mut socket, peer, mut server) = joined(builder()).await;
    drop(peer);
    next(&mut socket).await;
    for number in 0..3 {
        socket.emit("a", &number).await.unwrap();
    }
    let asking = socket.emit_with_ack("b", &());
    let (answer, ()) = tokio::join!(asking, async {
        let mut peer = server.accept().await;
        peer.join("s2").await;
        for number in 0..3 {
            assert_eq!(peer.text().await, format!(r#"42["a",{number}]"#));
        }
        assert_eq!(peer.text().await, r#"420["b"]"#);
        peer.send("430[1]").await;
    });
    assert_eq!(answer.unwrap().read(), Ok(1));
}

#[tokio::test(start_paused = true)]
async fn what_is_emitted_while_away_is_bounded() {
    let (mut socket, peer, _server) = joined(builder().max_queued_len(900)).await;
    drop(peer);
    next(&mut socket).await;
    let mut sent = 0;
    let error = loop {
        match socket.emit("0123456789", &()).await {
            Ok(()) => sent += 1,
            Err(error) => break error,
        }
    };
    // Each is `42["0123456789"]`, 16 bytes, and counts 128 more.
    assert_eq!(sent, 6);
    assert!(matches!(
        error,
        EmitError::Send(SendError::QueueFull { queued: 864, len: 144, max: 900 })
    ));
}

#[tokio::test(start_paused = true)]
async fn a_volatile_event_is_dropped_while_away() {
    let (mut socket, mut peer, mut server) = joined(builder()).await;
    assert!(socket.emit_volatile("a", &1).unwrap());
    assert_eq!(peer.text().await, r#"42["a",1]"#);
    drop(peer);
    next(&mut socket).await;
    assert!(!socket.emit_volatile("a", &2).unwrap());
    let mut peer = server.accept().await;
    peer.join("s2").await;
    next(&mut socket).await;
    socket.emit("b", &3).await.unwrap();
    assert_eq!(peer.text().await, r#"42["b",3]"#);
}

#[tokio::test(start_paused = true)]
async fn after_the_last_attempt_nothing_more_comes() {
    let (mut socket, peer, mut server) = joined(builder().reconnect_attempts(2)).await;
    drop(peer);
    assert!(matches!(next(&mut socket).await, Incoming::Disconnected(_)));
    for _ in 0..2 {
        server.refuse().await;
        assert!(matches!(next(&mut socket).await, Incoming::AttemptFailed(_)));
    }
    assert!(socket.recv().await.is_none());
    sleep(Duration::from_secs(600)).await;
    assert!(server.is_quiet());
    assert!(matches!(
        socket.emit("a", &()).await,
        Err(EmitError::Send(SendError::NotConnected(_)))
    ));

    let (result, _peer) = tokio::join!(socket.connect(), async {
        let mut peer = server.accept().await;
        peer.join("s2").await;
        peer
    });
    assert!(result.is_ok());
}

#[tokio::test(start_paused = true)]
async fn attempts_are_counted_anew_after_a_connection() {
    let (mut socket, mut peer, mut server) = joined(builder().reconnect_attempts(2)).await;
    for round in 0..3 {
        drop(peer);
        assert!(matches!(next(&mut socket).await, Incoming::Disconnected(_)), "{round}");
        server.refuse().await;
        assert!(matches!(next(&mut socket).await, Incoming::AttemptFailed(_)), "{round}");
        peer = server.accept().await;
        peer.join("s").await;
        assert!(matches!(next(&mut socket).await, Incoming::Connected { .. }), "{round}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_attempts_a_lost_connection_is_the_end() {
    let (mut socket, peer, mut server) = joined(builder().reconnect_attempts(0)).await;
    drop(peer);
    assert!(matches!(next(&mut socket).await, Incoming::Disconnected(_)));
    assert!(socket.recv().await.is_none());
    sleep(Duration::from_secs(600)).await;
    assert!(server.is_quiet());
}

#[tokio::test(start_paused = true)]
async fn a_server_without_pings_is_left() {
    let (client, mut server) = pair(builder());
    let (socket, mut peer) = tokio::join!(client.connect(), async {
        let mut peer = server.accept_silently().await;
        peer.send(r#"0{"sid":"e1","upgrades":[],"pingInterval":25000,"pingTimeout":20000}"#).await;
        peer.join("s1").await;
        peer
    });
    let mut socket = socket.unwrap();
    let start = Instant::now();
    sleep(Duration::from_secs(25)).await;
    peer.send("2").await;
    assert_eq!(peer.text().await, "3");
    assert!(matches!(
        next(&mut socket).await,
        Incoming::Disconnected(DisconnectReason::PingTimeout)
    ));
    assert_eq!(start.elapsed().as_secs(), 25 + 45);
    // The server, which may be gone, is not waited for.
    let again = Instant::now();
    server.accept().await.join("s2").await;
    assert!(matches!(next(&mut socket).await, Incoming::Connected { .. }));
    assert!(again.elapsed() <= Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_session_is_recovered_with_its_id_and_its_offset() {
    let (client, mut server) = pair(builder());
    let (socket, peer) = tokio::join!(client.connect(), async {
        let mut peer = server.accept().await;
        assert_eq!(peer.text().await, "40");
        peer.send(r#"40{"sid":"s1","pid":"p1"}"#).await;
        peer.send(r#"42["said",1,"offset-1"]"#).await;
        peer
    });
    let mut socket = socket.unwrap();
    assert_eq!(next_event(&mut socket).await, ("said".into(), 1));
    drop(peer);
    assert!(matches!(next(&mut socket).await, Incoming::Disconnected(_)));
    let mut peer = server.accept().await;
    assert_eq!(peer.text().await, r#"40{"pid":"p1","offset":"offset-1"}"#);
    peer.send(r#"42["said",2,"offset-2"]"#).await;
    peer.send(r#"40{"sid":"s1","pid":"p1"}"#).await;
    peer.send(r#"42["said",3,"offset-3"]"#).await;
    assert_eq!(next_event(&mut socket).await, ("said".into(), 2));
    assert!(matches!(next(&mut socket).await, Incoming::Connected { recovered: true }));
    assert_eq!(next_event(&mut socket).await, ("said".into(), 3));
    assert_eq!((socket.is_recovered(), socket.id().as_deref()), (true, Some("s1")));
}

#[tokio::test(start_paused = true)]
async fn a_namespace_that_is_refused_when_the_client_reconnects_ends_alone() {
    let (mut main, mut peer, mut server) = joined(builder()).await;
    let client = main.client();
    let chat = Namespace::new("/chat").unwrap();
    let (other, ()) = tokio::join!(client.connect_to(chat.clone()), async {
        assert_eq!(peer.text().await, "40/chat,");
        peer.send(r#"40/chat,{"sid":"s2"}"#).await;
    });
    let mut other = other.unwrap();
    drop(peer);
    assert!(matches!(next(&mut other).await, Incoming::Disconnected(_)));
    // What is buffered is dropped with the namespace.
    let (answer, mut peer) = tokio::join!(other.emit_with_ack("buffered", &()), async {
        let mut peer = server.accept().await;
        peer.join("s3").await;
        assert_eq!(peer.text().await, "40/chat,");
        peer.send(r#"44/chat,{"message":"no more"}"#).await;
        peer
    });
    assert!(matches!(answer, Err(EmitError::Disconnected(namespace)) if namespace == chat));
    assert!(
        matches!(next(&mut other).await, Incoming::Refused(error) if error.message == "no more")
    );
    assert!(other.recv().await.is_none());
    assert!(matches!(next(&mut main).await, Incoming::Disconnected(_)));
    assert!(matches!(next(&mut main).await, Incoming::Connected { .. }));
    let (result, ()) = tokio::join!(other.connect(), async {
        assert_eq!(peer.text().await, "40/chat,");
        peer.send(r#"44/chat,{"message":"still not"}"#).await;
    });
    assert!(matches!(result, Err(ConnectError::Refused(error)) if error.message == "still not"));
}
