use alloc::{borrow::ToOwned as _, collections::VecDeque, string::String, vec::Vec};

use crate::{
    Arguments, Value, engine_io::EncodedPacket, session::acknowledgements::Acknowledgements,
    value::Object,
};

/// A namespace that the application connected to.
pub(super) struct Membership {
    auth: Object,
    /// What was sent with a CONNECT packet whose answer nobody waits for any more.
    abandoned: Object,
    pub(super) state: State,
    pub(super) acknowledgements: Acknowledgements,
    /// What is sent once the namespace is connected.
    buffer: VecDeque<Buffered>,
    recovery: Option<Recovery>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// The server refused or removed the client.
    Inactive,
    /// It is to be connected, as soon as there is a transport.
    Wanted,
    Connected,
    /// The application left it before the server answered. Until then, no other CONNECT may be sent.
    Leaving,
    /// The same, and then the application connected again. The answer that comes is still that to the
    /// CONNECT before, with other data for authentication.
    Rejoining,
}

struct Buffered {
    /// The id, if the event asks for an acknowledgement.
    id: Option<u64>,
    packets: Vec<EncodedPacket>,
}

/// With what the server can recover the session.
struct Recovery {
    pid: String,
    /// The last argument of the last event.
    offset: Option<String>,
}

impl Membership {
    pub(super) fn new() -> Self {
        Self {
            auth: Object::default(),
            abandoned: Object::default(),
            state: State::Inactive,
            acknowledgements: Acknowledgements::new(0),
            buffer: VecDeque::new(),
            recovery: None,
        }
    }

    /// Sets what is sent for authentication, and that the namespace is to be connected.
    pub(super) fn want(&mut self, auth: Object) {
        self.auth = auth;
        match self.state {
            State::Inactive => self.state = State::Wanted,
            // Then the answer on its way is as good.
            State::Leaving | State::Rejoining if self.auth == self.abandoned => {
                self.state = State::Wanted;
            }
            State::Leaving => self.state = State::Rejoining,
            State::Wanted | State::Connected | State::Rejoining => {}
        }
    }

    pub(super) fn is_wanted(&self) -> bool {
        matches!(self.state, State::Wanted | State::Connected | State::Rejoining)
    }

    /// Forgets all but that an answer of the server is on its way, and to what.
    pub(super) fn leave(&mut self) {
        let asked =
            if self.state == State::Rejoining { &mut self.abandoned } else { &mut self.auth };
        let abandoned = core::mem::take(asked);
        *self = Self { abandoned, state: State::Leaving, ..Self::new() };
    }

    /// Returns the data of the CONNECT packet.
    pub(super) fn connect_data(&self) -> Option<Object> {
        let mut data = Object::default();
        if let Some(Recovery { pid, offset }) = &self.recovery {
            data.insert("pid", pid.as_str());
            if let Some(offset) = offset {
                data.insert("offset", offset.as_str());
            }
        }
        for (name, value) in &self.auth {
            data.insert(name.as_str(), value.clone());
        }
        (!data.is_empty()).then_some(data)
    }

    /// Records the answer of the server, and returns whether it recovered the session.
    pub(super) fn connected(&mut self, connection: u64, pid: Option<&str>) -> bool {
        self.state = State::Connected;
        self.acknowledgements.reconnected(connection);
        let old = self.recovery.take();
        let recovered = old.as_ref().is_some_and(|old| Some(old.pid.as_str()) == pid);
        self.recovery = match pid {
            Some(_) if recovered => old,
            Some(pid) => Some(Recovery { pid: pid.to_owned(), offset: None }),
            None => None,
        };
        recovered
    }

    /// Returns whether the CONNECT packet asks the server to recover the session.
    pub(super) fn can_be_recovered(&self) -> bool {
        self.recovery.is_some()
    }

    /// Keeps the offset of an event.
    pub(super) fn received(&mut self, arguments: &Arguments) {
        if let (Some(recovery), Some(Value::String(offset))) =
            (&mut self.recovery, arguments.last())
        {
            recovery.offset = Some(offset.clone());
        }
    }

    /// Records that the transport ended, and returns whether the namespace was connected.
    pub(super) fn lost(&mut self) -> bool {
        let was_connected = self.state == State::Connected;
        if was_connected {
            self.acknowledgements.clear();
        }
        if self.is_wanted() {
            self.state = State::Wanted;
        }
        was_connected
    }

    /// Records that the server refused or removed the client, which cannot be recovered then.
    pub(super) fn refused(&mut self) {
        if self.state == State::Connected {
            self.acknowledgements.clear();
        }
        self.state = State::Inactive;
        self.recovery = None;
    }

    pub(super) fn buffer(&mut self, id: Option<u64>, packets: Vec<EncodedPacket>) {
        self.buffer.push_back(Buffered { id, packets });
    }

    /// Takes the next packets out of the buffer.
    pub(super) fn pop_buffered(&mut self) -> Option<Vec<EncodedPacket>> {
        self.buffer.pop_front().map(|buffered| buffered.packets)
    }

    /// Takes the packets of an event out of the buffer.
    pub(super) fn remove_buffered(&mut self, id: u64) -> Option<Vec<EncodedPacket>> {
        let index = self.buffer.iter().position(|buffered| buffered.id == Some(id))?;
        self.buffer.remove(index).map(|buffered| buffered.packets)
    }
}
