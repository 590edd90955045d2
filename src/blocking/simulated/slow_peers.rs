//! Peers that read little, late, or nothing.

mod tests {
    use alloc::vec;
    use core::{matches, time::Duration};

    use crate::blocking::simulated::{NOW, ROLES, SECOND, Stream, open, quiet};
    use crate::{
        adapter::{Error, Options},
        buffered::OwnedMessage,
        close::{CloseCode, CloseFrame},
        connection::{Limits, Timeouts},
        role::Role,
        time::TimeoutKind,
    };

    /// Returns the time until a peer with this pace is dropped, over systems that buffer 4 MiB.
    fn time_to_give_up(pace: fn(u128) -> usize, len: usize, options: &Options) -> Duration {
        let [client, server] = ROLES.map(|role| {
            NOW.set(Duration::ZERO);
            let (mut socket, stream) = open(role, 4 << 20, pace, options);
            let error = socket.send(vec![7; len]).unwrap_err();
            assert!(matches!(error, Error::Timeout(TimeoutKind::Write)), "{role:?}: {error:?}");
            assert_no_timeout_is_longer_than_what_is_left(&stream, NOW.get());
            NOW.get()
        });
        assert_eq!(client, server, "it is the same for both roles");
        server
    }

    fn assert_no_timeout_is_longer_than_what_is_left(stream: &Stream, end: Duration) {
        for (at, timeout) in &stream.0.borrow().write_timeouts {
            assert!(*at + timeout.unwrap() <= end, "{timeout:?} at {at:?} of {end:?}");
        }
    }

    // Shows own-adapters-2 (both).
    #[test]
    fn a_peer_that_reads_very_little_is_dropped_after_the_write_timeout() {
        let len = 16 << 20;
        assert_eq!(time_to_give_up(|_| 0, len, &quiet()), 30 * SECOND, "nothing");
        // The first write is already partial, and takes a while.
        let pace = |now| usize::from(now % 7000 == 0) * 8;
        assert_eq!(time_to_give_up(pace, len, &quiet()), 30 * SECOND, "8 bytes in 7 s");
        let pace = |now| usize::from(now == 29_900) * 60_000;
        assert_eq!(time_to_give_up(pace, len, &quiet()), 30 * SECOND, "60,000 bytes, and late");
        // The last call waits less than the earlier ones.
        let limit = Duration::from_millis(250);
        let options = quiet().write_timeout(Some(limit));
        assert_eq!(time_to_give_up(|_| 0, len, &options), limit);
    }

    // Shows own-adapters-2 (both).
    #[test]
    fn a_small_message_on_its_own_has_the_write_timeout_from_the_start_of_its_write() {
        for role in ROLES {
            // The first message fills the pipe, or leaves room for a part of the second.
            let len = 80 + if role == Role::Client { 6 } else { 2 };
            for capacity in [len, len + 10] {
                NOW.set(Duration::ZERO);
                let (mut socket, _stream) = open(role, capacity, |_| 0, &quiet());
                // From here on the stream is known to wait for a slice of time.
                socket.send([7; 80]).unwrap();
                let error = socket.send([7; 80]).unwrap_err();
                assert!(matches!(error, Error::Timeout(TimeoutKind::Write)), "{error:?}");
                assert_eq!(NOW.get(), 30 * SECOND, "{role:?}, {capacity} bytes");
            }
        }
    }

    // Shows own-adapters-2 (both).
    #[test]
    fn a_peer_that_stops_reading_is_dropped_after_the_write_timeout() {
        let pace = |now| usize::from(now == 10_000) * (1 << 20);
        assert_eq!(time_to_give_up(pace, 16 << 20, &quiet()), 40 * SECOND);
    }

    #[test]
    fn a_write_timeout_of_zero_drops_a_peer_that_does_not_read_at_once() {
        let options = quiet().write_timeout(Some(Duration::ZERO));
        assert!(time_to_give_up(|_| 0, 16 << 20, &options) <= Duration::from_millis(2));
        let (mut socket, _) = open(Role::Server, 4 << 20, |_| 0, &options);
        socket.send(vec![7; 1 << 20]).unwrap();
        socket.send("taken at once").unwrap();
    }

