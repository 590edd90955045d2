//! The room for reads.

use sansocket::buffered::ReadBuffer;

/// What a buffer allocates first.
const OWN_LEN: usize = 4 << 10;
/// The size that it reaches because reads fill it, and what it shrinks to.
const MAX_LEN: usize = 256 << 10;
/// With less room than this, the held bytes move, and the buffer grows if that is not enough.
const MIN_ROOM: usize = 2 << 10;

fn lent(storage_len: usize) -> ReadBuffer {
    let mut buffer = ReadBuffer::default();
    buffer.attach(vec![0; storage_len]);
    buffer
}

/// Reads bytes, of which all but `held` are consumed at once.
fn hold(buffer: &mut ReadBuffer, held: usize, read: usize) {
    buffer.unfilled();
    buffer.filled(read);
    buffer.consume(read - held);
}

#[test]
fn held_bytes_move_to_the_front_when_there_is_little_room() {
    let read = OWN_LEN - MIN_ROOM;
    for (read, room) in [(read, MIN_ROOM), (read + 1, OWN_LEN - 500)] {
        let mut buffer = lent(OWN_LEN);
        hold(&mut buffer, 500, read);
        assert_eq!(buffer.unfilled().len(), room);
    }
}

#[test]
fn a_buffer_grows_when_a_move_does_not_give_it_enough_room() {
    for (held, room) in [(1000, MIN_ROOM), (1001, 1001 + OWN_LEN)] {
        let mut buffer = lent(1000 + MIN_ROOM);
        hold(&mut buffer, held, 2002);
        assert_eq!(buffer.unfilled().len(), room);
    }
}

#[test]
fn a_buffer_that_reads_fill_doubles_up_to_256_kib() {
    let mut buffer = ReadBuffer::default();
    let mut len = OWN_LEN;
    for _ in 0..10 {
        assert_eq!(buffer.unfilled().len(), len);
        hold(&mut buffer, 0, len);
        len = MAX_LEN.min(2 * len);
    }
    let mut buffer = lent(MAX_LEN - 1);
    hold(&mut buffer, 0, MAX_LEN - 1);
    assert_eq!(buffer.unfilled().len(), MAX_LEN);
}

#[test]
fn a_buffer_for_a_small_chip_stays_within_what_was_set() {
    let mut buffer = ReadBuffer::default();
    buffer.set_read_len(200..=500);
    for len in [256, 512, 512] {
        assert_eq!(buffer.unfilled().len(), len);
        hold(&mut buffer, 0, len);
    }
    // A large message, and then its storage.
    hold(&mut buffer, 512, 512);
    assert_eq!(buffer.unfilled().len(), 768);
    buffer.consume(512);
    assert_eq!(buffer.unfilled().len(), 512);
    buffer.release();
    assert_eq!(buffer.unfilled().len(), 256);
    hold(&mut buffer, 0, 128);
    assert_eq!(buffer.unfilled().len(), 256);
}

#[test]
fn the_room_of_a_read_is_never_empty() {
    for (min, max) in [(0, 0), (1, 1), (100, 0)] {
        let mut buffer = ReadBuffer::default();
        buffer.set_read_len(min..=max);
        for _ in 0..3 {
            let room = buffer.unfilled().len();
            assert!((1..=128).contains(&room), "{room}");
            hold(&mut buffer, 0, room);
        }
    }
}

#[test]
fn a_buffer_that_a_read_does_not_fill_stays() {
    let mut buffer = ReadBuffer::default();
    for _ in 0..3 {
        assert_eq!(buffer.unfilled().len(), OWN_LEN);
        hold(&mut buffer, 0, OWN_LEN - 1);
    }
}

#[test]
fn large_storage_stays_while_a_sixty_fourth_of_it_is_held() {
    let storage_len = 2 * MAX_LEN;
    let most = storage_len / 64;
    for (held, room) in [
        (0, MAX_LEN),
        (1, MAX_LEN - 1),
        (most, MAX_LEN - most),
        (most + 1, storage_len - 100_001 - most),
    ] {
        let mut buffer = ReadBuffer::from(vec![7; most + 1]);
        buffer.attach(vec![0; storage_len]);
        // The first bytes had arrived, so that it does not shrink at once.
        hold(&mut buffer, held, 100_000);
        buffer.consume(most + 1);
        assert_eq!(buffer.unread().len(), held);
        assert_eq!(buffer.unfilled().len(), room, "{held} bytes");
    }
}
