//! Sockets that are dropped with a nonempty queue.

use std::future::poll_fn;
use std::task::Poll;

use sansocket::connection::Connection;
use sansocket::tokio::WebSocket;
use sansocket::{Limits, Options};
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::coop;

/// Returns what arrives of a text that a task feeds before it drops the socket, with or without
/// budget left for this poll.
async fn arrives(has_budget: bool) -> Vec<u8> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (stream, _) = listener.accept().await.unwrap();
    stream.writable().await.unwrap();
    let task = tokio::spawn(async move {
        let connection = Connection::server(&Limits::default());
        let mut socket =
            WebSocket::from_upgraded(stream, connection, Vec::new(), &Options::default());
        socket.feed("Hello").await.unwrap();
        if !has_budget {
            poll_fn(|cx| {
                while let Poll::Ready(unit) = coop::poll_proceed(cx) {
                    unit.made_progress();
                }
                Poll::Ready(())
            })
            .await;
        }
    });
    task.await.unwrap();
    let mut bytes = Vec::new();
    peer.read_to_end(&mut bytes).await.unwrap();
    bytes
}

#[tokio::test]
async fn the_write_at_drop_does_not_depend_on_the_budget_of_the_task() {
    for has_budget in [true, false] {
        assert_eq!(arrives(has_budget).await, b"\x81\x05Hello", "{has_budget}");
    }
}
