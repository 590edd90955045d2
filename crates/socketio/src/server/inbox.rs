use alloc::{collections::VecDeque, string::String, vec::Vec};
use std::sync::{Mutex, OnceLock};

use tokio::sync::Notify;

use super::lock::lock;
use crate::{
    Arguments,
    session::{AckToken, DisconnectReason},
};

/// The events that wait for the handler of a socket, and the end of the socket after them.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    events: Mutex<VecDeque<Received>>,
    arrived: Notify,
    end: OnceLock<End>,
    ended: Notify,
}

#[derive(Debug)]
pub(super) struct End {
    pub(super) reason: DisconnectReason,
    /// The rooms that the socket was in.
    pub(super) rooms: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Received {
    pub(super) name: String,
    pub(super) arguments: Arguments,
    pub(super) ack: Option<AckToken>,
    /// The bytes that it takes in the [`Backlog`](super::backlog::Backlog).
    pub(super) len: usize,
}

impl Inbox {
    pub(super) fn push(&self, event: Received) {
        lock(&self.events).push_back(event);
        self.arrived.notify_one();
    }

    /// Records that nothing more will come.
    pub(super) fn end(&self, end: End) {
        // There is only one.
        let _ = self.end.set(end);
        self.arrived.notify_waiters();
        self.ended.notify_waiters();
    }

    /// Waits for the next event; `None` after the last.
    pub(super) async fn pop(&self) -> Option<Received> {
        loop {
            // Before the checks, so that the end is not missed.
            let arrived = self.arrived.notified();
            if let Some(event) = self.try_pop() {
                return Some(event);
            }
            if self.end.get().is_some() {
                // An event may have come just before the end.
                return self.try_pop();
            }
            arrived.await;
        }
    }

    pub(super) fn try_pop(&self) -> Option<Received> {
        lock(&self.events).pop_front()
    }

    pub(super) fn known_end(&self) -> Option<&End> {
        self.end.get()
    }

    /// Waits for the end.
    pub(super) async fn ended(&self) -> &End {
        loop {
            let ended = self.ended.notified();
            if let Some(end) = self.end.get() {
                return end;
            }
            ended.await;
        }
    }
}
