//! Sessions whose transports accept little or late, and whose peers keep sending.

use core::time::Duration;

use sansocket::buffered::WriteBuffer;
use sansocket::connection::{Connection, Limits, Timeouts};
use sansocket::session::{Failure, Session, Step, Want, WriteStep, WriteTurn, Writing};
use sansocket::{CloseCode, CloseFrame, Message, Pong, Role, TimeoutKind, Timestamp};

use crate::wire::{self, BINARY, CLOSE, FIN, PING, PONG};

fn at(secs: u64) -> Timestamp {
    Timestamp::from(Duration::from_secs(secs))
}

/// No Pings. A write may take 30 s, a close 10 s.
fn open(config: &Limits) -> Session {
    Session::with_buffers(
        Connection::server(config),
        Vec::new().into(),
        WriteBuffer::default(),
        Timeouts::default().ping_interval(None),
        Some(Duration::from_secs(30)),
    )
}

fn with_a_message() -> Writing {
    let mut writing = open(&Limits::default()).writing;
    writing.send(vec![7; 1 << 20]).unwrap();
    writing
}

// Shows own-adapters-2 (server).
#[test]
fn time_without_a_writer_is_not_counted() {
    let mut writing = with_a_message();
    assert_eq!(writing.deadline(at(0)), at(30));
    assert_eq!(writing.refused(at(0)), at(30));
    writing.pause(at(10));
    assert!(!writing.is_overdue(at(100)));
    assert_eq!(writing.deadline(at(110)), at(130), "20 s are left");
    assert_eq!(writing.refused(at(110)), at(130));
    writing.written(1);
    assert!(!writing.is_overdue(at(129)));
    assert!(writing.is_overdue(at(130)));
}

/// The thread or task that watches may check before the one that writes is refused again.
// Shows own-adapters-2 (server).
#[test]
fn a_transport_that_has_just_accepted_a_lot_is_not_overdue() {
    for (taken, is_overdue) in [(1, true), ((64 << 10) - 1, true), (64 << 10, false)] {
        let mut writing = with_a_message();
        writing.refused(at(0));
        writing.written(taken);
        assert_eq!(writing.is_overdue(at(30)), is_overdue, "after {taken} bytes");
        let due = if is_overdue { at(30) } else { at(59) };
        assert_eq!(writing.deadline(at(29)), due);
        assert_eq!(writing.refused(at(29)), due);
    }
}

#[test]
fn the_high_water_mark_counts_the_queue_even_while_it_is_lent() {
    let mut writing = open(&Limits::default().high_water_mark(100)).writing;
    for _ in 0..2 {
        let mut buffer = WriteBuffer::default();
        writing.send([7; 60].as_slice()).unwrap();
        writing.lend(&mut buffer);
        assert_eq!(buffer.unwritten().len(), 62);
        assert!(!writing.would_reach_high_water(99));
        assert!(writing.would_reach_high_water(100));
        writing.written(62);
    }
}

/// A large payload is written without copying, right after its header. Their rest stays together,
/// wherever the write ends, and whatever was queued meanwhile.
#[test]
fn the_rest_of_a_turn_is_written_before_later_messages() {
    let payload: Vec<u8> = (0..=250).cycle().take(20 << 10).collect();
    let expected = [
        wire::to(Role::Client, FIN | BINARY, &payload),
        wire::to(Role::Client, FIN | PONG, b"meanwhile"),
    ]
    .concat();
    let frame_len = expected.len() - 11;
    for count in (1..20).chain([1000, frame_len - 1, frame_len]) {
        let mut writing = open(&Limits::default()).writing;
        assert!(writing.send_header(Message::Binary(&payload)).unwrap());
        let mut turn = WriteTurn::new(&payload, Some(Duration::from_secs(1)));
        assert!(matches!(turn.next(at(0), &mut writing), WriteStep::Call(Want::Write, _)));
        let (queued, of_payload) = turn.unwritten();
        let written = [queued, of_payload].concat()[..count].to_vec();
        turn.took(count, &mut writing);
        writing.send(Pong(b"meanwhile")).unwrap();
        assert_eq!(writing.waiting(), expected.len() - count);
        turn.end(&mut writing);
        assert_eq!(writing.waiting(), expected.len() - count);
        assert!([&written, writing.unwritten()].concat() == expected, "{count} bytes");
    }
}

