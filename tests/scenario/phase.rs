//! A connection that is driven from its request to the end of its transport by one loop.

use core::time::Duration;

use sansocket::connection::{Limits, ProtocolError, Timeouts};
use sansocket::handshake::HeadLimits;
use sansocket::session::{Accepting, Failure, Phase, Server, Step, Want, Writing};
use sansocket::{Role, TimeoutKind, Timestamp};

use crate::wire::{self, BINARY, CLOSE, FIN, TEXT};

const REQUEST: &[u8] =
    b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const HIGH_WATER: usize = 1000;
const STALL: Duration = Duration::from_secs(5);

/// An echo server over a stream with this input, which accepts this many bytes.
struct Peer {
    phase: Phase<Server>,
    writing: Writing,
    input: Vec<u8>,
    /// Whether the input has an end.
    has_end: bool,
    capacity: usize,
    written: Vec<u8>,
    messages: usize,
    half_closes: usize,
    now: Timestamp,
}

impl Peer {
    fn new(frames: impl IntoIterator<Item = Vec<u8>>, has_end: bool) -> Self {
        let accepting =
            Accepting::new(&HeadLimits::default(), Duration::from_secs(10), Timeouts::default());
        let mut input = REQUEST.to_vec();
        input.extend(frames.into_iter().flatten());
        Self {
            phase: accepting.into(),
            writing: Writing::new(Some(STALL)),
            input,
            has_end,
            capacity: usize::MAX,
            written: Vec::new(),
            messages: 0,
            half_closes: 0,
            now: Timestamp::default(),
        }
    }

    fn run(&mut self) -> Result<Step, Failure> {
        let Self { phase, writing, now, .. } = self;
        let now = *now;
        loop {
            match (phase.next_with_room(now, writing)?, &mut *phase) {
                (Step::Request, Phase::Opening(accepting)) => {
                    let limits = Limits::default().high_water_mark(HIGH_WATER);
                    accepting.answer(|response| response, &limits, now, writing);
                }
                (Step::Message, Phase::Open(reading)) => {
                    self.messages += 1;
                    match reading.message() {
                        Ok(message) => writing.send(message).unwrap(),
                        Err(invalid) => invalid.fail(now, writing),
                    }
                }
                (Step::Read, phase) => {
                    let room = phase.unfilled();
                    let count = room.len().min(self.input.len());
                    if count > 0 {
                        room[..count].copy_from_slice(&self.input[..count]);
                        self.input.drain(..count);
                        phase.filled(count);
                    } else if self.has_end {
                        phase.end_of_stream();
                    }
                }
                (Step::Write, _) => {
                    while writing.wants(now) != Want::Nothing {
                        let count = writing.unwritten().len().min(self.capacity);
                        self.written.extend_from_slice(&writing.unwritten()[..count]);
                        self.capacity -= count;
                        writing.written(count);
                        writing.flushed();
                        if writing.wants(now) == Want::Write && self.capacity == 0 {
                            writing.refused(now);
                            break;
                        }
                    }
                }
                (Step::HalfClose, phase) => {
                    self.half_closes += 1;
                    phase.half_closed(writing);
                }
                (Step::Opened, phase) => assert!(phase.reading().is_some()),
                (step, _) => return Ok(step),
            }
        }
    }
}

fn close() -> Vec<u8> {
    wire::to(Role::Server, FIN | CLOSE, &wire::close_payload(1000, ""))
}

#[test]
fn one_loop_serves_from_the_request_to_the_end() {
    let mut peer = Peer::new([wire::to(Role::Server, FIN | TEXT, b"Hello"), close()], true);
    assert_eq!(peer.run(), Ok(Step::Ended));
    assert_eq!((peer.messages, peer.half_closes), (1, 1));
    assert!(peer.written.starts_with(b"HTTP/1.1 101 "));
    assert!(peer.written.ends_with(b"\x81\x05Hello\x88\x02\x03\xE8"));
}

#[test]
fn a_request_for_something_else_is_rejected_and_the_transport_ended() {
    let mut peer = Peer::new([], true);
    peer.input = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n".to_vec();
    assert!(matches!(peer.run(), Err(Failure::Handshake(_))));
    assert!(peer.written.starts_with(b"HTTP/1.1 426 "));
    assert_eq!(peer.half_closes, 1);
}

#[test]
fn input_after_the_last_frame_is_discarded() {
    let mut peer = Peer::new([close(), vec![0; 100_000]], false);
    // The peer does not end its direction: that is waited for.
    assert!(matches!(peer.run(), Ok(Step::Wait(_))));
    assert_eq!((peer.input.len(), peer.half_closes), (0, 1));
    peer.has_end = true;
    assert_eq!(peer.run(), Ok(Step::Ended));
}

#[test]
fn a_read_that_fails_ends_the_drain() {
    let mut peer = Peer::new([close()], false);
    assert!(matches!(peer.run(), Ok(Step::Wait(_))));
    let Peer { phase, writing, now, .. } = &mut peer;
    assert_eq!(phase.next(*now, writing), Ok(Step::Read));
    phase.failed(writing);
    assert_eq!(phase.next(*now, writing), Ok(Step::Ended));
}

#[test]
fn text_that_is_not_utf_8_fails_the_connection() {
    let mut peer = Peer::new([wire::to(Role::Server, FIN | TEXT, b"\xFF")], true);
    assert_eq!(peer.run(), Err(Failure::Protocol(ProtocolError::InvalidUtf8)));
    assert!(peer.written.windows(4).any(|bytes| bytes[0] == 0x88 && bytes[2..] == [0x03, 0xEF]));
}

#[test]
fn a_peer_that_does_not_read_gets_no_more_messages() {
    let message = vec![7; 400];
    let frames = (0..100).map(|_| wire::to(Role::Server, FIN | BINARY, &message));
    let mut peer = Peer::new(frames, false);
    peer.capacity = 200;
    assert_eq!(peer.run(), Ok(Step::Wait(Timestamp::default() + STALL)));
    // With the third, the queue reaches the mark.
    assert_eq!(peer.messages, 3);
    assert!(!peer.input.is_empty());

    // At every further call, too.
    assert_eq!(peer.run(), Ok(Step::Wait(Timestamp::default() + STALL)));
    assert_eq!(peer.messages, 3);

    // It reads some, and the server continues.
    peer.capacity = 500;
    peer.now = peer.now + Duration::from_secs(1);
    assert!(matches!(peer.run(), Ok(Step::Wait(_))));
    assert_eq!(peer.messages, 4);

    peer.capacity = usize::MAX;
    assert!(matches!(peer.run(), Ok(Step::Wait(_))));
    assert_eq!((peer.messages, peer.input.len()), (100, 0));
}

#[test]
fn a_peer_that_reads_nothing_is_dropped_by_the_write_timeout() {
    let frames = (0..10).map(|_| wire::to(Role::Server, FIN | BINARY, &[7; 400]));
    let mut peer = Peer::new(frames, false);
    peer.capacity = 200;
    let Ok(Step::Wait(until)) = peer.run() else { panic!("it has nothing to wait for") };
    peer.now = until;
    assert_eq!(peer.run(), Err(Failure::Timeout(TimeoutKind::Write)));
    assert_eq!(peer.run(), Err(Failure::Protocol(ProtocolError::ConnectionLost)));
}
