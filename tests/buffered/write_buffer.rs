//! The write queue, compared with a plain queue of bytes.

use std::collections::VecDeque;

use proptest::collection::vec;
use proptest::prelude::*;
use sansocket::buffered::WriteBuffer;
use sansocket::connection::Connection;
use sansocket::{Limits, Message};

use crate::wire::{self, BINARY, FIN, TEXT};

const MARK: usize = 5000;

#[derive(Clone, Debug)]
enum Action {
    Append(Vec<u8>),
    Send(usize),
    Written(usize),
    Release,
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        2 => vec(any::<u8>(), 0..300).prop_map(Action::Append),
        2 => prop_oneof![0..200_usize, 0..10_000_usize].prop_map(Action::Send),
        4 => prop_oneof![0..50_usize, 0..3000_usize, Just(usize::MAX)].prop_map(Action::Written),
        1 => Just(Action::Release),
    ]
}

proptest! {
    #[test]
    fn the_queue_gives_all_bytes_back_in_order(actions in vec(action(), 0..60)) {
        let limits = Limits::default().high_water_mark(MARK);
        let mut sender = Connection::server(&limits).sender;
        let mut buffer = WriteBuffer::default();
        let mut model = VecDeque::new();
        for action in actions {
            match action {
                Action::Append(bytes) => {
                    buffer.out().extend_from_slice(&bytes);
                    model.extend(bytes);
                }
                Action::Send(len) => {
                    let payload = vec![7; len];
                    buffer.send(&mut sender, Message::Binary(&payload)).expect("open");
                    model.extend(wire::frame(FIN | BINARY, &payload, None));
                }
                Action::Written(count) => {
                    buffer.written(count);
                    model.drain(..count.min(model.len()));
                }
                Action::Release => buffer.release(),
            }
            prop_assert!(buffer.unwritten() == model.make_contiguous());
            // The sender uses the length as the number of waiting bytes; it is at most twice that.
            prop_assert!(buffer.out().len() <= 2 * model.len());
            for more in [0, 1, 1000, MARK] {
                let is_full = sender.reaches_high_water(buffer.unwritten().len() + more);
                prop_assert_eq!(is_full, model.len() + more >= MARK);
            }
        }
    }
}

#[test]
fn text_and_binary_messages_are_queued_as_frames() {
    let limits = Limits::default();
    let mut sender = Connection::server(&limits).sender;
    let mut buffer = WriteBuffer::default();
    for message in [Message::Text("a€"), Message::Binary(&[1, 2])] {
        buffer.send(&mut sender, message).expect("open");
    }
    let text = wire::frame(FIN | TEXT, "a€".as_bytes(), None);
    let binary = wire::frame(FIN | BINARY, &[1, 2], None);
    assert_eq!(buffer.unwritten(), [text, binary].concat());
}

#[test]
fn a_released_buffer_keeps_what_waits() {
    let mut buffer = WriteBuffer::default();
    buffer.out().extend_from_slice(b"waits");
    buffer.written(1);
    buffer.release();
    assert_eq!(buffer.unwritten(), b"aits");
}
