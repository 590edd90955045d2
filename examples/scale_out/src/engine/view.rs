use std::collections::HashMap;

use crate::protocol::{Message, Name, Position};

/// How many publishers of a room a client remembers. Above it, the one that was silent for longest is
/// forgotten: if the log loses its contents and then gets a message of that publisher again, it is
/// shown again.
const MAX_PUBLISHERS: usize = 1_000;

/// A room, as far as a client has read it.
#[derive(Debug, Default)]
pub(super) struct View {
    pub(super) position: Option<Position>,
    /// Whether a node sends the messages after the position.
    pub(super) is_joined: bool,
    publishers: HashMap<Name, Seen>,
}

/// The last message of a publisher that was shown.
#[derive(Clone, Copy, Debug)]
struct Seen {
    sequence: u64,
    at: Position,
}

/// What a message is to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    New,
    /// It was shown, in an earlier epoch.
    Repeated,
    /// The position includes it.
    NotNewer,
    /// Another message should have come before it.
    Gap,
}

impl View {
    /// Reads on, from the position of the node if something is missing before it.
    pub(super) fn join(&mut self, recovered: bool, position: Position) {
        self.is_joined = true;
        if !recovered {
            self.position = Some(position);
        }
    }

    pub(super) fn take(&mut self, message: &Message) -> Verdict {
        let at = message.position;
        match self.position {
            Some(position) if position.is_followed_by(at) => {}
            Some(position) if position.includes(at) => return Verdict::NotNewer,
            _ => return Verdict::Gap,
        }
        self.position = Some(at);
        let (publisher, sequence) = (&message.publication.publisher, message.publication.sequence);
        if self.publishers.get(publisher).is_some_and(|seen| sequence <= seen.sequence) {
            return Verdict::Repeated;
        }
        self.publishers.insert(publisher.clone(), Seen { sequence, at });
        if self.publishers.len() > MAX_PUBLISHERS {
            let oldest = self.publishers.iter().min_by_key(|(_, seen)| seen.at);
            if let Some(oldest) = oldest.map(|(publisher, _)| publisher.clone()) {
                self.publishers.remove(&oldest);
            }
        }
        Verdict::New
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_PUBLISHERS, Verdict, View};
    use crate::protocol::{Message, Position, Publication};

    fn message(number: u64, publisher: &str, sequence: u64) -> Message {
        let (room, publisher) = ("lobby".parse().unwrap(), publisher.parse().unwrap());
        let publication = Publication { room, publisher, sequence, text: String::new() };
        Message::new(Position { epoch: 1, number }, publication)
    }

    #[test]
    fn the_publisher_that_was_silent_for_longest_is_forgotten() {
        let mut view = View::default();
        view.join(false, Position { epoch: 1, number: 0 });
        for number in 1..=1_001 {
            assert_eq!(view.take(&message(number, &number.to_string(), 1)), Verdict::New);
        }
        assert_eq!(view.publishers.len(), MAX_PUBLISHERS);
        assert_eq!(view.take(&message(1_002, "2", 1)), Verdict::Repeated);
        assert_eq!(view.take(&message(1_003, "1", 1)), Verdict::New);
    }

    #[test]
    fn a_message_that_comes_twice_is_not_newer() {
        let mut view = View::default();
        view.join(false, Position { epoch: 1, number: 4 });
        assert_eq!(view.take(&message(5, "a", 1)), Verdict::New);
        assert_eq!(view.take(&message(5, "a", 1)), Verdict::NotNewer);
        assert_eq!(view.take(&message(7, "a", 3)), Verdict::Gap);
        assert_eq!(view.position, Some(Position { epoch: 1, number: 5 }));
    }
}
