//! Memory is held for what has arrived, not for declared lengths; and once all buffers fit, nothing
//! more is allocated.

use sansocket::buffered::{Progress, WriteBuffer};
use sansocket::connection::Connection;
use sansocket::{Limits, Message, Role};

use crate::allocations::{calls_during, growth_during, held_after};
use crate::peer::{Sent, Server};
use crate::wire::{self, BINARY, CONTINUATION, FIN, Length};

/// What a buffer may hold in any case.
const BASE: u64 = 8 << 10;
/// The most that a read buffer keeps because reads have filled it.
const KEPT: u64 = 256 << 10;
/// The most that a write buffer keeps: space for the answer to such a read.
const QUEUE_KEPT: u64 = 2 * KEPT;

fn unlimited() -> Limits {
    Limits::default().max_message_len(u64::MAX)
}

fn server() -> Server {
    Server::new(&unlimited())
}

fn len_u64(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap()
}

// Shows own-frames-3 (server).
#[test]
fn a_claimed_length_allocates_nothing() {
    for claimed in [1 << 20, 1 << 32, 1 << 62, (1 << 63) - 1] {
        let header = wire::header(FIN | BINARY, Length::Bits64(claimed), Some(wire::KEY));
        let mut server = server();
        let ((), growth) = growth_during(|| {
            server.read_messages(&header, 1, |_| unreachable!());
            server.read_messages(b"the first bytes of it", 1, |_| unreachable!());
        });
        assert!(growth <= BASE, "{growth} bytes for {claimed}");
    }
}

#[test]
fn a_message_takes_at_most_twice_what_has_arrived_of_it() {
    let messages = [
        Sent::binary(3 << 20),
        Sent::text(1 << 20),
        Sent::binary(1 << 20).fragments_of(1000),
        Sent::binary(100_000).fragments_of(1),
    ];
    for message in messages {
        let bytes = message.bytes();
        for read_len in [100, 4096, 10_000, usize::MAX] {
            let mut server = server();
            let (mut rest, mut held) = (&bytes[..], 0);
            while server.advance() == Ok(Progress::NeedInput) {
                let ((), growth) = growth_during(|| server.read(&mut rest, read_len));
                held += growth;
                let arrived = len_u64(&bytes) - len_u64(rest);
                assert!(held <= 2 * arrived + BASE, "{held} bytes when {arrived} have arrived");
            }
            assert!(rest.is_empty());
            message.assert_is(server.buffer.message().expect("UTF-8"));
        }
    }
}

/// Growth by a constant would be one allocation, and one copy, for every few reads.
#[test]
fn a_message_in_tiny_reads_is_moved_a_few_times() {
    let bytes = Sent::binary(1 << 20).bytes();
    for read_len in [1, 3, 1000] {
        let mut server = server();
        let calls = calls_during(|| server.read_messages(&bytes, read_len, |_| ()));
        assert!(calls <= 12, "{calls} allocations");
    }
}

/// As above, after a message that leaves the large one in the middle of the buffer.
#[test]
fn a_message_after_another_is_moved_a_few_times() {
    let large = Sent::binary(1 << 20).bytes();
    for before in [1000, 2000, 2100, 3000, 4000] {
        let small = Sent::binary(before).bytes();
        let bytes = [&small[..], &large].concat();
        let (mut server, mut messages) = (server(), 0);
        let read_all = || {
            let mut rest = &bytes[..];
            // As much as fits, and then little by little.
            server.read(&mut rest, usize::MAX);
            server.read_messages(rest, 10, |_| messages += 1);
        };
        let (calls, growth) = growth_during(|| calls_during(read_all));
        assert_eq!(messages, 2);
        assert!(calls <= 12, "{calls} allocations");
        assert!(growth <= 2 * len_u64(&bytes) + BASE, "{growth} bytes");
    }
}

#[test]
fn messages_of_one_size_allocate_nothing_once_the_buffer_fits() {
    for len in [0, 16, 1 << 10, 64 << 10] {
        let messages = [
            Sent::binary(len),
            Sent::text(len),
            Sent::binary(len).fragments_of(1 + len / 7),
            Sent::text(len).fragments_of(1 + len / 100),
        ];
        for message in messages {
            let bytes = message.bytes().repeat(2);
            for read_len in [1460, usize::MAX] {
                let mut server = server();
                for _ in 0..2 {
                    server.read_messages(&bytes, read_len, |_| ());
                }
                let mut count = 0;
                let calls = calls_during(|| {
                    server.read_messages(&bytes, read_len, |received| {
                        message.assert_is(received);
                        count += 1;
                    });
                });
                assert_eq!(count, 2);
                assert_eq!(calls, 0, "{len} bytes in reads of {read_len}");
            }
        }
    }
}

/// A large message leaves no space for the next one, but it is moved only a few times.
#[test]
fn consecutive_large_messages_allocate_a_few_times_each() {
    for message in [Sent::binary(1 << 20), Sent::binary(1 << 20).fragments_of(150_000)] {
        let bytes = message.bytes();
        for read_len in [1460, usize::MAX] {
            let mut server = server();
            for _ in 0..4 {
                let mut count = 0;
                let calls = calls_during(|| {
                    server.read_messages(&bytes, read_len, |received| {
                        message.assert_is(received);
                        count += 1;
                    });
                });
                assert_eq!(count, 1);
                assert!(calls <= 12, "{calls} allocations in reads of {read_len}");
            }
        }
    }
}

