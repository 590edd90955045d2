//! Compression holds no more memory than its documentation says.

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

use flate2::{Compress, FlushCompress};
use sansocket::Limits;
use sansocket::buffered::{Progress, ReadBuffer};
use sansocket::connection::{Connection, ProtocolError, Receiver, Sender};
use sansocket::deflate::{self, Compression, Offer};
use sansocket::frame::{FrameHeader, MaskKey, OpCode, Rsv};

use allocations::{calls_during, growth_during, kept_after};

const KIB: i64 = 1 << 10;
const MIB: u64 = 1 << 20;
const BOMB_LEN: u64 = 256 * MIB;

/// Bytes that do not compress.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let bytes = core::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    });
    bytes.take(len).collect()
}

fn windows(bits: u8) -> deflate::Config {
    deflate::Config::default().server_max_window_bits(bits).client_max_window_bits(bits)
}

/// A server and a client.
fn pair(deflate: &deflate::Config) -> (Connection, Connection) {
    pair_with(&Limits::default(), deflate)
}

fn pair_with(config: &Limits, deflate: &deflate::Config) -> (Connection, Connection) {
    let (_, params) = Offer::new(deflate).answer(deflate);
    let server = Connection::server(config).with_deflate(&params, deflate);
    let client = Connection::client(config, [7; 32].into()).with_deflate(&params, deflate);
    (server, client)
}

/// Returns how much more a sender holds after it has compressed messages, and after it has released
/// them.
fn held_to_send(sender: &mut Sender, messages: &[Vec<u8>]) -> (i64, i64) {
    let mut out = Vec::with_capacity(8 << 20);
    let ((), held) = kept_after(|| {
        for message in messages {
            out.clear();
            sender.send_binary(message, &mut out).unwrap();
        }
    });
    let ((), released) = kept_after(|| sender.release());
    (held, held + released)
}

/// Returns how much more a receiver holds after it has inflated messages, and after it has released
/// them.
fn held_to_receive(
    receiver: &mut Receiver,
    sender: &mut Sender,
    messages: &[Vec<u8>],
) -> (i64, i64) {
    let mut wire = Vec::new();
    for message in messages {
        sender.send_binary(message, &mut wire).unwrap();
    }
    let ((), held) = kept_after(|| {
        let mut input = &mut wire[..];
        while receiver.receive(&mut input).unwrap().is_some() {}
    });
    let ((), released) = kept_after(|| receiver.release());
    (held, held + released)
}

/// The rows of the documentation's table: the window, then the figures in bytes.
fn documented() -> Vec<(u8, Vec<i64>)> {
    let documentation = include_str!("../src/deflate/mod.rs").lines();
    let rows = documentation.filter_map(|line| {
        let mut cells = line.strip_prefix("//! |")?.split('|').map(str::trim);
        let bits = cells.next()?.parse().ok()?;
        let kibs = cells.filter_map(|cell| cell.strip_suffix(" KiB"));
        Some((bits, kibs.map(|kib| kib.parse::<i64>().unwrap() * KIB).collect()))
    });
    rows.collect()
}

#[track_caller]
fn assert_held(held: i64, documented: i64, case: &str) {
    assert!(held <= documented, "{case}: {held} of {documented} bytes");
    // Shorter pointers save more than rounding to KiB hides.
    if cfg!(target_pointer_width = "64") {
        assert!(documented - KIB < held, "{case}: {held} of {documented} bytes");
    }
}

