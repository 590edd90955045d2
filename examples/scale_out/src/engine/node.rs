use std::collections::{BTreeSet, HashMap};

use super::{
    reader::{Next, Reader, ReaderId},
    room::Room,
    seat::{Seat, Step},
};
use crate::{
    log::{FeedEntry, Page, shard_of},
    protocol::{Event, Name, Position},
};

/// The bounds of a node.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How many shards the rooms are spread over; the same on all nodes, and not 0.
    pub shards: usize,
    /// How many messages of a room a node keeps for its readers. A slower reader resumes from the log.
    pub window: usize,
    /// How many messages are read from the log at a time.
    pub page: usize,
    /// How many rooms one connection may read.
    pub rooms_per_reader: usize,
    /// How many events may wait for one connection, besides messages. A client that asks for more without
    /// reading the answers is disconnected.
    pub events_per_reader: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { shards: 4, window: 256, page: 64, rooms_per_reader: 16, events_per_reader: 64 }
    }
}

/// A server, as it serves its readers.
///
/// Each call may make readers ready that were [waiting](Next::Wait): [`take_ready`](Self::take_ready)
/// returns them, and [`next`](Self::next) what to do for each.
///
/// ```
/// use scale_out::engine::{Next, Node, Settings};
/// use scale_out::log::{Kept, MemoryLog};
/// use scale_out::protocol::{Event, Publication};
///
/// let settings = Settings { shards: 1, ..Settings::default() };
/// let mut log = MemoryLog::new(1, Kept { room: 100, feed: 100 });
/// let mut node = Node::new(settings);
/// node.feed_ends(0, log.feed_end(0));
///
/// let reader = node.connect("ann".parse()?);
/// assert!(node.join(reader, "lobby".parse()?, None));
/// let Next::Read { ticket, room, after, limit } = node.next(reader) else { panic!("joins") };
/// node.page(reader, ticket, log.read(&room, after, limit));
/// assert!(matches!(node.next(reader), Next::Event(Event::Joined { recovered: false, .. })));
/// assert_eq!(node.next(reader), Next::Wait);
///
/// let text = String::from("Hello");
/// log.append(&Publication { room, publisher: "b1".parse()?, sequence: 1, text });
/// let position = node.feed_positions()[0].expect("subscribed");
/// node.fed(0, log.read_feed(0, position, 10));
/// assert_eq!(node.take_ready(), [reader]);
/// let Next::Message(message) = node.next(reader) else { panic!("a message") };
/// assert_eq!(message.publication.text, "Hello");
/// # Ok::<(), scale_out::protocol::InvalidName>(())
/// ```
#[derive(Debug)]
pub struct Node {
    settings: Settings,
    /// How far the feed of each shard was read; `None` until the log has said where it ends.
    feeds: Vec<Option<Position>>,
    rooms: HashMap<Name, Room>,
    readers: HashMap<ReaderId, Reader>,
    ready: Vec<ReaderId>,
    reader_count: u64,
    ticket: u64,
}

