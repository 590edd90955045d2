//! Writes that are slow, refused, lent to another thread, or suspended for a while.

use core::time::Duration;

use sansocket::buffered::{Message, WriteBuffer};
use sansocket::connection::{SendError, Timeouts};
use sansocket::session::{Failure, Session, Step, Want, Writing};
use sansocket::{CloseCode, CloseFrame, Role, TimeoutKind, Timestamp};

use super::driver::{Driver, Transport};
use super::link::{Arrival, KIB, Link, MIB, at};
use super::{open, with};
use crate::endpoint::Received;
use crate::pair::{ROLES, peer_of};
use crate::wire::{self, BINARY, CLOSE, FIN, PING, PONG, TEXT};

/// A message, and a Ping with this number.
fn message_and_ping(role: Role, number: u64) -> Arrival {
    let frames =
        [wire::to(role, FIN | TEXT, b"message"), wire::to(role, FIN | PING, &number.to_be_bytes())];
    Arrival::Bytes(frames.concat())
}

/// One of each per second.
fn talk(driver: &mut Driver<Link>, role: Role, count: u64) {
    for secs in 1..=count {
        driver.transport.arrives(at(secs), message_and_ping(role, secs));
    }
}

// Shows own-limits-5.
#[test]
fn a_peer_that_never_reads_is_still_read_from_until_the_queue_is_full() {
    for role in ROLES {
        let link = Link::to(peer_of(role)).pace(0);
        let mut driver = with(role, Timeouts::default(), None, link);
        let message = vec![7; 64 * KIB];
        let mut sent = 0;
        while !driver.session.writing.would_reach_high_water(message.len()) {
            driver.session.writing.send(&message[..]).unwrap();
            sent += message.len();
            driver.run_to_wait();
        }
        let mark = 128 * KIB;
        assert!(driver.session.writing.waiting() < mark, "the default mark");
        assert!(sent >= driver.transport.capacity);

        driver.session.writing.send(&vec![7; 8 * MIB][..]).unwrap();
        talk(&mut driver, role, 18);
        driver.run_until(at(19));
        assert_eq!(driver.received.len(), 18);
        let waiting = driver.session.writing.waiting();
        assert!(driver.session.writing.would_reach_high_water(0));
        assert!(waiting > 8 * MIB && waiting < 8 * MIB + mark + 64, "no Pong is added: {waiting}");

        let role = driver.transport.peer.end.connection.role();
        driver.transport.peer.pace = usize::MAX;
        driver.run_until(at(25));
        let received = &driver.transport.peer.end.received;
        let is_pong = |received: &&Received| matches!(received, Received::Pong(_));
        let pongs: Vec<_> = received.iter().filter(is_pong).collect();
        let latest = Received::Pong(18_u64.to_be_bytes().into());
        assert_eq!(pongs.last(), Some(&&latest), "to the {role:?}");
        assert!(!driver.session.writing.would_reach_high_water(mark - 1));
    }
}

#[test]
fn a_peer_that_reads_64_kib_per_write_timeout_is_kept_and_a_slower_one_is_dropped() {
    for role in ROLES {
        for (pace, is_enough) in [(4 * KIB, true), (KIB, false)] {
            let timeouts = Timeouts::default().ping_interval(None);
            let link = Link::to(peer_of(role)).pace(pace);
            let mut driver = with(role, timeouts, Some(Duration::from_secs(30)), link);
            driver.session.writing.send(&vec![7; MIB][..]).unwrap();
            if is_enough {
                driver.run_until(at(300));
                assert_eq!(driver.transport.peer.end.received, [Received::Binary(vec![7; MIB])]);
            } else {
                assert_eq!(driver.run(), Err(Failure::Timeout(TimeoutKind::Write)));
                assert_eq!(driver.transport.now, at(30));
            }
        }
    }
}

