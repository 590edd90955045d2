use std::time::Duration;

use sansocket_socketio::client::{EmitError, Incoming};
use tokio::time::{Instant, timeout};

use crate::peer::{builder, joined, next};

#[tokio::test(start_paused = true)]
async fn an_event_that_is_not_acknowledged_in_time_is_an_error() {
    let (socket, mut peer, _server) = joined(builder().ack_timeout(Duration::from_secs(3))).await;
    let start = Instant::now();
    let error = socket.emit_with_ack("a", &()).await.unwrap_err();
    assert!(matches!(error, EmitError::AckTimeout(after) if after == Duration::from_secs(3)));
    assert_eq!(start.elapsed().as_secs(), 3);
    // The answer that comes too late breaks nothing.
    assert_eq!(peer.text().await, r#"420["a"]"#);
    peer.send("430[1]").await;
    let (answer, ()) = tokio::join!(socket.emit_with_ack("b", &()), async {
        assert_eq!(peer.text().await, r#"421["b"]"#);
        peer.send("431[2]").await;
    });
    assert_eq!(answer.unwrap().read(), Ok(2));
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_ends_the_wait_for_an_acknowledgement() {
    let (socket, mut peer, _server) = joined(builder()).await;
    let (answer, ()) = tokio::join!(socket.emit_with_ack("a", &()), async {
        peer.text().await;
        drop(peer);
    });
    assert!(matches!(answer, Err(EmitError::Disconnected(namespace)) if namespace.is_main()));
}

#[tokio::test(start_paused = true)]
async fn an_acknowledgement_that_nobody_waits_for_is_ignored() {
    let (mut socket, mut peer, _server) = joined(builder()).await;
    let asking = socket.emit_with_ack("a", &());
    assert!(timeout(Duration::from_secs(1), asking).await.is_err());
    peer.text().await;
    peer.send("430[1]").await;
    peer.send(r#"42["next",1]"#).await;
    assert!(matches!(next(&mut socket).await, Incoming::Event(event) if event.name() == "next"));
}

#[tokio::test(start_paused = true)]
async fn an_event_of_the_server_is_acknowledged_over_its_connection_alone() {
    let (mut socket, mut peer, mut server) = joined(builder()).await;
    peer.send(r#"427["a"]"#).await;
    peer.send(r#"428["b"]"#).await;
    let mut events = Vec::new();
    for _ in 0..2 {
        let Incoming::Event(event) = next(&mut socket).await else { panic!("no event") };
        assert!(event.wants_ack());
        events.push(event);
    }
    events.pop().unwrap().ack(&("yes", 1)).await.unwrap();
    assert_eq!(peer.text().await, r#"438["yes",1]"#);

    drop(peer);
    assert!(matches!(next(&mut socket).await, Incoming::Disconnected(_)));
    server.accept().await.join("s2").await;
    assert!(matches!(next(&mut socket).await, Incoming::Connected { recovered: false }));
    assert!(matches!(events.pop().unwrap().ack("late").await, Err(EmitError::Send(_))));
}
