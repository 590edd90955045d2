//! What packets and the time do to a session, and what it has to send.

use alloc::{borrow::ToOwned as _, string::String, vec::Vec};

use sansocket::Timestamp;

use super::{
    ClientSession, Event,
    client_session::Phase,
    engine::Received,
    membership::{Membership, State},
};
use crate::{
    Namespace, Value,
    engine_io::{EncodedPacket, Packet as EnginePacket, PacketError, Transport},
    packet::{Body, ConnectError, Decoder, Packet},
    session::DisconnectReason,
    value::Object,
};

impl ClientSession {
    /// Takes a packet. An invalid one ends the connection, and the session reconnects; over a WebSocket
    /// that does not carry the session yet, it ends only the upgrade.
    pub fn receive(&mut self, transport: Transport, packet: EnginePacket<'_>, now: Timestamp) {
        let (engine, is_closing) = match &mut self.phase {
            Phase::Connected(engine) => (engine, false),
            Phase::Closing(engine) => (engine, true),
            Phase::Idle | Phase::Waiting(_) | Phase::Connecting => return,
        };
        let result = match engine.receive(transport, packet, now) {
            Ok(Received::Nothing) => Ok(()),
            // A namespace that is wanted again is that of the next transport.
            Ok(_) if is_closing => Ok(()),
            Ok(Received::Opened) => {
                self.on_open();
                Ok(())
            }
            Ok(Received::Message(message)) => match self.decoder.receive(message) {
                Ok(Some(packet)) => self.on_packet(packet),
                Ok(None) => Ok(()),
                Err(error) => Err(error.into()),
            },
            Err(reason) => Err(reason),
        };
        if let Err(reason) = result {
            self.end(reason, now);
        }
    }

    /// Takes the error of a packet that was not one, and ends the connection; over a WebSocket that does
    /// not carry the session yet, only the upgrade.
    pub fn receive_invalid(&mut self, transport: Transport, error: PacketError, now: Timestamp) {
        self.lost(transport, error.into(), now);
    }

    /// Takes the time.
    pub fn advance(&mut self, now: Timestamp) {
        match &self.phase {
            Phase::Waiting(until) if *until <= now => self.phase = Phase::Connecting,
            Phase::Connected(engine) | Phase::Closing(engine) => {
                if let Err(reason) = engine.check_deadline(now) {
                    self.end(reason, now);
                }
            }
            Phase::Idle | Phase::Waiting(_) | Phase::Connecting => {}
        }
        for (namespace, membership) in &mut self.namespaces {
            while let Some(id) = membership.acknowledgements.expire(now) {
                if let Some(packets) = membership.remove_buffered(id) {
                    self.outbox.release(&packets);
                }
                let namespace = namespace.clone();
                self.events.push_back(Event::AcknowledgementTimeout { namespace, id });
            }
        }
    }

