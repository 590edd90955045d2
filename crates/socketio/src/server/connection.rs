use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::String,
    sync::Arc,
    vec::Vec,
};
use core::{fmt, time::Duration};
use std::sync::{Mutex, MutexGuard};

use sansocket::Timestamp;
use tokio::sync::{Notify, oneshot};

use super::{
    AckError, Handshake, Publication, Server, Socket,
    backlog::Backlog,
    handshake::Opening,
    inbox::{End, Received},
    lock::lock,
};
use crate::{
    Arguments, Namespace,
    engine_io::{EncodedPacket, Packet, PacketError, Transport},
    packet::ConnectError,
    session::{AckToken, DisconnectReason, SendError, ServerSession, server::Event},
};

/// What the packet that confirms a connection counts at most in the queue, in bytes.
const CONNECT_LEN: usize = 512;

/// A session of Engine.IO, and the sockets of its namespaces.
///
/// # Theory of operation
///
/// 1. Everything happens under one lock, which is held for a call of the session and for what follows
///    from it: its events are dispatched before the lock is free. So a socket has a seat exactly while
///    its namespace is connected in the session.
/// 2. Under this lock, only those of rooms, inboxes, tasks and the list of connections are taken. Nobody
///    takes this lock while holding one of them. An adapter may deliver under its own lock; so no
///    adapter is called under this lock.
/// 3. Tasks wait for notifications: the driver of a WebSocket, a poll, and the timer. Each is one
///    waiter, and a notification that comes early is kept for it.
/// 4. Tasks that take packets out do not notify the one that does: it would spin.
pub(super) struct Connection {
    server: Server,
    sid: String,
    opening: Arc<Opening>,
    state: Mutex<State>,
    pub(super) backlog: Backlog,
    web_socket_ready: Notify,
    poll_ready: Notify,
    deadline_changed: Notify,
    ended: Notify,
}

struct State {
    session: ServerSession,
    seats: BTreeMap<Namespace, Seat>,
    /// The bytes that arrived since the last event.
    received_len: usize,
    /// When the timer runs.
    timer_at: Option<Timestamp>,
}

/// The place of a namespace's socket.
struct Seat {
    socket: Socket,
    phase: Phase,
}

enum Phase {
    /// It waits for what it missed. What is published meanwhile comes after that.
    Recovering {
        held: Vec<Publication>,
        held_len: usize,
    },
    Connected {
        answers: BTreeMap<u64, Answer>,
    },
}

/// Where the acknowledgement of an event goes.
type Answer = oneshot::Sender<Result<Arguments, AckError>>;

impl Connection {
    pub(super) fn new(
        server: &Server,
        sid: String,
        opening: Opening,
        transport: Transport,
    ) -> Arc<Self> {
        let session = ServerSession::new(server.settings(), &sid, transport, server.now());
        let state = State { session, seats: BTreeMap::new(), received_len: 0, timer_at: None };
        Arc::new(Self {
            server: server.clone(),
            sid,
            opening: Arc::new(opening),
            state: Mutex::new(state),
            backlog: Backlog::default(),
            web_socket_ready: Notify::new(),
            poll_ready: Notify::new(),
            deadline_changed: Notify::new(),
            ended: Notify::new(),
        })
    }

    pub(super) fn server(&self) -> &Server {
        &self.server
    }

    pub(super) fn sid(&self) -> &str {
        &self.sid
    }

    pub(super) fn transport(&self) -> Transport {
        lock(&self.state).session.transport()
    }

    // The session.

    /// Changes the session, and does what follows.
    pub(super) fn update<R>(
        self: &Arc<Self>,
        change: impl FnOnce(&mut ServerSession, Timestamp) -> R,
    ) -> R {
        let mut state = lock(&self.state);
        let result = change(&mut state.session, self.server.now());
        self.settle(state);
        self.notify();
        result
    }

    /// Takes what is to be sent out of the session.
    pub(super) fn take<R>(self: &Arc<Self>, take: impl FnOnce(&mut ServerSession) -> R) -> R {
        let mut state = lock(&self.state);
        let taken = take(&mut state.session);
        self.settle(state);
        taken
    }

