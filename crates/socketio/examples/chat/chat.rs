use std::{error::Error, sync::Arc, time::Duration};

use sansocket_socketio::{
    Value,
    packet::ConnectError,
    server::{Event, Handshake, Socket},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval};

use crate::{
    message::{Message, People, Said},
    name::Name,
    room::Room,
    store::Store,
};

/// The longest text of a message in characters; the page has the same limit.
const MAX_TEXT: usize = 1_000;
/// The longest secret of a page, and the longest key of a message, in bytes.
const MAX_KEY: usize = 64;
/// How often somebody is marked as present.
const RENEWAL: Duration = Duration::from_secs(2);

/// What all sockets share.
pub(crate) struct Chat {
    store: Store,
}

/// A connected socket of somebody.
struct Visit {
    chat: Arc<Chat>,
    socket: Socket,
    guest: Guest,
    room: Option<Room>,
    shown: Vec<String>,
}

/// Somebody with a name that is theirs, whom the guard has admitted.
#[derive(Clone)]
struct Guest {
    name: Name,
    secret: String,
}

/// What a page says.
#[derive(Deserialize)]
struct Say {
    room: Room,
    text: String,
    key: String,
}

/// Why nothing comes of an event.
#[derive(Debug, Serialize)]
struct Refused {
    error: String,
}

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

impl Chat {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Admits somebody whose name is valid, and not another one's.
    ///
    /// The secret is a random number of the page, which keeps the name for it while it reconnects, and for
    /// two minutes after it has gone. There are no accounts, so then somebody else may have the name.
    pub(crate) async fn admit(
        self: Arc<Self>,
        mut handshake: Handshake,
    ) -> Result<Handshake, ConnectError> {
        let text = |key| handshake.auth().get(key).and_then(Value::as_str).unwrap_or_default();
        let name =
            Name::try_from(text("name")).map_err(|error| ConnectError::new(error.to_string()))?;
        let secret = String::from(text("secret"));
        if !(16..=MAX_KEY).contains(&secret.len()) {
            return Err(ConnectError::new("The page must send a secret of 16 to 64 bytes."));
        }
        match self.store.claim(&name, &secret).await {
            Ok(true) => {}
            Ok(false) => {
                let reason = format!("{} is somebody else: take another name.", name.as_str());
                return Err(ConnectError::new(reason));
            }
            Err(error) => {
                eprintln!("cannot claim a name: {error}");
                return Err(ConnectError::new("The chat is not available: try again later."));
            }
        }
        handshake.insert(Guest { name, secret });
        Ok(handshake)
    }

    /// Serves a socket to its end.
    pub(crate) async fn serve(self: Arc<Self>, socket: Socket) {
        let Some(guest) = socket.handshake().get::<Guest>().cloned() else { return };
        // A recovered session is in its room.
        let room = Room::of(&socket.rooms());
        let mut visit =
            Visit { chat: self, socket: socket.clone(), guest, room, shown: Vec::new() };
        let mut renewal = interval(RENEWAL);
        renewal.set_missed_tick_behavior(MissedTickBehavior::Delay);
        if let Err(error) = visit.arrive().await {
            visit.complain(&*error);
        }
        loop {
            let done = tokio::select! {
                event = socket.recv() => match event {
                    Some(event) => visit.handle(event).await,
                    None => break,
                },
                _ = renewal.tick() => visit.renew().await,
            };
            // One who has gone gets no answer, and there is nothing to complain of.
            if let Err(error) = done
                && socket.disconnect_reason().is_none()
            {
                visit.complain(&*error);
            }
        }
        if let Err(error) = visit.leave().await {
            visit.complain(&*error);
        }
    }
}

