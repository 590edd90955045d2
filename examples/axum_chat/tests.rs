//! The chat over streams in memory.

use std::{sync::Arc, time::Duration};

use sansocket::{
    CloseCode, Error, OwnedMessage,
    handshake::HandshakeError,
    tokio::{Connector, WebSocket},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex},
    task::JoinHandle,
    time::{Instant, timeout},
};

use super::{Chat, HEAD_TIMEOUT, serve_connection, stop};

fn chat() -> Arc<Chat> {
    Arc::new(Chat::new("sesame"))
}

/// A client's end of a stream to the server, and the task that serves it.
fn dial(chat: &Arc<Chat>) -> (DuplexStream, JoinHandle<()>) {
    let (client, server) = duplex(64 << 10);
    (client, tokio::spawn(serve_connection(server, chat.routes(), chat.stop.subscribe())))
}

/// A page that is connected.
struct Page(WebSocket<DuplexStream>);

async fn connect(chat: &Arc<Chat>, query: &str) -> Result<WebSocket<DuplexStream>, Error> {
    let target = format!("/chat?{query}");
    Ok(Connector::new().connect_over(dial(chat).0, "h", &target).await?.0)
}

impl Page {
    async fn enter(chat: &Arc<Chat>, name: &str, secret: &str) -> Self {
        let query = format!("token=sesame&room=lobby&name={name}&secret={secret}");
        Self(connect(chat, &query).await.unwrap())
    }

    /// The next event of this kind.
    async fn hear(&mut self, event: &str) -> Value {
        loop {
            let Some(OwnedMessage::Text(text)) = self.0.recv().await.unwrap() else {
                panic!("no {event}");
            };
            let heard: Value = serde_json::from_str(&text).unwrap();
            if heard["event"] == event {
                return heard;
            }
        }
    }

    async fn ask(&mut self, request: Value) {
        self.0.send(request.to_string()).await.unwrap();
    }

    /// Says something that is acknowledged.
    async fn say(&mut self, id: u64, text: &str) {
        self.ask(json!({ "event": "say", "id": id, "text": text })).await;
        assert_eq!(self.hear("ack").await["id"], id);
    }

    /// The code with which the server closes.
    async fn close_code(mut self) -> CloseCode {
        while self.0.recv().await.unwrap().is_some() {}
        self.0.close_info().unwrap().code()
    }
}

/// Why the server refuses: status and body.
async fn refused(chat: &Arc<Chat>, query: &str) -> (u16, String) {
    let Err(Error::Handshake(error)) = connect(chat, query).await else { panic!("{query}") };
    let HandshakeError::UnexpectedResponse(refusal) = *error else { panic!("{error:?}") };
    (refusal.status(), String::from_utf8(refusal.body().into()).unwrap())
}

