use alloc::{
    collections::{BTreeMap, VecDeque},
    string::{String, ToString as _},
    vec::Vec,
};
use core::{fmt, time::Duration};

use sansocket::{Backoff, Timestamp};

use super::{
    Event, Settings,
    engine::Engine,
    membership::{Membership, State},
};
use crate::{
    Arguments, Namespace,
    engine_io::{Query, Transport},
    packet::{Body, ConnectError, Decoder, Packet},
    session::{AckToken, DisconnectReason, SendError, outbox::Outbox},
    value::Object,
};

/// The client's end of a session, across reconnections.
///
/// ```
/// use core::time::Duration;
/// use sansocket::{Backoff, Seed, Timestamp};
/// use sansocket_socketio::engine_io::{EncodedPacket, Packet, Transport};
/// use sansocket_socketio::session::client::{ClientSession, Event, Settings};
/// use sansocket_socketio::value::Object;
/// use sansocket_socketio::{Arguments, Namespace};
///
/// let now = Timestamp::from(Duration::ZERO);
/// let backoff = Backoff::new(Seed::from([7; 32]));
/// let mut session = ClientSession::new(&Settings::default(), backoff);
/// session.connect(Namespace::default(), Object::default());
/// // It is sent once the namespace is connected.
/// session.emit(&Namespace::default(), "hello", Arguments::new("world")?)?;
///
/// assert!(session.wants_transport());
/// session.opened(Transport::WebSocket, now);
/// let open = r#"0{"sid":"a3f1","upgrades":[],"pingInterval":25000,"pingTimeout":20000}"#;
/// session.receive(Transport::WebSocket, Packet::parse(open)?, now);
/// assert_eq!(session.next_packet(), Some(EncodedPacket::Text("40".into())));
/// session.receive(Transport::WebSocket, Packet::from(r#"0{"sid":"7b20"}"#), now);
/// assert!(matches!(session.next_event(), Some(Event::Connected { recovered: false, .. })));
/// assert_eq!(session.next_packet(), Some(EncodedPacket::Text(r#"42["hello","world"]"#.into())));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ClientSession {
    pub(super) settings: Settings,
    pub(super) backoff: Backoff,
    pub(super) phase: Phase,
    pub(super) outbox: Outbox,
    pub(super) decoder: Decoder,
    pub(super) namespaces: BTreeMap<Namespace, Membership>,
    /// The number of connections to namespaces so far.
    pub(super) connections: u64,
    /// The id of the next event that asks for an acknowledgement.
    next_ack_id: u64,
    pub(super) events: VecDeque<Event>,
}

pub(super) enum Phase {
    /// No namespace is to be connected.
    Idle,
    /// The next attempt to connect is at this time.
    Waiting(Timestamp),
    /// The driver opens a transport.
    Connecting,
    Connected(Engine),
    /// No namespace is to be connected: what is queued is sent, and then the transport is closed.
    Closing(Engine),
}

impl ClientSession {
    /// Creates a session without namespaces, which wants no transport.
    #[must_use]
    pub fn new(settings: &Settings, backoff: Backoff) -> Self {
        Self {
            settings: settings.clone(),
            backoff,
            phase: Phase::Idle,
            outbox: Outbox::new(settings.max_queued_len),
            decoder: Decoder::new(&settings.limits),
            namespaces: BTreeMap::new(),
            connections: 0,
            next_ack_id: 0,
            events: VecDeque::new(),
        }
    }

    // The application.

    /// Connects to a namespace, now and after each loss of the transport, until the server refuses it or
    /// removes the client, or [`disconnect`](Self::disconnect) is called. `auth` is what the server's
    /// middleware sees.
    pub fn connect(&mut self, namespace: Namespace, auth: Object) {
        let membership = self.namespaces.entry(namespace.clone()).or_insert_with(Membership::new);
        let was_active = membership.state != State::Inactive;
        membership.want(auth);
        match &self.phase {
            Phase::Idle => self.phase = Phase::Connecting,
            Phase::Connected(engine) if engine.is_open() && !was_active => {
                self.send_connect(&namespace);
            }
            // A transport that closes is followed by another.
            Phase::Waiting(_) | Phase::Connecting | Phase::Connected(_) | Phase::Closing(_) => {}
        }
    }

    /// Leaves a namespace, and forgets it with all that is buffered for it. After the last one, the
    /// transport is closed.
    pub fn disconnect(&mut self, namespace: &Namespace) {
        let is_open = self.engine().is_some_and(Engine::is_open);
        let Some(membership) = self.namespaces.get_mut(namespace) else { return };
        while let Some(packets) = membership.pop_buffered() {
            self.outbox.release(&packets);
        }
        match membership.state {
            State::Wanted if is_open => membership.leave(),
            State::Rejoining => membership.leave(),
            State::Leaving => {}
            State::Connected => {
                self.namespaces.remove(namespace);
                self.push_own(namespace, Body::Disconnect);
                let namespace = namespace.clone();
                let reason = DisconnectReason::Client;
                self.events.push_back(Event::Disconnected { namespace, reason });
            }
            State::Inactive | State::Wanted => _ = self.namespaces.remove(namespace),
        }
        self.close_if_unused();
    }

