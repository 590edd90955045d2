use scale_out::engine::{Node, ReaderId, Settings};
use scale_out::log::{FeedEntry, Page};
use scale_out::protocol::{Name, Position};

/// A process with a node, and what is under way between it and the log.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) node: Node,
    pub(crate) state: State,
    pub(crate) reads: Vec<(ReaderId, u64, Name, Option<Position>, usize)>,
    pub(crate) pages: Vec<(ReaderId, u64, Page)>,
    /// One read of the feeds is under way at a time.
    pub(crate) fed: Vec<(usize, Vec<FeedEntry>)>,
    pub(crate) ends: Vec<(usize, Position)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Up,
    /// Stopped by a signal: its connections stay open.
    Stopped,
    Down,
}

impl Server {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            node: Node::new(settings),
            state: State::Up,
            reads: Vec::new(),
            pages: Vec::new(),
            fed: Vec::new(),
            ends: Vec::new(),
        }
    }
}
