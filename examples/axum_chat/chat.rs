//! The messages between a page and the server.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Query, State},
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use sansocket::{
    CloseCode, Error, Limits, Options, OwnedMessage,
    connection::SendError,
    handshake::HandshakeError,
    upgrade::{WebSocket, WebSocketUpgrade},
};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::{
    name::Name,
    rooms::{Rooms, Seat},
    secret::{Token, public_id},
};

/// The longest message in bytes, since everybody in a room gets it. A page sends short ones.
const MAX_MESSAGE: u64 = 16 << 10;

/// A message from a page.
#[derive(Deserialize)]
struct Request {
    /// Chosen by the page, which keeps the request until it is acknowledged.
    id: u64,
    #[serde(flatten)]
    wish: Wish,
}

#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Wish {
    /// Go to another room.
    Join { room: Name },
    /// Say something to everybody in the room.
    Say { text: String },
}

/// A message to a page.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Event<'a> {
    /// Comes first: the id by which others know this page.
    Welcome { you: &'a str },
    /// The request is done, in a room with this many people.
    Ack { id: u64, people: usize },
    /// Somebody has entered the room.
    Joined { name: &'a Name, room: &'a Name },
    /// Somebody has left it.
    Left { name: &'a Name, room: &'a Name },
    /// Somebody has said something. A page that reconnects resends what was not acknowledged: the
    /// same `id` from the same page is a duplicate. The `id` alone says nothing, since pages choose
    /// their own.
    Said { from: &'a str, name: &'a Name, id: u64, text: &'a str },
    /// The page is slow, and this many events of the room were dropped.
    Missed { count: u64 },
}

impl Event<'_> {
    fn to_json(&self) -> String {
        serde_json::to_string(self).expect("strings and numbers have a form in JSON")
    }
}

/// The query of the URL.
#[derive(Deserialize)]
struct Login {
    token: String,
    /// Random, and known only to this page.
    secret: String,
    name: Name,
    room: Name,
}

/// The person who is connected.
struct Person {
    name: Name,
    id: String,
}

pub(crate) struct Chat {
    token: Token,
    rooms: Arc<Rooms>,
    /// Turns `true` when the server stops. Each connection has a receiver.
    pub(crate) stop: watch::Sender<bool>,
}

impl Chat {
    pub(crate) fn new(token: &str) -> Self {
        let token = Token::new(token);
        Self { token, rooms: Arc::default(), stop: watch::Sender::new(false) }
    }

    pub(crate) fn routes(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/", get(Html(include_str!("page.html"))))
            .route("/connection.js", get(script))
            .route("/chat", get(connect))
            .with_state(Arc::clone(self))
    }

    fn enter(&self, person: &Person, room: &Name) -> Seat {
        let seat = self.rooms.enter(room);
        seat.say(&Event::Joined { name: &person.name, room }.to_json());
        seat
    }
}

async fn script() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/javascript")], include_str!("connection.js"))
}

/// Checks the token first, and only then the rest of the request.
async fn connect(
    State(chat): State<Arc<Chat>>,
    Query(Login { token, secret, name, room }): Query<Login>,
    upgrade: Result<WebSocketUpgrade, HandshakeError>,
) -> Result<Response, HandshakeError> {
    if !chat.token.is(&token) {
        let challenge = [(header::WWW_AUTHENTICATE, "Bearer")];
        return Ok((StatusCode::UNAUTHORIZED, challenge, "wrong token\n").into_response());
    }
    let limits = Limits::default().max_message_len(MAX_MESSAGE);
    let stop = chat.stop.subscribe();
    let person = Person { name, id: public_id(&secret) };
    let serve = async move |socket: WebSocket| {
        if let Err(error) = serve(socket, &chat, &person, &room, stop).await {
            // With quotes and escapes, since the client chooses its name.
            tracing::info!(name = ?person.name, %error, "left without a close");
        }
    };
    Ok(upgrade?.options(Options::default().limits(limits)).on_upgrade(serve))
}

async fn serve(
    mut socket: WebSocket,
    chat: &Chat,
    person: &Person,
    room: &Name,
    mut stop: watch::Receiver<bool>,
) -> Result<(), Error> {
    socket.send(Event::Welcome { you: &person.id }.to_json()).await?;
    let mut seat = chat.enter(person, room);
    let ended = converse(&mut socket, &mut seat, chat, person, &mut stop).await;
    leave(&seat, person);
    ended
}

fn leave(seat: &Seat, person: &Person) {
    seat.say(&Event::Left { name: &person.name, room: seat.room() }.to_json());
}

/// Serves a page until either side closes.
async fn converse(
    socket: &mut WebSocket,
    seat: &mut Seat,
    chat: &Chat,
    person: &Person,
    stop: &mut watch::Receiver<bool>,
) -> Result<(), Error> {
    loop {
        // Only the one of the three that is ready has done anything, so nothing is lost.
        tokio::select! {
            received = socket.recv() => {
                let Some(message) = received? else { return Ok(()) };
                let Some(Request { id, wish }) = parse(&message) else {
                    socket.close(CloseCode::POLICY_VIOLATION, "this is no request").await?;
                    return Ok(());
                };
                match wish {
                    Wish::Say { text } => {
                        let (from, name) = (&person.id, &person.name);
                        seat.say(&Event::Said { from, name, id, text: &text }.to_json());
                    }
                    Wish::Join { room } => {
                        leave(seat, person);
                        *seat = chat.enter(person, &room);
                    }
                }
                socket.send(Event::Ack { id, people: seat.people() }.to_json()).await?;
            }
            heard = seat.hear() => match heard {
                Ok(message) => unless_closing(socket.send(&message).await)?,
                Err(count) => unless_closing(socket.send(Event::Missed { count }.to_json()).await)?,
            },
            () = stopped(stop) => {
                socket.close(CloseCode::GOING_AWAY, "the server stops").await?;
                return Ok(());
            }
        }
    }
}

/// After the page's Close frame nothing more is sent to it, and `recv` returns `None`.
fn unless_closing(sent: Result<(), Error>) -> Result<(), Error> {
    match sent {
        Err(Error::Send(SendError::Closed)) => Ok(()),
        sent => sent,
    }
}

fn parse(message: &OwnedMessage) -> Option<Request> {
    match message {
        OwnedMessage::Text(text) => serde_json::from_str(text).ok(),
        OwnedMessage::Binary(_) => None,
    }
}

/// Waits until the server stops.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    // This cannot fail, since the sender lives as long as the chat.
    let _ = stop.wait_for(|stop| *stop).await;
}
