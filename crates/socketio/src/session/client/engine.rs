use alloc::string::String;
use core::time::Duration;

use sansocket::Timestamp;

use super::Settings;
use crate::{
    engine_io::{EncodedPacket, Handshake, Message, Packet, Query, Transport},
    session::{DisconnectReason, outbox::Outbox},
};

/// The Engine.IO part of a session, while there is a transport.
pub(super) struct Engine {
    /// The transport that carries the session.
    transport: Transport,
    handshake: Option<Handshake>,
    opened_at: Timestamp,
    /// Until when the server must open the session or, later, send a ping.
    deadline: Timestamp,
    /// Whether a GET waits for its answer.
    is_polling: bool,
    /// Whether a POST waits for its answer.
    is_posting: bool,
    /// Whether a ping is to be answered: once, however many came while nothing could be sent.
    owes_pong: bool,
    upgrade: Upgrade,
}

enum Upgrade {
    /// There was none.
    Possible,
    /// The WebSocket is open, and tried out.
    Probing { has_pinged: bool },
    /// The WebSocket works. The requests end, and no other begins.
    Pausing,
    /// The session is on the WebSocket. `5` must be sent before all else.
    Completing,
    /// There was one, or it failed.
    Over,
}

/// What a packet brought.
pub(super) enum Received<'a> {
    Nothing,
    /// The session is open.
    Opened,
    Message(Message<'a>),
}

impl Engine {
    pub(super) fn new(settings: &Settings, transport: Transport, now: Timestamp) -> Self {
        Self {
            transport,
            handshake: None,
            opened_at: now,
            deadline: now + settings.connect_timeout,
            is_polling: false,
            is_posting: false,
            owes_pong: false,
            upgrade: Upgrade::Possible,
        }
    }

    pub(super) fn transport(&self) -> Transport {
        self.transport
    }

    pub(super) fn is_open(&self) -> bool {
        self.handshake.is_some()
    }

    /// How long the session has been open.
    pub(super) fn uptime(&self, now: Timestamp) -> Duration {
        if self.is_open() { now.since(self.opened_at) } else { Duration::ZERO }
    }

    pub(super) fn query(&self, transport: Transport) -> Query {
        Query { transport, sid: self.handshake.as_ref().map(|handshake| handshake.sid.clone()) }
    }

    pub(super) fn uses(&self, transport: Transport) -> bool {
        transport == self.transport
            || transport == Transport::WebSocket
                && matches!(self.upgrade, Upgrade::Probing { .. } | Upgrade::Pausing)
    }

    pub(super) fn deadline(&self) -> Timestamp {
        self.deadline
    }

    pub(super) fn check_deadline(&self, now: Timestamp) -> Result<(), DisconnectReason> {
        match &self.handshake {
            _ if now < self.deadline => Ok(()),
            Some(_) => Err(DisconnectReason::PingTimeout),
            None => Err(DisconnectReason::ConnectTimeout),
        }
    }

    // Polling.

    pub(super) fn wants_poll(&self) -> bool {
        self.transport == Transport::Polling
            && !self.is_polling
            && !matches!(self.upgrade, Upgrade::Pausing)
    }

    pub(super) fn begin_poll(&mut self) {
        self.is_polling = true;
    }

    pub(super) fn end_poll(&mut self) {
        self.is_polling = false;
        self.complete_upgrade();
    }

    pub(super) fn end_post(&mut self) {
        self.is_posting = false;
        self.complete_upgrade();
    }

    /// Returns whether nothing is being sent.
    pub(super) fn is_idle(&self) -> bool {
        !self.is_posting
    }

    /// Returns whether the transport takes packets now.
    pub(super) fn is_writable(&self) -> bool {
        self.is_open()
            && (self.transport == Transport::WebSocket
                || !self.is_posting && !matches!(self.upgrade, Upgrade::Pausing))
    }

    pub(super) fn next_payload(
        &mut self,
        outbox: &mut Outbox,
        settings: &Settings,
    ) -> Option<String> {
        if self.transport != Transport::Polling || !self.is_writable() {
            return None;
        }
        let max_payload = self.handshake.as_ref().and_then(|handshake| handshake.max_payload);
        let max_len = max_payload.map_or(usize::MAX, |max| max.try_into().unwrap_or(usize::MAX));
        if core::mem::take(&mut self.owes_pong) {
            outbox.push_own_first((&Packet::Pong("")).into());
        }
        let max_packets = settings.max_packets_per_payload;
        let payload = outbox.pop_payload(max_len, max_packets, is_farewell)?;
        self.is_posting = true;
        Some(payload)
    }