#[test]
fn the_figures_are_those_of_the_documentation() {
    let documented = documented();
    assert_eq!(
        documented.iter().map(|(bits, _)| *bits).collect::<Vec<_>>(),
        [15, 14, 13, 12, 11, 10, 9, 8]
    );
    let messages = [10, 3000, 6000, 12_000, 2 << 20].map(noise);
    for (bits, figures) in documented {
        let config = windows(bits);
        let (mut server, mut client) = pair(&config);
        client.sender.set_compression(Compression::Always);
        let (held, released) = held_to_receive(&mut server.receiver, &mut client.sender, &messages);
        assert_held(held, figures[0], &format!("to receive, {bits} bits"));
        // What the peer may still refer to.
        assert_eq!(released, 1 << bits);

        for (figure, mem_level) in [(1, 8), (2, 1)] {
            let (mut server, _) = pair(&config.clone().mem_level(mem_level));
            server.sender.set_compression(Compression::Always);
            let (held, released) = held_to_send(&mut server.sender, &messages);
            assert_held(held, figures[figure], &format!("to send, {bits} bits, {mem_level}"));
            assert_eq!(released, 0);
        }
    }
}

#[test]
fn short_messages_hold_less_on_the_receiving_side() {
    let messages = vec![noise(4095); 20];
    for bits in 8..=15 {
        let (mut server, mut client) = pair(&windows(bits));
        client.sender.set_compression(Compression::Always);
        let (held, _) = held_to_receive(&mut server.receiver, &mut client.sender, &messages);
        assert!(held <= 60 * KIB + (1 << bits), "{bits}: {held} bytes");
    }
}

#[test]
fn nothing_is_held_before_the_first_compressed_message() {
    let (mut server, mut client) = pair(&deflate::Config::default());
    client.sender.set_compression(Compression::Never);
    let mut wire = Vec::with_capacity(1 << 10);
    let ((), held) = kept_after(|| {
        client.sender.send_text("plain", &mut wire).unwrap();
        let mut input = &mut wire[..];
        while server.receiver.receive(&mut input).unwrap().is_some() {}
    });
    assert_eq!(held, 0);
}

#[test]
fn a_long_message_is_not_held_for_long() {
    let (mut server, mut client) = pair(&deflate::Config::default());
    let mut buffer = ReadBuffer::default();
    let mut wire = Vec::new();
    for len in [8 << 20, 100] {
        client.sender.send_binary(&vec![0; len], &mut wire).unwrap();
    }
    let ((), held_by_both) = kept_after(|| read_all(&wire, &mut buffer, &mut server.receiver));
    let mut other = ReadBuffer::default();
    core::mem::swap(&mut buffer, &mut other);
    let ((), held_by_other) = kept_after(|| drop(other));
    let held = held_by_both + held_by_other;
    assert!(held <= 159 * KIB, "the receiver holds {held} bytes");

    wire.clear();
    for len in [8 << 20, 100, 100] {
        client.sender.send_binary(&vec![0; len], &mut wire).unwrap();
    }
    let ((), held) = kept_after(|| read_all(&wire, &mut buffer, &mut server.receiver));
    assert!(held < MIB as i64, "{held} bytes");
}

#[test]
fn a_long_message_is_not_held_after_plain_ones() {
    let (mut server, mut client) = pair(&deflate::Config::default());
    let mut wire = Vec::new();
    client.sender.send_binary(&vec![0; 8 << 20], &mut wire).unwrap();
    client.sender.set_compression(Compression::Never);
    client.sender.send_binary(b"plain", &mut wire).unwrap();
    let mut buffer = ReadBuffer::default();
    let ((), held) = kept_after(|| {
        read_all(&wire, &mut buffer, &mut server.receiver);
        buffer.unfilled();
    });
    assert!(held < MIB as i64, "{held} bytes");
}

#[test]
fn no_more_is_kept_than_was_used() {
    let (mut server, mut client) = pair(&deflate::Config::default());
    client.sender.set_compression(Compression::Always);
    let mut wire = Vec::new();
    for _ in 0..3 {
        client.sender.send_binary(&noise(3000), &mut wire).unwrap();
    }
    let ((), held) =
        kept_after(|| read_all(&wire, &mut ReadBuffer::default(), &mut server.receiver));
    let ((), released) = kept_after(|| server.receiver.release());
    assert_eq!(held + released, 9000);
}

