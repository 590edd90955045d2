//! A chat in the browser, on plain WebSocket. What other libraries add to the protocol is made of a
//! few lines each, which are yours to change:
//!
//! | | here |
//! | --- | --- |
//! | events | messages in JSON that say which they are: [`Request`], [`Event`] |
//! | acknowledgements | an `id` in each request, and an [`Event::Ack`] that repeats it |
//! | rooms, broadcast | a bounded queue for each room, in `rooms.rs` |
//! | slow readers | are told how many messages they have missed: [`Event::Missed`] |
//! | authentication | a token in the query, looked at before the upgrade: [`connect`] |
//! | reconnection | in the page, `connection.js`, with backoff (RFC 6455 7.2.3) |
//! | shutdown | every page is told with the close code 1001, and comes back by itself |
//!
//!     cargo run --release --features axum --example axum_chat
//!
//! Then open http://127.0.0.1:3000/ in two windows, and press Ctrl-C and start it again.

mod rooms;

use std::{error::Error as StdError, sync::Arc};

use axum::{
    Router,
    extract::{Query, State},
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
    serve::ListenerExt as _,
};
use sansocket::{
    CloseCode, Error, Options,
    buffered::OwnedMessage,
    connection::{Config, SendError},
    handshake::HandshakeError,
    tokio::{Upgraded, WebSocket, WebSocketUpgrade},
};
use serde::{Deserialize, Serialize};
use tokio::{net::TcpListener, sync::watch};

use rooms::{Rooms, Seat};

const USAGE: &str = "\
usage: axum_chat [--listen ADDRESS] [--token TOKEN]

  --listen ADDRESS  where to listen (127.0.0.1:3000); port 0 picks one
  --token TOKEN     what whoever connects must know (sesame)";

/// The longest message in bytes; a page sends short ones.
const MAX_MESSAGE: u64 = 16 << 10;

/// What a page sends.
#[derive(Deserialize)]
struct Request {
    /// Chosen by the page, which keeps the request until this was acknowledged.
    id: String,
    #[serde(flatten)]
    wish: Wish,
}

#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Wish {
    /// To go to another room.
    Join { room: String },
    /// To say something to everybody in the room.
    Say { text: String },
}

/// What a page is sent.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Event<'a> {
    /// The request was done, in a room with that many people.
    Ack { id: &'a str, people: usize },
    /// Somebody has come into the room.
    Joined { name: &'a str, room: &'a str },
    /// Somebody has left it.
    Left { name: &'a str, room: &'a str },
    /// Somebody has said something. A page that comes back sends again what was not acknowledged:
    /// the same `id` means that it is known already.
    Said { name: &'a str, id: &'a str, text: &'a str },
    /// The page is slow, and as many events of the room were dropped.
    Missed { count: u64 },
}

impl Event<'_> {
    fn to_json(&self) -> String {
        serde_json::to_string(self).expect("strings and numbers have a form in JSON")
    }
}

/// What the query of the URL says of whoever connects.
#[derive(Deserialize)]
struct Login {
    token: String,
    name: String,
    room: String,
}

struct Chat {
    token: String,
    rooms: Arc<Rooms>,
    /// Turns `true` when the server stops. Each connection has a receiver.
    stop: watch::Sender<bool>,
}