    /// Leaves all namespaces, and closes the transport after what is queued is sent.
    pub fn close(&mut self) {
        let namespaces: Vec<_> = self.namespaces.keys().cloned().collect();
        namespaces.iter().for_each(|namespace| self.disconnect(namespace));
    }

    /// Sends an event. Before the namespace is connected, and while the client is away, it is buffered.
    ///
    /// # Errors
    ///
    /// The application never connected to the namespace, the packet is invalid, or the queue is full.
    pub fn emit(
        &mut self,
        namespace: &Namespace,
        name: impl Into<String>,
        arguments: Arguments,
    ) -> Result<(), SendError> {
        self.membership(namespace)?;
        self.send(namespace, Body::Event { id: None, name: name.into(), arguments })
    }

    /// Sends an event, and asks for an acknowledgement. Returns its id, which is that of the
    /// [`Acknowledged`](Event::Acknowledged) or
    /// [`AcknowledgementTimeout`](Event::AcknowledgementTimeout) that follows, unless the namespace is
    /// disconnected before. The time that it is buffered counts.
    ///
    /// # Errors
    ///
    /// As with [`emit`](Self::emit), or too many events wait for their acknowledgement.
    pub fn emit_with_ack(
        &mut self,
        namespace: &Namespace,
        name: impl Into<String>,
        arguments: Arguments,
        timeout: Duration,
        now: Timestamp,
    ) -> Result<u64, SendError> {
        let max = self.settings.max_acknowledgements;
        self.membership(namespace)?.acknowledgements.check_room(max)?;
        let id = self.next_ack_id;
        self.send(namespace, Body::Event { id: Some(id), name: name.into(), arguments })?;
        self.next_ack_id = id.wrapping_add(1);
        self.membership(namespace)?.acknowledgements.sent(id, now + timeout);
        Ok(id)
    }

    /// Acknowledges an event of the server.
    ///
    /// # Errors
    ///
    /// The connection that the event came over has ended, the packet is invalid, or the queue is full.
    pub fn acknowledge(
        &mut self,
        namespace: &Namespace,
        ack: AckToken,
        arguments: Arguments,
    ) -> Result<(), SendError> {
        let membership = self.membership(namespace)?;
        match membership.acknowledgements.id(ack) {
            Some(id) if membership.state == State::Connected => {
                self.send(namespace, Body::Ack { id, arguments })
            }
            _ => Err(SendError::NotConnected(namespace.clone())),
        }
    }

    /// Returns whether an event that is emitted now can leave at once: the namespace is connected,
    /// nothing waits for the transport, and it is a WebSocket, or no POST is on its way and no upgrade
    /// holds the next one back. A volatile event is emitted only then. What is buffered for other namespaces does not count.
    #[must_use]
    pub fn is_writable(&self, namespace: &Namespace) -> bool {
        self.is_connected(namespace)
            && self.outbox.is_empty()
            && self.engine().is_some_and(Engine::is_writable)
    }

    /// Returns whether a namespace is connected.
    #[must_use]
    pub fn is_connected(&self, namespace: &Namespace) -> bool {
        self.namespaces.get(namespace).is_some_and(|member| member.state == State::Connected)
    }

    /// Returns the bytes that wait for the server, in the queue and in the buffers of all namespaces, as
    /// [`max_queued_len`](Settings::max_queued_len) counts them. 0 if nothing waits.
    #[must_use]
    pub fn queued_len(&self) -> usize {
        self.outbox.len()
    }

    /// Returns the part of [`queued_len`](Self::queued_len) that is buffered for namespaces that are not
    /// connected. However much the server reads, this stays until it connects them.
    #[must_use]
    pub fn buffered_len(&self) -> usize {
        self.outbox.reserved()
    }

    fn membership(&mut self, namespace: &Namespace) -> Result<&mut Membership, SendError> {
        self.namespaces
            .get_mut(namespace)
            .filter(|membership| membership.state != State::Leaving)
            .ok_or_else(|| SendError::NotConnected(namespace.clone()))
    }

    /// Queues a packet, or buffers it until the namespace is connected.
    fn send(&mut self, namespace: &Namespace, body: Body) -> Result<(), SendError> {
        let id = match &body {
            Body::Event { id, .. } => *id,
            _ => None,
        };
        let packets = Packet { namespace: namespace.clone(), body }.encode()?;
        self.outbox.reserve(&packets)?;
        let membership = self.membership(namespace)?;
        if membership.state == State::Connected {
            self.outbox.push_reserved(packets);
        } else {
            membership.buffer(id, packets);
        }
        Ok(())
    }