#[tokio::test(start_paused = true)]
async fn half_a_head_is_given_up_in_time() {
    let chat = chat();
    for start in ["", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: h\r\nX: "] {
        let (mut client, serving) = dial(&chat);
        let begin = Instant::now();
        client.write_all(start.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        timeout(2 * HEAD_TIMEOUT, client.read_to_end(&mut answer)).await.unwrap().unwrap();
        serving.await.unwrap();
        assert_eq!(begin.elapsed(), HEAD_TIMEOUT, "{start}");
    }
}

#[tokio::test(start_paused = true)]
async fn half_a_head_does_not_keep_the_server_from_stopping() {
    let chat = chat();
    let (mut client, _) = dial(&chat);
    client.write_all(b"GET / HTTP/1.1\r\nX: ").await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let begin = Instant::now();
    assert!(stop(&chat).await);
    assert!(begin.elapsed() <= HEAD_TIMEOUT, "{:?}", begin.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stops_notifies_every_page_and_waits_for_it() {
    let chat = chat();
    let pages = [Page::enter(&chat, "Ann", "a").await, Page::enter(&chat, "Ben", "b").await];
    let [ann, ben] = pages.map(|page| tokio::spawn(page.close_code()));
    assert!(stop(&chat).await);
    assert_eq!(ann.await.unwrap(), CloseCode::GOING_AWAY);
    assert_eq!(ben.await.unwrap(), CloseCode::GOING_AWAY);
}

#[tokio::test(start_paused = true)]
async fn what_is_said_reaches_the_room_and_no_other() {
    let chat = chat();
    let mut ann = Page::enter(&chat, "Ann", "a").await;
    let mut ben = Page::enter(&chat, "Ben", "b").await;
    let mut cleo = Page::enter(&chat, "Cleo", "c").await;
    cleo.ask(json!({ "event": "join", "id": 0, "room": "garden" })).await;
    assert_eq!(cleo.hear("ack").await["people"], 1);
    ann.say(0, "for the lobby").await;
    let heard = ben.hear("said").await;
    assert_eq!((&heard["name"], &heard["text"]), (&json!("Ann"), &json!("for the lobby")));
    ben.ask(json!({ "event": "join", "id": 0, "room": "garden" })).await;
    ben.hear("ack").await;
    ben.say(1, "for the garden").await;
    assert_eq!(cleo.hear("said").await["text"], "for the garden");
}

#[tokio::test(start_paused = true)]
async fn no_page_can_take_the_id_of_anothers_message() {
    let chat = chat();
    let mut reader = Page::enter(&chat, "reader", "r").await;
    let mut ann = Page::enter(&chat, "Ann", "a").await;
    let you = ann.hear("welcome").await["you"].clone();
    // She is copied in all that others can see of her.
    let mut mallory = Page::enter(&chat, "Ann", you.as_str().unwrap()).await;
    mallory.say(7, "instead").await;
    ann.say(7, "Hello").await;
    let [first, second] = [reader.hear("said").await, reader.hear("said").await];
    assert_eq!((&first["id"], &second["id"]), (&json!(7), &json!(7)));
    assert_eq!(second["from"], you);
    assert_ne!(first["from"], you);

    // When she comes back she is the same.
    drop(ann);
    let mut ann = Page::enter(&chat, "Ann", "a").await;
    ann.say(7, "Hello").await;
    let again = reader.hear("said").await;
    assert_eq!((&again["from"], &again["id"]), (&second["from"], &second["id"]));
}

#[tokio::test(start_paused = true)]
async fn only_the_token_lets_in() {
    let chat = chat();
    for token in ["", "sesam", "sesamesesame", "SESAME", "sesame%20"] {
        let query = format!("token={token}&room=lobby&name=Ann&secret=a");
        assert_eq!(refused(&chat, &query).await, (401, "wrong token\n".into()));
    }
}

#[tokio::test(start_paused = true)]
async fn names_that_are_long_or_break_a_line_are_refused() {
    let chat = chat();
    for name in
        ["", "%20", "a%0Ab", "%1B%5B2J", "a%E2%80%AEb", &"x".repeat(33), &"x".repeat(60_000)]
    {
        for query in [format!("name={name}&room=lobby"), format!("name=Ann&room={name}")] {
            let (status, body) = refused(&chat, &format!("token=sesame&secret=a&{query}")).await;
            assert_eq!(status, 400, "{name}");
            assert!(body.contains("a name has 1 to 32 characters"), "{body}");
        }
    }
    let mut ann = Page::enter(&chat, "Ann", "a").await;
    ann.ask(json!({ "event": "join", "id": 0, "room": "x".repeat(33) })).await;
    assert_eq!(ann.close_code().await, CloseCode::POLICY_VIOLATION);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_request_or_too_long_ends_the_connection() {
    let chat = chat();
    for (request, code) in [
        (String::from("nonsense"), CloseCode::POLICY_VIOLATION),
        (json!({ "event": "say", "id": "7", "text": "" }).to_string(), CloseCode::POLICY_VIOLATION),
        (
            json!({ "event": "say", "id": 7, "text": "x".repeat(16 << 10) }).to_string(),
            CloseCode::MESSAGE_TOO_BIG,
        ),
    ] {
        let mut ann = Page::enter(&chat, "Ann", "a").await;
        ann.0.send(request).await.unwrap();
        assert_eq!(ann.close_code().await, code);
    }
}
