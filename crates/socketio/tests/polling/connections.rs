//! The HTTP connections of a session.

use std::time::Duration;

use sansocket_socketio::{client::Incoming, session::DisconnectReason};
use tokio::time::sleep;

use crate::http_server::joined;

/// Long enough for the client to learn that a connection was closed.
const IDLE: Duration = Duration::from_millis(50);

#[tokio::test]
async fn polls_share_one_connection_and_posts_another() {
    let (socket, mut server, mut poll) = joined(|builder| builder).await;
    let mut posts = Vec::new();
    for number in 0..3 {
        let get = poll.connection;
        poll.answer("6");
        poll = server.get().await;
        assert_eq!(poll.connection, get);
        socket.emit("a", &number).await.unwrap();
        let post = server.post().await;
        posts.push(post.connection);
        post.answer("ok");
    }
    assert!(posts.iter().all(|&post| post == posts[0] && post != poll.connection));
}

#[tokio::test]
async fn a_kept_alive_connection_that_was_closed_while_idle_is_replaced() {
    // The next poll waits until the application takes something.
    let (mut socket, mut server, mut poll) = joined(|builder| builder.max_unread_len(1)).await;
    for number in 0..3 {
        let before = poll.connection;
        poll.answer_and_close(&format!(r#"42["a",{number}]"#));
        sleep(IDLE).await;
        let Some(Incoming::Event(event)) = socket.recv().await else { panic!("no event") };
        assert_eq!(event.read(), Ok(number));
        poll = server.get().await;
        assert_ne!(poll.connection, before);
    }
    for number in 0..3 {
        socket.emit("b", &number).await.unwrap();
        let post = server.post().await;
        assert_eq!(post.body, format!(r#"42["b",{number}]"#));
        post.answer_and_close("ok");
        sleep(IDLE).await;
    }
}

#[tokio::test]
async fn a_post_that_may_have_been_processed_is_not_sent_again() {
    let (mut socket, mut server, poll) = joined(|builder| builder).await;
    socket.emit("a", &1).await.unwrap();
    let post = server.post().await;
    assert_eq!(post.body, r#"42["a",1]"#);
    drop(post);
    assert!(matches!(
        socket.recv().await,
        Some(Incoming::Disconnected(DisconnectReason::TransportLost))
    ));
    poll.given_up().await;
    // The new session begins with nothing else.
    let _poll = server.join().await;
    assert!(matches!(socket.recv().await, Some(Incoming::Connected { recovered: false })));
    socket.emit("b", &2).await.unwrap();
    assert_eq!(server.post().await.body, r#"42["b",2]"#);
}

#[tokio::test]
async fn a_connection_that_the_server_announces_to_close_is_replaced() {
    let (_socket, mut server, poll) = joined(|builder| builder).await;
    let before = poll.connection;
    let answer = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\n6";
    poll.write(answer.into(), true);
    assert_ne!(server.get().await.connection, before);
}
