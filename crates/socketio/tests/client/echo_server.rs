//! The client with the server's end of the session.

use std::time::Duration;

use sansocket::{Message, Timestamp, tokio::Acceptor};
use sansocket_socketio::{
    Arguments, Binary, Namespace,
    client::Incoming,
    engine_io::{EncodedPacket, Packet, Transport},
    session::{
        ServerSession,
        server::{Event, Settings},
    },
};
use tokio::{io::DuplexStream, time::Instant};

use crate::peer::{builder, next, pair};

/// Emits each event to its sender, and acknowledges with its arguments.
async fn serve(stream: DuplexStream) {
    let mut socket = Acceptor::new().accept_over(stream).await.unwrap();
    let start = Instant::now();
    let now = || Timestamp::from(start.elapsed());
    let mut session = ServerSession::new(&Settings::default(), "e1", Transport::WebSocket, now());
    while session.uses(Transport::WebSocket) {
        while let Some(event) = session.next_event() {
            answer(&mut session, event);
        }
        while let Some(packet) = session.next_packet() {
            match packet {
                EncodedPacket::Text(text) => socket.send(&*text).await.unwrap(),
                EncodedPacket::Binary(bytes) => socket.send(&*bytes).await.unwrap(),
            }
        }
        let Some(deadline) = session.deadline() else { break };
        let deadline = start + deadline.since(Timestamp::default());
        tokio::select! {
            message = socket.recv() => match message.unwrap().as_ref().map(Message::from) {
                Some(Message::Text(text)) => {
                    session.receive(Transport::WebSocket, Packet::parse(text).unwrap(), now());
                }
                Some(Message::Binary(bytes)) => {
                    session.receive(Transport::WebSocket, Packet::from(bytes), now());
                }
                None => break,
            },
            () = tokio::time::sleep_until(deadline) => session.advance(now()),
        }
    }
}

fn answer(session: &mut ServerSession, event: Event) {
    match event {
        Event::Connect { namespace, .. } => {
            session.accept(&namespace, &format!("in {namespace}"), None).unwrap();
        }
        Event::Event { namespace, ack: Some(ack), arguments, .. } => {
            session.acknowledge(&namespace, ack, arguments).unwrap();
        }
        Event::Event { namespace, ack: None, name, arguments } => {
            session.emit(&namespace, name, arguments).unwrap();
        }
        _ => {}
    }
}

#[tokio::test(start_paused = true)]
async fn events_and_acknowledgements_of_two_namespaces_go_both_ways() {
    let (client, mut server) = pair(builder());
    tokio::spawn(async move { serve(server.stream().await).await });
    let mut main = client.connect().await.unwrap();
    let mut chat = client.connect_to(Namespace::new("/chat").unwrap()).await.unwrap();
    assert_eq!((main.id().unwrap(), chat.id().unwrap()), ("in /".into(), "in /chat".into()));

    for number in 0..100_u8 {
        main.emit("main", &(number, Binary::from(vec![number]))).await.unwrap();
        chat.emit("chat", &number).await.unwrap();
    }
    let answer = main.emit_with_ack("echo", &("a", Binary::from(vec![1]))).await.unwrap();
    assert_eq!(answer, Arguments::new(&("a", Binary::from(vec![1]))).unwrap());
    for number in 0..100_u8 {
        let Incoming::Event(event) = next(&mut main).await else { panic!("no event") };
        assert_eq!(event.name(), "main");
        assert_eq!(event.read::<(u8, Binary)>().unwrap(), (number, Binary::from(vec![number])));
        let Incoming::Event(event) = next(&mut chat).await else { panic!("no event") };
        assert_eq!((event.name(), event.read().unwrap()), ("chat", number));
    }
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_lasts() {
    let (client, mut server) = pair(builder());
    tokio::spawn(async move { serve(server.stream().await).await });
    let socket = client.connect().await.unwrap();
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(
        socket.emit_with_ack("echo", "still here").await.unwrap().read(),
        Ok("still here".to_owned())
    );
}
