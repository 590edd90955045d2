//! Storage that is lent to buffers while there is something to read or write.

use std::io::Read;

use sansocket::buffered::{Progress, ReadBuffer, WriteBuffer};
use sansocket::connection::Connection;
use sansocket::{Limits, Message, Role};

use crate::allocations::{held_after, kept_after};
use crate::wire::{self, BINARY, CONTINUATION, FIN, Length};

/// What a buffer allocates first, and what it shrinks to.
const OWN_LEN: usize = 4 << 10;
/// The largest storage that is given back.
const MAX_LEN: usize = 256 << 10;
/// The largest capacity that a queue keeps whatever it is used for.
const KEPT_CAPACITY: usize = 512 << 10;

/// A buffer that holds something in storage of this length.
fn holding(held: &[u8], storage_len: usize) -> ReadBuffer {
    let mut buffer = ReadBuffer::from(held.to_vec());
    buffer.attach(vec![0; storage_len]);
    buffer
}

#[test]
fn storage_must_have_twice_the_length_of_what_is_held() {
    let held: Vec<u8> = (0..100).collect();
    for (storage_len, is_taken) in
        [(0, false), (99, false), (100, false), (199, false), (200, true)]
    {
        let buffer = holding(&held, storage_len);
        assert_eq!(buffer.is_detached(), !is_taken, "{storage_len} bytes");
        assert_eq!(buffer.unread(), held);
    }
}

#[test]
fn a_buffer_with_storage_accepts_no_other() {
    let mut buffer = holding(b"held", 100);
    buffer.attach(vec![0; 1000]);
    assert_eq!(buffer.unread(), b"held");
    assert_eq!(buffer.detach().map(|storage| storage.len()), Some(100));
}

#[test]
fn a_buffer_without_storage_has_none_to_give_back() {
    let mut buffer = ReadBuffer::default();
    assert_eq!((buffer.is_detached(), buffer.detach()), (true, None));
    buffer.unfilled();
    assert!(!buffer.is_detached());
    assert_eq!(buffer.detach().map(|storage| storage.len()), Some(OWN_LEN));
    assert_eq!((buffer.is_detached(), buffer.detach()), (true, None));
}

#[test]
fn storage_is_given_back_if_at_most_a_quarter_of_it_is_held() {
    for (held_len, is_given) in [(0, true), (1, true), (1000, true), (1001, false), (2000, false)] {
        let held = vec![7; held_len];
        let mut buffer = holding(&held, 4000);
        assert_eq!(buffer.detach().is_some(), is_given, "{held_len} bytes are held");
        assert_eq!((buffer.is_detached(), buffer.unread()), (is_given, &held[..]));
    }
}

#[test]
fn storage_for_large_messages_is_freed() {
    for (len, is_given) in [(MAX_LEN, true), (MAX_LEN + 1, false)] {
        let (mut buffer, before) = held_after(|| holding(b"held", len));
        let (storage, after) = kept_after(|| buffer.detach());
        assert_eq!(storage.is_some(), is_given, "{len} bytes");
        assert_eq!((buffer.is_detached(), buffer.unread()), (true, &b"held"[..]));
        assert!(is_given || after - 4 == -i64::try_from(before).unwrap(), "{after} bytes");
    }
}

#[test]
fn storage_that_is_lent_again_after_a_full_read_does_not_grow() {
    let mut buffer = holding(b"", OWN_LEN);
    for _ in 0..3 {
        assert_eq!(buffer.unfilled().len(), OWN_LEN);
        buffer.filled(OWN_LEN);
        buffer.consume(OWN_LEN);
        // A connection that used it in between may have read little.
        let storage = buffer.detach().unwrap();
        buffer.attach(storage);
    }
}

