//! One end, driven by hand.

use std::time::Duration;

use sansocket::{Backoff, Seed, Timestamp};
use sansocket_socketio::{
    Arguments, Binary, Namespace,
    engine_io::{EncodedPacket, Packet, Transport},
    session::{
        ClientSession, ServerSession, client,
        server::{self, Settings},
    },
    value::Object,
};
use serde::Serialize;

pub(crate) const WS: Transport = Transport::WebSocket;
pub(crate) const POLLING: Transport = Transport::Polling;

/// What a packet counts in a queue besides its bytes.
pub(crate) const OVERHEAD: usize = 128;

pub(crate) fn at(seconds: u64) -> Timestamp {
    Timestamp::from(Duration::from_secs(seconds))
}

pub(crate) fn main() -> Namespace {
    Namespace::default()
}

pub(crate) fn admin() -> Namespace {
    "/admin".parse().unwrap()
}

pub(crate) fn arguments(values: impl Serialize) -> Arguments {
    Arguments::new(&values).unwrap()
}

pub(crate) fn text(text: &str) -> EncodedPacket {
    EncodedPacket::Text(text.into())
}

pub(crate) fn binary(bytes: &[u8]) -> EncodedPacket {
    EncodedPacket::Binary(Binary::from(bytes))
}

/// What both roles have in common, for tests.
pub(crate) trait Session {
    fn next_packet(&mut self) -> Option<EncodedPacket>;
    fn take(&mut self, transport: Transport, packet: Packet<'_>, now: Timestamp);

    /// Returns the text packets that are written to the WebSocket.
    fn sent(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.next_packet())
            .map(|packet| match packet {
                EncodedPacket::Text(text) => text.to_string(),
                EncodedPacket::Binary(bytes) => format!("{:?}", &bytes[..]),
            })
            .collect()
    }

    fn take_text(&mut self, transport: Transport, text: &str, now: Timestamp) {
        self.take(transport, Packet::parse(text).unwrap(), now);
    }
}

impl Session for ServerSession {
    fn next_packet(&mut self) -> Option<EncodedPacket> {
        Self::next_packet(self)
    }

    fn take(&mut self, transport: Transport, packet: Packet<'_>, now: Timestamp) {
        self.receive(transport, packet, now);
    }
}

impl Session for ClientSession {
    fn next_packet(&mut self) -> Option<EncodedPacket> {
        Self::next_packet(self)
    }

    fn take(&mut self, transport: Transport, packet: Packet<'_>, now: Timestamp) {
        self.receive(transport, packet, now);
    }
}

pub(crate) fn server_events(session: &mut ServerSession) -> Vec<server::Event> {
    std::iter::from_fn(|| session.next_event()).collect()
}

pub(crate) fn client_events(session: &mut ClientSession) -> Vec<client::Event> {
    std::iter::from_fn(|| session.next_event()).collect()
}

/// A session on a WebSocket whose open packet is sent.
pub(crate) fn server() -> ServerSession {
    server_with(&Settings::default())
}

pub(crate) fn server_with(settings: &Settings) -> ServerSession {
    let mut session = ServerSession::new(settings, "sid", WS, at(0));
    assert_eq!(session.sent().len(), 1);
    session
}

/// The client connects to a namespace, and is accepted.
pub(crate) fn join(session: &mut ServerSession, namespace: &Namespace, now: Timestamp) {
    let packet = if namespace.is_main() { "40".to_owned() } else { format!("40{namespace},") };
    session.take_text(session.transport(), &packet, now);
    assert!(matches!(server_events(session)[..], [server::Event::Connect { .. }]));
    session.accept(namespace, "socket", None).unwrap();
}

/// A session on a WebSocket, with one namespace connected.
pub(crate) fn joined_server() -> ServerSession {
    let mut session = server();
    join(&mut session, &main(), at(0));
    assert_eq!(session.sent(), [r#"40{"sid":"socket"}"#]);
    session
}

pub(crate) const OPEN: &str = r#"0{"sid":"sid","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000}"#;

pub(crate) fn client() -> ClientSession {
    client_with(&client::Settings::default())
}

pub(crate) fn client_with(settings: &client::Settings) -> ClientSession {
    ClientSession::new(settings, Backoff::new(Seed::from([7; 32])))
}

/// Opens the transport of a session, and takes the CONNECT packets.
pub(crate) fn open(session: &mut ClientSession, now: Timestamp) -> Vec<String> {
    assert!(session.wants_transport());
    session.opened(WS, now);
    session.take_text(WS, OPEN, now);
    session.sent()
}

/// A session on a WebSocket, with one namespace connected.
pub(crate) fn joined_client() -> ClientSession {
    let mut session = client();
    session.connect(main(), Object::default());
    assert_eq!(open(&mut session, at(0)), ["40"]);
    session.take_text(WS, r#"40{"sid":"socket"}"#, at(0));
    assert_eq!(client_events(&mut session).len(), 1);
    session
}

/// The event of a namespace that was connected with the answer of `joined_client`.
pub(crate) fn connected(namespace: Namespace) -> client::Event {
    client::Event::Connected { namespace, sid: "socket".into(), recovered: false }
}
