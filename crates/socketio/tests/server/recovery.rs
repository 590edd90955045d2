//! Sessions that are recovered.

use core::time::Duration;
use std::sync::Arc;

use sansocket::OwnedMessage;
use sansocket_socketio::{
    Binary, Namespace,
    server::{
        Adapter, AdapterFuture, MemoryAdapter, Node, Publication, SavedSession, Selection, Server,
        Socket,
    },
    session::{DisconnectReason, server::Settings},
};
use tokio::sync::{Notify, mpsc};

use crate::client::{Client, Ids, sockets};

const MAX_AGE: Duration = Duration::from_secs(60);

/// A client in the room `red`, and the offset of the event `start` that it has received.
struct Session {
    server: Server,
    sockets: mpsc::UnboundedReceiver<Socket>,
    client: Client,
    socket: Socket,
    ids: Ids,
    offset: String,
}

impl Session {
    async fn new() -> Self {
        Self::with(MemoryAdapter::recovering(MAX_AGE)).await
    }

    async fn with(adapter: impl Adapter) -> Self {
        Self::of(Server::builder().adapter(adapter).build()).await
    }

    async fn of(server: Server) -> Self {
        let mut sockets = sockets(&server);
        let (mut client, ids) = Client::join(&server).await;
        let socket = sockets.recv().await.unwrap();
        socket.join("red").await.unwrap();
        socket.emit("start", &()).await.unwrap();
        let offset = offset(&client.text().await);
        Self { server, sockets, client, socket, ids, offset }
    }