/// The session reports it during a turn, and the timeout is paused between turns.
#[test]
fn a_turn_ends_when_the_transport_accepts_no_more() {
    let mut writing = with_a_message();
    for turns in 0..3 {
        let mut turn = WriteTurn::new(&[], Some(Duration::from_secs(7)));
        let now = at(100 * turns);
        let call = turn.next(now, &mut writing);
        assert_eq!(call, WriteStep::Call(Want::Write, Duration::from_secs(7)));
        turn.refused(&mut writing);
        assert_eq!(turn.next(at(100 * turns + 7), &mut writing), WriteStep::Over);
        turn.end(&mut writing);
        assert!(!writing.is_overdue(at(100 * turns + 99)));
    }
    // 30 s less three times 7 s.
    let mut turn = WriteTurn::new(&[], None);
    let call = turn.next(at(1000), &mut writing);
    assert_eq!(call, WriteStep::Call(Want::Write, Duration::from_secs(9)));
    turn.refused(&mut writing);
    assert_eq!(turn.next(at(1009), &mut writing), WriteStep::Done);
    assert!(writing.has_timed_out());
}

/// Has a peer send a Ping every 10 ms. Returns how the connection ends, and when.
fn talk(session: &mut Session, takes: bool) -> (Failure, Duration) {
    let Session { reading, writing } = session;
    let ping = wire::to(Role::Server, FIN | PING, b"");
    let mut now = Timestamp::default();
    loop {
        match reading.next(now, writing) {
            Ok(Step::Read) => {
                now = now + Duration::from_millis(10);
                reading.unfilled()[..ping.len()].copy_from_slice(&ping);
                reading.filled(ping.len());
            }
            Ok(Step::Write) if takes => {
                writing.written(writing.waiting());
                writing.flushed();
            }
            Ok(Step::Write) => {
                writing.refused(now);
            }
            Ok(Step::HalfClose) => reading.lifecycle().half_closed(writing),
            Ok(step) => panic!("{step:?}"),
            Err(failure) => return (failure, now.since(Timestamp::default())),
        }
    }
}

// Shows own-adapters-2 (server), own-limits-7 (server).
#[test]
fn a_peer_that_never_stops_sending_delays_a_timeout_by_a_few_reads() {
    let mut session = open(&Limits::default());
    let (failure, after) = talk(&mut session, false);
    assert_eq!(failure, Failure::Timeout(TimeoutKind::Write));
    assert_eq!(after.as_secs(), 30);

    let mut session = open(&Limits::default());
    session.writing.close(CloseFrame { code: CloseCode::NORMAL, reason: "" }).unwrap();
    let (failure, after) = talk(&mut session, true);
    assert_eq!(failure, Failure::Timeout(TimeoutKind::Close));
    assert_eq!(after.as_secs(), 10);
}

// Shows own-closing-1 (server).
#[test]
fn the_end_of_the_transport_waits_for_bytes_that_took_long_to_leave() {
    let Session { mut reading, mut writing } = open(&Limits::default());
    writing.send("behind megabytes").unwrap();
    writing.refused(at(0));
    writing.written(writing.waiting());
    writing.flushed();
    assert_eq!(writing.wants(at(12)), Want::Nothing);
    let close = wire::to(Role::Server, FIN | CLOSE, b"");
    reading.unfilled()[..close.len()].copy_from_slice(&close);
    reading.filled(close.len());
    assert_eq!(reading.next(at(12), &mut writing), Ok(Step::Write));
    writing.written(writing.waiting());
    writing.flushed();
    assert_eq!(reading.next(at(12), &mut writing), Ok(Step::HalfClose));
    reading.lifecycle().half_closed(&mut writing);
    assert_eq!(reading.next(at(12), &mut writing), Ok(Step::Drain));
    assert_eq!(reading.next(at(12), &mut writing), Ok(Step::Wait(at(34))), "12 s more, and 10 s");
}
