use alloc::string::String;
use core::future::pending;
use std::sync::{Mutex, MutexGuard, PoisonError};

use sansocket::Timestamp;
use tokio::{
    sync::{Notify, futures::Notified},
    time::{Instant, sleep_until},
};

use super::{auth::Auth, state::State};
use crate::engine_io::{EncodedPacket, Query, Transport};

/// What the handles of a client and its task share. The handles change the session, and the task does
/// what it then asks for.
///
/// The task has three parts, which run concurrently: one keeps the time, one opens transports and
/// writes, and one reads. Each is woken by its own `Notify`, which keeps one wake-up for later: a change
/// between a part's look at the session and its wait is not missed. With polling there are more: they
/// look at the state after each change.
pub(super) struct Shared {
    state: Mutex<State>,
    pub(super) auth: Auth,
    start: Instant,
    /// There may be something to write, or the transport is wanted or no longer wanted.
    output: Notify,
    /// The transport was lost while a part may wait for it.
    lost: Notify,
    /// The deadline is earlier than before.
    clock: Notify,
    /// The application has taken something.
    inbox_room: Notify,
    /// The queue has become shorter: for all that emit.
    outbox_room: Notify,
    /// Something has changed: for those that wait for a state in particular.
    changed: Notify,
    max_unread: usize,
}

impl Shared {
    pub(super) fn new(state: State, auth: Auth, max_unread: usize) -> Self {
        Self {
            state: Mutex::new(state),
            auth,
            start: Instant::now(),
            output: Notify::new(),
            lost: Notify::new(),
            clock: Notify::new(),
            inbox_room: Notify::new(),
            outbox_room: Notify::new(),
            changed: Notify::new(),
            max_unread,
        }
    }

    /// Looks at the state, or changes what concerns nobody else.
    pub(super) fn look<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.lock())
    }

    /// Changes the session, passes on what happened in it, and wakes the task.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State, Timestamp) -> T) -> T {
        let mut state = self.lock();
        let queued = state.session.queued_len();
        let result = change(&mut state, self.now());
        state.dispatch();
        let has_more_room = state.session.queued_len() < queued;
        let (is_earlier, is_lost) = (state.is_deadline_earlier(), state.is_lost());
        drop(state);
        self.output.notify_one();
        self.changed.notify_waiters();
        if is_earlier {
            self.clock.notify_one();
        }
        if is_lost {
            self.lost.notify_one();
        }
        if has_more_room {
            self.outbox_room.notify_waiters();
        }
        result
    }

    /// Returns the next packet to write.
    pub(super) fn next_packet(&self) -> Option<EncodedPacket> {
        let mut state = self.lock();
        let packet = state.session.next_packet();
        state.dispatch();
        drop(state);
        if packet.is_some() {
            self.outbox_room.notify_waiters();
        }
        packet
    }

    /// Waits for the next payload to send, and returns it with the query of its request.
    pub(super) async fn next_payload(&self) -> (Query, String) {
        let query = |state: &State| state.session.query(Transport::Polling);
        let next = |state: &mut State| Some((state.session.next_payload()?, query(state)));
        let (payload, query) = self.when(next).await;
        self.outbox_room.notify_waiters();
        (query, payload)
    }

    /// Waits for a change that concerns the transport.
    pub(super) fn output(&self) -> Notified<'_> {
        self.output.notified()
    }

    /// Waits until the session has lost its transport.
    pub(super) async fn lost(&self) {
        while !self.look(|state| state.is_lost()) {
            self.lost.notified().await;
        }
    }

    /// Waits until there is no transport, and none is wanted.
    pub(super) async fn idle(&self) {
        self.when(|state| state.is_idle().then_some(())).await;
    }

    /// Waits until a look at the state finds something.
    pub(super) async fn when<T>(&self, look: impl Fn(&mut State) -> Option<T>) -> T {
        loop {
            // Counts from now: a change during the look is not missed.
            let changed = self.changed.notified();
            if let Some(found) = self.look(&look) {
                return found;
            }
            changed.await;
        }
    }

    /// Waits until there is room for what the server sends.
    pub(super) async fn inbox_room(&self) {
        while self.look(|state| state.unread()) >= self.max_unread {
            self.inbox_room.notified().await;
        }
    }

    /// Records that the application has taken something.
    pub(super) fn taken(&self) {
        self.inbox_room.notify_one();
    }

    /// Returns what waits until there may be room to emit, counted from now.
    pub(super) fn outbox_room(&self) -> Notified<'_> {
        self.outbox_room.notified()
    }

    /// Gives the session the time, forever.
    pub(super) async fn keep_time(&self) {
        loop {
            let deadline = self.change(|state, now| {
                state.session.advance(now);
                state.dispatch();
                state.arm()
            });
            let elapsed = async {
                match deadline.and_then(|deadline| self.instant(deadline)) {
                    Some(instant) => sleep_until(instant).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                () = elapsed => {}
                () = self.clock.notified() => {}
            }
        }
    }

    fn now(&self) -> Timestamp {
        Timestamp::from(self.start.elapsed())
    }

    /// Returns the instant of a timestamp; `None` for one that is too far away.
    fn instant(&self, timestamp: Timestamp) -> Option<Instant> {
        self.start.checked_add(timestamp.since(Timestamp::default()))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics under the lock, unless the allocator does.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
