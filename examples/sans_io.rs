//! The engine without an adapter: an echo server on one thread with `mio`.
//!
//!     cargo run --release --example sans_io -- 127.0.0.1:9001 [PING_SECONDS]
//!
//! A session decides what to do in which order, from the request to the end of the transport; this
//! program makes the calls. `Peer` is all that is needed if calls do not wait, for example in a
//! game loop; `main` runs many of them on one poll.

use std::collections::HashMap;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::Shutdown;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use sansocket::handshake::{HeadLimits, OriginPolicy, server::Response};
use sansocket::session::{Accepting, Failure, Phase, Server, Step, Want, Writing};
use sansocket::{Limits, Timeouts, Timestamp};

const LISTENER: Token = Token(0);
/// The precision of timeouts.
const TICK: Duration = Duration::from_millis(100);

fn now() -> Timestamp {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed().into()
}

struct Peer {
    stream: TcpStream,
    phase: Phase<Server>,
    writing: Writing,
    /// When it continues even if nothing happens.
    wake_at: Timestamp,
}

impl Peer {
    fn accept(from: &TcpListener, poll: &Poll, token: Token, times: Timeouts) -> io::Result<Self> {
        let (mut stream, _) = from.accept()?;
        stream.set_nodelay(true)?;
        poll.registry().register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        let accepting = Accepting::new(&HeadLimits::default(), Duration::from_secs(10), times);
        let writing = Writing::new(Some(Duration::from_secs(30)));
        Ok(Self { stream, phase: accepting.into(), writing, wake_at: Timestamp::default() })
    }

    /// Does what the session asks for, until it has to wait. Returns `false` if the connection has
    /// ended.
    fn run(&mut self) -> Result<bool, Failure> {
        let Self { stream, phase, writing, wake_at } = self;
        loop {
            match (phase.next_with_room(now, writing)?, &mut *phase) {
                (Step::Request, Phase::Opening(accepting)) => {
                    accepting.answer(respond, &Limits::default(), now, writing);
                }
                (Step::Message, Phase::Open(reading)) => match reading.message() {
                    // It fails if the transport is lost, which the next step reports.
                    Ok(message) => drop(writing.send(message)),
                    Err(invalid) => invalid.fail(now, writing),
                },
                (Step::Read, phase) => match stream.read(phase.unfilled()) {
                    Ok(0) => phase.end_of_stream(),
                    Ok(count) => phase.filled(count),
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    Err(_) => phase.failed(writing),
                },
                (Step::Write, _) => {
                    while writing.wants(now) != Want::Nothing {
                        match stream.write(writing.unwritten()) {
                            Ok(count) => writing.written(count),
                            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                                writing.refused(now());
                                break;
                            }
                            Err(_) => writing.failed(),
                        }
                        // TCP buffers nothing that needs a flush.
                        writing.flushed();
                    }
                }
                (Step::HalfClose, phase) => {
                    // If it fails, the peer was faster.
                    let _ = stream.shutdown(Shutdown::Write);
                    phase.half_closed(writing);
                }
                (Step::Wait(until), _) => {
                    *wake_at = until;
                    return Ok(true);
                }
                (Step::Ended, _) => return Ok(false),
                (Step::Request | Step::Opened | Step::Message | Step::Drain, _) => {}
            }
        }
    }
}

fn respond(response: Response) -> Response {
    let response = response.origin_policy(&OriginPolicy::Any);
    #[cfg(feature = "deflate")]
    let response = response.deflate(&sansocket::deflate::Config::default());
    response
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| String::from("127.0.0.1:9001"));
    let ping = Duration::try_from_secs_f64(arguments.next().map_or(Ok(20.0), |s| s.parse())?)?;
    let timeouts = Timeouts::default().ping_interval(Some(ping)).pong(ping);
    let mut listener = TcpListener::bind(address.parse()?)?;
    println!("listening on ws://{}", listener.local_addr()?);
    let (mut poll, mut events) = (Poll::new()?, Events::with_capacity(1024));
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let (mut peers, mut last) = (HashMap::<Token, Peer>::new(), LISTENER);
    loop {
        match poll.poll(&mut events, Some(TICK)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            polled => polled?,
        }
        for event in &events {
            if let Some(peer) = peers.get_mut(&event.token()) {
                peer.wake_at = Timestamp::default();
            }
        }
        // With so many that a loop takes long, keep a queue of times.
        let time = now();
        peers.retain(|_, peer| time < peer.wake_at || peer.run().unwrap_or(false));
        // Every time: after a failure for lack of descriptors, no event announces free ones.
        last.0 += 1;
        while let Ok(peer) = Peer::accept(&listener, &poll, last, timeouts) {
            peers.insert(last, peer);
            last.0 += 1;
        }
    }
}
