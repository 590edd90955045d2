//! What packets and the time do to a session, and what it has to send.

use alloc::{format, string::String};

use sansocket::Timestamp;

use super::{
    Event, ServerSession, Settings,
    members::{Member, Members},
};
use crate::{
    Namespace,
    engine_io::{EncodedPacket, Packet as EnginePacket, PacketError, Transport},
    packet::{Body, ConnectError, Packet},
    session::{DisconnectReason, acknowledgements::Acknowledgements},
    value::Object,
};

impl ServerSession {
    /// Takes a packet. One that does not fit the session ends it; over a WebSocket that does not carry
    /// the session yet, it ends only the upgrade.
    pub fn receive(&mut self, transport: Transport, packet: EnginePacket<'_>, now: Timestamp) {
        let result = match self.engine.receive(transport, packet, now) {
            Ok(Some(message)) => {
                let len = message.len();
                match self.decoder.receive(message) {
                    Ok(Some(packet)) => self.on_packet(packet, len, now),
                    Ok(None) => Ok(()),
                    Err(error) => Err(error.into()),
                }
            }
            Ok(None) => Ok(()),
            Err(reason) => Err(reason),
        };
        if let Err(reason) = result {
            self.end(reason);
        }
    }

    /// Takes the error of a packet that was not one, and ends the session; over a WebSocket that does
    /// not carry the session yet, only the upgrade.
    pub fn receive_invalid(&mut self, transport: Transport, error: PacketError) {
        if !self.engine.drop_probe(transport) {
            self.end(error.into());
        }
    }

    /// Takes the time.
    pub fn advance(&mut self, now: Timestamp) {
        let was_open = self.engine.is_open();
        if let Err(reason) = self.engine.advance(now) {
            return self.end(reason);
        }
        if !was_open {
            return;
        }
        if self.connect_deadline.is_some_and(|deadline| deadline <= now) {
            return self.end(DisconnectReason::ConnectTimeout);
        }
        for (namespace, acknowledgements) in self.namespaces.connected_mut() {
            while let Some(id) = acknowledgements.expire(now) {
                let namespace = namespace.clone();
                self.events.push_back(Event::AcknowledgementTimeout { namespace, id });
            }
        }
    }

    /// Returns when to call [`advance`](Self::advance) at the latest; `None` once the session ended.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        let engine = self.engine.deadline()?;
        if !self.engine.is_open() {
            return Some(engine);
        }
        let acknowledgements = self.namespaces.connected().filter_map(Acknowledgements::deadline);
        acknowledgements.chain(self.connect_deadline).chain([engine]).min()
    }

    /// `len` is the length of its last message.
    fn on_packet(
        &mut self,
        packet: Packet,
        len: usize,
        now: Timestamp,
    ) -> Result<(), DisconnectReason> {
        let Packet { namespace, body } = packet;
        let member = self.namespaces.get_mut(&namespace);
        match (member, body) {
            (None | Some(Member::Left), Body::Connect(auth)) => {
                self.on_connect(namespace, auth.unwrap_or_default(), len)
            }
            (Some(Member::Connected(acknowledgements)), Body::Event { id, name, arguments }) => {
                let ack = id.map(|id| acknowledgements.token(id));
                self.events.push_back(Event::Event { namespace, ack, name, arguments });
                Ok(())
            }
            (Some(Member::Connected(acknowledgements)), Body::Ack { id, arguments }) => {
                // It may come after its timeout.
                if acknowledgements.take(id) {
                    self.events.push_back(Event::Acknowledged { namespace, id, arguments });
                }
                Ok(())
            }
            (Some(Member::Connected(_)), Body::Disconnect) => {
                self.namespaces.remove(&namespace);
                self.on_left(namespace, DisconnectReason::Client, now);
                Ok(())
            }
            // What was on its way when the server disconnected the namespace.
            (Some(Member::Left), _) => Ok(()),
            (_, Body::ConnectError(_)) => Err(DisconnectReason::Unexpected(
                "a CONNECT_ERROR packet, which is for the server to send",
            )),
            (Some(_), Body::Connect(_)) => {
                Err(DisconnectReason::Unexpected("a second CONNECT packet for the same namespace"))
            }
            _ => {
                Err(DisconnectReason::Unexpected("a packet for a namespace that is not connected"))
            }
        }
    }

    fn on_connect(
        &mut self,
        namespace: Namespace,
        auth: Object,
        len: usize,
    ) -> Result<(), DisconnectReason> {
        let Settings { max_namespaces, max_auth_len, .. } = *self.engine.settings();
        let is_new = self.namespaces.get(&namespace).is_none();
        let refusal = if len > max_auth_len {
            format!("Too much data for authentication: {len} bytes, of {max_auth_len} at most")
        } else if is_new && self.namespaces.len() >= max_namespaces {
            "Too many namespaces".into()
        } else {
            self.namespaces.insert(namespace.clone(), Member::Pending);
            self.events.push_back(Event::Connect { namespace, auth });
            return Ok(());
        };
        let body = Body::ConnectError(ConnectError::new(refusal));
        // Whoever asks and does not read must not fill the memory with answers.
        self.push(&namespace, body).map_err(|_| DisconnectReason::QueueFull)
    }

    /// Records that a namespace is no longer connected.
    pub(super) fn on_left(
        &mut self,
        namespace: Namespace,
        reason: DisconnectReason,
        now: Timestamp,
    ) {
        if self.namespaces.connected().next().is_none() {
            self.connect_deadline = Some(now + self.engine.settings().connect_timeout);
        }
        self.events.push_back(Event::Disconnected { namespace, reason });
    }

    // Output.

    /// Returns what happened, in its order.
    pub fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Returns the next packet for the WebSocket. Call it only if there is one, and the packet can be
    /// written.
    pub fn next_packet(&mut self) -> Option<EncodedPacket> {
        self.engine.next_packet()
    }

    /// Returns the body of the answer to the poll that waits. `None` if none waits, or it must wait
    /// longer.
    pub fn next_payload(&mut self) -> Option<String> {
        self.engine.next_payload()
    }

    // The end.

    pub(super) fn end(&mut self, reason: DisconnectReason) {
        let was_open = self.engine.is_open();
        match reason {
            DisconnectReason::TransportClosed => self.engine.end_by_client(),
            _ => self.engine.fail(),
        }
        if was_open {
            self.disconnect_all(reason);
        }
    }

    pub(super) fn disconnect_all(&mut self, reason: DisconnectReason) {
        let mut namespaces = core::mem::replace(&mut self.namespaces, Members::new());
        for (namespace, _) in namespaces.connected_mut() {
            let (namespace, reason) = (namespace.clone(), reason.clone());
            self.events.push_back(Event::Disconnected { namespace, reason });
        }
        self.events.push_back(Event::Closed(reason));
    }
}