    /// Connects again, as the same client.
    async fn reconnect(&mut self) -> (Client, Ids, Socket) {
        let pid = self.ids.pid.as_deref().unwrap();
        let mut client = Client::open(&self.server).await;
        client.send(&format!(r#"40{{"pid":"{pid}","offset":"{}"}}"#, self.offset)).await;
        let ids = client.connected().await;
        (client, ids, self.sockets.recv().await.unwrap())
    }

    async fn say(&self, number: u32) {
        self.server.of("/").to("red").emit("said", &number).await.unwrap();
    }
}

/// The last argument of an event.
fn offset(packet: &str) -> String {
    let event: serde_json::Value = serde_json::from_str(&packet[2..]).unwrap();
    event.as_array().unwrap().last().unwrap().as_str().unwrap().into()
}

fn is_said(packet: &str, number: u32) -> bool {
    packet.starts_with(&format!(r#"42["said",{number},""#))
}

#[tokio::test(start_paused = true)]
async fn a_client_that_comes_back_gets_what_it_missed() {
    let mut session = Session::new().await;
    let old = session.socket.clone();
    drop(core::mem::replace(&mut session.client, Client::open(&session.server).await));
    assert_eq!(*old.disconnected().await, DisconnectReason::TransportLost);
    session.say(1).await;
    session.server.of("/").to("blue").emit("said", "to others").await.unwrap();
    session.server.of("/").volatile().emit("said", "volatile").await.unwrap();
    session.server.of("/").to(old.id()).emit("said", &Binary::from(vec![7])).await.unwrap();
    session.say(2).await;
    let (mut client, ids, socket) = session.reconnect().await;
    assert_eq!(ids, session.ids);
    assert!(socket.is_recovered() && !old.is_recovered());
    assert_eq!((socket.id(), socket.rooms()), (old.id(), vec!["red".into()]));
    assert!(is_said(&client.text().await, 1));
    let text = client.text().await;
    assert!(text.starts_with(r#"451-["said",{"_placeholder":true,"num":0},""#), "{text}");
    assert_eq!(client.packet().await, Some(OwnedMessage::Binary(vec![7])));
    assert!(is_said(&client.text().await, 2));
    session.say(3).await;
    assert!(is_said(&client.text().await, 3));
}

#[tokio::test(start_paused = true)]
async fn an_old_connection_that_is_not_known_to_be_lost_is_taken_over() {
    let mut session = Session::new().await;
    session.say(1).await;
    let (mut client, ids, socket) = session.reconnect().await;
    assert_eq!(ids, session.ids);
    assert_eq!(*session.socket.disconnected().await, DisconnectReason::TransportLost);
    assert!(is_said(&client.text().await, 1));
    session.say(2).await;
    assert!(is_said(&client.text().await, 2));
    assert_eq!(socket.disconnect_reason(), None);
    assert_eq!(session.server.of("/").sockets().await.unwrap(), [socket.id()]);
}

/// Stays connected for much longer than a lost session is kept.
async fn stay(session: &mut Session) {
    let pongs = async {
        while session.client.text().await == "2" {
            session.client.send("3").await;
        }
    };
    let _ = tokio::time::timeout(MAX_AGE * 3, pongs).await;
    session.say(0).await;
    let latest = session.client.text().await;
    assert!(is_said(&latest, 0), "{latest}");
    session.offset = offset(&latest);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_lasts_is_not_forgotten() {
    let mut session = Session::new().await;
    stay(&mut session).await;
    // When others come, the server looks for sessions whose time is over.
    let (_other, _) = Client::join(&session.server).await;
    session.sockets.recv().await.unwrap();
    let (_client, ids, socket) = session.reconnect().await;
    assert_eq!(ids, session.ids);
    assert!(socket.is_recovered());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_left_on_purpose_begins_anew() {
    let mut session = Session::new().await;
    session.client.send("41").await;
    session.socket.disconnected().await;
    assert!(session.socket.emit("late", &()).await.is_err());
    let (_client, ids, socket) = session.reconnect().await;
    assert_ne!(ids.sid, session.ids.sid);
    assert_ne!(ids.pid, session.ids.pid);
    assert!(!socket.is_recovered() && socket.rooms().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_comes_back_too_late_begins_anew() {
    let mut session = Session::new().await;
    // Long after it was saved, in time after it was lost.
    stay(&mut session).await;
    drop(core::mem::replace(&mut session.client, Client::open(&session.server).await));
    session.socket.disconnected().await;
    tokio::time::sleep(MAX_AGE - Duration::from_secs(1)).await;
    let (client, ids, socket) = session.reconnect().await;
    assert_eq!(ids, session.ids);
    drop(client);
    socket.disconnected().await;
    tokio::time::sleep(MAX_AGE + Duration::from_secs(1)).await;
    let (_client, ids, socket) = session.reconnect().await;
    assert!(ids != session.ids && !socket.is_recovered());
}

#[tokio::test(start_paused = true)]
async fn an_offset_that_is_unknown_begins_anew() {
    let mut session = Session::new().await;
    let known = session.offset.clone();
    let (epoch, _) = known.split_once('-').unwrap();
    for offset in ["", "x", "0-0", &format!("{epoch}-ff"), &format!("{epoch}-ffffffffffffffff")] {
        session.offset = offset.into();
        let (_client, ids, socket) = session.reconnect().await;
        assert!(ids.sid != session.ids.sid && !socket.is_recovered(), "{offset}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_missed_more_than_is_kept_begins_anew() {
    let mut session = Session::new().await;
    drop(core::mem::replace(&mut session.client, Client::open(&session.server).await));
    session.socket.disconnected().await;
    let text = "x".repeat(1024 * 1024);
    for _ in 0..17 {
        session.server.of("/").to("blue").emit("said", &text).await.unwrap();
    }
    let (_client, ids, socket) = session.reconnect().await;
    assert!(ids != session.ids && !socket.is_recovered());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_missed_more_than_its_queue_holds_begins_anew() {
    let mut settings = Settings::default();
    settings.max_queued_len = 100_000;
    let builder = Server::builder().settings(settings);
    let mut session =
        Session::of(builder.adapter(MemoryAdapter::recovering(MAX_AGE)).build()).await;
    drop(core::mem::replace(&mut session.client, Client::open(&session.server).await));
    session.socket.disconnected().await;
    for _ in 0..4 {
        session.server.of("/").to("red").emit("said", &"x".repeat(50_000)).await.unwrap();
    }
    let (_client, ids, socket) = session.reconnect().await;
    assert!(ids != session.ids && !socket.is_recovered());
}

#[tokio::test(start_paused = true)]
async fn debug_output_has_neither_private_ids_nor_what_was_published() {
    let session = Session::new().await;
    session.server.of("/").to("red").emit("said", "between friends").await.unwrap();
    let output = format!("{:?} {:?}", session.server, session.server.of("/"));
    assert!(!output.contains(session.ids.pid.as_deref().unwrap()), "{output}");
    assert!(!output.contains("friends"), "{output}");
}

#[tokio::test(start_paused = true)]
async fn without_recovery_events_have_no_offsets() {
    let server = Server::new();
    let mut sockets = sockets(&server);
    let (mut client, ids) = Client::join(&server).await;
    assert_eq!(ids.pid, None);
    sockets.recv().await.unwrap().emit("news", &1).await.unwrap();
    assert_eq!(client.text().await, r#"42["news",1]"#);
}

/// An adapter that takes its time to find out what a session missed.
#[derive(Debug)]
struct Slow {
    adapter: MemoryAdapter,
    asked: Arc<Notify>,
    /// Notified when it may read.
    read: Arc<Notify>,
    /// Notified when it may answer.
    answer: Arc<Notify>,
}

impl Adapter for Slow {
    fn start(&self, node: Node) {
        self.adapter.start(node);
    }

    fn publish(&self, publication: Publication) -> AdapterFuture<'_, ()> {
        self.adapter.publish(publication)
    }

    fn sockets<'a>(
        &'a self,
        namespace: &'a Namespace,
        selection: &'a Selection,
    ) -> AdapterFuture<'a, Vec<String>> {
        self.adapter.sockets(namespace, selection)
    }

    fn recovers(&self) -> bool {
        self.adapter.recovers()
    }

    fn save(&self, session: SavedSession) -> AdapterFuture<'_, ()> {
        self.adapter.save(session)
    }

    fn lost<'a>(&'a self, namespace: &'a Namespace, pid: &'a str) -> AdapterFuture<'a, ()> {
        self.adapter.lost(namespace, pid)
    }

    fn forget<'a>(&'a self, namespace: &'a Namespace, pid: &'a str) -> AdapterFuture<'a, ()> {
        self.adapter.forget(namespace, pid)
    }

    fn find<'a>(
        &'a self,
        namespace: &'a Namespace,
        pid: &'a str,
    ) -> AdapterFuture<'a, Option<SavedSession>> {
        self.adapter.find(namespace, pid)
    }

    fn missed<'a>(
        &'a self,
        session: &'a SavedSession,
        offset: &'a str,
    ) -> AdapterFuture<'a, Option<Vec<Publication>>> {
        Box::pin(async move {
            self.asked.notify_one();
            self.read.notified().await;
            let missed = self.adapter.missed(session, offset).await;
            self.answer.notified().await;
            missed
        })
    }

    fn health(&self) -> AdapterFuture<'_, ()> {
        self.adapter.health()
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_emitted_during_a_recovery_arrives_once_and_in_order() {
    let [asked, read, answer] = [(), (), ()].map(|()| Arc::new(Notify::new()));
    let adapter = MemoryAdapter::recovering(MAX_AGE);
    let slow = Slow { adapter, asked: asked.clone(), read: read.clone(), answer: answer.clone() };
    let mut session = Session::with(slow).await;
    let server = session.server.clone();
    let say = async |number: u32| server.of("/").to("red").emit("said", &number).await.unwrap();
    say(1).await;
    let emit = async {
        asked.notified().await;
        say(2).await;
        // Volatile events are not for those who are away.
        server.of("/").to("red").volatile().emit("said", "volatile").await.unwrap();
        read.notify_one();
        tokio::task::yield_now().await;
        say(3).await;
        answer.notify_one();
    };
    let ((mut client, ids, _), ()) = tokio::join!(session.reconnect(), emit);
    assert_eq!(ids, session.ids);
    say(4).await;
    for number in 1..=4 {
        let text = client.text().await;
        assert!(is_said(&text, number), "{number}: {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_goes_during_its_recovery_can_come_back() {
    let [asked, read, answer] = [(), (), ()].map(|()| Arc::new(Notify::new()));
    let adapter = MemoryAdapter::recovering(MAX_AGE);
    let slow = Slow { adapter, asked: asked.clone(), read: read.clone(), answer: answer.clone() };
    let mut session = Session::with(slow).await;
    let pid = session.ids.pid.clone().unwrap();
    let mut client = Client::open(&session.server).await;
    client.send(&format!(r#"40{{"pid":"{pid}","offset":"{}"}}"#, session.offset)).await;
    asked.notified().await;
    drop(client);
    tokio::time::sleep(Duration::from_secs(1)).await;
    read.notify_one();
    answer.notify_one();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(session.server.of("/").sockets().await.unwrap(), [""; 0]);
    session.say(1).await;
    read.notify_one();
    answer.notify_one();
    let (mut client, ids, socket) = session.reconnect().await;
    assert_eq!((ids, socket.rooms()), (session.ids.clone(), vec!["red".into()]));
    assert!(is_said(&client.text().await, 1));
}