impl Node {
    /// Creates a node without readers.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            feeds: vec![None; settings.shards],
            rooms: HashMap::new(),
            readers: HashMap::new(),
            ready: Vec::new(),
            reader_count: 0,
            ticket: 0,
        }
    }

    /// Adds a reader.
    pub fn connect(&mut self, user: Name) -> ReaderId {
        self.reader_count += 1;
        let id = ReaderId(self.reader_count);
        self.readers.insert(id, Reader::new(user));
        id
    }

    /// Removes a reader.
    pub fn disconnect(&mut self, id: ReaderId) {
        let Some(reader) = self.readers.remove(&id) else { return };
        for Seat { room: name, .. } in reader.seats {
            if let Some(room) = self.rooms.get_mut(&name) {
                room.readers.retain(|reader| *reader != id);
                if room.readers.is_empty() {
                    self.rooms.remove(&name);
                }
            }
        }
    }

    /// Lets a reader into a room, or again to another position. Returns `false` if the client asks for
    /// more than it reads or may have: it is to be disconnected.
    #[must_use]
    pub fn join(&mut self, id: ReaderId, name: Name, after: Option<Position>) -> bool {
        let Some(reader) = self.readers.get_mut(&id) else { return false };
        let seat = Seat::new(name.clone(), after);
        if let Some(earlier) = reader.seats.iter_mut().find(|seat| seat.room == name) {
            *earlier = seat;
        } else if reader.seats.len() < self.settings.rooms_per_reader {
            reader.seats.push_back(seat);
            self.rooms.entry(name).or_default().readers.push(id);
        } else {
            return false;
        }
        wake(reader, id, &mut self.ready);
        reader.outbox.len() < self.settings.events_per_reader
    }

    /// Tells a reader that the log has its message. Returns `false` as [`join`](Self::join) does.
    #[must_use]
    pub fn acknowledge(&mut self, id: ReaderId, sequence: u64) -> bool {
        let Some(reader) = self.readers.get_mut(&id) else { return false };
        reader.outbox.push_back(Event::Acknowledged { sequence });
        wake(reader, id, &mut self.ready);
        reader.outbox.len() < self.settings.events_per_reader
    }

    /// Returns what to do next for a reader, whose socket takes more.
    pub fn next(&mut self, id: ReaderId) -> Next {
        let Some(reader) = self.readers.get_mut(&id) else { return Next::Close };
        if let Some(event) = reader.outbox.pop_front() {
            return Next::Event(event);
        }
        if reader.is_leaving {
            return Next::Close;
        }
        for _ in 0..reader.seats.len() {
            reader.seats.rotate_left(1);
            let Some(seat) = reader.seats.back_mut() else { break };
            let Some(room) = self.rooms.get(&seat.room) else { continue };
            let ticket = self.ticket + 1;
            match seat.next(room, ticket) {
                Step::Message(message) => return Next::Message(message),
                Step::Event(event) => return Next::Event(event),
                Step::Read(after) => {
                    self.ticket = ticket;
                    let (room, limit) = (seat.room.clone(), self.settings.page);
                    return Next::Read { ticket, room, after, limit };
                }
                Step::Nothing => {}
            }
        }
        reader.is_waiting = true;
        Next::Wait
    }

    /// Takes the page of a [read](Next::Read).
    pub fn page(&mut self, id: ReaderId, ticket: u64, page: Page) {
        let Some(reader) = self.readers.get_mut(&id) else { return };
        // A seat that was interrupted or taken again meanwhile does not await it any more.
        if let Some(seat) = reader.seats.iter_mut().find(|seat| seat.awaits(ticket)) {
            reader.outbox.extend(seat.page(page));
        }
        wake(reader, id, &mut self.ready);
    }

    /// Returns how far the feed of each shard was read: what follows is to be passed to
    /// [`fed`](Self::fed). `None` until [`feed_ends`](Self::feed_ends) was called for the shard.
    #[must_use]
    pub fn feed_positions(&self) -> &[Option<Position>] {
        &self.feeds
    }

    /// Takes what has come in the feed of a shard.
    pub fn fed(&mut self, shard: usize, entries: Vec<FeedEntry>) {
        for FeedEntry { position, message } in entries {
            match self.feeds.get(shard).copied().flatten() {
                Some(read) if read.is_followed_by(position) => {}
                // Read before the log has said that the feed ends after it.
                Some(read) if read.includes(position) => continue,
                _ => self.interrupt(shard),
            }
            self.follow(shard, position);
            let Some(room) = self.rooms.get_mut(&message.publication.room) else { continue };
            room.push(message, self.settings.window);
            for id in &room.readers {
                if let Some(reader) = self.readers.get_mut(id) {
                    wake(reader, *id, &mut self.ready);
                }
            }
        }
    }

    /// Takes the end of the feed of a shard, as the log says at the beginning and from time to time. It
    /// shows that the log has begun a new epoch, even if nothing comes.
    pub fn feed_ends(&mut self, shard: usize, end: Position) {
        // In the same epoch the feed brings all that is before the end.
        let read = self.feeds.get(shard).copied().flatten();
        if read.is_none_or(|read| read.epoch != end.epoch) {
            self.interrupt(shard);
            self.follow(shard, end);
        }
    }

    /// Returns the users that are in each room on this node, sorted.
    #[must_use]
    pub fn users(&self) -> Vec<(Name, Vec<Name>)> {
        let users = |room: &Room| {
            let readers = room.readers.iter().filter_map(|id| self.readers.get(id));
            let users: BTreeSet<_> = readers.map(|reader| reader.user.clone()).collect();
            users.into_iter().collect()
        };
        self.rooms.iter().map(|(name, room)| (name.clone(), users(room))).collect()
    }

    /// Takes the users that are in a room on all nodes, sorted, and tells its readers if that has changed.
    pub fn present(&mut self, room: &Name, users: Vec<Name>) {
        let Some(room) = self.rooms.get_mut(room) else { return };
        if room.set_users(users) {
            for id in &room.readers {
                if let Some(reader) = self.readers.get_mut(id) {
                    wake(reader, *id, &mut self.ready);
                }
            }
        }
    }

    /// Lets up to `count` readers go, with the hint to return after `return_in` milliseconds. Returns
    /// how many readers are still to be let go.
    pub fn release(&mut self, count: usize, mut return_in: impl FnMut() -> u64) -> usize {
        let mut staying = self.readers.iter_mut().filter(|(_, reader)| !reader.is_leaving);
        for (id, reader) in staying.by_ref().take(count) {
            reader.is_leaving = true;
            reader.outbox.push_back(Event::Leaving { return_in: return_in() });
            wake(reader, *id, &mut self.ready);
        }
        staying.count()
    }

    /// Returns how many readers there are.
    #[must_use]
    pub fn reader_count(&self) -> usize {
        self.readers.len()
    }

    /// Returns the readers that were [waiting](Next::Wait) and have something to do now.
    pub fn take_ready(&mut self) -> Vec<ReaderId> {
        std::mem::take(&mut self.ready)
    }

    fn follow(&mut self, shard: usize, position: Position) {
        if let Some(feed) = self.feeds.get_mut(shard) {
            *feed = Some(position);
        }
    }

    /// The feed of a shard does not continue where it was: something may be missing.
    fn interrupt(&mut self, shard: usize) {
        for (name, room) in &mut self.rooms {
            if shard_of(name, self.settings.shards) != shard {
                continue;
            }
            room.interrupt();
            for id in &room.readers {
                let Some(reader) = self.readers.get_mut(id) else { continue };
                let seat = reader.seats.iter_mut().find(|seat| seat.room == *name);
                reader.outbox.extend(seat.and_then(Seat::interrupt));
                wake(reader, *id, &mut self.ready);
            }
        }
    }
}

