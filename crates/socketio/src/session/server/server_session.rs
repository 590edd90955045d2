use alloc::{collections::VecDeque, string::String};
use core::{fmt, time::Duration};

use sansocket::Timestamp;

use super::{
    Event, Settings,
    engine::Engine,
    members::{Member, Members},
};
use crate::{
    Arguments, Namespace,
    engine_io::{EncodedPacket, Rejection, Transport},
    packet::{Body, ConnectError, Decoder, Packet},
    session::{AckToken, DisconnectReason, SendError, acknowledgements::Acknowledgements},
    value::Object,
};

/// The server's end of a session, over HTTP long-polling or WebSocket, and across the upgrade from one
/// to the other.
///
/// ```
/// use core::time::Duration;
/// use sansocket::Timestamp;
/// use sansocket_socketio::engine_io::{EncodedPacket, Packet, Transport};
/// use sansocket_socketio::session::server::{Event, ServerSession, Settings};
/// use sansocket_socketio::{Arguments, Namespace};
///
/// let now = Timestamp::from(Duration::ZERO);
/// let mut session = ServerSession::new(&Settings::default(), "a3f1", Transport::WebSocket, now);
/// let EncodedPacket::Text(open) = session.next_packet().unwrap() else { unreachable!() };
/// assert!(open.starts_with(r#"0{"sid":"a3f1","upgrades":[],"pingInterval":25000"#));
///
/// // The client connects to the main namespace.
/// session.receive(Transport::WebSocket, Packet::from("0"), now);
/// let Some(Event::Connect { namespace, .. }) = session.next_event() else { unreachable!() };
/// session.accept(&namespace, "7b20", None)?;
/// assert_eq!(session.next_packet(), Some(EncodedPacket::Text(r#"40{"sid":"7b20"}"#.into())));
///
/// session.emit(&namespace, "hello", Arguments::new("world")?)?;
/// assert_eq!(session.next_packet(), Some(EncodedPacket::Text(r#"42["hello","world"]"#.into())));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ServerSession {
    pub(super) engine: Engine,
    pub(super) decoder: Decoder,
    pub(super) namespaces: Members,
    /// When the session ends unless a namespace is connected; `None` while one is.
    pub(super) connect_deadline: Option<Timestamp>,
    /// The number of connections to namespaces so far.
    connections: u64,
    /// The id of the next event that asks for an acknowledgement.
    next_ack_id: u64,
    pub(super) events: VecDeque<Event>,
}

impl ServerSession {
    /// Opens a session, of which the first request came over `transport`. The id must be
    /// unpredictable: whoever knows it can take over the session.
    ///
    /// If that request is a poll, call [`begin_poll`](Self::begin_poll) for it too.
    #[must_use]
    pub fn new(settings: &Settings, sid: &str, transport: Transport, now: Timestamp) -> Self {
        Self {
            engine: Engine::new(settings, sid, transport, now),
            decoder: Decoder::new(&settings.limits),
            namespaces: Members::new(),
            connect_deadline: Some(now + settings.connect_timeout),
            connections: 0,
            next_ack_id: 0,
            events: VecDeque::new(),
        }
    }

    /// Returns the transport that carries the session.
    #[must_use]
    pub fn transport(&self) -> Transport {
        self.engine.transport()
    }

    /// Returns whether the driver must keep this transport open. A WebSocket that is no longer used
    /// must be closed, after what [`next_packet`](Self::next_packet) returned is written.
    #[must_use]
    pub fn uses(&self, transport: Transport) -> bool {
        self.engine.uses(transport)
    }