#[test]
fn the_memory_of_a_large_message_is_freed_before_the_next_read() {
    let large = Sent::binary(4 << 20).bytes();
    for begun in [0, 10] {
        // A little of the next message may have arrived already.
        let bytes = [&large[..], &Sent::binary(16).bytes()[..begun]].concat();
        let (_server, held) = held_after(|| {
            let mut server = server();
            server.read_messages(&bytes, 64 << 10, |_| ());
            assert_eq!(server.advance(), Ok(Progress::NeedInput));
            server.buffer.unfilled();
            server
        });
        assert!(held <= KEPT, "{held} bytes");
    }
}

#[test]
fn the_memory_of_a_large_message_is_freed() {
    let large = Sent::binary(4 << 20).bytes();
    let small = Sent::binary(16).bytes();
    let receive = |wires: &[&[u8]]| {
        let mut server = server();
        for wire in wires {
            server.read_messages(wire, 64 << 10, |_| ());
        }
        server
    };
    let (_needy, needed) = held_after(|| receive(&[&large]));
    assert!(needed > len_u64(&large), "{needed} bytes");
    let (_modest, kept) = held_after(|| receive(&[&large, &small, &small]));
    assert!(kept <= KEPT, "{kept} bytes");
}

#[test]
fn a_released_buffer_holds_nothing_and_still_works() {
    let message = Sent::text(10_000);
    let bytes = message.bytes();
    let mut server = server();
    for _ in 0..3 {
        let mut count = 0;
        let ((), held) = held_after(|| {
            server.read_messages(&bytes, 1000, |received| {
                message.assert_is(received);
                count += 1;
            });
            server.buffer.release();
        });
        assert_eq!((count, held), (1, 0));
    }
}

#[test]
fn memory_in_use_is_not_released() {
    let message = Sent::binary(5000).fragments_of(700);
    let bytes = message.bytes();
    let mut server = server();
    let (mut rest, mut count) = (&bytes[..], 0);
    while !rest.is_empty() {
        server.read(&mut rest, 600);
        // Neither unread input nor gathered bytes.
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
fn a_message_in_chunks_passes_in_constant_memory() {
    for message in [Sent::binary(8 << 20), Sent::binary(8 << 20).fragments_of(100_000)] {
        let bytes = message.bytes();
        for read_len in [5000, 64 << 10, usize::MAX] {
            let mut server = server();
            let ((), growth) = growth_during(|| {
                let (mut rest, mut received) = (&bytes[..], 0);
                while received < message.payload.len() {
                    match server.advance_chunk() {
                        Ok(Progress::Message) => received += server.buffer.chunk().payload.len(),
                        Ok(Progress::NeedInput) => server.read(&mut rest, read_len),
                        other => panic!("{other:?}"),
                    }
                }
            });
            assert!(growth <= KEPT, "{growth} bytes");
        }
    }
}

#[test]
fn the_rest_of_a_message_is_skipped_in_constant_memory() {
    let bytes = Sent::binary(8 << 20).fragments_of(1 << 20).bytes();
    let mut server = server();
    let ((), growth) = growth_during(|| {
        let mut rest = &bytes[..];
        server.read(&mut rest, 100);
        assert_eq!(server.advance_chunk(), Ok(Progress::Message));
        server.read_messages(rest, usize::MAX, |_| unreachable!());
    });
    assert!(growth <= KEPT, "{growth} bytes");
}

#[test]
fn empty_fragments_hold_nothing() {
    let mut bytes = wire::to(Role::Server, BINARY, b"");
    for _ in 0..10_000 {
        bytes.extend(wire::to(Role::Server, CONTINUATION, b""));
    }
    let mut server = server();
    let ((), growth) = growth_during(|| server.read_messages(&bytes, 1000, |_| unreachable!()));
    assert!(growth <= BASE, "{growth} bytes");
}

#[test]
fn sending_allocates_nothing_once_the_buffer_fits() {
    let limits = Limits::default();
    let ends = [Connection::server(&limits), Connection::client(&limits, [7; 32].into())];
    for Connection { mut sender, .. } in ends {
        for len in [16, 1 << 10, 64 << 10] {
            let payload = vec![7; len];
            let mut buffer = WriteBuffer::default();
            let mut round = || {
                for _ in 0..5 {
                    buffer.send(&mut sender, Message::Binary(&payload)).expect("open");
                    buffer.written(len / 2);
                }
                while !buffer.unwritten().is_empty() {
                    buffer.written(1000);
                }
            };
            round();
            assert_eq!(calls_during(round), 0, "{len} bytes");
        }
    }
}

#[test]
fn the_memory_of_a_large_message_in_the_queue_is_freed() {
    let limits = Limits::default();
    let large = vec![7; 4 << 20];
    let send_both = || {
        let mut sender = Connection::server(&limits).sender;
        let mut buffer = WriteBuffer::default();
        for payload in [&large[..], b"small"] {
            buffer.send(&mut sender, Message::Binary(payload)).expect("open");
            buffer.written(usize::MAX);
        }
        buffer
    };
    let (_kept, held) = held_after(send_both);
    assert!(0 < held && held <= QUEUE_KEPT, "{held} bytes");
    let (_released, held) = held_after(|| {
        let mut buffer = send_both();
        buffer.release();
        buffer
    });
    assert_eq!(held, 0);
}