fn wake(reader: &mut Reader, id: ReaderId, ready: &mut Vec<ReaderId>) {
    if std::mem::take(&mut reader.is_waiting) {
        ready.push(id);
    }
}

#[cfg(test)]
mod tests {
    use super::{Next, Node, ReaderId, Settings};
    use crate::{
        log::{FeedEntry, Page},
        protocol::{Event, Message, Name, Position, Publication},
    };

    const EPOCH: u64 = 7;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    const fn position(number: u64) -> Position {
        Position { epoch: EPOCH, number }
    }

    fn message(number: u64) -> Message {
        let (room, publisher) = (name("lobby"), name("p"));
        let text = String::new();
        Message::new(position(number), Publication { room, publisher, sequence: number, text })
    }

    fn entries(numbers: std::ops::RangeInclusive<u64>) -> Vec<FeedEntry> {
        numbers.map(|at| FeedEntry { position: position(at), message: message(at) }).collect()
    }

    /// A node with a window of three messages, and a reader that has read the room up to message 10.
    fn node_with_reader() -> (Node, ReaderId) {
        let mut node = Node::new(Settings { shards: 1, window: 3, ..Settings::default() });
        node.feed_ends(0, position(10));
        let reader = node.connect(name("ann"));
        assert!(node.join(reader, name("lobby"), Some(position(10))));
        let Next::Read { ticket, .. } = node.next(reader) else { panic!("a read") };
        node.page(reader, ticket, Page { epoch: EPOCH, last: 10, messages: Vec::new() });
        assert!(matches!(node.next(reader), Next::Event(Event::Joined { recovered: true, .. })));
        (node, reader)
    }

