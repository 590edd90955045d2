//! The memory of one end of a connection while its peer sends the most expensive input: at most the
//! formula in the README, whatever the input is and however it is split into reads.

#![allow(
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

#[path = "allocations/mod.rs"]
mod allocations;
#[path = "wire/mod.rs"]
mod wire;

use sansocket::Parsed;
use sansocket::buffered::{Progress, ReadBuffer, WriteBuffer};
use sansocket::connection::{Connection, ProtocolError};
use sansocket::handshake::{HeadLimits, HeadScanner};
use sansocket::{Limits, Role, Seed};

use allocations::growth_during;
use wire::{BINARY, CLOSE, CONTINUATION, FIN, Length, PING, TEXT};

const ROLES: [Role; 2] = [Role::Client, Role::Server];
const READ_LENS: [usize; 3] = [1, 1000, 64 << 10];
const MAX_MESSAGE_LEN: usize = 100_000;
const HIGH_WATER_MARK: usize = 16 << 10;

/// The smallest read, and the initial size of a read buffer.
const MIN_READ_LEN: usize = 4 << 10;
/// A control frame that arrives in pieces.
const CONTROL_FRAME_LEN: usize = 125 + 14;

fn config() -> Limits {
    Limits::default().max_message_len(MAX_MESSAGE_LEN as u64).high_water_mark(HIGH_WATER_MARK)
}

/// The formula: what an endpoint may hold if at most `read_len` bytes arrive at a time, `received`
/// bytes of its longest message have arrived, and it sends frames of up to `sent_len` bytes.
fn bound(read_len: usize, received: usize, sent_len: usize) -> usize {
    let reads = MIN_READ_LEN.max(2 * read_len);
    let message = 2 * received.min(MAX_MESSAGE_LEN);
    // Above the mark, one frame, a Pong and a Close frame; a buffer grows by doubling.
    let queue =
        if sent_len > 0 { 2 * (HIGH_WATER_MARK + sent_len + 2 * CONTROL_FRAME_LEN) } else { 0 };
    reads + message + queue + CONTROL_FRAME_LEN
}

/// An endpoint that echoes messages to a peer that does not read.
struct End {
    connection: Connection,
    read: ReadBuffer,
    write: WriteBuffer,
}

fn plain(role: Role) -> Connection {
    match role {
        Role::Client => Connection::client(&config(), Seed::from([7; 32])),
        Role::Server => Connection::server(&config()),
    }
}

impl End {
    fn new(connection: Connection) -> Self {
        Self { connection, read: ReadBuffer::default(), write: WriteBuffer::default() }
    }