#[test]
fn storage_is_kept_while_more_than_a_little_of_a_large_message_is_held() {
    for (held_len, is_kept) in [(MAX_LEN / 4, false), (MAX_LEN / 4 + 1, true)] {
        let held = vec![7; held_len];
        let (mut buffer, before) = held_after(|| holding(&held, 4 * MAX_LEN));
        let (storage, change) = kept_after(|| buffer.detach());
        assert_eq!(storage, None);
        assert!(buffer.unread() == held);
        let after = i64::try_from(before).unwrap() + change;
        let own_len = i64::try_from(2 * held_len + OWN_LEN).unwrap();
        assert!(if is_kept { change == 0 } else { after == own_len }, "{after} bytes");
    }
}

#[test]
fn the_start_of_a_long_message_waits_in_storage_with_room_for_further_reads() {
    for (held_len, own_len) in
        [(1023, 1023), (1024, 3072), (4095, 12_285), (4096, 12_288), (9000, 22_096)]
    {
        let held = vec![7; held_len];
        let mut buffer = holding(&held, MAX_LEN);
        assert_eq!(buffer.detach().map(|storage| storage.len()), Some(MAX_LEN));
        assert_eq!(buffer.is_detached(), own_len == held_len, "{held_len} bytes");
        if own_len == held_len {
            continue;
        }
        // Reads and waits by turns cost nothing while there is room for a read.
        let (_, change) = kept_after(|| {
            let mut room = own_len - held_len;
            while room >= OWN_LEN / 2 {
                assert_eq!(buffer.unfilled().len(), room);
                buffer.filled(1000);
                assert_eq!(buffer.detach(), None);
                room -= 1000;
            }
        });
        assert_eq!(change, 0, "{held_len} bytes");
        // The message has been used: nobody else has a use for storage of its length.
        buffer.consume(usize::MAX);
        let (storage, change) = kept_after(|| buffer.detach());
        assert_eq!((storage, change), (None, -i64::try_from(own_len).unwrap()));
        assert!(buffer.is_detached());
    }
}

/// Returns the storage that is given back after these bytes were read into it, and what is held
/// then.
fn used(reads: &[Vec<u8>]) -> (Vec<u8>, Vec<u8>) {
    let mut receiver = Connection::client(&Limits::default(), [7; 32].into()).receiver;
    let mut buffer = ReadBuffer::default();
    buffer.attach(vec![0; MAX_LEN]);
    for mut read in reads.iter().map(|read| &read[..]) {
        while !read.is_empty() {
            let count = read.read(buffer.unfilled()).unwrap();
            buffer.filled(count);
            while buffer.advance(&mut receiver, |_| ()) == Ok(Progress::Message) {}
        }
    }
    let storage = buffer.detach().expect("little is held");
    (storage, buffer.unread().to_vec())
}

#[test]
fn storage_that_is_given_back_is_zeros_however_it_was_used() {
    let secret = [b'x'; 30_000];
    let whole = wire::to(Role::Client, FIN | BINARY, &secret);
    let fragments = [
        wire::to(Role::Client, BINARY, &secret),
        wire::to(Role::Client, CONTINUATION, &secret),
        wire::to(Role::Client, FIN | CONTINUATION, &secret),
    ];
    let long = wire::to(Role::Client, FIN | BINARY, &[b'x'; 200_000]);
    for reads in [
        vec![whole.clone()],
        vec![whole.repeat(5), whole.clone()],
        vec![fragments.concat()],
        fragments.to_vec(),
        vec![whole.clone(), whole[..10_000].to_vec()],
        // The held bytes move to the front.
        vec![[&long[..], &long[..60_000]].concat(), long[60_000..].to_vec()],
    ] {
        let (storage, _) = used(&reads);
        assert!(storage.iter().all(|&byte| byte == 0));
    }
}

#[test]
fn unused_storage_is_given_back_as_zeros_too() {
    let mut buffer = holding(b"secret", 100);
    assert_eq!(buffer.detach(), Some(vec![0; 100]));
    assert_eq!(buffer.unread(), b"secret");
}