    #[test]
    fn a_reader_that_the_window_has_left_behind_is_told_to_resume() {
        let (mut node, reader) = node_with_reader();
        node.fed(0, entries(11..=13));
        assert_eq!(node.next(reader), Next::Message(message(11).into()));
        node.fed(0, entries(14..=15));
        assert_eq!(node.next(reader), Next::Event(Event::Resume { room: name("lobby") }));
        assert_eq!(node.next(reader), Next::Wait);
        // It is forgotten until it joins again.
        node.fed(0, entries(16..=16));
        assert_eq!(node.next(reader), Next::Wait);
    }

    #[test]
    fn what_the_feed_brings_again_is_skipped() {
        let (mut node, reader) = node_with_reader();
        node.fed(0, entries(9..=11));
        assert_eq!(node.next(reader), Next::Message(message(11).into()));
        assert_eq!(node.next(reader), Next::Wait);
    }

    #[test]
    fn a_gap_in_the_feed_interrupts_its_readers() {
        let (mut node, reader) = node_with_reader();
        assert_eq!(node.next(reader), Next::Wait);
        node.fed(0, entries(12..=12));
        assert_eq!(node.take_ready(), [reader]);
        assert_eq!(node.next(reader), Next::Event(Event::Resume { room: name("lobby") }));
    }

    #[test]
    fn a_node_that_stops_lets_its_readers_go_in_waves() {
        let (mut node, first) = node_with_reader();
        let second = node.connect(name("ben"));
        assert_eq!(node.release(1, || 500), 1);
        assert_eq!(node.release(1, || 600), 0);
        let mut hints = Vec::new();
        for reader in [first, second] {
            let Next::Event(Event::Leaving { return_in }) = node.next(reader) else { panic!() };
            hints.push(return_in);
            assert_eq!(node.next(reader), Next::Close);
        }
        hints.sort_unstable();
        assert_eq!(hints, [500, 600]);
    }

    #[test]
    fn a_user_with_two_connections_is_present_once() {
        let (mut node, reader) = node_with_reader();
        let second = node.connect(name("ann"));
        assert!(node.join(second, name("lobby"), None));
        assert_eq!(node.users(), [(name("lobby"), vec![name("ann")])]);
        let users = vec![name("ann"), name("ben")];
        node.present(&name("lobby"), users.clone());
        assert_eq!(node.next(reader), Next::Event(Event::Present { room: name("lobby"), users }));
        assert_eq!(node.next(reader), Next::Wait);
        node.disconnect(reader);
        node.disconnect(second);
        assert_eq!(node.users(), []);
    }

    #[test]
    fn a_client_that_reads_no_answers_is_disconnected() {
        let (mut node, reader) = node_with_reader();
        let accepted = (0..100).take_while(|sequence| node.acknowledge(reader, *sequence)).count();
        assert_eq!(accepted, Settings::default().events_per_reader - 1);
    }

    #[test]
    fn a_client_that_joins_too_many_rooms_is_disconnected() {
        let (mut node, reader) = node_with_reader();
        let join = |room: &usize| node.join(reader, name(&format!("room {room}")), None);
        assert_eq!((0..100).take_while(join).count(), Settings::default().rooms_per_reader - 1);
    }
}