    /// The buffers of the systems last for 10 s; the peer answers a Ping when it gets to it.
    // Shows own-keepalive-1 (both), own-keepalive-2 (both), own-closing-1 (both).
    #[test]
    fn a_large_message_arrives_at_a_peer_that_reads_slowly_and_so_does_the_close() {
        for role in ROLES {
            let (mut socket, stream) =
                open(role, 2560 << 10, |_| (256 << 10) / 1000, &Options::default());
            socket.send(vec![7; 16 << 20]).unwrap();
            let message = socket.recv().unwrap();
            assert_eq!(message, Some(OwnedMessage::Text("it is there".into())));
            assert_eq!(stream.0.borrow().received, 16 << 20);
            assert!(socket.close(CloseCode::NORMAL, "").unwrap().was_clean);
        }
    }

    /// The buffers of the systems last for one second, and the queue when the Ping is due for
    /// three.
    // Shows own-keepalive-1 (both), own-keepalive-2 (both).
    #[test]
    fn a_pong_is_due_from_when_the_queue_before_its_ping_is_accepted() {
        let timeouts =
            Timeouts::default().ping_interval(Some(SECOND)).pong(Duration::from_millis(1500));
        let limits = Limits::default().high_water_mark(usize::MAX);
        let options = Options::default().timeouts(timeouts).limits(limits);
        for role in ROLES {
            let (mut socket, _) = open(role, 1 << 20, |_| (1 << 20) / 1000, &options);
            socket.send("the connection is open").unwrap();
            assert!(socket.recv().unwrap().is_some());
            socket.send(vec![7; 4 << 20]).unwrap();
            for _ in 0..3 {
                socket.feed(vec![7; 1 << 20]).unwrap();
            }
            for _ in 0..4 {
                assert!(socket.recv().unwrap().is_some());
            }
            socket.send("after the Ping").unwrap();
            assert!(socket.recv().unwrap().is_some());
            assert!(socket.ping_latency().is_some(), "the Ping was answered");
            assert!(socket.close(CloseCode::NORMAL, "").unwrap().was_clean);
        }
    }

    /// The systems have accepted what is before it, and are full.
    // Shows own-keepalive-1 (both).
    #[test]
    fn a_pong_is_due_from_when_its_ping_has_found_room() {
        let pace = |now| match now {
            0..=1 => 100,
            2..=2000 => 0,
            _ => 1000,
        };
        let timeouts =
            Timeouts::default().ping_interval(Some(SECOND)).pong(Duration::from_millis(1500));
        let options = Options::default().timeouts(timeouts);
        for (role, header_len) in [(Role::Server, 10), (Role::Client, 14)] {
            NOW.set(Duration::ZERO);
            let (mut socket, _) = open(role, 1 << 20, pace, &options);
            socket.send("the connection is open").unwrap();
            assert!(socket.recv().unwrap().is_some());
            socket.send(vec![7; (1 << 20) - header_len]).unwrap();
            assert!(socket.recv().unwrap().is_some());
            assert!(NOW.get() > 3 * SECOND, "it is answered late");
        }
    }

    /// The timeout of the write does not apply to the read after it.
    #[test]
    fn a_read_after_a_write_waits_until_something_is_due() {
        for role in ROLES {
            NOW.set(Duration::ZERO);
            let timeouts = Timeouts::default().idle(Some(30 * SECOND));
            let options = Options::default().timeouts(timeouts);
            let (mut socket, stream) = open(role, 1 << 20, |_| 1000, &options);
            socket.send("message").unwrap();
            assert!(socket.recv().unwrap().is_some());
            let result = socket.recv();
            assert!(matches!(result, Err(Error::Timeout(TimeoutKind::Idle))), "{result:?}");
            let waits = &stream.0.borrow().vain_reads;
            assert!(waits[0] > 10 * SECOND, "{waits:?}");
            assert!(waits.iter().all(|wait| *wait > SECOND), "{waits:?}");
        }
    }