fn parse_arguments() -> Result<Option<(String, String)>, lexopt::Error> {
    use lexopt::prelude::*;

    let mut listen = String::from("127.0.0.1:3000");
    let mut token = String::from("sesame");
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("listen") => listen = parser.value()?.string()?,
            Long("token") => token = parser.value()?.string()?,
            Long("help") => return Ok(None),
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(Some((listen, token)))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let Some((listen, token)) = parse_arguments()? else {
        println!("{USAGE}");
        return Ok(());
    };
    let chat = Arc::new(Chat { token, rooms: Arc::default(), stop: watch::Sender::new(false) });
    let routes = Router::new()
        .route("/", get(Html(include_str!("page.html"))))
        .route("/connection.js", get(script))
        .route("/chat", get(connect))
        .with_state(Arc::clone(&chat));
    let listener = TcpListener::bind(listen).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        // Without this, a small message waits for the acknowledgement of the one before.
        if let Err(error) = stream.set_nodelay(true) {
            eprintln!("cannot send without delay: {error}");
        }
    });
    let stopping = Arc::clone(&chat);
    let serving = axum::serve(listener, routes).with_graceful_shutdown(async move {
        if let Err(error) = tokio::signal::ctrl_c().await {
            eprintln!("Ctrl-C cannot be waited for: {error}");
        }
        stopping.stop.send_replace(true);
    });
    serving.await?;
    // axum does not wait for connections that were upgraded: this does, until the last one is gone.
    chat.stop.closed().await;
    println!("stopped");
    Ok(())
}

async fn script() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/javascript")], include_str!("connection.js"))
}

/// Looks at the token first, and only then at what was made of the request.
async fn connect(
    State(chat): State<Arc<Chat>>,
    Query(Login { token, name, room }): Query<Login>,
    upgrade: Result<WebSocketUpgrade, HandshakeError>,
) -> Result<Response, HandshakeError> {
    if token != chat.token {
        let challenge = [(header::WWW_AUTHENTICATE, "Bearer")];
        return Ok((StatusCode::UNAUTHORIZED, challenge, "wrong token\n").into_response());
    }
    let config = Config::default().max_message_len(MAX_MESSAGE);
    let mut stop = chat.stop.subscribe();
    let serve = async move |mut socket: WebSocket<Upgraded>| {
        let mut seat = enter(&chat.rooms, &room, &name);
        if let Err(error) = converse(&mut socket, &mut seat, &chat.rooms, &name, &mut stop).await {
            eprintln!("{name}: {error}");
        }
        leave(&seat, &name);
    };
    Ok(upgrade?.options(Options::default().config(config)).on_upgrade(serve))
}

fn enter(rooms: &Arc<Rooms>, room: &str, name: &str) -> Seat {
    let seat = rooms.enter(room);
    seat.say(&Event::Joined { name, room }.to_json());
    seat
}

fn leave(seat: &Seat, name: &str) {
    seat.say(&Event::Left { name, room: seat.room() }.to_json());
}

/// Serves a page until either side closes.
async fn converse(
    socket: &mut WebSocket<Upgraded>,
    seat: &mut Seat,
    rooms: &Arc<Rooms>,
    name: &str,
    stop: &mut watch::Receiver<bool>,
) -> Result<(), Error> {
    loop {
        // Of the three, only the one that is ready has done anything: nothing is lost.
        tokio::select! {
            received = socket.recv() => {
                let Some(message) = received? else { return Ok(()) };
                let Some(Request { id, wish }) = parse(&message) else {
                    socket.close(CloseCode::POLICY_VIOLATION, "this is no request").await?;
                    return Ok(());
                };
                match wish {
                    Wish::Say { text } => {
                        seat.say(&Event::Said { name, id: &id, text: &text }.to_json());
                    }
                    Wish::Join { room } => {
                        leave(seat, name);
                        *seat = enter(rooms, &room, name);
                    }
                }
                socket.send(Event::Ack { id: &id, people: seat.people() }.to_json()).await?;
            }
            heard = seat.hear() => match heard {
                Ok(message) => unless_closing(socket.send_prepared(&message).await)?,
                Err(count) => unless_closing(socket.send(Event::Missed { count }.to_json()).await)?,
            },
            () = stopped(stop) => {
                socket.close(CloseCode::GOING_AWAY, "the server stops").await?;
                return Ok(());
            }
        }
    }
}

/// After the page's Close frame nothing is sent to it any more, and `recv` comes to the end.
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

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // It cannot fail: the sender lives as long as the chat.
    let _ = stop.wait_for(|stop| *stop).await;
}
