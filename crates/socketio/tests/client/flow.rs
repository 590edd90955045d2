//! Queues that fill up, and futures that are dropped.

use std::time::Duration;

use sansocket_socketio::client::Incoming;
use tokio::time::{sleep, timeout};

use crate::peer::{STREAM_LEN, builder, joined, next_event};

const SHORT: Duration = Duration::from_millis(1);

#[tokio::test(start_paused = true)]
async fn a_dropped_recv_loses_nothing() {
    let (mut socket, mut peer, _server) = joined(builder()).await;
    for number in 0..10 {
        assert!(timeout(SHORT, socket.recv()).await.is_err());
        peer.send(&format!(r#"42["a",{number}]"#)).await;
        assert_eq!(next_event(&mut socket).await, ("a".into(), number));
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_whose_application_takes_nothing_stops_to_read() {
    let (mut socket, mut peer, _server) = joined(builder().max_unread_len(10_000)).await;
    let padding = "-".repeat(1000);
    let writing = tokio::spawn(async move {
        for number in 0..200 {
            peer.send(&format!(r#"42["a",{number},"{padding}"]"#)).await;
        }
        peer
    });
    sleep(Duration::from_secs(10)).await;
    assert!(!writing.is_finished());
    for number in 0..200 {
        assert_eq!(next_event(&mut socket).await, ("a".into(), number));
    }
    let mut peer = writing.await.unwrap();
    // It reads again.
    peer.send(r#"42["last",1]"#).await;
    assert_eq!(next_event(&mut socket).await, ("last".into(), 1));
}

#[tokio::test(start_paused = true)]
async fn emit_waits_for_a_slow_server_and_a_dropped_one_sends_nothing() {
    let (socket, mut peer, _server) = joined(builder().max_queued_len(10_000)).await;
    let padding = "-".repeat(1000);
    let mut sent = 0;
    while timeout(SHORT, socket.emit("a", &(sent, &padding))).await.is_ok() {
        sent += 1;
    }
    // The stream, the queue of the WebSocket, and the one of the session are full.
    assert!(sent > STREAM_LEN / 1100, "{sent}");
    assert!(timeout(SHORT, socket.emit("dropped", &(sent, &padding))).await.is_err());
    let (result, ()) = tokio::join!(socket.emit("last", &padding), async {
        for number in 0..sent {
            assert!(peer.text().await.starts_with(&format!(r#"42["a",{number},"#)));
        }
        assert!(peer.text().await.starts_with(r#"42["last""#));
    });
    result.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_volatile_event_is_dropped_while_others_wait() {
    let (socket, mut peer, _server) = joined(builder().max_queued_len(10_000)).await;
    let padding = "-".repeat(1000);
    while timeout(SHORT, socket.emit("a", &padding)).await.is_ok() {}
    assert!(!socket.emit_volatile("volatile", &()).unwrap());
    drop(socket);
    while let Some(packet) = peer.next().await {
        assert!(packet.starts_with(r#"42["a""#) || packet == "41");
    }
}

#[tokio::test(start_paused = true)]
async fn an_application_that_takes_nothing_does_not_pile_up_connections() {
    let (mut socket, mut peer, mut server) = joined(builder().max_unread_len(1000)).await;
    for _ in 0..20 {
        drop(peer);
        let Ok(next) = timeout(Duration::from_secs(60), server.accept()).await else {
            // Once the application takes what waits, the client goes on.
            while !matches!(socket.recv().await, Some(Incoming::Disconnected(_))) {}
            while timeout(SHORT, socket.recv()).await.is_ok() {}
            server.accept().await.join("s").await;
            return;
        };
        peer = next;
        peer.join("s").await;
    }
    panic!("there were 20 connections");
}
