//! What is held is what has arrived, not what was claimed; and once all buffers fit, nothing is
//! allocated any more.

use sansocket::Role;
use sansocket::buffered::{Message, Progress, WriteBuffer};
use sansocket::connection::{Config, Connection};

use crate::allocator::Mark;
use crate::peer::{Sent, Server};
use crate::wire::{self, BINARY, CONTINUATION, FIN, Length};

/// What a buffer may hold whatever comes: as much again as was read at once, and a bit of room.
const BASE: usize = 8 << 10;
/// What a read buffer keeps, at most, because reads have filled it.
const KEPT: usize = 256 << 10;
/// What a write buffer keeps, at most: room for the answer to such a read.
const QUEUE_KEPT: usize = 2 * KEPT;

fn unlimited() -> Config {
    Config::default().max_frame_len(u64::MAX).max_message_len(u64::MAX)
}

#[test]
fn a_claimed_length_allocates_nothing() {
    for claimed in [1 << 20, 1 << 32, 1 << 62, (1 << 63) - 1] {
        let header = wire::header(FIN | BINARY, Length::Bits64(claimed), Some(wire::KEY));
        let mut server = Server::new(&unlimited());
        let mark = Mark::set();
        server.read_messages(&header, 1, |_| unreachable!());
        server.read_messages(b"the first bytes of it", 1, |_| unreachable!());
        assert!(mark.peak() <= BASE, "{claimed}: {} bytes", mark.peak());
    }
}

#[test]
fn memory_is_at_most_twice_what_has_arrived_of_a_message() {
    let messages = [
        Sent::binary(3 << 20),
        Sent::text(1 << 20),
        Sent::binary(1 << 20).fragments_of(1000),
        Sent::binary(100_000).fragments_of(1),
    ];
    for message in messages {
        let bytes = message.bytes();
        for read_len in [100, 4096, 10_000, usize::MAX] {
            let mut server = Server::new(&unlimited());
            let (mut rest, mut received) = (&bytes[..], 0);
            let mark = Mark::set();
            while server.advance() == Ok(Progress::NeedInput) {
                server.read(&mut rest, read_len);
                let arrived = bytes.len() - rest.len();
                let bound = 2 * arrived + BASE;
                let peak = mark.peak();
                assert!(peak <= bound, "{peak} bytes when {arrived} have arrived");
                received = arrived;
            }
            assert_eq!(received, bytes.len());
            message.assert_is(server.buffer.message().expect("UTF-8"));
        }
    }
}

/// Growth by a constant would be one allocation, and one copy, for every few reads.
#[test]
fn a_message_in_tiny_reads_is_moved_a_few_times() {
    let bytes = Sent::binary(1 << 20).bytes();
    for read_len in [1, 3, 1000] {
        let mut server = Server::new(&unlimited());
        let mark = Mark::set();
        server.read_messages(&bytes, read_len, |_| ());
        assert!(mark.calls() <= 12, "{} allocations", mark.calls());
    }
}

/// As above, behind messages that leave the large one in the middle of the buffer.
#[test]
fn a_message_behind_others_is_moved_a_few_times() {
    for before in [1000, 2000, 2100, 3000, 4000] {
        let mut bytes = Sent::binary(before).bytes();
        bytes.extend(Sent::binary(1 << 20).bytes());
        let mut server = Server::new(&unlimited());
        let mark = Mark::set();
        let (mut rest, mut messages) = (&bytes[..], 0);
        // The first read brings both messages; the others bring a little of the second.
        server.read(&mut rest, usize::MAX);
        while !rest.is_empty() {
            while server.advance() == Ok(Progress::Message) {
                messages += 1;
            }
            server.read(&mut rest, 10);
        }
        assert_eq!(server.advance(), Ok(Progress::Message));
        assert_eq!(messages, 1);
        assert!(mark.calls() <= 12, "{} allocations", mark.calls());
        let bound = 2 * bytes.len() + BASE;
        assert!(mark.peak() <= bound, "{} bytes", mark.peak());
    }
}

#[test]
fn messages_of_one_size_allocate_nothing_once_the_buffer_fits() {
    for len in [0, 16, 1 << 10, 64 << 10, 1 << 20] {
        let messages = [
            Sent::binary(len),
            Sent::text(len),
            Sent::binary(len).fragments_of(1 + len / 7),
            Sent::text(len).fragments_of(1 + len / 100),
        ];
        for message in messages {
            let bytes = message.bytes().repeat(2);
            for read_len in [1460, usize::MAX] {
                let mut server = Server::new(&unlimited());
                for _ in 0..2 {
                    server.read_messages(&bytes, read_len, |_| ());
                }
                let mark = Mark::set();
                let mut count = 0;
                server.read_messages(&bytes, read_len, |received| {
                    message.assert_is(received);
                    count += 1;
                });
                assert_eq!(count, 2);
                assert_eq!(mark.calls(), 0, "{len} bytes in reads of {read_len}");
            }
        }
    }
}

