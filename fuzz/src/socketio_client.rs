use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use sansocket::{Backoff, Timestamp};
use sansocket_socketio::{
    Arguments, Namespace,
    engine_io::{Packet, Transport},
    packet::{self, Body, Decoder},
    session::{
        AckToken, ClientSession, DisconnectReason,
        client::{Event, Settings},
    },
    value::Object,
};

use crate::{
    input::Input,
    socketio_peer::{COUNTED, Reader, count, later, namespace, packet, transport},
};

const KNOWN: [&str; 20] = [
    r#"0{"sid":"sid","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":100}"#,
    r#"0{"sid":"sid","pingInterval":0,"pingTimeout":18446744073709551615}"#,
    r#"40{"sid":"a"}"#,
    r#"40{"sid":"a","pid":"p"}"#,
    r#"40/admin,{"sid":"a","pid":"q"}"#,
    "40",
    r#"44{"message":"no"}"#,
    r#"44/admin,"no""#,
    "41",
    "41/admin,",
    r#"42["a","offset"]"#,
    r#"420["a"]"#,
    r#"42/admin,1["a",1]"#,
    "430[]",
    "431[1]",
    r#"451-["a",{"_placeholder":true,"num":0}]"#,
    "bAQID",
    "1",
    "2",
    "3probe",
];

/// Any server, any application and any order of time: a client's session says of each namespace what a
/// model says, wants a transport exactly while a namespace is wanted or something is to be sent, holds
/// what its limits allow, never asks to be called for a time that has passed, and what it sends is valid,
/// in order and never doubled. The answer to a CONNECT that was abandoned never counts as that to the next.
///
/// Input: actions.
pub fn socketio_client(data: &[u8]) {
    let mut input = Input::new(data);
    let mut settings = Settings::default();
    settings.max_queued_len = 1000;
    settings.max_acknowledgements = 2;
    let mut client = Client {
        session: ClientSession::new(&settings, Backoff::new([7; 32].into())),
        now: Timestamp::default(),
        reader: Reader::new(0),
        emitted: 0,
        asked: 3,
        wanted: BTreeSet::new(),
        auth: BTreeMap::new(),
        connected: BTreeSet::new(),
        known: BTreeSet::new(),
        abandoned: BTreeMap::new(),
        tokens: Vec::new(),
    };
    while let Some(action) = input.next_byte() {
        client.act(action, &mut input);
        client.check();
    }
}

struct Client {
    session: ClientSession,
    now: Timestamp,
    reader: Reader,
    emitted: u64,
    /// How often the application connected to a namespace or left it.
    asked: usize,
    /// The namespaces that are to be connected.
    wanted: BTreeSet<Namespace>,
    /// The data for authentication of each.
    auth: BTreeMap<Namespace, Object>,
    /// Those that are.
    connected: BTreeSet<Namespace>,
    /// Those that were connected, and may be recovered.
    known: BTreeSet<Namespace>,
    /// Those that were left before their answer, which is on its way and must not count, unless the
    /// application asks again with the same data.
    abandoned: BTreeMap<Namespace, Object>,
    tokens: Vec<(Namespace, AckToken)>,
}