    /// Reads until it fails, messages fill the queue, or everything was read.
    fn run(&mut self, sent: &Sent, read_len: usize) -> Result<(), ProtocolError> {
        for (bytes, repetitions) in sent {
            for read in std::iter::repeat_n(bytes, *repetitions).flat_map(|it| it.chunks(read_len))
            {
                let mut rest = read;
                while !rest.is_empty() {
                    let room = self.read.unfilled();
                    let (now, later) = rest.split_at(rest.len().min(room.len()));
                    room[..now.len()].copy_from_slice(now);
                    self.read.filled(now.len());
                    rest = later;
                    self.answer()?;
                }
                if self.connection.sender.reaches_high_water(self.write.unwritten().len())
                    && self.echoes()
                {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn answer(&mut self) -> Result<(), ProtocolError> {
        let Connection { receiver, sender } = &mut self.connection;
        loop {
            let progress =
                self.read.advance(receiver, |reply| sender.reply(reply, self.write.out()))?;
            if progress != Progress::Message {
                return Ok(());
            }
            // After a Close frame there is nothing to send any more.
            let _ = self.write.send(sender, self.read.message()?);
        }
    }

    /// Whether messages fill the queue, so that an adapter stops reading.
    fn echoes(&self) -> bool {
        self.write.unwritten().first().is_some_and(|first| first & 0x0F == BINARY)
    }
}

/// What a peer sends: bytes, and how often they are repeated.
type Sent = [(Vec<u8>, usize)];

/// Asserts the bound for both roles and all reads.
fn assert_bounded<const N: usize>(
    received: usize,
    sent_len: usize,
    expected: Result<(), ProtocolError>,
    sent: impl Fn(Role) -> [(Vec<u8>, usize); N],
) {
    assert_bounded_with(plain, 0, received, sent_len, expected, sent);
}

/// The same for connections that may hold `more` for compression.
fn assert_bounded_with<const N: usize>(
    connection: impl Fn(Role) -> Connection,
    more: usize,
    received: usize,
    sent_len: usize,
    expected: Result<(), ProtocolError>,
    sent: impl Fn(Role) -> [(Vec<u8>, usize); N],
) {
    for role in ROLES {
        for read_len in READ_LENS {
            let sent = sent(role);
            let mut end = End::new(connection(role));
            let (result, growth) = growth_during(|| end.run(&sent, read_len));
            let bound = bound(read_len, received, sent_len) + more;
            assert_eq!(result, expected, "{role:?}");
            assert!(growth <= bound as u64, "{role:?}, {read_len}: {growth} > {bound}");
        }
    }
}

fn once(bytes: Vec<u8>) -> (Vec<u8>, usize) {
    (bytes, 1)
}

#[test]
fn empty_fragments_stay_within_the_formula() {
    let refused = Err(ProtocolError::TooManyFragments { limit: 1 << 17 });
    assert_bounded(0, 0, refused, |role| {
        let fragment = wire::to(role, CONTINUATION, b"");
        [once(wire::to(role, TEXT, b"")), (fragment, 1_000_000)]
    });
}

#[test]
fn fragments_of_one_byte_stay_within_the_formula() {
    let too_long = Err(ProtocolError::MessageTooLong { len: 100_001, limit: 100_000 });
    assert_bounded(MAX_MESSAGE_LEN, 0, too_long, |role| {
        let fragment = wire::to(role, CONTINUATION, b"x");
        [once(wire::to(role, BINARY, b"")), (fragment, 1_000_000)]
    });
}

#[test]
fn declared_lengths_stay_within_the_formula() {
    let claim = |role, len| wire::header(FIN | BINARY, Length::Bits64(len), wire::key_to(role));
    for len in [MAX_MESSAGE_LEN as u64 + 1, 1 << 32, (1 << 63) - 1] {
        let too_long = Err(ProtocolError::MessageTooLong { len, limit: 100_000 });
        assert_bounded(0, 0, too_long, |role| [once(claim(role, len))]);
    }
    // A length within the limit is accepted, and its bytes count when they arrive.
    assert_bounded(1000, 0, Ok(()), |role| {
        [once(claim(role, MAX_MESSAGE_LEN as u64)), once(vec![7; 1000])]
    });
}

#[test]
fn pings_whose_pongs_are_not_read_stay_within_the_formula() {
    for payload in [&[][..], &[7; 125]] {
        assert_bounded(0, CONTROL_FRAME_LEN, Ok(()), |role| {
            [(wire::to(role, FIN | PING, payload), 20_000)]
        });
    }
}

#[test]
fn pings_within_a_message_stay_within_the_formula() {
    let refused = Err(ProtocolError::TooManyControls { limit: 1 << 16 });
    assert_bounded(0, CONTROL_FRAME_LEN, refused, |role| {
        [once(wire::to(role, BINARY, b"")), (wire::to(role, FIN | PING, b"?"), 1_000_000)]
    });
}

#[test]
fn messages_whose_answers_are_not_read_stay_within_the_formula() {
    const LEN: usize = 10_000;
    assert_bounded(LEN, LEN + 14, Ok(()), |role| {
        [(wire::to(role, FIN | BINARY, &[7; LEN]), 1_000)]
    });
}

#[test]
fn bytes_after_a_close_frame_stay_within_the_formula() {
    assert_bounded(0, CONTROL_FRAME_LEN, Ok(()), |role| {
        // Reading continues only to see the transport end, and input is discarded.
        [once(wire::to(role, FIN | CLOSE, &[0x03, 0xE8])), once(vec![0x89; 1000])]
    });
}

#[test]
fn endless_heads_stay_within_the_formula() {
    let limits = HeadLimits::default();
    let mut head = b"GET / HTTP/1.1\r\nX: ".to_vec();
    head.resize(16 << 10, b'x');
    let (scanners, growth) = growth_during(|| {
        let mut scanners = [(); 100].map(|()| HeadScanner::new(&limits));
        for scanner in &mut scanners {
            for end in (0..head.len()).step_by(97) {
                assert!(matches!(scanner.scan(&head[..end]), Ok(Parsed::Partial { .. })));
            }
        }
        scanners
    });
    // The bytes belong to the caller; a scanner only counts.
    assert_eq!((scanners.len(), growth), (100, 0));
}

#[cfg(feature = "deflate")]
mod compressed {
    use flate2::{Compress, Compression, FlushCompress};
    use sansocket::deflate::{Config, Offer};

    use super::*;
    use wire::RSV1;

    /// What the documentation of `deflate` says for the largest window.
    const TO_RECEIVE: usize = 159 << 10;
    const TO_SEND: usize = 436 << 10;

    fn compressed(role: Role) -> Connection {
        let config = Config::default();
        let (_, params) = Offer::new(&config).answer(&config);
        plain(role).with_deflate(&params, &config)
    }

    /// The payload of a message of this many zeros.
    fn zeros(len: usize) -> Vec<u8> {
        let mut payload = Vec::with_capacity(len / 500 + 100);
        let mut zlib = Compress::new(Compression::best(), false);
        zlib.compress_vec(&vec![0; len], &mut payload, FlushCompress::Sync).unwrap();
        // RFC 7692 7.2.1: what is not sent.
        assert_eq!(payload.split_off(payload.len() - 4), [0x00, 0x00, 0xFF, 0xFF]);
        payload
    }

    #[test]
    fn bombs_stay_within_the_formula() {
        let bomb = zeros(32 << 20);
        let len = MAX_MESSAGE_LEN as u64 + 1;
        let too_long = Err(ProtocolError::MessageTooLong { len, limit: 100_000 });
        for fragment_len in [1, 1000, bomb.len()] {
            assert_bounded_with(compressed, TO_RECEIVE, MAX_MESSAGE_LEN, 0, too_long, |role| {
                let mut fragments = bomb.chunks(fragment_len);
                let first = wire::to(role, RSV1 | BINARY, fragments.next().unwrap());
                let rest = fragments.flat_map(|it| wire::to(role, CONTINUATION, it)).collect();
                [once(first), once(rest)]
            });
        }
    }

    #[test]
    fn compressed_messages_whose_answers_are_not_read_stay_within_the_formula() {
        const LEN: usize = 50_000;
        assert_bounded_with(compressed, TO_RECEIVE + TO_SEND, LEN, LEN, Ok(()), |role| {
            // Each refers to nothing before it.
            [(wire::to(role, FIN | RSV1 | BINARY, &zeros(LEN)), 10_000)]
        });
    }
}