#[test]
fn messages_of_one_size_allocate_nothing_once_the_buffers_fit() {
    // Without takeover, so that the window does not grow. All lengths, since there are buffers
    // that grow to a power of two.
    let config = deflate::Config::default().client_no_context_takeover(true);
    for len in (0..300).chain([1000, 30_000]) {
        let message = noise(len);
        let (mut server, mut client) = pair(&config);
        client.sender.set_compression(Compression::Always);
        let mut wire = Vec::with_capacity(64 << 10);
        let mut round = || {
            wire.clear();
            client.sender.send_binary(&message, &mut wire).unwrap();
            let mut input = &mut wire[..];
            while server.receiver.receive(&mut input).unwrap().is_some() {}
        };
        round();
        assert_eq!(calls_during(round), 0, "{len} bytes");
    }
}

#[test]
fn compressing_a_message_needs_space_for_half_of_it() {
    let (mut server, _) = pair(&deflate::Config::default());
    let mut out = Vec::with_capacity(1 << 20);
    let message = vec![0; 8 << 20];
    let (result, growth) = growth_during(|| server.sender.send_binary(&message, &mut out));
    assert_eq!(result, Ok(()));
    assert!(growth < 5 * MIB, "{growth} bytes");
}

#[test]
fn gathered_messages_allocate_nothing_once_the_buffers_fit() {
    let config = deflate::Config::default().client_no_context_takeover(true);
    for len in [100, 128 << 10] {
        let (mut server, mut client) = pair(&config);
        let mut wire = Vec::new();
        for compression in [Compression::Always, Compression::Never, Compression::Always] {
            client.sender.set_compression(compression);
            let len = if compression == Compression::Never { 100 } else { len };
            client.sender.send_binary(&vec![7; len], &mut wire).unwrap();
        }
        let mut buffer = ReadBuffer::default();
        let mut round = || read_all(&wire, &mut buffer, &mut server.receiver);
        round();
        assert_eq!(calls_during(round), 0, "{len} bytes");
    }
}

#[test]
fn a_long_message_is_not_held_while_waiting_for_the_next() {
    let (mut server, mut client) = pair(&deflate::Config::default());
    let mut buffer = ReadBuffer::default();
    let mut wire = Vec::new();
    client.sender.send_binary(&vec![0; 8 << 20], &mut wire).unwrap();
    client.sender.send_binary(&vec![0; 8 << 20], &mut wire).unwrap();
    let waits: [fn(&mut ReadBuffer); 2] = [
        |buffer| drop(buffer.detach()),
        |buffer| {
            buffer.unfilled();
        },
    ];
    for wait in waits {
        let ((), held) = kept_after(|| {
            read_all(&wire, &mut buffer, &mut server.receiver);
            wait(&mut buffer);
        });
        assert!(held < MIB as i64, "{held} bytes");
        // Half of a message is held.
        let half = wire.len() / 4;
        let ((), held) = kept_after(|| {
            read_all(&wire[..half], &mut buffer, &mut server.receiver);
            wait(&mut buffer);
        });
        assert!(held > MIB as i64, "{held} bytes");
        let mut count = 0;
        read(&wire[half..], &mut buffer, |buffer| {
            while buffer.advance(&mut server.receiver, |_| ())? == Progress::Message {
                assert!(buffer.message()?.as_bytes() == vec![0; 8 << 20]);
                count += 1;
            }
            Ok(())
        })
        .unwrap();
        assert_eq!(count, 2);
        wait(&mut buffer);
    }
}

/// 256 MiB of zeros, compressed.
fn bomb() -> Vec<u8> {
    let mut zlib = Compress::new(flate2::Compression::best(), false);
    let mut data = Vec::with_capacity(1 << 20);
    let zeros = vec![0; 1 << 20];
    for _ in 0..256 {
        zlib.compress_vec(&zeros, &mut data, FlushCompress::None).unwrap();
    }
    zlib.compress_vec(&[], &mut data, FlushCompress::Sync).unwrap();
    assert_eq!(zlib.total_in(), BOMB_LEN);
    assert!(data.len() < 300 << 10);
    // RFC 7692 7.2.1: what is not sent.
    assert_eq!(data.split_off(data.len() - 4), [0x00, 0x00, 0xFF, 0xFF]);
    data
}

