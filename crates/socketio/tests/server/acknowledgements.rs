//! Acknowledgements, both ways.

use core::time::Duration;

use sansocket::OwnedMessage;
use sansocket_socketio::{
    Binary,
    server::{AckError, EmitError, Server, Socket},
};

use crate::client::{Client, echo, sockets};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn an_event_is_acknowledged_if_the_client_asks_for_it() {
    let server = Server::new();
    echo(&server);
    let (mut client, _) = Client::join(&server).await;
    client.send(r#"4217["question",1,"two"]"#).await;
    assert_eq!(client.text().await, r#"4317[1,"two"]"#);
    client.send(r#"451-18["question",{"_placeholder":true,"num":0}]"#).await;
    client.send_binary(&[9]).await;
    assert_eq!(client.text().await, r#"461-18[{"_placeholder":true,"num":0}]"#);
    assert_eq!(client.packet().await, Some(OwnedMessage::Binary(vec![9])));
}

#[tokio::test(start_paused = true)]
async fn an_event_may_be_acknowledged_after_later_ones() {
    let server = Server::new();
    let mut sockets = sockets(&server);
    let (mut client, _) = Client::join(&server).await;
    let socket = sockets.recv().await.unwrap();
    client.send(r#"421["a"]"#).await;
    client.send(r#"422["b"]"#).await;
    let (first, second) = (socket.recv().await.unwrap(), socket.recv().await.unwrap());
    second.ack("b").unwrap();
    first.ack("a").unwrap();
    assert_eq!(client.text().await, r#"432["b"]"#);
    assert_eq!(client.text().await, r#"431["a"]"#);
}

#[tokio::test(start_paused = true)]
async fn the_answer_of_the_client_is_told_apart_from_others() {
    let server = Server::new();
    let mut sockets = sockets(&server);
    let (mut client, _) = Client::join(&server).await;
    let socket = sockets.recv().await.unwrap();
    let answer = async {
        assert_eq!(client.text().await, r#"420["question","first"]"#);
        assert_eq!(client.text().await, r#"421["question","second"]"#);
        client.send(r#"431["to the second"]"#).await;
        client.send(r#"461-0[{"_placeholder":true,"num":0}]"#).await;
        client.send_binary(&[1]).await;
    };
    let (first, second, ()) = tokio::join!(
        socket.emit_with_ack("question", "first", SECOND),
        socket.emit_with_ack("question", "second", SECOND),
        answer,
    );
    assert_eq!(first.unwrap().read::<Binary>().unwrap()[..], [1]);
    assert_eq!(second.unwrap().read::<String>().unwrap(), "to the second");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_come_in_time_is_a_timeout() {
    let server = Server::new();
    let mut sockets = sockets(&server);
    let (mut client, _) = Client::join(&server).await;
    let socket = sockets.recv().await.unwrap();
    let start = tokio::time::Instant::now();
    let result = socket.emit_with_ack("question", &(), SECOND).await;
    assert!(matches!(result, Err(AckError::Timeout)), "{result:?}");
    assert_eq!(start.elapsed().as_secs(), 1);
    // A late answer is ignored.
    assert_eq!(client.text().await, r#"420["question"]"#);
    client.send("430[]").await;
    client.send(r#"42["next"]"#).await;
    assert_eq!(socket.recv().await.unwrap().name(), "next");
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_the_answer_of_a_client_that_has_gone() {
    let server = Server::new();
    let mut sockets = sockets(&server);
    let (client, _) = Client::join(&server).await;
    let socket = sockets.recv().await.unwrap();
    let (result, ()) = tokio::join!(socket.emit_with_ack("question", &(), SECOND), async {
        drop(client);
    });
    assert!(matches!(result, Err(AckError::Disconnected)), "{result:?}");
    let result = socket.emit_with_ack("question", &(), SECOND).await;
    assert!(matches!(result, Err(AckError::Emit(EmitError::Send(_)))), "{result:?}");
}

#[tokio::test(start_paused = true)]
async fn an_event_of_an_earlier_connection_cannot_be_acknowledged() {
    let server = Server::new();
    let mut sockets = sockets(&server);
    let (mut client, _) = Client::join(&server).await;
    let socket = sockets.recv().await.unwrap();
    client.send(r#"421["question"]"#).await;
    let event = socket.recv().await.unwrap();
    client.send("41").await;
    client.send("40").await;
    client.connected().await;
    assert!(event.ack(&()).is_err());
}

#[tokio::test(start_paused = true)]
async fn a_reserved_name_is_an_error() {
    let server = Server::new();
    let mut sockets = sockets(&server);
    let (_client, _) = Client::join(&server).await;
    let socket: Socket = sockets.recv().await.unwrap();
    assert!(socket.emit("disconnect", &()).await.is_err());
    assert!(server.of("/").emit("connect", &()).await.is_err());
    assert!(socket.emit_with_ack("disconnecting", &(), SECOND).await.is_err());
    assert_eq!(socket.disconnect_reason(), None);
}
