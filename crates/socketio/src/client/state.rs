use alloc::{
    collections::{BTreeMap, VecDeque},
    string::String,
    sync::Arc,
    vec::Vec,
};
use core::{task::Poll, time::Duration};

use sansocket::Timestamp;
use tokio::sync::{Notify, oneshot};

use super::{ConnectError, EmitError, Incoming, TransportError, incoming};
use crate::{
    Arguments, Namespace,
    engine_io::{Message, Packet, PacketError, Query, Transport},
    session::{AckToken, ClientSession, DisconnectReason, client::Event},
    value::Object,
};

/// What an item counts in the queue of the application, besides the bytes that the server sent.
const ITEM_LEN: usize = 128;

/// The session, and what waits for its events. Each change of the session is followed by
/// [`dispatch`](Self::dispatch), under the same lock: an acknowledgement that is registered after a
/// disconnection is not mistaken for one that was registered before it.
pub(super) struct State {
    pub(super) session: ClientSession,
    members: BTreeMap<Namespace, Member>,
    /// The events that wait for their acknowledgement.
    pub(super) calls: BTreeMap<u64, Call>,
    /// The bytes that the application has not taken yet.
    unread: usize,
    /// The bytes of the packet that arrives.
    arriving: usize,
    /// Attempts in a row that connected no namespace.
    failures: u32,
    max_attempts: u32,
    /// Why the last attempt to open a transport failed.
    failure: Option<Arc<TransportError>>,
    /// Whether there is a transport, if only one that closes.
    has_transport: bool,
    /// Whether the transport of the session was lost, and must be dropped.
    is_lost: bool,
    /// When the task gives the session the time next.
    armed: Option<Timestamp>,
    /// Whether the last handle was dropped.
    pub(super) is_abandoned: bool,
}

/// A namespace that has a socket.
pub(super) struct Member {
    /// The id, while it is connected.
    pub(super) sid: Option<String>,
    pub(super) recovered: bool,
    /// Whether it is connected, or is going to be.
    is_wanted: bool,
    /// Whether the session has data for authentication that no connection was made with yet.
    is_authenticated: bool,
    /// Waits for the answer of the server.
    opener: Option<oneshot::Sender<Result<(), ConnectError>>>,
    inbox: VecDeque<Queued>,
    arrived: Arc<Notify>,
}

/// An item that the application has not taken yet.
struct Queued {
    incoming: Incoming,
    token: Option<AckToken>,
    len: usize,
}

/// An event that waits for its acknowledgement.
pub(super) struct Call {
    pub(super) namespace: Namespace,
    pub(super) timeout: Duration,
    pub(super) answer: oneshot::Sender<Result<Arguments, EmitError>>,
}

impl State {
    pub(super) const fn new(session: ClientSession, max_attempts: u32) -> Self {
        Self {
            session,
            members: BTreeMap::new(),
            calls: BTreeMap::new(),
            unread: 0,
            arriving: 0,
            failures: 0,
            max_attempts,
            failure: None,
            has_transport: false,
            is_lost: false,
            armed: None,
            is_abandoned: false,
        }
    }

    // Sockets.

    /// Adds a socket of a namespace, and returns what tells it that something arrived.
    pub(super) fn join(&mut self, namespace: &Namespace) -> Result<Arc<Notify>, ConnectError> {
        if self.members.contains_key(namespace) {
            return Err(ConnectError::InUse(namespace.clone()));
        }
        let arrived = Arc::new(Notify::new());
        let member = Member {
            sid: None,
            recovered: false,
            is_wanted: false,
            is_authenticated: false,
            opener: None,
            inbox: VecDeque::new(),
            arrived: Arc::clone(&arrived),
        };
        self.members.insert(namespace.clone(), member);
        Ok(arrived)
    }