impl Client {
    fn act(&mut self, action: u8, input: &mut Input<'_>) {
        match action % 16 {
            0..=3 => {
                let transport = transport(input.byte());
                match packet(input, &KNOWN) {
                    Ok(packet) => {
                        let answered = answered(&packet);
                        self.session.receive(transport, packet, self.now);
                        if self.session.transport() == Some(transport) {
                            self.take_events();
                            answered
                                .iter()
                                .for_each(|namespace| _ = self.abandoned.remove(namespace));
                        }
                    }
                    Err(error) => self.session.receive_invalid(transport, error, self.now),
                }
            }
            4 => {
                let choice = input.byte();
                let namespace = namespace(choice);
                let auth = Object::from_iter([("token".to_owned(), (choice & 0x80 != 0).into())]);
                self.wanted.insert(namespace.clone());
                self.auth.insert(namespace.clone(), auth.clone());
                if self.abandoned.get(&namespace) == Some(&auth) {
                    self.abandoned.remove(&namespace);
                }
                self.asked += 1;
                self.session.connect(namespace, auth);
            }
            5 => {
                let transport = transport(input.byte());
                if self.session.wants_transport() && self.session.transport().is_none() {
                    self.session.opened(transport, self.now);
                    // What the last transport did not take is lost.
                    self.reader = Reader::new(self.emitted);
                }
            }
            6 => self.write(),
            7 => {
                if self.session.wants_poll() {
                    self.session.begin_poll();
                }
                if input.byte() & 1 == 0 {
                    self.session.end_poll();
                } else {
                    self.session.end_post();
                }
            }
            8 => self.session.begin_upgrade(),
            9 => {
                let transport = transport(input.byte());
                self.session.lost(transport, DisconnectReason::TransportLost, self.now);
            }
            10 | 11 => {
                self.now = later(self.now, input.byte());
                self.session.advance(self.now);
                let deadline = self.session.deadline();
                assert!(deadline.is_none_or(|deadline| deadline > self.now));
            }
            12 => {
                // Only one that is sent at once: the others may be dropped with their namespace.
                let namespace = namespace(input.byte());
                if self.session.is_connected(&namespace)
                    && self.session.emit(&namespace, COUNTED, count(self.emitted)).is_ok()
                {
                    self.emitted += 1;
                }
            }
            13 => {
                let namespace = namespace(input.byte());
                let timeout = Duration::from_secs(3);
                let arguments = Arguments::default();
                let _ =
                    self.session.emit_with_ack(&namespace, "asked", arguments, timeout, self.now);
            }
            14 => {
                if let Some((namespace, token)) = self.tokens.pop() {
                    let _ = self.session.acknowledge(&namespace, token, Arguments::default());
                }
            }
            _ => {
                let namespace = namespace(input.byte());
                let was_wanted = self.wanted.remove(&namespace);
                self.known.remove(&namespace);
                self.asked += 1;
                let transport = self.session.transport();
                let is_open =
                    transport.is_some_and(|transport| self.session.query(transport).sid.is_some());
                if was_wanted && is_open && !self.connected.contains(&namespace) {
                    let asked = self.auth.remove(&namespace).unwrap_or_default();
                    self.abandoned.entry(namespace.clone()).or_insert(asked);
                }
                self.session.disconnect(&namespace);
            }
        }
    }

    /// Writes all that there is to write.
    fn write(&mut self) {
        while let Some(packet) = self.session.next_packet() {
            self.reader.read(&packet);
        }
        if let Some(payload) = self.session.next_payload() {
            self.reader.read_payload(&payload);
        }
    }

    fn take_events(&mut self) {
        while let Some(event) = self.session.next_event() {
            self.take(event);
        }
    }

    fn check(&mut self) {
        self.take_events();
        for choice in 0..3 {
            let namespace = namespace(choice);
            let is_connected = self.connected.contains(&namespace);
            assert_eq!(self.session.is_connected(&namespace), is_connected);
            assert!(!is_connected || self.wanted.contains(&namespace));
        }
        // The packets that connect and leave namespaces have room beyond the limit.
        assert!(self.session.queued_len() <= 1000 + (50 + 128) * self.asked);
        match (self.wanted.is_empty(), self.session.transport()) {
            (false, None) => {
                assert!(self.session.wants_transport() || self.session.deadline().is_some());
            }
            (true, None) => assert!(!self.session.wants_transport()),
            (_, Some(transport)) => {
                assert!(self.session.uses(transport) && self.session.wants_transport());
            }
        }
        let is_polling = self.session.transport() == Some(Transport::Polling);
        assert!(is_polling || !self.session.can_upgrade() && !self.session.wants_poll());
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Connected { namespace, .. } => {
                assert!(self.wanted.contains(&namespace));
                assert!(!self.abandoned.contains_key(&namespace));
                self.known.insert(namespace.clone());
                assert!(self.connected.insert(namespace));
            }
            Event::ConnectError { namespace, .. } => {
                assert!(!self.connected.contains(&namespace));
                assert!(!self.abandoned.contains_key(&namespace));
                self.wanted.remove(&namespace);
                self.known.remove(&namespace);
            }
            Event::Event { namespace, ack, .. } => {
                // What was missed comes before the server confirms a recovery.
                let is_missed = ack.is_none() && self.known.contains(&namespace);
                assert!(self.connected.contains(&namespace) || is_missed);
                self.tokens.extend(ack.map(|ack| (namespace, ack)));
            }
            Event::Acknowledged { namespace, .. } => {
                assert!(self.connected.contains(&namespace));
            }
            Event::AcknowledgementTimeout { .. } => {}
            Event::Disconnected { namespace, reason } => {
                assert!(self.connected.remove(&namespace));
                if reason == DisconnectReason::Server {
                    self.wanted.remove(&namespace);
                    self.known.remove(&namespace);
                }
            }
            Event::Closed(_) => {
                assert!(self.connected.is_empty());
                self.abandoned.clear();
            }
        }
    }
}

/// The namespace whose CONNECT a packet answers.
fn answered(packet: &Packet<'_>) -> Option<Namespace> {
    let Packet::Message(message) = packet else { return None };
    let packet = Decoder::new(&packet::Limits::default()).receive(message.clone()).ok()??;
    matches!(packet.body, Body::Connect(_) | Body::ConnectError(_)).then_some(packet.namespace)
}
