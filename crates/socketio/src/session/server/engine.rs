use alloc::{string::String, vec, vec::Vec};

use sansocket::Timestamp;

use super::Settings;
use crate::{
    engine_io::{EncodedPacket, Handshake, Message, Packet, Rejection, Transport},
    session::{DisconnectReason, outbox::Outbox},
};

/// The Engine.IO part of a session: transports, heartbeat, upgrade, and the end.
pub(super) struct Engine {
    settings: Settings,
    pub(super) outbox: Outbox,
    /// The transport that carries the session.
    transport: Transport,
    /// Whether a GET waits for an answer.
    is_polled: bool,
    /// Whether a POST is being read.
    is_posted: bool,
    /// A WebSocket that may replace polling.
    probe: Option<Probe>,
    /// Whether the WebSocket is owed the answer to its probe.
    owes_pong: bool,
    heartbeat: Heartbeat,
    state: State,
}

struct Probe {
    deadline: Timestamp,
    /// Whether `2probe` arrived: polls are released, since the client waits for their end.
    has_pinged: bool,
}

enum Heartbeat {
    PingAt(Timestamp),
    PongUntil(Timestamp),
}

enum State {
    Open,
    /// The server closes: the queue is delivered first.
    Closing {
        until: Timestamp,
    },
    /// With the packet for a poll that still waits.
    Closed {
        farewell: Packet<'static>,
    },
}

impl Engine {
    pub(super) fn new(
        settings: &Settings,
        sid: &str,
        transport: Transport,
        now: Timestamp,
    ) -> Self {
        let can_upgrade = transport == Transport::Polling && settings.allow_upgrade;
        let handshake = Handshake {
            sid: sid.into(),
            upgrades: if can_upgrade { vec![Transport::WebSocket] } else { Vec::new() },
            ping_interval: settings.ping_interval,
            ping_timeout: settings.ping_timeout,
            max_payload: u64::try_from(settings.max_payload).ok(),
        };
        let mut outbox = Outbox::new(settings.max_queued_len);
        outbox.push_own((&Packet::Open(handshake)).into());
        Self {
            settings: settings.clone(),
            outbox,
            transport,
            is_polled: false,
            is_posted: false,
            probe: None,
            owes_pong: false,
            heartbeat: Heartbeat::PingAt(now + settings.ping_interval),
            state: State::Open,
        }
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(super) fn transport(&self) -> Transport {
        self.transport
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, State::Open)
    }

    pub(super) fn is_ended(&self) -> bool {
        matches!(self.state, State::Closed { .. }) && !self.is_polled
    }

    pub(super) fn uses(&self, transport: Transport) -> bool {
        match (&self.state, transport) {
            (State::Closed { .. }, Transport::WebSocket) => false,
            (_, Transport::WebSocket) => self.transport == transport || self.probe.is_some(),
            (_, Transport::Polling) => {
                self.is_polled || self.transport == transport && !self.is_ended()
            }
        }
    }

    /// Whether a packet that is queued now leaves at once.
    pub(super) fn is_writable(&self) -> bool {
        self.is_open()
            && self.outbox.is_empty()
            && (self.transport == Transport::WebSocket || self.is_polled)
    }

    // Transports.

    /// # Errors
    ///
    /// Polling requests do not fit the session, which is unaffected.
    pub(super) fn check_polling(&self) -> Result<(), Rejection> {
        match (&self.state, self.transport) {
            (State::Closed { .. }, _) => Err(Rejection::UnknownSid),
            (_, Transport::WebSocket) => Err(Rejection::BadRequest),
            (_, Transport::Polling) => Ok(()),
        }
    }

    /// Returns whether this is the only GET.
    pub(super) fn begin_poll(&mut self) -> bool {
        !core::mem::replace(&mut self.is_polled, true)
    }

    pub(super) fn end_poll(&mut self) {
        self.is_polled = false;
    }

    /// Returns whether this is the only POST.
    pub(super) fn begin_post(&mut self) -> bool {
        !core::mem::replace(&mut self.is_posted, true)
    }

    pub(super) fn end_post(&mut self) {
        self.is_posted = false;
    }

    pub(super) fn begin_upgrade(&mut self, now: Timestamp) -> Result<(), Rejection> {
        self.check_polling()?;
        if self.probe.is_some() || !self.is_open() || !self.settings.allow_upgrade {
            return Err(Rejection::BadRequest);
        }
        let deadline = now + self.settings.upgrade_timeout;
        self.probe = Some(Probe { deadline, has_pinged: false });
        Ok(())
    }

    /// Drops a WebSocket that does not carry the session yet; returns whether that was all.
    pub(super) fn drop_probe(&mut self, transport: Transport) -> bool {
        if transport == self.transport {
            return false;
        }
        if transport == Transport::WebSocket {
            self.probe = None;
            self.owes_pong = false;
        }
        true
    }

    // Input.