/// The bomb on its way to a server, in fragments of this length.
fn bomb_on_the_wire(fragment_len: usize) -> Vec<u8> {
    let bomb = bomb();
    let mut wire = Vec::new();
    let mut fragments = bomb.chunks(fragment_len).enumerate().peekable();
    while let Some((index, fragment)) = fragments.next() {
        let header = FrameHeader {
            fin: fragments.peek().is_none(),
            rsv: if index == 0 { Rsv::RSV1 } else { Rsv::NONE },
            opcode: if index == 0 { OpCode::Binary } else { OpCode::Continuation },
            mask: Some(MaskKey([0; 4])),
            payload_len: fragment.len() as u64,
        };
        wire.extend_from_slice(&header.encode());
        wire.extend_from_slice(fragment);
    }
    wire
}

/// Reads in pieces, until `read` has an error.
fn read(
    wire: &[u8],
    buffer: &mut ReadBuffer,
    mut read: impl FnMut(&mut ReadBuffer) -> Result<(), ProtocolError>,
) -> Result<(), ProtocolError> {
    let mut wire = wire;
    while !wire.is_empty() {
        let room = buffer.unfilled();
        let (front, rest) = wire.split_at(wire.len().min(room.len()));
        room[..front.len()].copy_from_slice(front);
        buffer.filled(front.len());
        wire = rest;
        read(buffer)?;
    }
    Ok(())
}

/// Reads whole messages.
fn read_all(wire: &[u8], buffer: &mut ReadBuffer, receiver: &mut Receiver) {
    read(wire, buffer, |buffer| {
        while buffer.advance(receiver, |_| ())? == Progress::Message {}
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_bomb_of_256_mib_costs_less_than_4_mib_and_is_1009() {
    let config = Limits::default().max_message_len(MIB);
    let error = ProtocolError::MessageTooLong { len: MIB + 1, limit: MIB };
    assert_eq!(u16::from(error.close_code()), 1009);
    for fragment_len in [usize::MAX, 1000] {
        let mut wire = bomb_on_the_wire(fragment_len);

        let (mut server, _) = pair_with(&config, &deflate::Config::default());
        let (result, growth) = growth_during(|| {
            read(&wire, &mut ReadBuffer::default(), |buffer| {
                while buffer.advance(&mut server.receiver, |_| ())? == Progress::Message {}
                Ok(())
            })
        });
        assert_eq!(result, Err(error));
        assert!(growth < 4 * MIB, "messages: {growth} bytes");

        let (mut server, _) = pair_with(&config, &deflate::Config::default());
        let mut input = &mut wire[..];
        let (result, growth) = growth_during(|| {
            loop {
                match server.receiver.receive(&mut input) {
                    Ok(event) => assert!(event.is_some()),
                    Err(error) => break error,
                }
            }
        });
        assert_eq!(result, error);
        assert!(growth < 256 << 10, "events: {growth} bytes");
    }
}

#[test]
fn an_allowed_message_of_256_mib_holds_no_more_than_a_smaller_one() {
    let config = Limits::default().max_message_len(u64::MAX);
    let wire = bomb_on_the_wire(usize::MAX);
    let (mut server, _) = pair_with(&config, &deflate::Config::default());
    let (mut len, mut is_complete) = (0, false);
    let (result, growth) = growth_during(|| {
        read(&wire, &mut ReadBuffer::default(), |buffer| {
            while buffer.advance_chunk(&mut server.receiver, |_| ())? == Progress::Message {
                let chunk = buffer.chunk();
                len += chunk.payload.len() as u64;
                is_complete = chunk.is_last;
            }
            Ok(())
        })
    });
    assert_eq!((result, len, is_complete), (Ok(()), BOMB_LEN, true));
    assert!(growth < MIB, "{growth} bytes");
}