    /// Removes the socket of a namespace.
    pub(super) fn leave(&mut self, namespace: &Namespace) {
        self.disconnect(namespace);
        if let Some(member) = self.members.remove(namespace) {
            let unread =
                member.inbox.iter().fold(0, |len: usize, item| len.saturating_add(item.len));
            self.unread = self.unread.saturating_sub(unread);
        }
    }

    /// Leaves a namespace until the application connects again.
    pub(super) fn disconnect(&mut self, namespace: &Namespace) {
        self.give_up(namespace, DisconnectReason::Client);
        self.dispatch();
    }

    /// Leaves all namespaces until the application connects again.
    pub(super) fn disconnect_all(&mut self) {
        for namespace in self.members.keys().cloned().collect::<Vec<_>>() {
            self.disconnect(&namespace);
        }
    }

    pub(super) fn member(&self, namespace: &Namespace) -> Option<&Member> {
        self.members.get(namespace)
    }

    /// Connects to a namespace; `opener` gets the answer.
    pub(super) fn connect(
        &mut self,
        namespace: &Namespace,
        auth: Object,
        opener: oneshot::Sender<Result<(), ConnectError>>,
    ) {
        let Some(member) = self.members.get_mut(namespace) else { return };
        if member.sid.is_some() {
            // The future that waits for it may be gone.
            let _ = opener.send(Ok(()));
            return;
        }
        member.is_wanted = true;
        member.is_authenticated = true;
        member.opener = Some(opener);
        self.session.connect(namespace.clone(), auth);
    }

    /// Returns the namespaces that need data for authentication before the next attempt.
    pub(super) fn unauthenticated(&mut self) -> Vec<Namespace> {
        let wanted = self.members.iter_mut().filter(|(_, member)| member.is_wanted);
        wanted
            .filter_map(|(namespace, member)| {
                let is_new = core::mem::take(&mut member.is_authenticated);
                (!is_new).then(|| namespace.clone())
            })
            .collect()
    }

    /// Sets the data for authentication of a namespace.
    pub(super) fn authenticate(&mut self, namespace: Namespace, auth: Object) {
        if self.members.get(&namespace).is_some_and(|member| member.is_wanted) {
            self.session.connect(namespace, auth);
        }
    }

    /// Takes the next item of a namespace: `None` if there is no other until the application connects
    /// again.
    pub(super) fn poll_take(
        &mut self,
        namespace: &Namespace,
    ) -> Poll<Option<(Incoming, Option<AckToken>)>> {
        let Some(member) = self.members.get_mut(namespace) else { return Poll::Ready(None) };
        let Some(Queued { incoming, token, len }) = member.inbox.pop_front() else {
            return if member.is_wanted { Poll::Pending } else { Poll::Ready(None) };
        };
        self.unread = self.unread.saturating_sub(len);
        Poll::Ready(Some((incoming, token)))
    }

    // The transport.

    /// Returns the bytes that the application has not taken yet.
    pub(super) const fn unread(&self) -> usize {
        self.unread
    }

    /// Records that a transport is open. Returns `false` if it is no longer wanted, and must be dropped.
    pub(super) fn opened(&mut self, transport: Transport, now: Timestamp) -> bool {
        let is_wanted = self.session.wants_transport();
        if is_wanted {
            self.has_transport = true;
            self.is_lost = false;
            self.session.opened(transport, now);
        }
        is_wanted
    }

    /// Begins a poll if one is due, and returns its query.
    pub(super) fn begin_poll(&mut self) -> Option<Query> {
        self.session.wants_poll().then(|| {
            self.session.begin_poll();
            self.session.query(Transport::Polling)
        })
    }

    /// Returns the query of a WebSocket if the session can be upgraded to one.
    pub(super) fn upgrade_query(&mut self) -> Option<Query> {
        self.session.can_upgrade().then(|| self.session.query(Transport::WebSocket))
    }