    /// Queues a packet of the session itself.
    pub(super) fn push_own(&mut self, namespace: &Namespace, body: Body) {
        match (Packet { namespace: namespace.clone(), body }).encode() {
            Ok(packets) => packets.into_iter().for_each(|packet| self.outbox.push_own(packet)),
            // Only the data of a CONNECT can be invalid.
            Err(error) => {
                let error = ConnectError::new(error.to_string());
                self.on_connect_error(namespace.clone(), error);
            }
        }
    }

    pub(super) fn send_connect(&mut self, namespace: &Namespace) {
        if let Some(membership) = self.namespaces.get(namespace) {
            let data = membership.connect_data();
            self.push_own(namespace, Body::Connect(data));
        }
    }

    // The transport.

    /// Returns whether the driver must open a transport, or keep the one it has. If not, it must drop
    /// it, after what [`next_packet`](Self::next_packet) or [`next_payload`](Self::next_payload)
    /// returned is sent.
    #[must_use]
    pub fn wants_transport(&self) -> bool {
        !matches!(self.phase, Phase::Idle | Phase::Waiting(_))
    }

    /// Returns whether the driver must keep this transport open: that of the session, or a WebSocket
    /// that it may be upgraded to.
    #[must_use]
    pub fn uses(&self, transport: Transport) -> bool {
        self.engine().is_some_and(|engine| engine.uses(transport))
    }

    /// Returns the transport that carries the session, if there is one.
    #[must_use]
    pub fn transport(&self) -> Option<Transport> {
        self.engine().map(Engine::transport)
    }

    /// Returns the query of the next request or WebSocket handshake.
    #[must_use]
    pub fn query(&self, transport: Transport) -> Query {
        self.engine().map_or(Query { transport, sid: None }, |engine| engine.query(transport))
    }

    /// Records that a WebSocket is open, or that polling may begin.
    pub fn opened(&mut self, transport: Transport, now: Timestamp) {
        self.phase = Phase::Connected(Engine::new(&self.settings, transport, now));
    }

    /// Records that a transport could not be opened, ended, or that a request failed. If it was that of
    /// the session, another one is wanted after a delay.
    ///
    /// The end of a WebSocket is `TransportClosed` if there was a Close frame; all else is
    /// `TransportLost`.
    pub fn lost(&mut self, transport: Transport, reason: DisconnectReason, now: Timestamp) {
        if !self.engine_mut().is_some_and(|engine| engine.drop_probe(transport)) {
            self.end(reason, now);
        }
    }

    /// Returns whether the driver must send a GET. Call [`begin_poll`](Self::begin_poll) with it.
    #[must_use]
    pub fn wants_poll(&self) -> bool {
        match &self.phase {
            Phase::Connected(engine) => engine.wants_poll(),
            // What is queued may take so long that a ping must be answered.
            Phase::Closing(engine) => engine.wants_poll() && !self.outbox.is_empty(),
            Phase::Idle | Phase::Waiting(_) | Phase::Connecting => false,
        }
    }

    /// Records that a GET was sent.
    pub fn begin_poll(&mut self) {
        if let Some(engine) = self.engine_mut() {
            engine.begin_poll();
        }
    }

    /// Records that the answer to a GET was received completely, after its packets.
    pub fn end_poll(&mut self) {
        if let Some(engine) = self.engine_mut() {
            engine.end_poll();
        }
    }

    /// Records that a POST was answered.
    pub fn end_post(&mut self) {
        if let Some(engine) = self.engine_mut() {
            engine.end_post();
        }
        self.finish_closing();
    }

    /// Returns whether the session can be upgraded to WebSocket. An upgrade that failed is not repeated.
    #[must_use]
    pub fn can_upgrade(&self) -> bool {
        matches!(&self.phase, Phase::Connected(engine) if engine.can_upgrade())
    }

    /// Records that a WebSocket is open that the session may be upgraded to.
    pub fn begin_upgrade(&mut self) {
        if let Some(engine) = self.engine_mut() {
            engine.begin_upgrade();
        }
    }

    fn engine(&self) -> Option<&Engine> {
        match &self.phase {
            Phase::Connected(engine) | Phase::Closing(engine) => Some(engine),
            Phase::Idle | Phase::Waiting(_) | Phase::Connecting => None,
        }
    }

    fn engine_mut(&mut self) -> Option<&mut Engine> {
        match &mut self.phase {
            Phase::Connected(engine) | Phase::Closing(engine) => Some(engine),
            Phase::Idle | Phase::Waiting(_) | Phase::Connecting => None,
        }
    }
}

impl fmt::Debug for ClientSession {
    // Without ids, tokens and the packets of peers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientSession")
            .field("transport", &self.transport())
            .field("namespaces", &self.namespaces.len())
            .field("queued_len", &self.queued_len())
            .finish_non_exhaustive()
    }
}