#[test]
fn what_a_large_message_needed_is_given_back() {
    let large = Sent::binary(4 << 20).bytes();
    let small = Sent::binary(16).bytes();
    let mut server = Server::new(&unlimited());
    let mark = Mark::set();
    server.read_messages(&large, 64 << 10, |_| ());
    assert!(mark.live() > large.len());
    server.read_messages(&small, usize::MAX, |_| ());
    server.read_messages(&small, usize::MAX, |_| ());
    assert!(mark.live() <= KEPT, "{} bytes", mark.live());
}

#[test]
fn a_released_buffer_holds_nothing_and_goes_on() {
    let mut server = Server::new(&unlimited());
    let message = Sent::text(10_000);
    let bytes = message.bytes();
    let mark = Mark::set();
    for _ in 0..3 {
        let mut count = 0;
        server.read_messages(&bytes, 1000, |received| {
            message.assert_is(received);
            count += 1;
        });
        assert_eq!(count, 1);
        server.buffer.release();
        assert_eq!(mark.live(), 0);
    }
}

#[test]
fn what_is_needed_is_not_released() {
    let message = Sent::binary(5000).fragments_of(700);
    let bytes = message.bytes();
    let mut server = Server::new(&unlimited());
    let (mut rest, mut count) = (&bytes[..], 0);
    while !rest.is_empty() {
        server.read(&mut rest, 600);
        // Neither what is not received yet, nor what is gathered.
        server.buffer.release();
        if server.advance() == Ok(Progress::Message) {
            message.assert_is(server.buffer.message().expect("UTF-8"));
            count += 1;
        }
        server.buffer.release();
    }
    assert_eq!(count, 1);
}

#[test]
fn a_message_in_parts_passes_in_constant_memory() {
    for message in [Sent::binary(8 << 20), Sent::binary(8 << 20).fragments_of(100_000)] {
        let bytes = message.bytes();
        for read_len in [5000, 64 << 10, usize::MAX] {
            let mut server = Server::new(&unlimited());
            let (mut rest, mut received) = (&bytes[..], 0);
            let mark = Mark::set();
            while received < message.payload.len() {
                match server.advance_part() {
                    Ok(Progress::Message) => received += server.buffer.part().payload.len(),
                    Ok(Progress::NeedInput) => server.read(&mut rest, read_len),
                    other => panic!("{other:?}"),
                }
            }
            assert!(mark.peak() <= KEPT, "{} bytes", mark.peak());
        }
    }
}

#[test]
fn the_rest_of_a_message_is_skipped_in_constant_memory() {
    let bytes = Sent::binary(8 << 20).fragments_of(1 << 20).bytes();
    let mut server = Server::new(&unlimited());
    let mut rest = &bytes[..];
    let mark = Mark::set();
    server.read(&mut rest, 100);
    assert_eq!(server.advance_part(), Ok(Progress::Message));
    while !rest.is_empty() {
        assert_eq!(server.advance(), Ok(Progress::NeedInput));
        server.read(&mut rest, usize::MAX);
    }
    assert_eq!(server.advance(), Ok(Progress::NeedInput));
    assert!(mark.peak() <= KEPT, "{} bytes", mark.peak());
}

#[test]
fn empty_fragments_hold_nothing() {
    let mut bytes = wire::to(Role::Server, BINARY, b"");
    for _ in 0..10_000 {
        bytes.extend(wire::to(Role::Server, CONTINUATION, b""));
    }
    let mut server = Server::new(&unlimited());
    let mark = Mark::set();
    server.read_messages(&bytes, 1000, |_| unreachable!());
    assert!(mark.peak() <= BASE, "{} bytes", mark.peak());
}

#[test]
fn sending_allocates_nothing_once_the_buffer_fits() {
    let config = Config::default();
    let ends = [Connection::server(&config), Connection::client(&config, [7; 32].into())];
    for Connection { mut sender, .. } in ends {
        for len in [16, 1 << 10, 64 << 10] {
            let payload = vec![7; len];
            let mut buffer = WriteBuffer::new(&config);
            let mut round = || {
                for _ in 0..5 {
                    let message = Message::Binary(&payload);
                    buffer.send(&mut sender, message).expect("open");
                    buffer.written(len / 2);
                }
                while !buffer.unwritten().is_empty() {
                    buffer.written(1000);
                }
            };
            round();
            let mark = Mark::set();
            round();
            assert_eq!(mark.calls(), 0, "{len} bytes");
        }
    }
}

#[test]
fn what_a_large_message_needed_in_the_queue_is_given_back() {
    let config = Config::default();
    let mut sender = Connection::server(&config).sender;
    let mut buffer = WriteBuffer::new(&config);
    let large = vec![7; 4 << 20];
    let mark = Mark::set();
    for payload in [&large[..], b"small"] {
        buffer.send(&mut sender, Message::Binary(payload)).expect("open");
        buffer.written(usize::MAX);
    }
    assert!(mark.live() <= QUEUE_KEPT, "{} bytes", mark.live());
    buffer.release();
    assert_eq!(mark.live(), 0);
}
