use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use sansocket::Seed;

use super::{
    counts::Counts,
    link::{Due, Link},
    view::{Verdict, View},
};
use crate::protocol::{Event, Message, Name, Position, Publication, Request};

/// A reader and publisher, which reconnects.
///
/// It has no clock: `now` is the time since any fixed moment.
///
/// ```
/// use std::time::Duration;
///
/// use sansocket::Seed;
/// use scale_out::engine::{Action, Client};
/// use scale_out::protocol::Request;
///
/// let now = Duration::from_secs(1);
/// let mut client = Client::new("a1".parse()?, Seed::from([7; 32]));
/// client.join("lobby".parse()?);
/// assert_eq!(client.publish("lobby".parse()?, "Hello".into()), 1);
/// assert_eq!(client.poll(now), Action::Connect);
/// client.opened(now);
/// let Action::Send(Request::Join { after: None, .. }) = client.poll(now) else { panic!("joins") };
/// let Action::Send(Request::Publish { sequence: 1, .. }) = client.poll(now) else { panic!("publishes") };
///
/// // Without an acknowledgement, it sends the message again after a reconnect.
/// client.closed(now);
/// assert_eq!(client.unacknowledged(), 1);
/// # Ok::<(), scale_out::protocol::InvalidName>(())
/// ```
#[derive(Debug)]
pub struct Client {
    name: Name,
    rooms: BTreeMap<Name, View>,
    sequence: u64,
    unacknowledged: VecDeque<Publication>,
    /// Requests for the connection that is open.
    requests: VecDeque<Request>,
    link: Link,
    counts: Counts,
}

/// What to do next for a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Open a connection. Then call [`Client::opened`], or [`Client::closed`] if it fails.
    Connect,
    /// Send a request.
    Send(Request),
    /// The node is dead: drop the connection, and call [`Client::closed`].
    Abandon,
    /// Nothing until this time, unless something arrives.
    WaitUntil(Duration),
    /// Nothing, unless something arrives.
    Wait,
}

/// What an event means to the user of a client.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// A message to show.
    Message(Message),
    /// The client reads a room again, and nothing is missing.
    Resumed(Name),
    /// The client reads a room from now on. If it was there before, something may be missing.
    NotRecovered(Name),
    /// The log has the message with this sequence.
    Acknowledged(u64),
    /// Who is in a room.
    Present(Name, Vec<Name>),
}

impl Client {
    /// Creates a client. Its name must be that of no other client, and be used once: a page that is
    /// loaded again takes another. The seed is for the delays between attempts to connect.
    #[must_use]
    pub fn new(name: Name, seed: Seed) -> Self {
        Self {
            name,
            rooms: BTreeMap::new(),
            sequence: 0,
            unacknowledged: VecDeque::new(),
            requests: VecDeque::new(),
            link: Link::new(seed),
            counts: Counts::default(),
        }
    }

    /// Reads a room from now on, and after every reconnect.
    pub fn join(&mut self, room: Name) {
        if self.rooms.contains_key(&room) {
            return;
        }
        self.rooms.insert(room.clone(), View::default());
        if self.link.is_open() {
            self.requests.push_back(Request::Join { room, after: None });
        }
    }

    /// Publishes a message, and returns its sequence. It is sent until a node acknowledges it.
    pub fn publish(&mut self, room: Name, text: String) -> u64 {
        self.sequence += 1;
        let sequence = self.sequence;
        let publication = Publication { room, publisher: self.name.clone(), sequence, text };
        if self.link.is_open() {
            self.requests.push_back(publish(&publication));
        }
        self.unacknowledged.push_back(publication);
        sequence
    }

    /// Returns what to do next.
    pub fn poll(&mut self, now: Duration) -> Action {
        match self.link.due(now) {
            Due::Connect => Action::Connect,
            Due::Abandon => Action::Abandon,
            due => match (self.requests.pop_front(), due) {
                (Some(request), _) => Action::Send(request),
                (None, Due::At(time)) => Action::WaitUntil(time),
                (None, _) => Action::Wait,
            },
        }
    }

    /// Reports that the connection is open.
    pub fn opened(&mut self, now: Duration) {
        self.link.opened(now);
        let joins = self.rooms.iter().map(|(room, View { position, .. })| Request::Join {
            room: room.clone(),
            after: *position,
        });
        self.requests = joins.chain(self.unacknowledged.iter().map(publish)).collect();
    }

    /// Reports that the connection has ended, or was not opened.
    pub fn closed(&mut self, now: Duration) {
        self.link.closed(now);
        self.requests.clear();
        for view in self.rooms.values_mut() {
            view.is_joined = false;
        }
    }

    /// Takes an event of the node.
    pub fn received(&mut self, event: Event, now: Duration) -> Option<Notice> {
        self.link.heard(now);
        match event {
            Event::Joined { room, recovered, position } => {
                let view = self.rooms.get_mut(&room)?;
                let was_there = view.position.is_some();
                view.join(recovered, position);
                if recovered {
                    self.counts.resumed += 1;
                    Some(Notice::Resumed(room))
                } else {
                    self.counts.not_recovered += u64::from(was_there);
                    Some(Notice::NotRecovered(room))
                }
            }
            Event::Message(message) => self.take(message),
            Event::Resume { room } => {
                self.rejoin(room);
                None
            }
            Event::Acknowledged { sequence } => {
                // A node acknowledges in order, and what is repeated too.
                self.unacknowledged.retain(|publication| publication.sequence != sequence);
                Some(Notice::Acknowledged(sequence))
            }
            Event::Present { room, users } => Some(Notice::Present(room, users)),
            Event::Alive => None,
            Event::Leaving { return_in } => {
                self.link.return_in(Duration::from_millis(return_in));
                None
            }
        }
    }

    /// Returns what has happened to the messages so far.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// Returns how many messages are not acknowledged yet.
    #[must_use]
    pub fn unacknowledged(&self) -> usize {
        self.unacknowledged.len()
    }

    /// Returns how many messages are acknowledged.
    #[must_use]
    pub fn acknowledged(&self) -> usize {
        usize::try_from(self.sequence).unwrap_or(usize::MAX) - self.unacknowledged.len()
    }

    /// Returns how far a room was read; `None` if the client has not joined it yet.
    #[must_use]
    pub fn position(&self, room: &Name) -> Option<Position> {
        self.rooms.get(room)?.position
    }

    fn take(&mut self, message: Message) -> Option<Notice> {
        let room = &message.publication.room;
        let view = self.rooms.get_mut(room)?;
        if !view.is_joined {
            return None;
        }
        match view.take(&message) {
            Verdict::New => {
                self.counts.shown += 1;
                return Some(Notice::Message(message));
            }
            Verdict::Repeated => self.counts.repeated += 1,
            Verdict::NotNewer => self.counts.not_newer += 1,
            Verdict::Gap => {
                self.counts.gaps += 1;
                self.rejoin(message.publication.room);
            }
        }
        None
    }

    fn rejoin(&mut self, room: Name) {
        let Some(view) = self.rooms.get_mut(&room) else { return };
        view.is_joined = false;
        self.requests.push_back(Request::Join { room, after: view.position });
    }
}

fn publish(publication: &Publication) -> Request {
    let Publication { room, sequence, text, .. } = publication;
    Request::Publish { room: room.clone(), sequence: *sequence, text: text.clone() }
}