    /// Records that the WebSocket of an upgrade has ended, or could not be opened. The session stays on
    /// polling, unless it has moved already: then it has lost its transport.
    pub(super) fn upgrade_failed(&mut self, now: Timestamp) {
        if self.session.transport().is_some() {
            self.session.lost(Transport::WebSocket, DisconnectReason::TransportLost, now);
        }
    }

    /// Records that a request of long-polling failed.
    pub(super) fn request_failed(&mut self, error: TransportError, now: Timestamp) {
        // With a namespace the transport is lost, as a WebSocket would be.
        let is_connected = self.members.values().any(|member| member.sid.is_some());
        if self.session.uses(Transport::Polling) && !is_connected {
            self.failure = Some(Arc::new(error));
        }
        self.ended(DisconnectReason::TransportLost, now);
    }

    /// Records that the transport was dropped.
    pub(super) const fn dropped(&mut self) {
        self.has_transport = false;
    }

    /// Returns whether there is no transport, and none is wanted.
    pub(super) fn is_idle(&self) -> bool {
        !self.has_transport && !self.session.wants_transport()
    }

    /// Records why no transport could be opened.
    pub(super) fn failed(&mut self, error: TransportError, now: Timestamp) {
        self.failure = Some(Arc::new(error));
        self.session.lost(Transport::WebSocket, DisconnectReason::TransportLost, now);
    }

    /// Records that the transport has ended.
    pub(super) fn ended(&mut self, reason: DisconnectReason, now: Timestamp) {
        // The session may have ended first, and want another one by now.
        if let Some(transport) = self.session.transport() {
            self.session.lost(transport, reason, now);
        }
    }

    /// Takes a packet, or the error of one that is invalid.
    pub(super) fn receive(
        &mut self,
        transport: Transport,
        packet: Result<Packet<'_>, PacketError>,
        now: Timestamp,
    ) {
        // A text begins a packet of Socket.IO. What came before has arrived, or was for nobody.
        match &packet {
            Ok(Packet::Message(Message::Text(text))) => self.arriving = text.len(),
            Ok(Packet::Message(Message::Binary(bytes))) => {
                self.arriving = self.arriving.saturating_add(bytes.len());
            }
            _ => {}
        }
        match packet {
            Ok(packet) => self.session.receive(transport, packet, now),
            Err(error) => self.session.receive_invalid(transport, error, now),
        }
    }

    /// Returns whether the transport of the session was lost.
    pub(super) const fn is_lost(&self) -> bool {
        self.is_lost
    }

    // The time.

    /// Returns when the task must give the session the time.
    pub(super) fn arm(&mut self) -> Option<Timestamp> {
        self.armed = self.session.deadline();
        self.armed
    }

    /// Returns whether that is earlier than when the task will do so.
    pub(super) fn is_deadline_earlier(&self) -> bool {
        match (self.session.deadline(), self.armed) {
            (Some(deadline), Some(armed)) => deadline < armed,
            (deadline, None) => deadline.is_some(),
            (None, Some(_)) => false,
        }
    }

    // Events.

    /// Passes on what happened in the session.
    pub(super) fn dispatch(&mut self) {
        while let Some(event) = self.session.next_event() {
            match event {
                Event::Connected { namespace, sid, recovered } => {
                    self.failures = 0;
                    self.on_connected(&namespace, sid, recovered);
                }
                Event::ConnectError { namespace, error } => {
                    let Some(member) = self.members.get_mut(&namespace) else { continue };
                    if !member.answer(Err(ConnectError::Refused(error.clone()))) {
                        self.push(&namespace, Incoming::Refused(error), None);
                    }
                    self.give_up(&namespace, DisconnectReason::Server);
                }
                Event::Event { namespace, ack, name, arguments } => {
                    let event = incoming::Event::new(name, arguments);
                    self.push(&namespace, Incoming::Event(event), ack);
                }
                Event::Acknowledged { id, arguments, .. } => self.answer(id, |_| Ok(arguments)),
                Event::AcknowledgementTimeout { id, .. } => {
                    self.answer(id, |call| Err(EmitError::AckTimeout(call.timeout)));
                }
                Event::Disconnected { namespace, reason } => {
                    self.on_disconnected(&namespace, reason);
                }
                Event::Closed(reason) => self.on_closed(&reason),
            }
        }
    }