    // The upgrade.

    pub(super) fn can_upgrade(&self) -> bool {
        self.transport == Transport::Polling
            && matches!(self.upgrade, Upgrade::Possible)
            && self
                .handshake
                .as_ref()
                .is_some_and(|handshake| handshake.upgrades.contains(&Transport::WebSocket))
    }

    pub(super) fn begin_upgrade(&mut self) {
        if self.can_upgrade() {
            self.upgrade = Upgrade::Probing { has_pinged: false };
        }
    }

    fn complete_upgrade(&mut self) {
        if matches!(self.upgrade, Upgrade::Pausing) && !self.is_polling && !self.is_posting {
            self.transport = Transport::WebSocket;
            self.upgrade = Upgrade::Completing;
        }
    }

    /// Gives up a WebSocket that does not carry the session yet; returns whether that was all.
    pub(super) fn drop_probe(&mut self, transport: Transport) -> bool {
        if transport == self.transport {
            return false;
        }
        if transport == Transport::WebSocket {
            self.upgrade = Upgrade::Over;
        }
        true
    }

    // Packets.

    pub(super) fn next_packet(&mut self, outbox: &mut Outbox) -> Option<EncodedPacket> {
        match &mut self.upgrade {
            Upgrade::Probing { has_pinged } if !*has_pinged => {
                *has_pinged = true;
                Some((&Packet::Ping("probe")).into())
            }
            Upgrade::Completing => {
                self.upgrade = Upgrade::Over;
                Some((&Packet::Upgrade).into())
            }
            _ if self.transport != Transport::WebSocket => None,
            _ if core::mem::take(&mut self.owes_pong) => Some((&Packet::Pong("")).into()),
            _ => outbox.pop(),
        }
    }

    /// Takes a packet.
    ///
    /// # Errors
    ///
    /// The session must end.
    pub(super) fn receive<'a>(
        &mut self,
        transport: Transport,
        packet: Packet<'a>,
        now: Timestamp,
    ) -> Result<Received<'a>, DisconnectReason> {
        if transport != self.transport {
            self.receive_on_probe(transport, &packet);
            return Ok(Received::Nothing);
        }
        match (&self.handshake, packet) {
            (None, Packet::Open(handshake)) => {
                self.opened_at = now;
                self.handshake = Some(handshake);
                self.restart_deadline(now);
                Ok(Received::Opened)
            }
            (_, Packet::Close) => Err(DisconnectReason::TransportClosed),
            (None, _) => Err(DisconnectReason::Unexpected("a packet before the open packet")),
            (Some(_), Packet::Open(_)) => Err(DisconnectReason::Unexpected("a second open packet")),
            (Some(_), Packet::Ping(_)) => {
                self.owes_pong = true;
                self.restart_deadline(now);
                Ok(Received::Nothing)
            }
            (Some(_), Packet::Message(message)) => Ok(Received::Message(message)),
            (Some(_), Packet::Pong(_) | Packet::Upgrade | Packet::Noop) => Ok(Received::Nothing),
        }
    }

    fn receive_on_probe(&mut self, transport: Transport, packet: &Packet<'_>) {
        match (&self.upgrade, packet) {
            (Upgrade::Probing { has_pinged: true }, Packet::Pong("probe")) => {
                self.upgrade = Upgrade::Pausing;
                self.complete_upgrade();
            }
            _ => _ = self.drop_probe(transport),
        }
    }

    fn restart_deadline(&mut self, now: Timestamp) {
        if let Some(handshake) = &self.handshake {
            self.deadline = now + handshake.ping_interval + handshake.ping_timeout;
        }
    }
}

/// Returns whether a packet leaves a namespace, or closes the session. There are servers that drop the
/// events that they read together with it.
fn is_farewell(packet: &EncodedPacket) -> bool {
    matches!(packet, EncodedPacket::Text(text) if text.starts_with("41") || &**text == "1")
}