    // Shows own-closing-1 (both).
    #[test]
    fn a_close_waits_while_the_peer_accepts_what_is_before_it() {
        let timeouts = Timeouts::default().close(SECOND);
        let options = Options::default().timeouts(timeouts);
        for role in ROLES {
            // The buffers of the systems last for half a second.
            let (mut socket, stream) = open(role, 128 << 10, |_| 256, &options);
            socket.send(vec![7; 6 << 20]).unwrap();
            assert!(socket.close(CloseCode::NORMAL, "").unwrap().was_clean);
            assert_eq!(stream.0.borrow().received, 6 << 20);
        }
    }

    // Shows own-limits-8 (both).
    #[test]
    fn a_peer_that_reads_nothing_is_dropped_when_its_pong_is_due() {
        for role in ROLES {
            NOW.set(Duration::ZERO);
            let (mut socket, stream) = open(role, 4 << 20, |_| 0, &Options::default());
            let result = socket.recv();
            assert!(matches!(result, Err(Error::Timeout(TimeoutKind::Pong))), "{result:?}");
            assert_eq!(NOW.get(), 40 * SECOND);
            assert!(stream.0.borrow().is_shut_down);
        }
    }

    /// Room for a Ping, but not for the Close frame when the peer is dropped.
    #[test]
    fn the_last_close_frame_to_a_peer_that_reads_nothing_is_one_attempt() {
        for role in ROLES {
            NOW.set(Duration::ZERO);
            let (mut socket, stream) = open(role, 20, |_| 0, &Options::default());
            let result = socket.recv();
            assert!(matches!(result, Err(Error::Timeout(TimeoutKind::Pong))), "{result:?}");
            assert_eq!(NOW.get(), 40 * SECOND);
            assert!(stream.0.borrow().is_shut_down);
            let info = socket.close_info().unwrap();
            assert_eq!(info.sent, None, "it has never left");

            NOW.set(Duration::ZERO);
            let (socket, _) = open(role, 20, |_| 0, &Options::default());
            let (_writer, mut reader) = socket.split();
            let result = reader.recv();
            assert!(matches!(result, Err(Error::Timeout(TimeoutKind::Pong))), "{result:?}");
            assert_eq!(NOW.get(), 40 * SECOND);
            assert_eq!(reader.close_info().unwrap().sent, None);
        }
    }

    #[test]
    fn a_socket_that_is_dropped_makes_one_short_attempt() {
        for role in ROLES {
            let (mut socket, stream) = open(role, 10, |_| 0, &quiet());
            socket.feed("more than the systems hold").unwrap();
            NOW.set(Duration::ZERO);
            drop(socket);
            assert!(!stream.0.borrow().held.is_empty());
            let (mut socket, stream) = open(role, 0, |_| 0, &quiet());
            socket.feed("more than the systems hold").unwrap();
            drop(socket);
            assert!(stream.0.borrow().held.is_empty());
            assert_eq!(NOW.get(), Duration::from_millis(1));
        }
    }

    /// The read half wakes up every 10 s.
    // Shows own-adapters-2 (both).
    #[test]
    fn a_peer_that_reads_nothing_is_dropped_however_often_the_reader_wakes_up() {
        for role in ROLES {
            NOW.set(Duration::ZERO);
            let (socket, stream) = open(role, 10, |_| 0, &quiet());
            let (_writer, mut reader) = socket.split();
            for _ in 0..4 {
                stream.0.borrow_mut().ping();
            }
            let result = reader.recv();
            assert!(matches!(result, Err(Error::Timeout(TimeoutKind::Write))), "{result:?}");
            assert_eq!(NOW.get().as_secs(), 30);
        }
    }

    #[test]
    fn a_peer_that_reads_nothing_and_keeps_sending_is_dropped_too() {
        for role in ROLES {
            NOW.set(Duration::ZERO);
            let (mut socket, stream) = open(role, 10, |_| 0, &quiet());
            stream.0.borrow_mut().is_talkative = true;
            let result = socket.recv();
            assert!(matches!(result, Err(Error::Timeout(TimeoutKind::Write))), "{result:?}");
            assert_eq!(NOW.get().as_secs(), 30);
        }
    }