#[test]
fn time_in_which_nobody_writes_does_not_count() {
    for role in ROLES {
        let timeouts = Timeouts::default().ping_interval(None);
        let write = Some(Duration::from_secs(30));
        let mut driver = with(role, timeouts, write, Link::to(peer_of(role)).pace(0));
        driver.session.writing.send(&vec![7; MIB][..]).unwrap();
        for round in 0..4 {
            driver.run_until(at(100 * round + 7));
            driver.session.writing.pause(driver.transport.now);
            // A second call has no effect.
            driver.session.writing.pause(driver.transport.now + Duration::from_secs(1));
            driver.transport.pass(at(100 * (round + 1)));
            assert!(!driver.session.writing.is_overdue(driver.transport.now));
        }
        // Four times seven seconds have passed.
        let end = driver.run();
        assert_eq!(end, Err(Failure::Timeout(TimeoutKind::Write)));
        assert_eq!(driver.transport.now, at(402));
        driver.assert_is_over(end);
    }
}

#[test]
fn a_pause_changes_nothing_if_the_transport_refuses_nothing() {
    for role in ROLES {
        let mut driver = open(role, Link::to(peer_of(role)));
        driver.session.writing.pause(at(1));
        driver.session.writing.send("message").unwrap();
        driver.run_to_wait();
        driver.session.writing.pause(at(2));
        driver.transport.capacity = 0;
        driver.session.writing.send("message").unwrap();
        driver.run_to_wait();
        assert_eq!(driver.session.writing.refused(driver.transport.now), at(30));
    }
}

/// A transport that accepts what it had refused, and a driver that is stopped after its last call.
fn write_and_stop(writing: &mut Writing, now: Timestamp) {
    writing.send("message").unwrap();
    assert_eq!(writing.wants(now), Want::Write);
    writing.refused(now);
    writing.written(writing.waiting());
    writing.flushed();
}

#[test]
fn a_write_that_stopped_after_its_last_byte_waits_for_nothing() {
    for role in ROLES {
        let mut driver = open(role, Link::to(peer_of(role)));
        driver.run_to_wait();
        write_and_stop(&mut driver.session.writing, at(0));
        assert!(!driver.session.writing.is_overdue(at(31)));
        assert!(driver.run_to_wait() > at(19));
        driver.transport.pass(at(100));
        let writing = &mut driver.session.writing;
        writing.send("next").unwrap();
        assert_eq!(writing.refused(at(100)), at(130), "the time runs anew");
        driver.run_until(at(110));
    }
}

// Shows own-closing-3.
#[test]
fn nothing_is_sent_and_nothing_kept_once_a_write_has_failed() {
    let frame = CloseFrame { code: CloseCode::NORMAL, reason: "" };
    for role in ROLES {
        let mut driver = open(role, Link::to(peer_of(role)).pace(0));
        let writing = &mut driver.session.writing;
        writing.send(&[7; MIB][..]).unwrap();
        writing.failed();
        assert!(writing.has_failed() && writing.is_settled() && writing.is_idle());
        assert_eq!(writing.send("late"), Err(SendError::Closed));
        assert_eq!(writing.send_header(Message::Text("late")), Err(SendError::Closed));
        writing.leave(b"late");
        writing.close(frame).unwrap();
        writing.attach(|| panic!("nothing will be written"));
        // Received frames cause no replies.
        let frames = [wire::to(role, FIN | PING, b""), wire::to(role, FIN | TEXT, b"in")];
        driver.transport.arrives(at(1), Arrival::Bytes(frames.concat()));
        driver.run_until(at(5));
        assert_eq!(driver.received.len(), 1);
        let writing = &mut driver.session.writing;
        assert_eq!((writing.waiting(), writing.wants(at(5))), (0, Want::Nothing));
        assert_eq!(driver.transport.written, 0);
    }
}

/// The writing thread, which has borrowed the queue, and writes as much as the link accepts, in
/// pieces.
struct Thread {
    buffer: WriteBuffer,
    piece: usize,
}

impl Thread {
    fn new(piece: usize) -> Self {
        Self { buffer: WriteBuffer::default(), piece }
    }

    /// Writes one piece. Returns `false` if nothing waits, or if the link accepts nothing.
    fn turn(&mut self, driver: &mut Driver<Link>) -> bool {
        let Driver { session: Session { writing, .. }, transport, .. } = driver;
        if self.buffer.unwritten().is_empty() {
            if writing.wants(transport.now()) == Want::Flush {
                writing.flushed();
            }
            writing.lend(&mut self.buffer);
        }
        let bytes = self.buffer.unwritten();
        let piece = &bytes[..bytes.len().min(self.piece)];
        if piece.is_empty() {
            return false;
        }
        let Ok(count) = transport.write(piece) else {
            writing.refused(transport.now());
            return false;
        };
        self.buffer.written(count);
        writing.written(count);
        true
    }

