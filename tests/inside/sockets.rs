//! The sockets and halves of both adapters have the same counts.

use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use sansocket::{CloseCode, Limits, Options, Ping, Stats, blocking};

/// Two connected sockets.
fn pair() -> (blocking::WebSocket<TcpStream>, blocking::WebSocket<TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let server =
        thread::spawn(move || blocking::WebSocket::accept(listener.accept().unwrap().0).unwrap());
    let client = blocking::Connector::new().connect_over(stream, "h", "/").unwrap().0;
    (client, server.join().unwrap())
}

/// Messages, bytes, Pings and Pongs that were received, and the same of what was sent.
fn counts(stats: Stats) -> [[u64; 4]; 2] {
    assert_eq!(stats.queued, 0);
    assert!(stats.age < Duration::from_secs(60));
    [stats.received, stats.sent]
        .map(|traffic| [traffic.messages, traffic.bytes, traffic.pings, traffic.pongs])
}

/// The counts of a client that sent "Hello" and a Ping, and received "Hello to you" and a Pong.
const CLIENT: [[u64; 4]; 2] = [[1, 14 + 3, 0, 1], [1, 11 + 7, 1, 0]];

#[test]
fn of_a_thread() {
    let (mut client, mut server) = pair();
    assert_eq!(counts(client.stats()), [[0; 4]; 2]);
    let serving = thread::spawn(move || {
        while server.recv().unwrap().is_some() {
            server.send("Hello to you").unwrap();
        }
        server.stats()
    });
    client.send(Ping(b"1")).unwrap();
    client.send("Hello").unwrap();
    assert!(client.recv().unwrap().is_some());
    assert_eq!(counts(client.stats()), CLIENT);

    let (write_half, read_half) = client.split();
    assert_eq!(counts(read_half.stats()), CLIENT);
    write_half.send("more").unwrap();
    assert_eq!(write_half.stats().sent.messages, 2);
    let mut client = read_half.reunite(write_half).unwrap();
    client.close(CloseCode::NORMAL, "").unwrap();
    let (client, server) = (client.stats(), serving.join().unwrap());
    assert_eq!((client.received, client.sent), (server.sent, server.received));
}

#[tokio::test]
async fn of_a_task() {
    let limits = Limits::default();
    let (client, server) = tokio::io::duplex(1 << 10);
    let connect = sansocket::tokio::Connector::new().connect_over(client, "h", "/");
    let accept = sansocket::tokio::Acceptor::new()
        .options(Options::default().limits(limits))
        .accept_over(server);
    let (client, server) = tokio::join!(connect, accept);
    let (mut client, mut server) = (client.unwrap().0, server.unwrap());
    assert_eq!(counts(client.stats()), [[0; 4]; 2]);
    let serving = tokio::spawn(async move {
        while server.recv().await.unwrap().is_some() {
            server.send("Hello to you").await.unwrap();
        }
        server.stats()
    });
    client.send(Ping(b"1")).await.unwrap();
    client.send("Hello").await.unwrap();
    assert!(client.recv().await.unwrap().is_some());
    assert_eq!(counts(client.stats()), CLIENT);

    let (mut write_half, read_half) = client.split();
    assert_eq!(counts(read_half.stats()), CLIENT);
    write_half.send("more").await.unwrap();
    assert_eq!(write_half.stats().sent.messages, 2);
    let mut client = read_half.reunite(write_half).unwrap();
    client.close(CloseCode::NORMAL, "").await.unwrap();
    let (client, server) = (client.stats(), serving.await.unwrap());
    assert_eq!((client.received, client.sent), (server.sent, server.received));
}