    /// Returns whether all is over: there is nothing to send or to wait for, and requests with the id
    /// of the session are answered with [`Rejection::UnknownSid`].
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.engine.is_ended()
    }

    // Transports.

    /// Records that a GET arrived. [`next_payload`](Self::next_payload) answers it.
    ///
    /// # Errors
    ///
    /// It does not fit the session. Answer it with the rejection. A second GET at the same time ends
    /// the session.
    pub fn begin_poll(&mut self) -> Result<(), Rejection> {
        self.engine.check_polling()?;
        if self.engine.begin_poll() {
            return Ok(());
        }
        self.end(DisconnectReason::Unexpected("a second poll at the same time"));
        Err(Rejection::BadRequest)
    }

    /// Records that a POST arrived. [`receive`](Self::receive) its packets, and then call
    /// [`end_post`](Self::end_post).
    ///
    /// # Errors
    ///
    /// It does not fit the session. Answer it with the rejection. A second POST at the same time ends
    /// the session.
    pub fn begin_post(&mut self) -> Result<(), Rejection> {
        self.engine.check_polling()?;
        if self.engine.begin_post() {
            return Ok(());
        }
        self.end(DisconnectReason::Unexpected("a second POST at the same time"));
        Err(Rejection::BadRequest)
    }

    /// Records that a POST was read.
    pub fn end_post(&mut self) {
        self.engine.end_post();
    }

    /// Records that the client opened a WebSocket with the id of this session, to upgrade to it.
    ///
    /// # Errors
    ///
    /// It does not fit the session, which is unaffected. Answer it with the rejection.
    pub fn begin_upgrade(&mut self, now: Timestamp) -> Result<(), Rejection> {
        self.engine.begin_upgrade(now)
    }

    /// Records that a transport ended, or that a request was aborted. If it carries the session, the
    /// session ends.
    ///
    /// The end of a WebSocket is `TransportClosed` if there was a Close frame; all else is
    /// `TransportLost`.
    pub fn lost(&mut self, transport: Transport, reason: DisconnectReason) {
        if transport == Transport::Polling {
            self.engine.end_poll();
            self.engine.end_post();
        }
        if !self.engine.drop_probe(transport) {
            self.end(reason);
        }
    }

    /// Ends the session at once, for a reason of the server's. A poll that waits is answered.
    pub fn fail(&mut self, reason: DisconnectReason) {
        self.end(reason);
    }

    // The application.

    /// Connects the client to a namespace. `sid` is the public id of its socket there, and `pid` the
    /// private id that it can be recovered with, if the server supports that.
    ///
    /// # Errors
    ///
    /// The client does not wait for it, or the queue is full.
    pub fn accept(
        &mut self,
        namespace: &Namespace,
        sid: &str,
        pid: Option<&str>,
    ) -> Result<(), SendError> {
        self.check_pending(namespace)?;
        let mut data = Object::default();
        data.insert("sid", sid);
        if let Some(pid) = pid {
            data.insert("pid", pid);
        }
        self.push(namespace, Body::Connect(Some(data)))?;
        self.connections = self.connections.wrapping_add(1);
        let acknowledgements = Acknowledgements::new(self.connections);
        self.namespaces.insert(namespace.clone(), Member::Connected(acknowledgements));
        self.connect_deadline = None;
        Ok(())
    }

    /// Refuses the connection to a namespace, with [`ConnectError::invalid_namespace`] if there is no
    /// such one.
    ///
    /// # Errors
    ///
    /// The client does not wait for it, the data of the error has binary, or the queue is full.
    pub fn reject(&mut self, namespace: &Namespace, error: ConnectError) -> Result<(), SendError> {
        self.check_pending(namespace)?;
        self.push(namespace, Body::ConnectError(error))?;
        self.namespaces.remove(namespace);
        Ok(())
    }

    fn check_pending(&self, namespace: &Namespace) -> Result<(), SendError> {
        match self.namespaces.get(namespace) {
            Some(Member::Pending) => Ok(()),
            _ => Err(SendError::NotPending(namespace.clone())),
        }
    }

    /// Sends an event.
    ///
    /// # Errors
    ///
    /// The namespace is not connected, the packet is invalid, or the queue is full.
    pub fn emit(
        &mut self,
        namespace: &Namespace,
        name: impl Into<String>,
        arguments: Arguments,
    ) -> Result<(), SendError> {
        self.connected(namespace)?;
        self.push(namespace, Body::Event { id: None, name: name.into(), arguments })
    }

    /// Sends an event, and asks for an acknowledgement. Returns its id, which is that of the
    /// [`Acknowledged`](Event::Acknowledged) or
    /// [`AcknowledgementTimeout`](Event::AcknowledgementTimeout) that follows, unless the namespace is
    /// disconnected before.
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
        let max = self.engine.settings().max_acknowledgements;
        self.connected(namespace)?.check_room(max)?;
        let id = self.next_ack_id;
        self.push(namespace, Body::Event { id: Some(id), name: name.into(), arguments })?;
        self.next_ack_id = id.wrapping_add(1);
        self.connected(namespace)?.sent(id, now + timeout);
        Ok(id)
    }

    /// Acknowledges an event of the client.
    ///
    /// # Errors
    ///
    /// As with [`emit`](Self::emit), or the event came over an earlier connection to the namespace.
    pub fn acknowledge(
        &mut self,
        namespace: &Namespace,
        ack: AckToken,
        arguments: Arguments,
    ) -> Result<(), SendError> {
        let id = self.connected(namespace)?.id(ack);
        let id = id.ok_or_else(|| SendError::NotConnected(namespace.clone()))?;
        self.push(namespace, Body::Ack { id, arguments })
    }

    /// Sends a packet that was [encoded](Packet::encode) before, such as an event for many sessions. It
    /// must be of this namespace.
    ///
    /// # Errors
    ///
    /// The namespace is not connected, or the queue is full.
    pub fn send(
        &mut self,
        namespace: &Namespace,
        packets: &[EncodedPacket],
    ) -> Result<(), SendError> {
        self.connected(namespace)?;
        self.engine.outbox.push(packets)
    }

    /// Returns whether what is sent now can leave at once: nothing is queued, and the transport is a
    /// WebSocket or a poll waits. A volatile event is sent only then.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        self.engine.is_writable()
    }

    /// Returns the bytes that wait for the client, as [`max_queued_len`](Settings::max_queued_len) counts
    /// them. 0 if nothing waits.
    #[must_use]
    pub fn queued_len(&self) -> usize {
        self.engine.outbox.len()
    }

    /// Returns whether a namespace is connected.
    #[must_use]
    pub fn is_connected(&self, namespace: &Namespace) -> bool {
        matches!(self.namespaces.get(namespace), Some(Member::Connected(_)))
    }

    /// Removes the client from a namespace. The session stays open for the others.
    ///
    /// # Errors
    ///
    /// The namespace is not connected.
    pub fn disconnect(&mut self, namespace: &Namespace, now: Timestamp) -> Result<(), SendError> {
        self.connected(namespace)?;
        let packet = Packet { namespace: namespace.clone(), body: Body::Disconnect };
        // Even if the queue is full: there is one for each connection, whose answer had room.
        packet.encode()?.into_iter().for_each(|packet| self.engine.outbox.push_own(packet));
        self.namespaces.insert(namespace.clone(), Member::Left);
        self.on_left(namespace.clone(), DisconnectReason::Server, now);
        Ok(())
    }

    /// Closes the session: delivers what is queued, and then closes the transport. The namespaces are
    /// disconnected, without a packet: a client may reconnect, to this server or another one.
    pub fn close(&mut self, now: Timestamp) {
        if self.engine.is_open() {
            self.disconnect_all(DisconnectReason::Server);
            self.engine.close(now);
        }
    }

    fn connected(&mut self, namespace: &Namespace) -> Result<&mut Acknowledgements, SendError> {
        match self.namespaces.get_mut(namespace) {
            Some(Member::Connected(acknowledgements)) => Ok(acknowledgements),
            _ => Err(SendError::NotConnected(namespace.clone())),
        }
    }

    pub(super) fn push(&mut self, namespace: &Namespace, body: Body) -> Result<(), SendError> {
        let packet = Packet { namespace: namespace.clone(), body };
        self.engine.outbox.push(&packet.encode()?)
    }
}

impl fmt::Debug for ServerSession {
    // Without ids and the packets of peers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerSession")
            .field("transport", &self.transport())
            .field("namespaces", &self.namespaces.len())
            .field("queued_len", &self.queued_len())
            .finish_non_exhaustive()
    }
}
