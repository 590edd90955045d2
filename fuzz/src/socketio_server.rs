use std::{collections::BTreeMap, time::Duration};

use sansocket::Timestamp;
use sansocket_socketio::{
    Arguments, Namespace,
    engine_io::Transport,
    packet::ConnectError,
    session::{
        AckToken, DisconnectReason, SendError, ServerSession,
        server::{Event, Settings},
    },
};

use crate::{
    input::Input,
    socketio_peer::{COUNTED, Reader, count, later, namespace, packet, transport},
};

const KNOWN: [&str; 20] = [
    "40",
    "40/admin,{\"token\":1}",
    "40/x",
    "41",
    "41/admin,",
    "42[\"a\"]",
    "42/admin,[\"a\",1]",
    "420[\"a\"]",
    "421[\"a\"]",
    "430[]",
    "431[1]",
    "43/admin,0[]",
    "451-[\"a\",{\"_placeholder\":true,\"num\":0}]",
    "bAQID",
    "1",
    "2probe",
    "2",
    "3",
    "5",
    "6",
];

/// Any client, any application and any order of time: a server's session says of each namespace what a
/// model says, ends once, holds what its limits allow, never asks to be called for a time that has
/// passed, and what it sends is valid, in order and never doubled, over whichever transport.
///
/// Input: the first transport, and then actions.
pub fn socketio_server(data: &[u8]) {
    let mut input = Input::new(data);
    let mut settings = Settings::default();
    settings.max_queued_len = 1000;
    settings.max_acknowledgements = 2;
    settings.max_namespaces = 2;
    settings.max_payload = 100;
    let now = Timestamp::default();
    let transport = transport(input.byte());
    let mut server = Server {
        session: ServerSession::new(&settings, "sid", transport, now),
        now,
        reader: Reader::new(0),
        queued: 0,
        has_poll: false,
        namespaces: BTreeMap::new(),
        tokens: Vec::new(),
        is_closed: false,
    };
    while let Some(action) = input.next_byte() {
        server.act(action, &mut input);
        server.check();
    }
}

struct Server {
    session: ServerSession,
    now: Timestamp,
    reader: Reader,
    /// The number of events that were queued.
    queued: u64,
    has_poll: bool,
    /// The ids that wait for an acknowledgement, if the namespace is connected.
    namespaces: BTreeMap<Namespace, Option<Vec<u64>>>,
    tokens: Vec<(Namespace, AckToken)>,
    is_closed: bool,
}

impl Server {
    fn act(&mut self, action: u8, input: &mut Input<'_>) {
        match action % 16 {
            0..=2 => match packet(input, &KNOWN) {
                Ok(packet) => self.session.receive(Transport::WebSocket, packet, self.now),
                Err(error) => self.session.receive_invalid(Transport::WebSocket, error),
            },
            3 | 4 => {
                let packet = packet(input, &KNOWN);
                if self.session.begin_post().is_err() {
                    return;
                }
                match packet {
                    Ok(packet) => self.session.receive(Transport::Polling, packet, self.now),
                    Err(error) => self.session.receive_invalid(Transport::Polling, error),
                }
                // Some POSTs go on.
                if action < 128 {
                    self.session.end_post();
                }
            }
            5 => self.has_poll |= self.session.begin_poll().is_ok(),
            6 => {
                if let Some(payload) = self.session.next_payload() {
                    assert!(std::mem::take(&mut self.has_poll));
                    self.reader.read_payload(&payload);
                }
            }
            7 => {
                if let Some(packet) = self.session.next_packet() {
                    assert!(!self.session.is_ended() || !self.session.uses(Transport::WebSocket));
                    self.reader.read(&packet);
                }
            }
            8 => _ = self.session.begin_upgrade(self.now),
            9 => {
                let transport = transport(input.byte());
                self.has_poll &= transport != Transport::Polling;
                self.session.lost(transport, DisconnectReason::TransportLost);
            }
            10 | 11 => {
                self.now = later(self.now, input.byte());
                self.session.advance(self.now);
                let deadline = self.session.deadline();
                assert!(deadline.is_none_or(|deadline| deadline > self.now));
            }
            12 => {
                let namespace = namespace(input.byte());
                if self.session.emit(&namespace, COUNTED, count(self.queued)).is_ok() {
                    self.queued += 1;
                }
            }
            13 => self.ask(&namespace(input.byte())),
            14 => {
                if let Some((namespace, token)) = self.tokens.pop() {
                    let _ = self.session.acknowledge(&namespace, token, Arguments::default());
                }
            }
            _ => {
                let namespace = namespace(input.byte());
                if input.byte() & 3 == 0 {
                    self.session.close(self.now);
                } else if self.session.disconnect(&namespace, self.now).is_ok() {
                    assert!(self.is_connected(&namespace));
                }
            }
        }
    }

