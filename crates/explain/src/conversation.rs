use std::collections::VecDeque;

use sansocket::Role;

use crate::{Envelope, Options, head::Offered, negotiated::Negotiated, opening::Opening};

/// What the two directions know of each other.
#[derive(Clone, Debug)]
pub(crate) struct Conversation {
    pub(crate) negotiated: Negotiated,
    /// The client's request, once it was read.
    pub(crate) offered: Option<Offered>,
    /// The protocol inside the messages.
    pub(crate) envelope: Option<Envelope>,
    pub(crate) opening: Opening,
    client: End,
    server: End,
}

/// What one end has sent.
#[derive(Clone, Debug)]
pub(crate) struct End {
    /// Whether it has sent a Close frame, and whether one of them broke a rule.
    pub(crate) has_closed: bool,
    pub(crate) has_closed_wrongly: bool,
    /// Its last unanswered Pings: their offsets and their data.
    pings: VecDeque<(u64, Vec<u8>)>,
}

/// How many Pings are remembered. A connection seldom has more than one under way.
const MAX_PINGS: usize = 16;

impl Conversation {
    pub(crate) const fn new(options: &Options) -> Self {
        Self {
            negotiated: options.negotiated,
            envelope: options.envelope,
            offered: None,
            opening: Opening::Unseen,
            client: End::NEW,
            server: End::NEW,
        }
    }

    pub(crate) const fn end(&self, role: Role) -> &End {
        match role {
            Role::Client => &self.client,
            Role::Server => &self.server,
        }
    }

    pub(crate) const fn end_mut(&mut self, role: Role) -> &mut End {
        match role {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }
}

impl End {
    const NEW: Self = Self { has_closed: false, has_closed_wrongly: false, pings: VecDeque::new() };

    pub(crate) fn note_ping(&mut self, at: u64, data: &[u8]) {
        if self.pings.len() >= MAX_PINGS {
            self.pings.pop_front();
        }
        self.pings.push_back((at, data.into()));
    }

    /// Returns the offset of the Ping that a Pong with this data answers. RFC 6455 5.5.3: earlier ones
    /// need no answer any more.
    pub(crate) fn answer_ping(&mut self, data: &[u8]) -> Option<u64> {
        let index = self.pings.iter().rposition(|(_, ping)| ping == data)?;
        self.pings.drain(..=index).next_back().map(|(at, _)| at)
    }
}