    /// Returns when to call [`advance`](Self::advance) at the latest, or `None` if the session waits for
    /// nothing.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        let phase = match &self.phase {
            Phase::Waiting(until) => Some(*until),
            Phase::Connected(engine) | Phase::Closing(engine) => Some(engine.deadline()),
            Phase::Idle | Phase::Connecting => None,
        };
        let acknowledgements =
            self.namespaces.values().filter_map(|member| member.acknowledgements.deadline());
        acknowledgements.chain(phase).min()
    }

    fn on_open(&mut self) {
        let wanted = self.namespaces.iter().filter(|(_, member)| member.state == State::Wanted);
        let namespaces: Vec<_> = wanted.map(|(name, _)| name.clone()).collect();
        namespaces.iter().for_each(|namespace| self.send_connect(namespace));
    }

    fn on_packet(&mut self, packet: Packet) -> Result<(), DisconnectReason> {
        let Packet { namespace, body } = packet;
        // After the client left it, packets may still be on their way.
        let Some(membership) = self.namespaces.get_mut(&namespace) else { return Ok(()) };
        match (membership.state, body) {
            (State::Wanted, Body::Connect(data)) => {
                self.on_connect(namespace, &data.unwrap_or_default());
            }
            (State::Wanted, Body::ConnectError(error)) => self.on_connect_error(namespace, error),
            (State::Connected, Body::Event { id, name, arguments }) => {
                // Servers keep no event that asks for an acknowledgement, and give it no offset.
                if id.is_none() {
                    membership.received(&arguments);
                }
                let ack = id.map(|id| membership.acknowledgements.token(id));
                self.events.push_back(Event::Event { namespace, ack, name, arguments });
            }
            // Servers send what was missed before they confirm the connection.
            (State::Wanted, Body::Event { id: None, name, arguments })
                if membership.can_be_recovered() =>
            {
                membership.received(&arguments);
                self.events.push_back(Event::Event { namespace, ack: None, name, arguments });
            }
            (State::Connected, Body::Ack { id, arguments }) => {
                // It may come after its timeout.
                if membership.acknowledgements.take(id) {
                    self.events.push_back(Event::Acknowledged { namespace, id, arguments });
                }
            }
            (State::Connected, Body::Disconnect) => {
                membership.refused();
                let reason = DisconnectReason::Server;
                self.events.push_back(Event::Disconnected { namespace, reason });
                self.close_if_unused();
            }
            (State::Connected, Body::Connect(_) | Body::ConnectError(_)) => {
                return Err(DisconnectReason::Unexpected(
                    "a second answer to the connection to a namespace",
                ));
            }
            (State::Leaving, Body::Connect(_)) => {
                self.namespaces.remove(&namespace);
                self.push_own(&namespace, Body::Disconnect);
            }
            (State::Leaving, Body::ConnectError(_)) => _ = self.namespaces.remove(&namespace),
            (State::Rejoining, Body::Connect(_)) => {
                membership.state = State::Wanted;
                self.push_own(&namespace, Body::Disconnect);
                self.send_connect(&namespace);
            }
            (State::Rejoining, Body::ConnectError(_)) => {
                membership.state = State::Wanted;
                self.send_connect(&namespace);
            }
            (State::Wanted | State::Inactive | State::Leaving | State::Rejoining, _) => {}
        }
        Ok(())
    }

    fn on_connect(&mut self, namespace: Namespace, data: &Object) {
        let text = |name| data.get(name).and_then(Value::as_str);
        let Some(sid) = text("sid") else {
            let error = "the server answered without a session id, as those before Socket.IO 3 do";
            return self.on_connect_error(namespace, ConnectError::new(error));
        };
        self.connections = self.connections.wrapping_add(1);
        let Some(membership) = self.namespaces.get_mut(&namespace) else { return };
        let recovered = membership.connected(self.connections, text("pid"));
        while let Some(packets) = membership.pop_buffered() {
            self.outbox.push_reserved(packets);
        }
        self.events.push_back(Event::Connected { namespace, sid: sid.to_owned(), recovered });
    }

    pub(super) fn on_connect_error(&mut self, namespace: Namespace, error: ConnectError) {
        if let Some(membership) = self.namespaces.get_mut(&namespace) {
            membership.refused();
        }
        self.events.push_back(Event::ConnectError { namespace, error });
        self.close_if_unused();
    }

    // Output.

    /// Returns what happened, in its order.
    pub fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Returns the next packet for the WebSocket. Call it only if there is one, and the packet can be
    /// written.
    pub fn next_packet(&mut self) -> Option<EncodedPacket> {
        let (Phase::Connected(engine) | Phase::Closing(engine)) = &mut self.phase else {
            return None;
        };
        let packet = engine.next_packet(&mut self.outbox);
        self.finish_closing();
        packet
    }

    /// Returns the body of the next POST, if one may be sent. Call [`end_post`](Self::end_post) once it
    /// is answered.
    pub fn next_payload(&mut self) -> Option<String> {
        let (Phase::Connected(engine) | Phase::Closing(engine)) = &mut self.phase else {
            return None;
        };
        engine.next_payload(&mut self.outbox, &self.settings)
    }

    // The end.

    /// Closes the transport if no namespace is to be connected.
    pub(super) fn close_if_unused(&mut self) {
        if self.is_wanted() {
            return;
        }
        self.phase = match core::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::Connected(engine) => {
                // A WebSocket needs no packet to be closed.
                if engine.is_open() && engine.transport() == Transport::Polling {
                    self.outbox.push_own((&EnginePacket::Close).into());
                }
                Phase::Closing(engine)
            }
            closing @ Phase::Closing(_) => closing,
            Phase::Idle | Phase::Waiting(_) | Phase::Connecting => Phase::Idle,
        };
        self.finish_closing();
    }

    /// Ends the session if it closes, and all is sent.
    pub(super) fn finish_closing(&mut self) {
        if matches!(&self.phase, Phase::Closing(engine) if engine.is_idle())
            && self.outbox.is_empty()
        {
            self.phase = if self.is_wanted() { Phase::Connecting } else { Phase::Idle };
            self.namespaces.retain(|_, membership| membership.state != State::Leaving);
            // None was connected. Those that waited for an abandoned answer wait no more.
            self.namespaces.values_mut().for_each(|membership| _ = membership.lost());
            self.decoder = Decoder::new(&self.settings.limits);
            self.events.push_back(Event::Closed(DisconnectReason::Client));
        }
    }

    /// Records that the transport ended, or could not be opened.
    pub(super) fn end(&mut self, reason: DisconnectReason, now: Timestamp) {
        let uptime = match &self.phase {
            Phase::Idle | Phase::Waiting(_) => return,
            Phase::Connecting => None,
            Phase::Connected(engine) | Phase::Closing(engine) => Some(engine.uptime(now)),
        };
        self.outbox.clear();
        self.namespaces.retain(|_, membership| membership.state != State::Leaving);
        self.decoder = Decoder::new(&self.settings.limits);
        for (namespace, membership) in &mut self.namespaces {
            if membership.lost() {
                let (namespace, reason) = (namespace.clone(), reason.clone());
                self.events.push_back(Event::Disconnected { namespace, reason });
            }
        }
        self.backoff.connected_for(uptime.unwrap_or_default());
        self.phase = if self.is_wanted() {
            Phase::Waiting(now + self.backoff.next_delay())
        } else {
            Phase::Idle
        };
        self.events.push_back(Event::Closed(reason));
    }

    /// Returns whether a namespace is to be connected.
    fn is_wanted(&self) -> bool {
        self.namespaces.values().any(Membership::is_wanted)
    }
}
