//! Both ends, and the wire between them.

use std::time::Duration;

use sansocket::{Backoff, Seed, Timestamp};
use sansocket_socketio::{
    engine_io::{EncodedPacket, Limits, Packet, PayloadDecoder, Transport},
    packet::ConnectError,
    session::{ClientSession, DisconnectReason, ServerSession, client, server},
};

use crate::drive::{POLLING, WS};

/// A client, the server that it is connected to, if any, and what happened at both.
pub(crate) struct Pair {
    pub(crate) now: Timestamp,
    pub(crate) client: ClientSession,
    pub(crate) server: Option<ServerSession>,
    /// Over which transport the client connects.
    pub(crate) transport: Transport,
    /// Whether the server can be reached.
    pub(crate) is_up: bool,
    /// The private id that the server gives to clients.
    pub(crate) pid: Option<&'static str>,
    pub(crate) client_events: Vec<client::Event>,
    pub(crate) server_events: Vec<server::Event>,
    has_websocket: bool,
    has_poll: bool,
    sessions: usize,
}

impl Pair {
    pub(crate) fn new(transport: Transport) -> Self {
        let backoff = Backoff::new(Seed::from([7; 32]));
        Self {
            now: Timestamp::default(),
            client: ClientSession::new(&client::Settings::default(), backoff),
            server: None,
            transport,
            is_up: true,
            pid: None,
            client_events: Vec::new(),
            server_events: Vec::new(),
            has_websocket: false,
            has_poll: false,
            sessions: 0,
        }
    }

    pub(crate) fn server(&mut self) -> &mut ServerSession {
        self.server.as_mut().expect("a server")
    }

    /// Lets everything happen that happens at once.
    pub(crate) fn run(&mut self) {
        for _ in 0..100 {
            if !self.step() {
                return;
            }
        }
        panic!("they never come to rest");
    }

    /// Lets that much time pass.
    pub(crate) fn sleep(&mut self, duration: Duration) {
        self.run();
        let end = self.now + duration;
        loop {
            let deadlines =
                [self.client.deadline(), self.server.as_ref().and_then(|s| s.deadline())];
            let Some(next) = deadlines.into_iter().flatten().min().filter(|&next| next <= end)
            else {
                break;
            };
            self.now = next.max(self.now);
            self.advance();
        }
        self.now = end;
        self.advance();
    }

    fn advance(&mut self) {
        self.client.advance(self.now);
        if let Some(server) = &mut self.server {
            server.advance(self.now);
        }
        self.run();
    }

    /// The server dies. Its transports end without a word.
    pub(crate) fn kill_server(&mut self) {
        self.server = None;
        self.is_up = false;
        let transport = if self.has_websocket { WS } else { POLLING };
        (self.has_websocket, self.has_poll) = (false, false);
        self.client.lost(transport, DisconnectReason::TransportLost, self.now);
        self.run();
    }

    /// The client opens a WebSocket beside its polls.
    pub(crate) fn upgrade(&mut self) {
        assert!(self.client.can_upgrade());
        let now = self.now;
        self.server().begin_upgrade(now).unwrap();
        self.client.begin_upgrade();
        self.has_websocket = true;
    }

    /// Does one round of everything, and returns whether something happened.
    pub(crate) fn step(&mut self) -> bool {
        let connected = self.connect();
        let over_websocket = self.has_websocket && self.websocket();
        let over_polls = self.transport == POLLING && self.polls();
        let events = self.take_events();
        connected || over_websocket || over_polls || events
    }

    fn connect(&mut self) -> bool {
        if self.client.transport().is_some() || !self.client.wants_transport() {
            return false;
        }
        if !self.is_up {
            self.client.lost(self.transport, DisconnectReason::TransportLost, self.now);
            return true;
        }
        self.sessions += 1;
        let settings = server::Settings::default();
        let sid = format!("session-{}", self.sessions);
        self.server = Some(ServerSession::new(&settings, &sid, self.transport, self.now));
        self.client.opened(self.transport, self.now);
        (self.has_websocket, self.has_poll) = (self.transport == WS, false);
        true
    }

    fn websocket(&mut self) -> bool {
        let mut has_moved = false;
        let Some(server) = &mut self.server else { return false };
        while let Some(packet) = self.client.next_packet() {
            server.receive(WS, parse(&packet), self.now);
            has_moved = true;
        }
        while let Some(packet) = server.next_packet() {
            self.client.receive(WS, parse(&packet), self.now);
            has_moved = true;
        }
        if !self.client.uses(WS) || !server.uses(WS) {
            let closed = DisconnectReason::TransportClosed;
            server.lost(WS, closed.clone());
            if self.client.uses(WS) {
                self.client.lost(WS, closed, self.now);
            }
            self.has_websocket = false;
            has_moved = true;
        }
        has_moved
    }

    fn polls(&mut self) -> bool {
        let mut has_moved = false;
        let Some(server) = &mut self.server else { return false };
        if self.client.wants_poll() {
            self.client.begin_poll();
            if server.begin_poll().is_err() {
                self.client.lost(POLLING, DisconnectReason::TransportLost, self.now);
                return true;
            }
            (self.has_poll, has_moved) = (true, true);
        }
        if let Some(payload) = self.client.next_payload() {
            if server.begin_post().is_err() {
                self.client.lost(POLLING, DisconnectReason::TransportLost, self.now);
                return true;
            }
            let now = self.now;
            each_packet(&payload, |packet| server.receive(POLLING, packet, now));
            server.end_post();
            self.client.end_post();
            has_moved = true;
        }
        if self.has_poll
            && let Some(payload) = server.next_payload()
        {
            self.has_poll = false;
            each_packet(&payload, |packet| self.client.receive(POLLING, packet, self.now));
            self.client.end_poll();
            has_moved = true;
        }
        has_moved
    }

    fn take_events(&mut self) -> bool {
        let before = self.client_events.len() + self.server_events.len();
        self.client_events.extend(std::iter::from_fn(|| self.client.next_event()));
        if let Some(server) = &mut self.server {
            while let Some(event) = server.next_event() {
                if let server::Event::Connect { namespace, .. } = &event {
                    match namespace.as_str() {
                        "/" | "/admin" => server.accept(namespace, "socket", self.pid),
                        _ => server.reject(namespace, ConnectError::invalid_namespace()),
                    }
                    .unwrap();
                }
                self.server_events.push(event);
            }
        }
        self.client_events.len() + self.server_events.len() > before
    }
}

fn parse(packet: &EncodedPacket) -> Packet<'_> {
    match packet {
        EncodedPacket::Text(text) => Packet::parse(text).unwrap(),
        EncodedPacket::Binary(bytes) => Packet::from(&bytes[..]),
    }
}

fn each_packet(payload: &str, mut receive: impl FnMut(Packet<'_>)) {
    let mut decoder = PayloadDecoder::new(&Limits::default());
    let mut input = payload.as_bytes();
    while let Some(packet) = decoder.decode(&mut input).unwrap() {
        receive(packet);
    }
    receive(decoder.finish().unwrap());
}
