//! Queues that fill up, and futures that are dropped.

use std::time::Duration;

use sansocket_socketio::{
    Namespace,
    client::{Builder, EmitError, Incoming, Socket},
    session::{DisconnectReason, SendError},
};
use tokio::time::{Instant, sleep, timeout};

use crate::peer::{Peer, STREAM_LEN, Server, builder, joined, next, next_event, pair};

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
async fn acknowledgements_do_not_count_as_unread() {
    let (socket, mut peer, _server) = joined(builder().max_unread_len(10_000)).await;
    let padding = "-".repeat(1000);
    for id in 0..20 {
        let (answer, ()) = tokio::join!(socket.emit_with_ack("ask", &()), async {
            assert_eq!(peer.text().await, format!(r#"42{id}["ask"]"#));
            if id == 19 {
                // It waits for the application, and is all that does.
                peer.send(r#"42["tick",1]"#).await;
            }
            peer.send(&format!(r#"43{id}["{padding}"]"#)).await;
        });
        assert_eq!(answer.unwrap().read::<String>().unwrap(), padding);
    }
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

/// Reconnects to a server that connects the main namespace only, and not the other.
async fn with_one_of_two(builder: Builder) -> (Socket, Socket, Peer, Server) {
    let (mut main, mut peer, mut server) = joined(builder).await;
    let client = main.client();
    let (slow, ()) = tokio::join!(client.connect_to(Namespace::new("/slow").unwrap()), async {
        assert_eq!(peer.text().await, "40/slow,");
        peer.send(r#"40/slow,{"sid":"s2"}"#).await;
    });
    drop(peer);
    let mut peer = server.accept().await;
    assert_eq!([peer.text().await, peer.text().await], ["40", "40/slow,"]);
    peer.send(r#"40{"sid":"s3"}"#).await;
    assert!(matches!(next(&mut main).await, Incoming::Disconnected(_)));
    assert!(matches!(next(&mut main).await, Incoming::Connected { .. }));
    (main, slow.unwrap(), peer, server)
}

#[tokio::test(start_paused = true)]
async fn a_volatile_event_is_sent_whatever_is_buffered_for_another_namespace() {
    let (main, slow, mut peer, _server) = with_one_of_two(builder()).await;
    slow.emit("buffered", &()).await.unwrap();
    assert!(!slow.emit_volatile("volatile", &()).unwrap());
    assert!(main.emit_volatile("volatile", &()).unwrap());
    assert_eq!(peer.text().await, r#"42["volatile"]"#);
}

#[tokio::test(start_paused = true)]
async fn a_volatile_event_is_dropped_if_what_is_buffered_for_another_namespace_leaves_no_room() {
    let builder = builder().max_queued_len(10_000);
    let (main, slow, _peer, _server) = with_one_of_two(builder).await;
    slow.emit("buffered", &"-".repeat(9000)).await.unwrap();
    assert!(!main.emit_volatile("volatile", &"-".repeat(1000)).unwrap());
}

#[tokio::test(start_paused = true)]
async fn an_event_that_has_no_room_beside_what_is_buffered_is_an_error_at_once() {
    let builder = builder().max_queued_len(10_000);
    let (main, slow, mut peer, _server) = with_one_of_two(builder).await;
    slow.emit("buffered", &"-".repeat(9000)).await.unwrap();
    // Not only if the queue is empty.
    main.emit("small", &()).await.unwrap();
    let result = timeout(SHORT, main.emit("large", &"-".repeat(1000))).await;
    assert!(
        matches!(result, Ok(Err(EmitError::Send(SendError::QueueFull { max: 10_000, .. })))),
        "{result:?}"
    );
    assert_eq!(peer.text().await, r#"42["small"]"#);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_has_never_room_is_an_error_at_once() {
    let (main, mut peer, _server) = joined(builder().max_queued_len(10_000)).await;
    main.emit("small", &()).await.unwrap();
    let result = timeout(SHORT, main.emit("large", &"-".repeat(10_000))).await;
    assert!(matches!(result, Ok(Err(EmitError::Send(SendError::QueueFull { .. })))), "{result:?}");
    assert_eq!(peer.text().await, r#"42["small"]"#);
}

#[tokio::test(start_paused = true)]
async fn what_a_dropped_socket_did_not_take_leaves_room_for_others() {
    let (mut socket, mut peer, _server) = joined(builder().max_unread_len(1000)).await;
    let client = socket.client();
    let (chat, ()) = tokio::join!(client.connect_to(Namespace::new("/chat").unwrap()), async {
        assert_eq!(peer.text().await, "40/chat,");
        peer.send(r#"40/chat,{"sid":"s2"}"#).await;
    });
    let padding = "-".repeat(2000);
    peer.send(&format!(r#"42/chat,["a",1,"{padding}"]"#)).await;
    sleep(SHORT).await;
    peer.send(r#"42["b",1]"#).await;
    assert!(timeout(SHORT, socket.recv()).await.is_err());
    drop(chat);
    assert_eq!(next_event(&mut socket).await, ("b".into(), 1));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_neither_reads_nor_pings_is_left_and_what_waits_is_buffered() {
    let (client, mut server) = pair(builder().max_queued_len(10_000));
    let (socket, _peer) = tokio::join!(client.connect(), async {
        let mut peer = server.accept_silently().await;
        peer.send(r#"0{"sid":"e1","upgrades":[],"pingInterval":1000,"pingTimeout":1000}"#).await;
        peer.join("s1").await;
        peer
    });
    let mut socket = socket.unwrap();
    let padding = "-".repeat(1000);
    while timeout(SHORT, socket.emit("a", &padding)).await.is_ok() {}
    let emitter = socket.emitter();
    let (result, reason) = tokio::join!(emitter.emit("buffered", &padding), next(&mut socket));
    result.unwrap();
    assert!(matches!(reason, Incoming::Disconnected(DisconnectReason::PingTimeout)));
    let start = Instant::now();
    let mut peer = server.accept().await;
    assert!(start.elapsed() <= Duration::from_secs(1));
    peer.join("s2").await;
    assert!(peer.text().await.starts_with(r#"42["buffered","#));
}

#[tokio::test(start_paused = true)]
async fn an_application_that_takes_nothing_does_not_pile_up_connections() {
    let (mut socket, mut peer, mut server) = joined(builder().max_unread_len(1000)).await;
    let mut connections = 1;
    loop {
        drop(peer);
        let Ok(next) = timeout(Duration::from_secs(600), server.accept()).await else { break };
        peer = next;
        peer.join("s").await;
        connections += 1;
    }
    // Each after the first leaves two items, and the packet that confirms it.
    let len = 2 * 128 + r#"40{"sid":"s"}"#.len();
    assert_eq!(connections, 1 + 1000_usize.div_ceil(len));
    // Once the application has taken them, the client goes on.
    while timeout(SHORT, socket.recv()).await.is_ok() {}
    server.accept().await.join("s").await;
}

#[tokio::test(start_paused = true)]
async fn an_application_that_takes_nothing_does_not_pile_up_failed_attempts() {
    let (mut socket, peer, mut server) = joined(builder().max_unread_len(1000)).await;
    drop(peer);
    let mut attempts = 0;
    while timeout(Duration::from_secs(600), server.refuse()).await.is_ok() {
        attempts += 1;
    }
    // The disconnection and each attempt leave an item.
    assert_eq!(attempts, 1000_usize.div_ceil(128) - 1);
    while timeout(SHORT, socket.recv()).await.is_ok() {}
    server.accept().await.join("s").await;
}
