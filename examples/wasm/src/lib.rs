//! An echo server in WebAssembly. It imports nothing: the sockets and the clock are in JavaScript,
//! which passes bytes in and out. `echo.mjs` is that part, for Node.js.
//!
//!     cargo build --release --target wasm32-unknown-unknown
//!     node echo.mjs target/wasm32-unknown-unknown/release/sansocket_wasm.wasm 9001
//!
//! A client also needs a [`Seed`](sansocket::Seed) for its mask keys: 32 bytes of
//! `crypto.getRandomValues`.

use std::time::Duration;

use sansocket::handshake::{HeadLimits, OriginPolicy, server::Response};
use sansocket::session::{Accepting, Failure, Phase, Server, Step, Writing};
use sansocket::{Limits, Timeouts, Timestamp};

/// One connection, which JavaScript refers to by a number.
pub struct Peer {
    phase: Phase<Server>,
    writing: Writing,
    output: Vec<u8>,
    state: State,
}

/// What JavaScript must do with the socket after it has written the output.
#[derive(Clone, Copy)]
#[repr(u32)]
pub enum State {
    /// Read, and call again from time to time.
    Open = 0,
    /// End the direction, and continue to read.
    HalfClosed = 1,
    /// Close it.
    Ended = 2,
}

impl Peer {
    /// Does what the session asks for, until it has to wait.
    fn run(&mut self, now: Timestamp) -> Result<(), Failure> {
        let Self { phase, writing, output, state } = self;
        loop {
            match (phase.next_with_room(|| now, writing)?, &mut *phase) {
                (Step::Request, Phase::Opening(accepting)) => {
                    accepting.answer(respond, &Limits::default(), || now, writing);
                }
                (Step::Message, Phase::Open(reading)) => match reading.message() {
                    // It fails if the transport is lost, which the next step reports.
                    Ok(message) => drop(writing.send(message)),
                    Err(invalid) => invalid.fail(|| now, writing),
                },
                (Step::Write, _) => {
                    let count = writing.unwritten().len();
                    output.extend_from_slice(writing.unwritten());
                    writing.written(count);
                    writing.flushed();
                }
                (Step::HalfClose, phase) => {
                    *state = State::HalfClosed;
                    phase.half_closed(writing);
                }
                (Step::Read | Step::Wait(_), _) => return Ok(()),
                (Step::Ended, _) => {
                    *state = State::Ended;
                    return Ok(());
                }
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

#[unsafe(no_mangle)]
extern "C" fn peer_new() -> Box<Peer> {
    let accepting =
        Accepting::new(&HeadLimits::default(), Duration::from_secs(10), Timeouts::default());
    let writing = Writing::new(Some(Duration::from_secs(30)));
    let (output, state) = (Vec::new(), State::Open);
    Box::new(Peer { phase: accepting.into(), writing, output, state })
}

/// Returns the room for input, and its length.
#[unsafe(no_mangle)]
extern "C" fn peer_room(peer: &mut Peer) -> *mut u8 {
    peer.phase.unfilled().as_mut_ptr()
}

#[unsafe(no_mangle)]
extern "C" fn peer_room_len(peer: &mut Peer) -> usize {
    peer.phase.unfilled().len()
}

#[unsafe(no_mangle)]
extern "C" fn peer_filled(peer: &mut Peer, count: usize) {
    peer.phase.filled(count);
}

#[unsafe(no_mangle)]
extern "C" fn peer_end_of_stream(peer: &mut Peer) {
    peer.phase.end_of_stream();
}

/// Continues, at a time in milliseconds of a monotonic clock.
#[unsafe(no_mangle)]
extern "C" fn peer_run(peer: &mut Peer, now: f64) -> State {
    peer.output.clear();
    if peer.run(Duration::from_secs_f64(now / 1000.0).into()).is_err() {
        peer.state = State::Ended;
    }
    peer.state
}

/// Returns the output, which is valid until the next call of `peer_run`.
#[unsafe(no_mangle)]
extern "C" fn peer_output(peer: &Peer) -> *const u8 {
    peer.output.as_ptr()
}

#[unsafe(no_mangle)]
extern "C" fn peer_output_len(peer: &Peer) -> usize {
    peer.output.len()
}

#[unsafe(no_mangle)]
extern "C" fn peer_free(_: Box<Peer>) {}