    /// Takes a packet of the client, which arrived in a message of `len` bytes.
    pub(super) fn receive(
        self: &Arc<Self>,
        transport: Transport,
        packet: Result<Packet<'_>, PacketError>,
        len: usize,
    ) {
        let mut state = lock(&self.state);
        state.received_len = state.received_len.saturating_add(len);
        match packet {
            Ok(packet) => state.session.receive(transport, packet, self.server.now()),
            Err(error) => state.session.receive_invalid(transport, error),
        }
        self.settle(state);
        self.notify();
    }

    /// Ends the session at once.
    pub(super) fn lose(self: &Arc<Self>, reason: DisconnectReason) {
        self.update(|session, _| session.fail(reason));
    }

    /// Dispatches the events of the session, and records its end.
    fn settle(self: &Arc<Self>, mut state: MutexGuard<'_, State>) {
        while let Some(event) = state.session.next_event() {
            self.dispatch(&mut state, event);
        }
        let deadline = state.session.deadline();
        if deadline.is_none() || state.timer_at.is_some_and(|at| deadline < Some(at)) {
            self.deadline_changed.notify_one();
        }
        if state.session.is_ended() {
            self.server.remove_connection(&self.sid);
            self.ended.notify_waiters();
        }
    }

    fn dispatch(self: &Arc<Self>, state: &mut State, event: Event) {
        /// What an event takes without the bytes that arrived.
        const OVERHEAD: usize = 256;
        let len = core::mem::take(&mut state.received_len).saturating_add(OVERHEAD);
        match event {
            Event::Connect { namespace, auth } => match self.server.find_namespace(&namespace) {
                Some(found) => {
                    let handshake = Handshake::new(&self.opening, auth);
                    self.server.spawn(found.connect(Arc::clone(self), handshake));
                }
                None => reject(&mut state.session, &namespace, ConnectError::invalid_namespace()),
            },
            Event::Event { namespace, ack, name, arguments } => {
                if let Some(Seat { socket, .. }) = state.seats.get(&namespace) {
                    self.backlog.add(len);
                    socket.inbox().push(Received { name, arguments, ack, len });
                }
            }
            Event::Acknowledged { namespace, id, arguments } => {
                state.answer(&namespace, id, Ok(arguments));
            }
            Event::AcknowledgementTimeout { namespace, id } => {
                state.answer(&namespace, id, Err(AckError::Timeout));
            }
            Event::Disconnected { namespace, reason } => {
                if let Some(Seat { socket, .. }) = state.seats.remove(&namespace) {
                    let rooms = lock(&socket.served_namespace().rooms).remove(&socket);
                    socket.inbox().end(End { reason, rooms });
                }
            }
            // What it means for sockets came before.
            Event::Closed(_) => {}
        }
    }

    /// Wakes what sends.
    fn notify(&self) {
        self.web_socket_ready.notify_one();
        self.poll_ready.notify_one();
    }

    // Sockets.

    /// Gives a socket that recovers a seat and its rooms, so that it misses nothing from now on. Returns
    /// `false` if another socket has its id.
    pub(super) fn hold(&self, socket: &Socket, rooms: &[String]) -> bool {
        let mut state = lock(&self.state);
        let mut members = lock(&socket.served_namespace().rooms);
        members.insert(socket);
        if !members.get(socket.id()).is_some_and(|found| found.is_same(socket)) {
            return false;
        }
        for room in rooms {
            members.join(socket.id(), room);
        }
        let phase = Phase::Recovering { held: Vec::new(), held_len: 0 };
        let seat = Seat { socket: socket.clone(), phase };
        state.seats.insert(socket.namespace().clone(), seat);
        true
    }

    /// Takes back what [`hold`](Self::hold) gave.
    pub(super) fn release(&self, socket: &Socket) {
        let mut state = lock(&self.state);
        if state.phase(socket).is_ok() {
            state.seats.remove(socket.namespace());
        }
        lock(&socket.served_namespace().rooms).remove(socket);
    }