    fn ask(&mut self, namespace: &Namespace) {
        let timeout = Duration::from_secs(3);
        let result =
            self.session.emit_with_ack(namespace, "asked", Arguments::default(), timeout, self.now);
        match (result, self.namespaces.get_mut(namespace)) {
            (Ok(id), Some(Some(waiting))) => waiting.push(id),
            (Err(SendError::TooManyAcknowledgements { max }), Some(Some(waiting))) => {
                assert_eq!(waiting.len(), max);
            }
            (Err(SendError::QueueFull { .. }), _) => {}
            (Err(SendError::NotConnected(_)), None | Some(None)) => {}
            (result, _) => panic!("{result:?}"),
        }
    }

    fn is_connected(&self, namespace: &Namespace) -> bool {
        matches!(self.namespaces.get(namespace), Some(Some(_)))
    }

    fn check(&mut self) {
        while let Some(event) = self.session.next_event() {
            assert!(!self.is_closed, "{event:?} after the end");
            self.take(event);
        }
        for (namespace, waiting) in &self.namespaces {
            assert_eq!(self.session.is_connected(namespace), waiting.is_some());
        }
        // A ping, the open packet, and a disconnect for each namespace have room beyond the limit.
        assert!(self.session.queued_len() <= 1000 + 1 + 150 + 3 * 10 + 5 * 128);
        if self.session.is_ended() {
            assert!(self.is_closed && !self.session.uses(Transport::WebSocket));
            assert_eq!(self.session.deadline(), None);
            assert_eq!(self.session.next_packet(), None);
            assert_eq!(self.session.next_payload(), None);
            assert!(self.session.begin_poll().is_err() && self.session.begin_post().is_err());
        } else if !self.is_closed {
            assert!(self.session.deadline().is_some());
            assert!(self.session.uses(self.session.transport()));
        }
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Connect { namespace, auth } => {
                assert!(!self.is_connected(&namespace));
                if auth.is_empty() || auth.get("token").is_some() {
                    if self.session.accept(&namespace, "socket", Some("pid")).is_ok() {
                        self.namespaces.insert(namespace, Some(Vec::new()));
                    }
                } else {
                    let _ = self.session.reject(&namespace, ConnectError::invalid_namespace());
                }
            }
            Event::Event { namespace, ack, .. } => {
                assert!(self.is_connected(&namespace));
                self.tokens.extend(ack.map(|ack| (namespace, ack)));
            }
            Event::Acknowledged { namespace, id, .. }
            | Event::AcknowledgementTimeout { namespace, id } => {
                let waiting = self.namespaces.get_mut(&namespace).and_then(Option::as_mut);
                let waiting = waiting.expect("a connected namespace");
                let index = waiting.iter().position(|&waiting| waiting == id);
                waiting.remove(index.expect("an event that waits"));
            }
            Event::Disconnected { namespace, .. } => {
                let waiting = self.namespaces.insert(namespace, None).flatten();
                assert!(waiting.is_some());
            }
            Event::Closed(_) => {
                assert!(self.namespaces.values().all(Option::is_none));
                self.is_closed = true;
            }
        }
    }
}
