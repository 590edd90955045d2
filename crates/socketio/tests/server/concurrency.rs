//! Many clients at once, on several threads.

use sansocket::OwnedMessage;
use sansocket_socketio::server::{MemoryAdapter, Server, Socket};
use serde_json::Value;
use tokio::{sync::Barrier, task::JoinSet};

use std::{sync::Arc, time::Duration};

use crate::client::{Client, Ids};

const CLIENTS: usize = 8;
const EVENTS: u64 = 400;

async fn join_the_room(socket: Socket) {
    if !socket.is_recovered() {
        socket.join("red").await.unwrap();
        socket.emit("start", &()).await.unwrap();
    }
    socket.disconnected().await;
}

/// Reads events, and loses its connection again and again; returns the numbers that it got.
async fn follow(server: Server, started: Arc<Barrier>, seed: u64) -> Vec<u64> {
    let (mut client, Ids { sid, pid }) = Client::join(&server).await;
    let pid = pid.unwrap();
    let mut offset = event(&client.text().await).1;
    started.wait().await;
    let mut numbers = Vec::new();
    let mut random = seed;
    while numbers.last() != Some(&(EVENTS - 1)) {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        for _ in 0..random >> 58 {
            let Some(OwnedMessage::Text(packet)) = client.packet().await else { break };
            if packet == "2" {
                client.send("3").await;
                continue;
            }
            let (number, latest) = event(&packet);
            numbers.push(number.unwrap());
            offset = latest;
            if numbers.last() == Some(&(EVENTS - 1)) {
                break;
            }
        }
        client = Client::open(&server).await;
        client.send(&format!(r#"40{{"pid":"{pid}","offset":"{offset}"}}"#)).await;
        assert_eq!(client.connected().await.sid, sid, "not recovered");
    }
    numbers
}

/// The first argument, if it is a number, and the offset.
fn event(packet: &str) -> (Option<u64>, String) {
    let event: Value = serde_json::from_str(packet.strip_prefix("42").expect(packet)).unwrap();
    let offset = event.as_array().unwrap().last().unwrap().as_str().unwrap();
    (event[1].as_u64(), offset.into())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn clients_that_come_and_go_get_every_event_once_and_in_order() {
    let adapter = MemoryAdapter::recovering(Duration::from_secs(600));
    let server = Server::builder().adapter(adapter).build();
    server.namespace("/").serve(join_the_room).unwrap();
    let started = Arc::new(Barrier::new(CLIENTS + 1));
    let mut clients = JoinSet::new();
    for seed in 1..=CLIENTS {
        clients.spawn(follow(server.clone(), Arc::clone(&started), seed as u64));
    }
    started.wait().await;
    for number in 0..EVENTS {
        server.of("/").to("red").emit("said", &number).await.unwrap();
        tokio::task::yield_now().await;
    }
    while let Some(numbers) = clients.join_next().await {
        assert_eq!(numbers.unwrap(), (0..EVENTS).collect::<Vec<_>>());
    }
    assert!(server.shutdown(Duration::from_secs(60)).await);
    assert_eq!(server.of("/").sockets().await.unwrap(), [""; 0]);
}