    fn on_connected(&mut self, namespace: &Namespace, sid: String, recovered: bool) {
        let Some(member) = self.members.get_mut(namespace) else { return };
        member.sid = Some(sid);
        member.recovered = recovered;
        member.is_authenticated = false;
        if !member.answer(Ok(())) {
            self.push(namespace, Incoming::Connected { recovered }, None);
        }
    }

    fn on_disconnected(&mut self, namespace: &Namespace, reason: DisconnectReason) {
        self.drop_calls(namespace);
        let Some(member) = self.members.get_mut(namespace) else { return };
        member.sid = None;
        self.push(namespace, Incoming::Disconnected(reason.clone()), None);
        if matches!(reason, DisconnectReason::Client | DisconnectReason::Server) {
            self.give_up(namespace, reason);
        }
    }

    /// The transport is gone. Those who wait for their first connection learn why, and whoever wants
    /// to reconnect does, unless there were too many attempts.
    fn on_closed(&mut self, reason: &DisconnectReason) {
        self.arriving = 0;
        if *reason == DisconnectReason::Client {
            return;
        }
        self.is_lost = true;
        let failure = self.failure.take();
        let gives_up = self.failures >= self.max_attempts;
        self.failures = self.failures.saturating_add(1);
        let wanted = self.members.iter().filter(|(_, member)| member.is_wanted);
        for namespace in wanted.map(|(namespace, _)| namespace.clone()).collect::<Vec<_>>() {
            let Some(member) = self.members.get_mut(&namespace) else { continue };
            let error = match &failure {
                Some(error) => ConnectError::Transport(Arc::clone(error)),
                None => ConnectError::Closed(reason.clone()),
            };
            if member.answer(Err(error)) {
                self.give_up(&namespace, reason.clone());
                continue;
            }
            if let Some(error) = &failure {
                self.push(&namespace, Incoming::AttemptFailed(Arc::clone(error)), None);
            }
            if gives_up {
                self.give_up(&namespace, reason.clone());
            }
        }
    }

    /// Leaves a namespace, with all that is buffered for it, until the application connects again.
    fn give_up(&mut self, namespace: &Namespace, reason: DisconnectReason) {
        self.session.disconnect(namespace);
        self.drop_calls(namespace);
        let Some(member) = self.members.get_mut(namespace) else { return };
        member.is_wanted = false;
        member.answer(Err(ConnectError::Closed(reason)));
        member.arrived.notify_one();
    }

    fn push(&mut self, namespace: &Namespace, incoming: Incoming, token: Option<AckToken>) {
        let len = core::mem::take(&mut self.arriving).saturating_add(ITEM_LEN);
        if let Some(member) = self.members.get_mut(namespace) {
            member.inbox.push_back(Queued { incoming, token, len });
            self.unread = self.unread.saturating_add(len);
            member.arrived.notify_one();
        }
    }

    fn answer(&mut self, id: u64, answer: impl FnOnce(&Call) -> Result<Arguments, EmitError>) {
        if let Some(call) = self.calls.remove(&id) {
            let answer = answer(&call);
            // Nobody waits for it if the future was dropped.
            let _ = call.answer.send(answer);
        }
    }

    /// Drops the calls of a namespace, whose futures then return an error.
    fn drop_calls(&mut self, namespace: &Namespace) {
        self.calls.retain(|_, call| call.namespace != *namespace);
    }
}

impl Member {
    /// Answers whoever waits for the connection; returns whether anybody did.
    fn answer(&mut self, answer: Result<(), ConnectError>) -> bool {
        self.opener.take().is_some_and(|opener| opener.send(answer).is_ok())
    }
}
