use std::collections::{HashMap, VecDeque};

use super::{FeedEntry, Page, shard_of};
use crate::protocol::{Message, Name, Position, Publication};

/// How many entries the log keeps. Older ones are trimmed.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    /// Messages of each room.
    pub room: usize,
    /// Entries of the feed of each shard.
    pub feed: usize,
}

/// The log in memory: what the scripts do in Redis, and what may happen to Redis.
///
/// ```
/// use scale_out::log::{Kept, MemoryLog};
/// use scale_out::protocol::Publication;
///
/// let mut log = MemoryLog::new(1, Kept { room: 100, feed: 100 });
/// let (room, publisher) = ("lobby".parse()?, "a1".parse()?);
/// let publication = Publication { room, publisher, sequence: 1, text: "Hello".into() };
/// let position = log.append(&publication).expect("not a repetition");
/// assert_eq!(position.number, 1);
/// assert_eq!(log.append(&publication), None);
/// assert_eq!(log.read(&publication.room, None, 10).messages.len(), 1);
/// # Ok::<(), scale_out::protocol::InvalidName>(())
/// ```
#[derive(Clone, Debug)]
pub struct MemoryLog {
    kept: Kept,
    shards: Vec<Shard>,
    /// Which run of the server this is: a run that has not seen all that was acknowledged begins
    /// another epoch.
    run: u64,
    /// Microseconds.
    clock: u64,
}

#[derive(Clone, Debug, Default)]
struct Shard {
    /// The epoch, and the run of the server that began it.
    begun: Option<(u64, u64)>,
    fed: u64,
    feed: VecDeque<FeedEntry>,
    numbers: HashMap<Name, u64>,
    rooms: HashMap<Name, VecDeque<Message>>,
    /// The last sequence of each publisher in each room.
    sequences: HashMap<(Name, Name), u64>,
}

impl MemoryLog {
    /// Creates an empty log.
    #[must_use]
    pub fn new(shards: usize, kept: Kept) -> Self {
        Self { kept, shards: vec![Shard::default(); shards], run: 0, clock: 1_000_000 }
    }

    /// Appends a message to its room and to the feed, and returns the place after it in the room.
    /// Returns `None` if the log has it already.
    pub fn append(&mut self, publication: &Publication) -> Option<Position> {
        let Publication { room, publisher, sequence, .. } = publication;
        let kept = self.kept;
        let (epoch, shard) = self.begin(shard_of(room, self.shards.len()));
        let last = shard.sequences.entry((room.clone(), publisher.clone())).or_default();
        if *sequence <= *last {
            return None;
        }
        *last = *sequence;
        let number = shard.numbers.entry(room.clone()).or_default();
        *number += 1;
        let position = Position { epoch, number: *number };
        let message = Message::new(position, publication.clone());
        shard.fed += 1;
        let position_in_feed = Position { epoch, number: shard.fed };
        shard.feed.push_back(FeedEntry { position: position_in_feed, message: message.clone() });
        while shard.feed.len() > kept.feed {
            shard.feed.pop_front();
        }
        let messages = shard.rooms.entry(room.clone()).or_default();
        messages.push_back(message);
        while messages.len() > kept.room {
            messages.pop_front();
        }
        Some(position)
    }

    /// Reads at most `limit` messages of a room: those after `after`, or the last ones if there is no
    /// such position or it is of another epoch.
    pub fn read(&mut self, room: &Name, after: Option<Position>, limit: usize) -> Page {
        let (epoch, shard) = self.begin(shard_of(room, self.shards.len()));
        let last = shard.numbers.get(room).copied().unwrap_or_default();
        let after = after.filter(|after| after.epoch == epoch).map_or_else(
            || last.saturating_sub(u64::try_from(limit).unwrap_or(u64::MAX)),
            |after| after.number,
        );
        let messages = shard.rooms.get(room).into_iter().flatten();
        let messages = messages
            .filter(|message| message.position.epoch == epoch && message.position.number > after);
        Page { epoch, last, messages: messages.take(limit).cloned().collect() }
    }

    /// Returns the end of the feed of a shard.
    ///
    /// # Panics
    ///
    /// If there is no such shard.
    pub fn feed_end(&mut self, shard: usize) -> Position {
        let (epoch, shard) = self.begin(shard);
        Position { epoch, number: shard.fed }
    }

    /// Reads at most `limit` entries of the feed of a shard, those after `after`. As in Redis, an
    /// earlier epoch comes before a later one.
    #[must_use]
    pub fn read_feed(&self, shard: usize, after: Position, limit: usize) -> Vec<FeedEntry> {
        let entries = self.shards.get(shard).into_iter().flat_map(|shard| &shard.feed);
        entries.filter(|entry| entry.position > after).take(limit).cloned().collect()
    }

    /// Loses everything, as `FLUSHALL` does, and sets the clock to `clock` microseconds, which must not
    /// be the beginning of an earlier epoch.
    pub fn flush(&mut self, clock: u64) {
        self.shards.fill(Shard::default());
        self.clock = clock;
    }

    /// Starts the server again with the contents of an earlier moment.
    pub fn restart_from(&mut self, snapshot: Self) {
        let Self { run, clock, .. } = *self;
        *self = Self { run: run + 1, clock, ..snapshot };
    }

    /// Each operation on a shard begins here: there is an epoch, and this run of the server began it.
    fn begin(&mut self, shard: usize) -> (u64, &mut Shard) {
        self.clock += 1;
        #[expect(clippy::indexing_slicing, reason = "documented where the caller chooses it")]
        let shard = &mut self.shards[shard];
        let epoch = match shard.begun {
            Some((epoch, run)) if run == self.run => epoch,
            earlier => {
                let after_earlier = earlier.map_or(0, |(epoch, _)| epoch + 1);
                let epoch = self.clock.max(after_earlier);
                shard.begun = Some((epoch, self.run));
                epoch
            }
        };
        (epoch, shard)
    }
}