    /// Connects a socket, and sends what it missed.
    pub(super) fn accept(
        self: &Arc<Self>,
        socket: &Socket,
        missed: &[Publication],
    ) -> Result<(), SendError> {
        let mut state = lock(&self.state);
        let namespace = socket.namespace();
        // A client that cannot get what it missed would come back for it for ever.
        let held_len = match state.seats.get(namespace) {
            Some(Seat { phase: Phase::Recovering { held_len, .. }, .. }) => *held_len,
            _ => 0,
        };
        let packets = missed.iter().flat_map(|missed| &missed.packets);
        let len = packets.map(EncodedPacket::queued_len).fold(held_len, usize::saturating_add);
        let queued = state.session.queued_len().saturating_add(CONNECT_LEN);
        let max = self.server.settings().max_queued_len;
        if len > 0 && queued.saturating_add(len) > max {
            return Err(SendError::QueueFull { queued, len, max });
        }
        state.session.accept(namespace, socket.id(), socket.pid())?;
        lock(&socket.served_namespace().rooms).insert(socket);
        let phase = Phase::Connected { answers: BTreeMap::new() };
        let seat = Seat { socket: socket.clone(), phase };
        let held = match state.seats.insert(namespace.clone(), seat) {
            Some(Seat { phase: Phase::Recovering { held, .. }, .. }) => held,
            _ => Vec::new(),
        };
        let known: BTreeSet<_> = missed.iter().map(|missed| &missed.offset).collect();
        let news = held.iter().filter(|publication| !known.contains(&publication.offset));
        for publication in missed.iter().chain(news) {
            if state.send(socket, &publication.packets).is_err() {
                break;
            }
        }
        self.settle(state);
        self.notify();
        Ok(())
    }

    pub(super) fn reject(self: &Arc<Self>, namespace: &Namespace, error: ConnectError) {
        self.update(|session, _| reject(session, namespace, error));
    }

    pub(super) fn disconnect(self: &Arc<Self>, socket: &Socket) {
        let mut state = lock(&self.state);
        if state.phase(socket).is_ok() {
            // It has a seat, so it is connected.
            let _ = state.session.disconnect(socket.namespace(), self.server.now());
        }
        self.settle(state);
        self.notify();
    }

    // Events for the client.

    /// Sends packets, or disconnects the client if it reads too slowly.
    pub(super) fn send(
        self: &Arc<Self>,
        socket: &Socket,
        packets: &[EncodedPacket],
    ) -> Result<(), SendError> {
        let mut state = lock(&self.state);
        state.phase(socket)?;
        let result = state.send(socket, packets);
        if result.is_err() {
            self.settle(state);
        }
        self.notify();
        result
    }

    pub(super) fn deliver(self: &Arc<Self>, socket: &Socket, publication: &Publication) {
        let mut state = lock(&self.state);
        match state.phase(socket) {
            Err(_) => return,
            Ok(Phase::Recovering { .. }) if publication.is_volatile => return,
            Ok(Phase::Recovering { held, held_len }) => {
                let len = publication.packets.iter().map(EncodedPacket::queued_len);
                *held_len = len.fold(*held_len, usize::saturating_add);
                if *held_len <= self.server.settings().max_queued_len {
                    return held.push(publication.clone());
                }
                state.lose(DisconnectReason::QueueFull);
            }
            Ok(Phase::Connected { .. }) => {
                if publication.is_volatile && !state.session.is_writable() {
                    return;
                }
                if state.send(socket, &publication.packets).is_ok() {
                    drop(state);
                    return self.notify();
                }
            }
        }
        self.settle(state);
        self.notify();
    }

