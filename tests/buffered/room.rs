//! How much room there is to read into.

use sansocket::buffered::{Message, Progress, ReadBuffer};
use sansocket::connection::Config;

use crate::peer::{Sent, Server};

/// What a buffer gives itself at first use.
const OWN_LEN: usize = 4 << 10;
/// How large it becomes because reads fill it, and what it shrinks to.
const MAX_LEN: usize = 256 << 10;
/// With less room than this, what is held is moved, and the buffer grows if that is not enough.
const MIN_ROOM: usize = 2 << 10;

fn lent(storage_len: usize) -> ReadBuffer {
    let mut buffer = ReadBuffer::default();
    buffer.attach(vec![0; storage_len]);
    buffer
}

/// Reads bytes of which all but `held` are used up at once.
fn hold(buffer: &mut ReadBuffer, held: usize, read: usize) {
    buffer.unfilled();
    buffer.filled(read);
    buffer.consume(read - held);
}

#[test]
fn what_is_held_moves_to_the_front_when_there_is_little_room() {
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
fn a_buffer_that_a_read_does_not_fill_stays() {
    let mut buffer = ReadBuffer::default();
    for _ in 0..3 {
        assert_eq!(buffer.unfilled().len(), OWN_LEN);
        hold(&mut buffer, 0, OWN_LEN - 1);
    }
}

#[test]
fn large_storage_stays_while_messages_need_an_eighth_of_it() {
    for (message_len, len) in [(MAX_LEN / 4, 2 * MAX_LEN), (MAX_LEN / 4 - 1, MAX_LEN)] {
        let mut server = Server::new(&Config::default());
        // It holds something, so that it does not shrink at once.
        server.buffer = ReadBuffer::from(vec![0x82]);
        server.buffer.attach(vec![0; 2 * MAX_LEN]);
        let message = Sent::binary(message_len);
        server.read(&mut &message.bytes()[1..], usize::MAX);
        assert_eq!(server.advance(), Ok(Progress::Message));
        assert_eq!(server.buffer.message(), Ok(Message::Binary(&message.payload)));
        assert_eq!(server.buffer.unfilled().len(), len);
    }
}
