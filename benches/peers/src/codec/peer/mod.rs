//! The peers, each used as its documentation shows, with its default settings.
//!
//! Reading gives whole messages. Writing sends one message at a time, and ends when the transport
//! has it.

mod fastwebsockets;
mod sansocket;
mod tokio_websockets;
mod tungstenite;

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use crate::codec::case::{Case, Direction, Payload};
use crate::codec::memory::Memory;

/// Reads or writes so many messages.
pub type Run<'c> = Box<dyn FnMut(usize) + 'c>;

pub struct Peer {
    pub name: &'static str,
    read: fn(Memory, usize) -> Run<'static>,
    write: fn(Memory, &Payload) -> Run<'_>,
}

impl Peer {
    /// A server over a transport of its own, ready to do the work of the case.
    pub fn prepare<'c>(&self, case: &'c Case) -> Run<'c> {
        let memory = Memory::of(case);
        match case.direction {
            Direction::Read => (self.read)(memory, case.payload.len()),
            Direction::Write => (self.write)(memory, &case.payload),
        }
    }
}

/// The first one is what the goal is about.
pub const PEERS: [Peer; 5] = [
    Peer { name: "sansocket", read: sansocket::read, write: sansocket::write },
    Peer {
        name: "sansocket::blocking",
        read: sansocket::read_blocking,
        write: sansocket::write_blocking,
    },
    Peer { name: "tungstenite", read: tungstenite::read, write: tungstenite::write },
    Peer { name: "tokio-websockets", read: tokio_websockets::read, write: tokio_websockets::write },
    Peer { name: "fastwebsockets", read: fastwebsockets::read, write: fastwebsockets::write },
];

/// What a future gives that never waits.
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("memory never makes anybody wait"),
    }
}