    pub(super) fn emit_with_ack(
        self: &Arc<Self>,
        socket: &Socket,
        name: &str,
        arguments: Arguments,
        timeout: Duration,
    ) -> Result<oneshot::Receiver<Result<Arguments, AckError>>, SendError> {
        let mut state = lock(&self.state);
        state.phase(socket)?;
        let (namespace, now) = (socket.namespace(), self.server.now());
        let result = state.session.emit_with_ack(namespace, name, arguments, timeout, now);
        let (answer, receiver) = oneshot::channel();
        match &result {
            Ok(id) => {
                if let Ok(Phase::Connected { answers }) = state.phase(socket) {
                    answers.insert(*id, answer);
                }
            }
            Err(error) => state.lose_if_full(error),
        }
        self.settle(state);
        self.notify();
        result.map(|_| receiver)
    }

    pub(super) fn acknowledge(
        self: &Arc<Self>,
        namespace: &Namespace,
        ack: AckToken,
        arguments: Arguments,
    ) -> Result<(), SendError> {
        let mut state = lock(&self.state);
        let result = state.session.acknowledge(namespace, ack, arguments);
        if let Err(error) = &result {
            state.lose_if_full(error);
        }
        self.settle(state);
        self.notify();
        result
    }

    // Waiting.

    /// Waits until there may be something for the WebSocket.
    pub(super) async fn web_socket_ready(&self) {
        self.web_socket_ready.notified().await;
    }

    /// Waits until there may be an answer to a poll.
    pub(super) async fn poll_ready(&self) {
        self.poll_ready.notified().await;
    }

    /// Waits for the end of the session.
    pub(super) async fn ended(&self) {
        loop {
            let ended = self.ended.notified();
            if lock(&self.state).session.is_ended() {
                return;
            }
            ended.await;
        }
    }

    /// Tells the session the time, to its end.
    pub(super) async fn keep_time(self: &Arc<Self>) {
        loop {
            let deadline = {
                let mut state = lock(&self.state);
                state.timer_at = state.session.deadline();
                state.timer_at
            };
            let Some(deadline) = deadline else { return };
            tokio::select! {
                () = tokio::time::sleep_until(self.server.instant(deadline)) => {
                    self.update(ServerSession::advance);
                }
                () = self.deadline_changed.notified() => {}
            }
        }
    }
}

impl State {
    /// Returns the phase of a socket that has a seat. Another one may have it by now: a client can leave
    /// a namespace and come back over the same connection.
    fn phase(&mut self, socket: &Socket) -> Result<&mut Phase, SendError> {
        match self.seats.get_mut(socket.namespace()) {
            Some(seat) if seat.socket.is_same(socket) => Ok(&mut seat.phase),
            _ => Err(SendError::NotConnected(socket.namespace().clone())),
        }
    }

    fn send(&mut self, socket: &Socket, packets: &[EncodedPacket]) -> Result<(), SendError> {
        let result = self.session.send(socket.namespace(), packets);
        if let Err(error) = &result {
            self.lose_if_full(error);
        }
        result
    }

    /// Ends the session if the client reads too slowly.
    fn lose_if_full(&mut self, error: &SendError) {
        if let SendError::QueueFull { .. } = error {
            self.lose(DisconnectReason::QueueFull);
        }
    }

    fn lose(&mut self, reason: DisconnectReason) {
        self.session.fail(reason);
    }

    fn answer(&mut self, namespace: &Namespace, id: u64, answer: Result<Arguments, AckError>) {
        let phase = self.seats.get_mut(namespace).map(|seat| &mut seat.phase);
        if let Some(Phase::Connected { answers }) = phase
            && let Some(waiting) = answers.remove(&id)
        {
            // Perhaps nobody waits any more.
            let _ = waiting.send(answer);
        }
    }
}

/// Refuses a connection to a namespace, which the client may have given up.
fn reject(session: &mut ServerSession, namespace: &Namespace, error: ConnectError) {
    let result = match session.reject(namespace, error.clone()) {
        // Its data cannot be sent.
        Err(SendError::Encode(_)) => session.reject(namespace, ConnectError::new(error.message)),
        result => result,
    };
    if let Err(SendError::QueueFull { .. }) = result {
        session.lost(session.transport(), DisconnectReason::QueueFull);
    }
}

impl fmt::Debug for Connection {
    // The id grants access: keep it out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}
