//! The peers, each used as its documentation shows, with its default settings.
//!
//! Reading gives whole messages. Writing sends one message at a time, until the transport has it.

mod fastwebsockets;
mod nexus_web;
mod sansocket;
mod sockudo_ws;
mod soketto;
mod tokio_websockets;
mod tungstenite;
mod wtx;
mod yawc;

use std::cell::RefCell;
use std::future::{self, Future};
use std::io;

use ::bytes::Bytes;
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;

use crate::codec::case::{Case, Expected, Payload, Setup, Work};
use crate::memory::{Memory, now, unless_it_waits};

/// Does the work as many times as it is told.
pub type Run<'c> = Box<dyn FnMut(usize) + 'c>;

/// The ownership of a message that was read.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    /// It is gone with the next one.
    Lent,
    Owned,
}

/// One way to use a library. Work that it cannot do is `None`.
pub trait Peer {
    fn name(&self) -> &'static str;

    fn kind(&self) -> Kind;

    fn read(&self, memory: Memory, setup: Setup, expected: Expected) -> Option<Run<'static>>;

    fn write<'c>(&self, memory: Memory, setup: Setup, payload: &'c Payload) -> Option<Run<'c>>;

    /// Answers the request that the transport has; returns whether that makes a socket.
    fn accept(&self, memory: Memory) -> Option<bool>;
}

impl dyn Peer + '_ {
    pub fn is_ours(&self) -> bool {
        self.name().starts_with("sansocket")
    }

    pub fn column(&self) -> String {
        let is_lent = |peer: &&dyn Peer| peer.name() == self.name() && peer.kind() == Kind::Lent;
        if self.kind() == Kind::Owned && PEERS.iter().any(is_lent) {
            format!("{}, owned", self.name())
        } else {
            self.name().into()
        }
    }

    /// Returns the work of the case, ready to be done.
    pub fn prepare<'c>(&'c self, case: &'c Case, memory: Memory, closely: bool) -> Option<Run<'c>> {
        match case.work {
            Work::Read => self.read(memory, case.setup, case.expected(closely)),
            Work::Write => self.write(memory, case.setup, &case.payload),
            Work::Accept => {
                self.accept(memory.clone())?;
                Some(Box::new(move |handshakes| {
                    for _ in 0..handshakes {
                        assert_eq!(self.accept(memory.clone()), Some(true));
                    }
                }))
            }
        }
    }
}

/// Ours come first.
pub const PEERS: &[&dyn Peer] = &[
    &sansocket::Async { kind: Kind::Lent },
    &sansocket::Async { kind: Kind::Owned },
    &sansocket::Blocking,
    &sansocket::Engine,
    &tungstenite::Tungstenite,
    &tokio_websockets::TokioWebsockets,
    &fastwebsockets::Fastwebsockets,
    &sockudo_ws::SockudoWs,
    &yawc::Yawc,
    &wtx::Wtx { kind: Kind::Lent },
    &wtx::Wtx { kind: Kind::Owned },
    &soketto::Soketto,
    &nexus_web::NexusWeb { kind: Kind::Lent },
    &nexus_web::NexusWeb { kind: Kind::Owned },
];

/// Returns whether a future succeeds without waiting for anything.
fn succeeds<T, E>(future: impl Future<Output = Result<T, E>>) -> bool {
    unless_it_waits(future).is_some_and(|result| result.is_ok())
}

/// Has hyper answer the request, up to the upgrade; `None` refuses it.
fn through_hyper(
    memory: Memory,
    answer: impl FnMut(&mut Request<Incoming>) -> Option<Response<Empty<Bytes>>>,
) {
    let answer = RefCell::new(answer);
    let service = service_fn(|mut request: Request<Incoming>| {
        let response = answer.borrow_mut()(&mut request);
        future::ready(response.ok_or(io::Error::other("refused")))
    });
    let connection = http1::Builder::new().serve_connection(TokioIo::new(memory), service);
    // Its error is that it was refused.
    let _ = unless_it_waits(connection.with_upgrades());
}