    fn write_all(&mut self, driver: &mut Driver<Link>) {
        while !driver.session.writing.is_settled() {
            if !self.turn(driver) {
                driver.transport.pass_a_tick();
            }
        }
    }
}

/// The reading thread, which leaves writing to the other.
fn read(driver: &mut Driver<Link>) -> Result<Step, Failure> {
    loop {
        match driver.next()? {
            Step::Write => {}
            step @ (Step::Wait(_) | Step::Ended) => return Ok(step),
            step => driver.carry_out(step),
        }
    }
}

#[test]
fn a_writer_that_was_lent_the_queue_and_a_reader_that_answers_pings_keep_the_order() {
    for role in ROLES {
        for piece in [1, 7, 4 * KIB, MIB] {
            let len = if piece < 100 { 200 } else { 100 * KIB };
            let mut driver = open(role, Link::to(peer_of(role)).capacity(20 * KIB));
            let mut thread = Thread::new(piece);
            let mut expected = Vec::new();
            for round in 1..=10_u8 {
                let message = vec![round; len];
                driver.session.writing.send(&message[..]).unwrap();
                assert!(driver.session.writing.waiting() >= len);
                thread.turn(&mut driver);
                // In the middle of a message that is lent.
                driver.transport.arrives(at(0), message_and_ping(role, round.into()));
                read(&mut driver).unwrap();
                driver.session.writing.send("behind the Pong").unwrap();
                thread.write_all(&mut driver);
                assert!(driver.session.writing.is_idle());
                expected.push(Received::Binary(message));
                expected.push(Received::Pong(u64::from(round).to_be_bytes().into()));
                expected.push(Received::text("behind the Pong"));
            }
            driver.transport.pass(at(60));
            assert_eq!(driver.transport.peer.end.received, expected);
            assert_eq!(driver.received.len(), 10);
        }
    }
}

#[test]
fn a_pending_pong_leaves_with_the_next_queue_that_is_lent() {
    for role in ROLES {
        let mut driver = open(role, Link::to(peer_of(role)).capacity(MIB));
        let mut thread = Thread::new(64 * KIB);
        driver.session.writing.send(&[7; 200 * KIB][..]).unwrap();
        // Above the mark only the latest is kept.
        talk(&mut driver, role, 3);
        driver.transport.pass(at(3));
        read(&mut driver).unwrap();
        while thread.turn(&mut driver) {}
        assert!(driver.session.writing.is_idle());
        driver.transport.pass(at(4));
        let received = &driver.transport.peer.end.received;
        assert_eq!(received[1..], [Received::Pong(3_u64.to_be_bytes().into())]);
    }
}

#[test]
fn a_close_frame_after_lent_bytes_has_left_only_when_all_of_them_have() {
    let frame = CloseFrame { code: CloseCode::NORMAL, reason: "" };
    for role in ROLES {
        let sent = |taken: usize| {
            let mut driver = open(role, Link::to(peer_of(role)));
            let mut buffer = WriteBuffer::default();
            let writing = &mut driver.session.writing;
            writing.send("lent").unwrap();
            writing.lend(&mut buffer);
            let lent = buffer.unwritten().len();
            assert_eq!((writing.waiting(), writing.unwritten()), (lent, &[][..]));
            writing.close(frame).unwrap();
            let len = writing.waiting();
            writing.written(taken.min(lent));
            writing.written(taken.saturating_sub(lent));
            if taken == len {
                writing.flushed();
            }
            driver.session.reading.failed(writing);
            let info = driver.session.reading.close_info(writing).unwrap();
            (len, info.sent.is_some())
        };
        let (len, _) = sent(0);
        for taken in 0..=len {
            assert_eq!(sent(taken).1, taken == len, "{taken} of {len}");
        }
    }
}

#[test]
fn nothing_is_lent_once_nothing_can_be_written_any_more() {
    for role in ROLES {
        for has_panicked in [false, true] {
            let mut driver = open(role, Link::to(peer_of(role)));
            let writing = &mut driver.session.writing;
            writing.send("half of it is out").unwrap();
            if has_panicked {
                let call = || writing.call(|_| panic!("a transport that panics"));
                std::panic::catch_unwind(core::panic::AssertUnwindSafe(call)).unwrap_err();
            } else {
                writing.failed();
            }
            let mut buffer = WriteBuffer::default();
            driver.session.writing.lend(&mut buffer);
            assert_eq!(buffer.unwritten(), b"", "{has_panicked}");
        }
    }
}