    // Shows own-frames-7 (both).
    #[test]
    fn the_end_of_the_transport_times_out_however_much_arrives() {
        for role in ROLES {
            NOW.set(Duration::ZERO);
            let (mut socket, stream) = open(role, 1000, |_| 1000, &quiet());
            stream.0.borrow_mut().is_talkative = true;
            assert!(socket.close(CloseCode::NORMAL, "").unwrap().was_clean);
            assert_eq!(NOW.get().as_secs(), 10);
            assert!(stream.0.borrow().is_shut_down);
        }
    }

    /// The close timeout applies, even if writing might take longer.
    // Shows own-limits-7 (both), own-adapters-2 (both).
    #[test]
    fn unread_bytes_do_not_delay_the_end_of_a_close() {
        for role in ROLES {
            NOW.set(Duration::ZERO);
            let options = Options::default().write_timeout(Some(300 * SECOND));
            let (mut socket, stream) = open(role, 10, |_| 0, &options);
            socket.send(CloseFrame::EMPTY).unwrap();
            for _ in 0..4 {
                stream.0.borrow_mut().ping();
            }
            let result = socket.recv();
            assert!(matches!(result, Err(Error::Timeout(TimeoutKind::Close))), "{result:?}");
            assert_eq!(NOW.get().as_secs(), 10);
        }
    }

    /// The buffers of the systems last for twelve seconds.
    const SLOW: fn(u128) -> usize = |_| (256 << 10) / 1000;

    // Shows own-closing-1 (both).
    #[test]
    fn a_close_waits_for_slowly_accepted_bytes_in_the_buffers_of_the_systems() {
        for role in ROLES {
            let (mut socket, stream) = open(role, 3 << 20, SLOW, &Options::default());
            socket.send(vec![7; 6 << 20]).unwrap();
            assert!(socket.close(CloseCode::NORMAL, "").unwrap().was_clean);
            assert_eq!(stream.0.borrow().received, 6 << 20);

            let (socket, stream) = open(role, 3 << 20, SLOW, &Options::default());
            let (writer, mut reader) = socket.split();
            writer.send(vec![7; 6 << 20]).unwrap();
            writer.send(CloseFrame::EMPTY).unwrap();
            while reader.recv().unwrap().is_some() {}
            assert!(reader.close_info().unwrap().was_clean);
            assert_eq!(stream.0.borrow().received, 6 << 20);
        }
    }

    // Shows own-closing-1 (both).
    #[test]
    fn the_end_of_the_transport_waits_for_the_buffers_of_the_systems_too() {
        let limits = Limits::default().high_water_mark(usize::MAX);
        for role in ROLES {
            let (mut socket, stream) = open(role, 3 << 20, SLOW, &quiet().limits(limits.clone()));
            socket.feed(vec![7; 6 << 20]).unwrap();
            stream.0.borrow_mut().close();
            assert_eq!(socket.recv().unwrap(), None);
            assert_eq!(stream.0.borrow().received, 6 << 20);
        }
    }

    /// A Ping that is due right after such a message.
    // Shows own-keepalive-1 (both).
    #[test]
    fn a_pong_waits_for_slowly_accepted_bytes_in_the_buffers_of_the_systems() {
        let timeouts = Timeouts::default().ping_interval(Some(SECOND)).pong(SECOND);
        let options = Options::default().timeouts(timeouts);
        for role in ROLES {
            NOW.set(Duration::ZERO);
            let (mut socket, _) = open(role, 3 << 20, SLOW, &options);
            socket.send("the connection is open").unwrap();
            assert!(socket.recv().unwrap().is_some());
            socket.send(vec![7; 6 << 20]).unwrap();
            assert!(socket.recv().unwrap().is_some());
            assert!(NOW.get() > 20 * SECOND, "{:?}", NOW.get());
        }
    }
}