    /// Takes a packet, and returns the message that it carries.
    ///
    /// # Errors
    ///
    /// The session must end.
    pub(super) fn receive<'a>(
        &mut self,
        transport: Transport,
        packet: Packet<'a>,
        now: Timestamp,
    ) -> Result<Option<Message<'a>>, DisconnectReason> {
        if !self.is_open() {
            return Ok(None);
        }
        if transport != self.transport {
            self.receive_on_probe(transport, &packet);
            return Ok(None);
        }
        self.heartbeat = match (&self.heartbeat, &packet) {
            (Heartbeat::PongUntil(_), Packet::Pong(_)) => {
                Heartbeat::PingAt(now + self.settings.ping_interval)
            }
            (Heartbeat::PongUntil(_), _) => Heartbeat::PongUntil(now + self.settings.ping_timeout),
            (&Heartbeat::PingAt(at), _) => Heartbeat::PingAt(at),
        };
        match packet {
            Packet::Message(message) => Ok(Some(message)),
            Packet::Close => Err(DisconnectReason::TransportClosed),
            Packet::Ping(_) => {
                Err(DisconnectReason::Unexpected("a ping, which is for the server to send"))
            }
            Packet::Open(_) => {
                Err(DisconnectReason::Unexpected("an open packet, which is for the server to send"))
            }
            Packet::Pong(_) | Packet::Upgrade | Packet::Noop => Ok(None),
        }
    }

    fn receive_on_probe(&mut self, transport: Transport, packet: &Packet<'_>) {
        // After the upgrade, a POST may still be on its way. The client has given it up.
        let (Transport::WebSocket, Some(probe)) = (transport, &mut self.probe) else { return };
        match packet {
            Packet::Ping("probe") => {
                probe.has_pinged = true;
                self.owes_pong = true;
            }
            Packet::Upgrade if probe.has_pinged => {
                self.probe = None;
                self.transport = Transport::WebSocket;
            }
            _ => _ = self.drop_probe(transport),
        }
    }

    pub(super) fn advance(&mut self, now: Timestamp) -> Result<(), DisconnectReason> {
        match &self.state {
            State::Closing { until } if *until <= now => self.fail(),
            State::Open => {}
            _ => return Ok(()),
        }
        if self.probe.as_ref().is_some_and(|probe| probe.deadline <= now) {
            self.drop_probe(Transport::WebSocket);
        }
        match self.heartbeat {
            Heartbeat::PingAt(at) if at <= now => {
                self.outbox.push_own((&Packet::Ping("")).into());
                self.heartbeat = Heartbeat::PongUntil(now + self.settings.ping_timeout);
                Ok(())
            }
            Heartbeat::PongUntil(until) if until <= now => Err(DisconnectReason::PingTimeout),
            _ => Ok(()),
        }
    }

    pub(super) fn deadline(&self) -> Option<Timestamp> {
        let (Heartbeat::PingAt(heartbeat) | Heartbeat::PongUntil(heartbeat)) = self.heartbeat;
        match self.state {
            State::Open => {
                let probe = self.probe.as_ref().map(|probe| probe.deadline);
                Some(probe.map_or(heartbeat, |probe| probe.min(heartbeat)))
            }
            State::Closing { until } => Some(until),
            State::Closed { .. } => None,
        }
    }

    // Output.

    pub(super) fn next_packet(&mut self) -> Option<EncodedPacket> {
        if matches!(self.state, State::Closed { .. }) {
            return None;
        }
        if core::mem::take(&mut self.owes_pong) {
            return Some((&Packet::Pong("probe")).into());
        }
        if self.transport != Transport::WebSocket {
            return None;
        }
        let packet = self.outbox.pop();
        self.close_if_delivered();
        packet
    }

    pub(super) fn next_payload(&mut self) -> Option<String> {
        if !self.is_polled {
            return None;
        }
        let Settings { max_payload, max_packets_per_payload: max_packets, .. } = self.settings;
        let payload = match &self.state {
            State::Closed { farewell } => payload(None, farewell),
            // The client has moved on, and only waits for the end of this poll.
            _ if self.transport == Transport::WebSocket => payload(None, &Packet::Noop),
            State::Closing { .. } => {
                // With room for the packet that closes.
                let max_packets = max_packets.saturating_sub(1);
                let packets = self.outbox.pop_payload(max_payload, max_packets, |_| false);
                match self.outbox.is_empty() {
                    false => packets?,
                    true => {
                        self.fail();
                        payload(packets, &Packet::Close)
                    }
                }
            }
            State::Open => {
                let is_released = self.probe.as_ref().is_some_and(|probe| probe.has_pinged);
                match self.outbox.pop_payload(max_payload, max_packets, |_| false) {
                    Some(packets) => packets,
                    None if is_released => payload(None, &Packet::Noop),
                    None => return None,
                }
            }
        };
        self.is_polled = false;
        Some(payload)
    }

    // The end.

    /// Closes once the queue is delivered.
    pub(super) fn close(&mut self, now: Timestamp) {
        if self.is_open() {
            self.drop_probe(Transport::WebSocket);
            self.state = State::Closing { until: now + self.settings.close_timeout };
            if self.transport == Transport::WebSocket {
                self.close_if_delivered();
            }
        }
    }

    fn close_if_delivered(&mut self) {
        if matches!(self.state, State::Closing { .. }) && self.outbox.is_empty() {
            self.fail();
        }
    }

    /// Closes at once. A poll that waits learns of it.
    pub(super) fn fail(&mut self) {
        self.end(Packet::Close);
    }

    /// Closes at once, since the client has closed.
    pub(super) fn end_by_client(&mut self) {
        self.end(Packet::Noop);
    }

    fn end(&mut self, farewell: Packet<'static>) {
        self.outbox.clear();
        self.drop_probe(Transport::WebSocket);
        self.state = State::Closed { farewell };
    }
}

/// A packet after those of a payload, if there are any.
fn payload(packets: Option<String>, last: &Packet<'_>) -> String {
    let mut payload = packets.unwrap_or_default();
    EncodedPacket::from(last).append_to_payload(&mut payload);
    payload
}