impl Visit {
    async fn handle(&mut self, event: Event) -> Outcome<()> {
        match event.name() {
            "join" => match event.read() {
                Ok(room) => {
                    let history = self.join(room).await?;
                    Ok(event.ack(&json!({ "history": history }))?)
                }
                Err(error) => refuse(event, &error),
            },
            "say" => match event.read::<Say>() {
                Ok(said) => {
                    if let Some(error) = said.fault() {
                        return refuse(event, &error);
                    }
                    let id = self.say(said).await?;
                    Ok(event.ack(&json!({ "id": id }))?)
                }
                Err(error) => refuse(event, &error),
            },
            "typing" => self.typing().await,
            _ => Ok(()),
        }
    }

    /// Moves to a room, and returns its history.
    async fn join(&mut self, room: Room) -> Outcome<Vec<Said>> {
        if self.room != Some(room) {
            self.leave().await?;
            if let Some(old) = self.room.replace(room) {
                self.socket.leave(old.as_str()).await?;
            }
        }
        // First the room, then the history, so that no message is between them. One that is in both has the
        // same id.
        self.socket.join(room.as_str()).await?;
        self.arrive().await?;
        Ok(self.chat.store.history(room).await?)
    }

    /// Publishes a message to its room. If any of this fails, the page does not get its acknowledgement,
    /// and sends the message again.
    async fn say(&self, Say { room, text, key }: Say) -> Outcome<String> {
        let message = Message { name: self.guest.name.as_str().into(), text, key };
        let id = self.chat.store.add(room, &message).await?;
        let said = Said { id: id.clone(), message };
        // To the sender too: this puts the message at the same place on all pages.
        self.socket.server().of("/").to(room.as_str()).emit("said", &(room, said)).await?;
        Ok(id)
    }

    async fn typing(&self) -> Outcome<()> {
        let Some(room) = self.room else { return Ok(()) };
        let others = self.socket.to(room.as_str()).volatile();
        Ok(others.emit("typing", &(room, self.guest.name.as_str())).await?)
    }

    // Who is online.

    async fn arrive(&mut self) -> Outcome<()> {
        let Some(room) = self.room else { return Ok(()) };
        let people = self.chat.store.enter(room, &self.guest.name).await?;
        self.announce(room, &people).await?;
        self.shown = people.names;
        Ok(())
    }

    async fn leave(&self) -> Outcome<()> {
        let Some(room) = self.room else { return Ok(()) };
        let people = self.chat.store.leave(room, &self.guest.name).await?;
        self.announce(room, &people).await
    }

    /// Always the whole list: who has missed one is right again with the next.
    async fn announce(&self, room: Room, people: &People) -> Outcome<()> {
        Ok(self.socket.server().of("/").to(room.as_str()).emit("people", &(room, people)).await?)
    }

    /// Keeps the name and the presence, and shows who has gone without a word, with a server that was
    /// killed.
    async fn renew(&mut self) -> Outcome<()> {
        let Guest { name, secret } = &self.guest;
        if !self.chat.store.claim(name, secret).await? {
            // After a time in which it could not be renewed.
            self.socket.disconnect();
            return Ok(());
        }
        let Some(room) = self.room else { return Ok(()) };
        let people = self.chat.store.enter(room, name).await?;
        if people.names != self.shown {
            self.socket.emit("people", &(room, &people)).await?;
            self.shown = people.names;
        }
        Ok(())
    }

    fn complain(&self, error: &(dyn Error + Send + Sync)) {
        eprintln!("{}: {error}", self.guest.name.as_str());
    }
}

impl Say {
    /// Returns why this cannot be said.
    fn fault(&self) -> Option<String> {
        let len = self.text.chars().count();
        if self.text.trim().is_empty() {
            Some("the message is empty".into())
        } else if len > MAX_TEXT {
            Some(format!("the message has {len} characters, and may have {MAX_TEXT}"))
        } else if !(1..=MAX_KEY).contains(&self.key.len()) {
            Some(format!("the key of a message has 1 to {MAX_KEY} bytes"))
        } else {
            None
        }
    }
}

/// Acknowledges an event that is not valid: it must not be sent again.
fn refuse(event: Event, error: &impl ToString) -> Outcome<()> {
    Ok(event.ack(&Refused { error: error.to_string() })?)
}
