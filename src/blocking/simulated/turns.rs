//! Endpoints that have more for each other than the systems in between buffer.

mod tests {
    use alloc::vec;
    use core::time::Duration;

    use crate::blocking::simulated::{NOW, ROLES, SECOND, Stream, open};
    use crate::{
        adapter::Options,
        buffered::OwnedMessage,
        connection::{Limits, Timeouts},
    };

    /// Each endpoint has more for the other than the systems buffer, and the other one writes
    /// before it reads. Checks that they make progress by turns.
    fn assert_goes_on_in_turns(stream: &Stream, recv: impl FnMut() -> Option<OwnedMessage>) {
        let mut recv = recv;
        {
            let state = &mut *stream.0.borrow_mut();
            state.writes_first = true;
            for _ in 0..4 {
                state.send(&[7; 1 << 20]);
            }
        }
        for _ in 0..4 {
            assert_eq!(recv(), Some(OwnedMessage::Binary(vec![7; 1 << 20])));
        }
        assert!(NOW.get() < 2 * SECOND, "{:?}", NOW.get());
        assert_eq!(recv(), Some(OwnedMessage::Text("it is there".into())));
        assert_eq!(stream.0.borrow().received, 1 << 20);
    }

    #[test]
    fn a_message_that_is_fed_below_the_mark_does_not_wait_for_the_peer() {
        for role in ROLES {
            NOW.set(Duration::ZERO);
            let (mut socket, stream) = open(role, 0, |_| 0, &Options::default());
            socket.feed(vec![7; 70 << 10]).unwrap();
            assert_eq!(NOW.get(), Duration::ZERO, "{role:?}");
            assert!(stream.0.borrow().held.is_empty());
            assert!(socket.queued() > 70 << 10);
        }
    }

    #[test]
    fn pending_output_does_not_prevent_reading() {
        let limits = Limits::default().high_water_mark(usize::MAX);
        let timeouts = Timeouts::default();
        for timeouts in [timeouts, timeouts.ping_interval(None)] {
            for write_timeout in [None, Some(30 * SECOND)] {
                let options = Options::default().limits(limits.clone()).timeouts(timeouts);
                let options = options.write_timeout(write_timeout);
                for role in ROLES {
                    NOW.set(Duration::ZERO);
                    let (mut socket, stream) = open(role, 64 << 10, |_| 4096, &options);
                    socket.feed(vec![7; 1 << 20]).unwrap();
                    assert_goes_on_in_turns(&stream, || socket.recv().unwrap());

                    NOW.set(Duration::ZERO);
                    let (socket, stream) = open(role, 64 << 10, |_| 4096, &options);
                    let (writer, mut reader) = socket.split();
                    writer.feed(vec![7; 1 << 20]).unwrap();
                    assert_goes_on_in_turns(&stream, || reader.recv().unwrap());
                }
            }
        }
    }
}
