//! Rooms, and events for several sockets.

use sansocket_socketio::server::{Broadcast, Server, Socket};
use tokio::sync::mpsc;

use crate::client::{Client, Ids, sockets, sockets_of};

/// Three sockets: `a` in the rooms `red` and `blue`, `b` in `blue`, and `c` in none.
struct Three {
    server: Server,
    clients: [(&'static str, Client, Socket, Ids); 3],
}

impl Three {
    async fn new() -> Self {
        let server = Server::new();
        let mut sockets = sockets(&server);
        let mut clients = Vec::new();
        for name in ["a", "b", "c"] {
            let (client, ids) = Client::join(&server).await;
            clients.push((name, client, sockets.recv().await.unwrap(), ids));
        }
        let three = Self { server, clients: clients.try_into().ok().unwrap() };
        for (name, room) in [("a", "red"), ("a", "blue"), ("b", "blue")] {
            three.socket(name).join(room).await.unwrap();
        }
        three
    }

    fn socket(&self, name: &str) -> &Socket {
        self.clients.iter().find(|client| client.0 == name).map(|client| &client.2).unwrap()
    }

    fn all(&self) -> Broadcast {
        self.server.of("/")
    }

    /// The clients that get what is emitted, each once for each time.
    async fn reached(&mut self, broadcast: Broadcast) -> String {
        let mut selected = broadcast.clone().sockets().await.unwrap();
        broadcast.emit("said", "hi").await.unwrap();
        self.server.of("/").emit("end", &()).await.unwrap();
        let mut reached = String::new();
        for (name, client, socket, ids) in &mut self.clients {
            assert_eq!(ids.sid, socket.id());
            loop {
                match client.text().await.as_str() {
                    r#"42["said","hi"]"# => {
                        reached += name;
                        selected.retain(|id| id != socket.id());
                    }
                    r#"42["end"]"# => break,
                    other => panic!("{other}"),
                }
            }
        }
        assert_eq!(selected, [""; 0], "these were selected, and got nothing");
        reached
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_reaches_the_selected_sockets_once() {
    let mut three = Three::new().await;
    let id = three.socket("c").id().to_owned();
    let a = three.socket("a").clone();
    for (broadcast, reached) in [
        (three.all(), "abc"),
        (three.all().to("red"), "a"),
        (three.all().to("blue"), "ab"),
        (three.all().to("red").to("blue"), "ab"),
        (three.all().to("red").to("green").to(&id), "ac"),
        (three.all().to("green"), ""),
        (three.all().except("red"), "bc"),
        (three.all().to("blue").except("red"), "b"),
        (three.all().except(&id), "ab"),
        (three.all().volatile(), "abc"),
        (a.broadcast(), "bc"),
        (a.to("blue"), "b"),
        (a.to("blue").to(&id), "bc"),
        (a.volatile(), "a"),
    ] {
        let selection = format!("{broadcast:?}");
        assert_eq!(three.reached(broadcast).await, reached, "{selection}");
    }
}

#[tokio::test(start_paused = true)]
async fn rooms_are_joined_and_left() {
    let mut three = Three::new().await;
    let a = three.socket("a").clone();
    assert_eq!(a.rooms(), ["blue", "red"]);
    a.join("red").await.unwrap();
    a.join(a.id()).await.unwrap();
    a.leave("blue").await.unwrap();
    a.leave("green").await.unwrap();
    assert_eq!(a.rooms(), ["red"]);
    let all = three.all();
    assert_eq!(three.reached(all.clone().to("blue")).await, "b");
    three.socket("b").leave("blue").await.unwrap();
    assert_eq!(three.reached(all.to("blue")).await, "");
}

#[tokio::test(start_paused = true)]
async fn a_socket_that_is_disconnected_leaves_its_rooms_and_knows_them() {
    let three = Three::new().await;
    let a = three.socket("a");
    a.disconnect();
    assert_eq!(a.rooms(), ["blue", "red"]);
    assert_eq!(three.all().to("red").sockets().await.unwrap(), [""; 0]);
    assert_eq!(three.all().to("blue").sockets().await.unwrap(), [three.socket("b").id()]);
    a.join("green").await.unwrap();
    assert_eq!(three.all().to("green").sockets().await.unwrap(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn rooms_of_one_namespace_are_not_those_of_another() {
    let server = Server::new();
    let mut main = sockets(&server);
    let mut chat: mpsc::UnboundedReceiver<Socket> = sockets_of(&server, "/chat");
    let (mut client, _) = Client::join(&server).await;
    client.send("40/chat,").await;
    client.text().await;
    main.recv().await.unwrap().join("red").await.unwrap();
    chat.recv().await.unwrap().join("blue").await.unwrap();
    server.of("/chat").to("red").emit("wrong", &()).await.unwrap();
    server.of("/chat").to("blue").emit("right", &()).await.unwrap();
    server.of("/nowhere").emit("wrong", &()).await.unwrap();
    assert_eq!(client.text().await, r#"42/chat,["right"]"#);
    assert!(server.of("nowhere").emit("wrong", &()).await.is_err());
}