#[test]
fn an_end_waits_for_a_writer_that_was_lent_the_queue() {
    for role in ROLES {
        let mut driver = open(role, Link::to(peer_of(role)).capacity(20 * KIB));
        let mut thread = Thread::new(KIB);
        driver.session.writing.send(&[7; 100 * KIB][..]).unwrap();
        thread.turn(&mut driver);
        let close = wire::to(role, FIN | CLOSE, &wire::close_payload(1001, ""));
        let frames = [wire::to(role, FIN | BINARY, b"in"), close].concat();
        driver.transport.arrives(at(1), Arrival::Bytes(frames));
        driver.transport.pass(at(1));
        while let Step::Wait(_) = read(&mut driver).unwrap() {
            thread.write_all(&mut driver);
            driver.transport.pass_a_tick();
        }
        driver.transport.pass(at(2));
        let received = &driver.transport.peer.end.received;
        assert_eq!(received[..], [Received::Binary(vec![7; 100 * KIB]), Received::close(1001, "")]);
        driver.assert_is_over(Ok(()));
    }
}

#[test]
fn a_separate_header_and_the_rest_of_its_payload_keep_the_order() {
    let payload = [7; KIB];
    for taken in [0, 1, 500, KIB] {
        let mut driver = open(Role::Server, Link::to(Role::Client));
        let writing = &mut driver.session.writing;
        writing.send("first").unwrap();
        assert_eq!(writing.send_header(Message::Binary(&payload)), Ok(true));
        let queued = writing.unwritten().to_vec();
        let bytes = [&queued[..], &payload[..taken]].concat();
        let Driver { session: Session { writing, .. }, transport, .. } = &mut driver;
        assert_eq!(transport.write(&bytes).unwrap(), bytes.len());
        writing.written(bytes.len());
        writing.leave(&payload[taken..]);
        writing.send("last").unwrap();
        driver.run_until(at(1));
        let expected =
            [Received::text("first"), Received::Binary(payload.into()), Received::text("last")];
        assert_eq!(driver.transport.peer.end.received, expected);
    }
    let mut client = open(Role::Client, Link::to(Role::Server));
    assert_eq!(client.session.writing.send_header(Message::Text("masked")), Ok(false));
    assert_eq!(client.session.writing.waiting(), 0);
}

#[test]
fn all_pending_pongs_are_written_before_any_wait() {
    for role in ROLES {
        let mut driver = open(role, Link::to(peer_of(role)));
        driver.run_to_wait();
        let pings = [b"1", b"2", b"3"].map(|data| wire::to(role, FIN | PING, data));
        driver.transport.arrives(at(0), Arrival::Bytes(pings.concat()));
        driver.run_to_wait();
        let sent: Vec<u8> = driver.transport.held.iter().copied().collect();
        let pongs = [b"1", b"2", b"3"].map(|data| (FIN | PONG, data.to_vec()));
        assert_eq!(wire::contents(&sent), pongs);
    }
}

#[test]
fn a_pending_pong_does_not_make_a_slow_peer_look_fast() {
    for role in ROLES {
        let timeouts = Timeouts::default().ping_interval(Some(Duration::from_secs(90)));
        let link = Link::to(peer_of(role)).pace(64 * KIB).capacity(4 * MIB);
        let mut driver = with(role, timeouts, Some(Duration::from_secs(30)), link);
        // With its header it fills the free space, so that the Pong is refused at first.
        let header = if role == Role::Client { 14 } else { 10 };
        driver.session.writing.send(&vec![7; 9 * MIB - header][..]).unwrap();
        driver.transport.arrives(at(75), Arrival::Bytes(wire::to(role, FIN | PING, b"?")));
        // Everything is accepted at 80 s. A Ping at 90 s waits for another minute on the way.
        driver.run_until(at(89));
        assert!(driver.session.writing.is_idle());
        driver.run_until(at(150));
        let received = &driver.transport.peer.end.received;
        assert_eq!(received[1], Received::Pong(b"?".into()));
        assert!(matches!(received[2], Received::Ping(_)));
    }
}