#[test]
fn reported_bytes_are_cleared_even_if_a_stream_wrote_more() {
    let mut receiver = Connection::client(&Limits::default(), [7; 32].into()).receiver;
    let message = wire::to(Role::Client, FIN | BINARY, &[b'x'; 100]);
    for count in [1, 3] {
        let mut buffer = ReadBuffer::default();
        buffer.attach(vec![0; 1000]);
        for _ in 0..count {
            let room = buffer.unfilled();
            room.fill(b'y');
            room[..message.len()].copy_from_slice(&message);
            buffer.filled(message.len());
        }
        for _ in 0..count {
            assert_eq!(buffer.advance(&mut receiver, |_| ()), Ok(Progress::Message));
            assert_eq!(buffer.message(), Ok(Message::Binary(&[b'x'; 100])));
        }
        let storage = buffer.detach().unwrap();
        let (reported, rest) = storage.split_at(count * message.len());
        assert!(reported.iter().all(|&byte| byte == 0));
        // Clearing all of it would cost more than the reads.
        assert!(rest.iter().all(|&byte| byte == b'y'));
    }
}

#[test]
fn bytes_that_were_not_written_are_zeros_in_reused_storage() {
    let secret = wire::to(Role::Client, FIN | BINARY, &[b'x'; 1000]);
    let (storage, held) = used(&[[&secret[..], &secret[..3]].concat()]);
    assert_eq!(held, secret[..3]);
    let mut buffer = holding(&wire::header(FIN | BINARY, Length::of(900), None), 0);
    buffer.attach(storage);
    assert!(buffer.unfilled().iter().all(|&byte| byte == 0));
    buffer.filled(900);
    let mut receiver = Connection::client(&Limits::default(), [7; 32].into()).receiver;
    assert_eq!(buffer.advance(&mut receiver, |_| ()), Ok(Progress::Message));
    assert_eq!(buffer.message(), Ok(Message::Binary(&[0; 900])));
}

#[test]
fn a_head_before_the_frames_is_removed() {
    let mut buffer = ReadBuffer::from(b"head, frames".to_vec());
    buffer.consume(6);
    assert_eq!(buffer.unread(), b"frames");
    buffer.consume(7);
    assert_eq!(buffer.unread(), b"");
}

fn queue(storage: Vec<u8>) -> WriteBuffer {
    let mut buffer = WriteBuffer::default();
    buffer.attach(storage);
    buffer
}

#[test]
fn a_queue_ignores_the_contents_of_lent_storage() {
    let mut buffer = queue(vec![7; 1000]);
    assert!(!buffer.is_detached());
    assert_eq!(buffer.unwritten(), []);
    assert_eq!(buffer.detach().map(|storage| storage.capacity()), Some(1000));
    assert!(buffer.is_detached());
    assert_eq!(buffer.detach(), None);
}

#[test]
fn a_queue_with_storage_accepts_no_other() {
    let mut buffer = queue(Vec::with_capacity(1000));
    buffer.attach(Vec::with_capacity(2000));
    assert_eq!(buffer.detach().map(|storage| storage.capacity()), Some(1000));
}

#[test]
fn a_nonempty_queue_keeps_its_storage() {
    let mut buffer = queue(Vec::with_capacity(1000));
    buffer.out().extend([1, 2]);
    buffer.written(1);
    assert_eq!(buffer.detach(), None);
    buffer.written(1);
    assert_eq!(buffer.detach().map(|storage| storage.capacity()), Some(1000));
}

#[test]
fn a_queue_keeps_no_more_than_the_answer_to_a_read_needs() {
    for (capacity, kept) in [
        (KEPT_CAPACITY - 1, KEPT_CAPACITY - 1),
        (KEPT_CAPACITY, KEPT_CAPACITY),
        (KEPT_CAPACITY + 1, KEPT_CAPACITY),
        (20 * KEPT_CAPACITY, KEPT_CAPACITY),
    ] {
        for len in [1, capacity] {
            let mut buffer = queue(Vec::with_capacity(capacity));
            buffer.out().resize(len, 0);
            buffer.written(len);
            assert_eq!(buffer.detach().map(|storage| storage.capacity()), Some(kept));
        }
    }
}
