//! The order in which a transport ends, and how long that may take (RFC 6455 7.1.1).

use core::time::Duration;

use sansocket::connection::{ProtocolError, Timeouts};
use sansocket::session::{Failure, Session, Step};
use sansocket::{CloseCode, CloseFrame, Initiator, Role, TimeoutKind, Timestamp};

use super::driver::{Driver, Transport};
use super::link::{Arrival, KIB, Link, MIB, at};
use super::{open, with};
use crate::endpoint::Received;
use crate::pair::{ROLES, peer_of};
use crate::wire::{self, BINARY, CLOSE, FIN, PING, TEXT};

const LOST: Failure = Failure::Protocol(ProtocolError::ConnectionLost);

fn frame(code: CloseCode) -> CloseFrame<'static> {
    CloseFrame { code, reason: "" }
}

fn close_from(receiver: Role, code: u16) -> Arrival {
    Arrival::Bytes(wire::to(receiver, FIN | CLOSE, &wire::close_payload(code, "")))
}

/// Returns the remaining steps of a session.
fn steps(driver: &mut Driver<Link>) -> (Vec<Step>, Result<(), Failure>) {
    let mut steps = Vec::new();
    loop {
        match driver.step() {
            Ok(step) => steps.push(step),
            Err(failure) => return (steps, Err(failure)),
        }
        if steps.last() == Some(&Step::Ended) {
            return (steps, Ok(()));
        }
    }
}

fn order_of(steps: &[Step]) -> Vec<Step> {
    let is_ending = |step: &&Step| matches!(step, Step::HalfClose | Step::Drain | Step::Ended);
    let mut order: Vec<Step> = steps.iter().filter(is_ending).copied().collect();
    order.dedup();
    order
}

// Shows 6455-7.1.1-4 (server), own-control-5.
#[test]
fn section_7_1_1_the_server_ends_its_direction_first_and_the_client_waits_for_that() {
    for is_ours in [true, false] {
        for role in ROLES {
            let mut driver = open(role, Link::to(peer_of(role)));
            driver.transport.latency = Duration::from_millis(50);
            if is_ours {
                driver.session.writing.close(frame(CloseCode::NORMAL)).unwrap();
            } else {
                driver.transport.arrives(at(1), close_from(role, 1000));
                let end = &mut driver.transport.peer.end;
                end.send(|sender, out| {
                    sender.send_close(Some(frame(CloseCode::NORMAL)), out)?;
                    out.clear();
                    Ok(())
                })
                .unwrap();
            }
            let (steps, end) = steps(&mut driver);
            assert_eq!(end, Ok(()));
            let order = match role {
                Role::Server => [Step::HalfClose, Step::Drain, Step::Ended],
                Role::Client => [Step::Drain, Step::HalfClose, Step::Ended],
            };
            assert_eq!(order_of(&steps), order, "{role:?}");
            driver.assert_is_over(Ok(()));
            let info = driver.session.reading.close_info(&driver.session.writing).unwrap();
            assert!(info.was_clean);
            assert_eq!(info.initiator == Initiator::Local, is_ours);
        }
    }
}

// Shows own-control-5.
#[test]
fn section_7_1_1_a_peer_that_never_ends_its_direction_is_dropped_after_the_close_timeout() {
    for role in ROLES {
        let mut driver = open(role, Link::to(peer_of(role)));
        driver.transport.peer.stays = true;
        driver.transport.arrives(at(1), close_from(role, 1000));
        assert_eq!(driver.run(), Ok(()));
        assert_eq!(driver.transport.now, at(11), "1 s, and 10 s for the end");
        assert!(driver.transport.half_closed_at.is_some());
        driver.assert_is_over(Ok(()));
    }
}

// Shows 6455-7.1.1-1.
#[test]
fn bytes_after_a_close_frame_are_drained_up_to_64_mib() {
    for role in ROLES {
        let mut driver = open(role, Link::to(peer_of(role)));
        driver.transport.peer.stays = true;
        driver.transport.arrives(at(1), close_from(role, 1000));
        driver.transport.arrives(at(1), Arrival::Bytes(vec![0; 65 * MIB]));
        assert_eq!(driver.run(), Ok(()));
        assert_eq!(driver.transport.now, at(1));
        let unread = driver.transport.unread();
        assert!(unread < 65 * MIB && unread > MIB - 512 * KIB, "{unread} bytes are left");
        driver.assert_is_over(Ok(()));
    }
}

#[test]
fn a_trickle_after_a_close_frame_is_drained_until_the_close_timeout() {
    for role in ROLES {
        let mut driver = open(role, Link::to(peer_of(role)));
        driver.transport.peer.stays = true;
        driver.transport.arrives(at(1), close_from(role, 1000));
        for tenth in 1..300 {
            let time = Timestamp::from(Duration::from_millis(1000 + 100 * tenth));
            driver.transport.arrives(time, Arrival::Bytes(vec![0]));
        }
        assert_eq!(driver.run(), Ok(()));
        assert_eq!(driver.transport.now, at(11));
    }
}

#[test]
fn after_the_end_of_the_input_without_a_close_frame_the_queue_is_still_written() {
    for role in ROLES {
        let mut driver = open(role, Link::to(peer_of(role)).pace(64 * KIB));
        driver.session.writing.send(&vec![7; MIB][..]).unwrap();
        driver.transport.arrives(at(1), Arrival::End);
        let (steps, end) = steps(&mut driver);
        assert_eq!(end, Err(LOST));
        assert_eq!(order_of(&steps), [Step::HalfClose, Step::Drain]);
        driver.transport.pass(at(60));
        let received = &driver.transport.peer.end.received;
        assert_eq!(received, &[Received::Binary(vec![7; MIB])]);
        driver.assert_is_over(Err(LOST));
    }
}

#[test]
fn a_pending_pong_is_still_sent_to_a_peer_that_has_ended_its_direction() {
    for role in ROLES {
        let mut driver = open(role, Link::to(peer_of(role)).pace(64 * KIB));
        driver.session.writing.send(&vec![7; MIB][..]).unwrap();
        let ping = wire::to(role, FIN | PING, b"?");
        driver.transport.arrives(at(1), Arrival::Bytes(ping));
        driver.transport.arrives(at(2), Arrival::End);
        assert_eq!(driver.run(), Err(LOST));
        driver.transport.pass(at(60));
        let received = &driver.transport.peer.end.received;
        assert_eq!(received[1..], [Received::Pong(b"?".into())]);
    }
}

// Shows own-frames-7.
#[test]
fn a_violation_is_reported_to_the_peer_before_the_transport_ends() {
    for role in ROLES {
        for (bytes, code) in [
            (wire::to(peer_of(role), FIN | TEXT, b"masked or not"), CloseCode::PROTOCOL_ERROR),
            (wire::to(role, FIN | TEXT, b"\xFF"), CloseCode::INVALID_PAYLOAD),
        ] {
            let mut driver = open(role, Link::to(peer_of(role)));
            driver.transport.arrives(at(1), Arrival::Bytes(bytes));
            let (steps, end) = steps(&mut driver);
            assert!(matches!(end, Err(Failure::Protocol(_))), "{end:?}");
            assert_eq!(order_of(&steps), [Step::HalfClose, Step::Drain]);
            let info = driver.session.reading.close_info(&driver.session.writing).unwrap();
            assert_eq!(info.sent.as_ref().map(|sent| sent.code), Some(code));
            assert!(!info.was_clean);
            driver.assert_is_over(end);
        }
    }
}

// Shows own-closing-1.
#[test]
fn a_close_waits_while_the_peer_accepts_what_is_before_it() {
    for role in ROLES {
        let mut driver = open(role, Link::to(peer_of(role)).pace(64 * KIB).capacity(MIB));
        driver.session.writing.send(&vec![7; 4 * MIB][..]).unwrap();
        driver.session.writing.close(frame(CloseCode::NORMAL)).unwrap();
        assert_eq!(driver.run(), Ok(()), "after {:?}", driver.transport.now);
        assert!(driver.transport.now > at(60), "six times as long as a close may take");
        let info = driver.session.reading.close_info(&driver.session.writing).unwrap();
        assert!(info.was_clean);
    }
}

// Shows own-closing-1.
#[test]
fn the_answer_to_a_close_waits_while_the_peer_accepts_what_is_before_it() {
    for role in ROLES {
        let mut driver = open(role, Link::to(peer_of(role)).pace(64 * KIB).capacity(MIB));
        driver.session.writing.send(&vec![7; 4 * MIB][..]).unwrap();
        driver.transport.arrives(at(1), close_from(role, 1001));
        assert_eq!(driver.run(), Ok(()), "after {:?}", driver.transport.now);
        // The systems on the way buffer more than the peer can read within the close timeout.
        assert!(driver.transport.has_peer_ended, "after {:?}", driver.transport.now);
        let received = &driver.transport.peer.end.received;
        assert_eq!(received[0], Received::Binary(vec![7; 4 * MIB]));
        assert_eq!(received[1], Received::close(1001, ""));
    }
}

/// Only a write after which the next step is requested records how long the systems may hold the
/// bytes.
// Shows own-closing-1.
#[test]
fn the_end_waits_for_bytes_that_took_long_even_if_the_write_stopped_after_its_last_byte() {
    for role in ROLES {
        let Session { mut reading, mut writing } = open(role, Link::to(peer_of(role))).session;
        let Arrival::Bytes(close) = close_from(role, 1001) else { unreachable!() };
        reading.unfilled()[..close.len()].copy_from_slice(&close);
        reading.filled(close.len());
        assert_eq!(reading.next(at(0), &mut writing), Ok(Step::Write));
        writing.refused(at(0));
        assert_eq!(reading.next(at(0), &mut writing), Ok(Step::Wait(at(10))));
        assert_eq!(reading.next(at(8), &mut writing), Ok(Step::Write));
        writing.written(writing.waiting());
        writing.flushed();
        let until = loop {
            match reading.next(at(8), &mut writing) {
                Ok(Step::HalfClose) => reading.lifecycle().half_closed(&mut writing),
                Ok(Step::Drain) => {}
                Ok(Step::Wait(until)) => break until,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(until, at(26), "8 s more, and 10 s");
    }
}

// Shows own-limits-7.
#[test]
fn an_answer_to_a_close_that_is_never_read_times_out_after_the_close_timeout() {
    for role in ROLES {
        let mut driver = open(role, Link::to(peer_of(role)).pace(0));
        driver.session.writing.send(&vec![7; MIB][..]).unwrap();
        driver.transport.arrives(at(5), close_from(role, 1001));
        assert_eq!(driver.run(), Ok(()));
        assert_eq!(driver.transport.now, at(15));
        assert_eq!(driver.transport.half_closed_at, Some(at(15)));
        let info = driver.session.reading.close_info(&driver.session.writing).unwrap();
        assert_eq!((info.initiator, info.sent, info.was_clean), (Initiator::Peer, None, false));
        driver.assert_is_over(Ok(()));
    }
}

#[test]
fn an_end_to_a_peer_that_reads_very_little_does_not_outlast_the_write_timeout() {
    for role in ROLES {
        // One byte per tick, 64 per second: a megabyte would take hours.
        let mut driver = open(role, Link::to(peer_of(role)).pace(1));
        driver.session.writing.send(&vec![7; MIB][..]).unwrap();
        driver.transport.arrives(at(5), close_from(role, 1001));
        assert_eq!(driver.run(), Ok(()));
        assert!(driver.transport.now <= at(40), "{:?}", driver.transport.now);
        driver.assert_is_over(Ok(()));
    }
}

// Shows own-adapters-2.
#[test]
fn a_peer_that_reads_nothing_is_dropped_after_the_write_timeout() {
    for role in ROLES {
        let timeouts = Timeouts::default().ping_interval(None);
        let write = Some(Duration::from_secs(7));
        let mut driver = with(role, timeouts, write, Link::to(peer_of(role)).pace(0));
        driver.session.writing.send(&vec![7; MIB][..]).unwrap();
        let end = driver.run();
        assert_eq!(end, Err(Failure::Timeout(TimeoutKind::Write)));
        assert_eq!(driver.transport.now, at(7));
        assert_eq!(driver.transport.half_closed_at, Some(at(7)));
        driver.assert_is_over(end);
    }
}

// Shows own-limits-7.
#[test]
fn a_close_after_bytes_that_are_never_read_times_out_after_the_close_timeout() {
    for role in ROLES {
        let mut driver = open(role, Link::to(peer_of(role)).pace(0));
        driver.session.writing.send(&vec![7; MIB][..]).unwrap();
        driver.run_until(at(3));
        driver.session.writing.close(frame(CloseCode::NORMAL)).unwrap();
        // A task that closes for another wakes it.
        driver.transport.wait(at(3));
        let end = driver.run();
        assert_eq!(end, Err(Failure::Timeout(TimeoutKind::Close)));
        assert_eq!(driver.transport.now, at(13));
        driver.assert_is_over(end);
        let info = driver.session.reading.close_info(&driver.session.writing).unwrap();
        assert_eq!(info.sent, None, "it never left");
    }
}

// Shows own-limits-7.
#[test]
fn a_close_in_answer_to_a_message_has_its_full_timeout() {
    for role in ROLES {
        let mut driver = open(role, Link::to(peer_of(role)).mute());
        driver.run_until(at(1));
        driver.transport.arrives(at(1), Arrival::Bytes(wire::to(role, FIN | TEXT, b"bye")));
        while driver.received.is_empty() {
            driver.step().unwrap();
        }
        driver.session.writing.close(frame(CloseCode::NORMAL)).unwrap();
        let end = driver.run();
        assert_eq!(end, Err(Failure::Timeout(TimeoutKind::Close)));
        assert_eq!(driver.transport.now, at(11));
        driver.assert_is_over(end);
    }
}

#[test]
fn the_last_close_frame_is_one_attempt_and_then_the_transport_ends_at_once() {
    let seconds = Duration::from_secs;
    let no_ping = Timeouts::default().ping_interval(None);
    for (timeouts, deadline, code) in [
        (no_ping.idle(Some(seconds(9))), TimeoutKind::Idle, CloseCode::GOING_AWAY),
        (Timeouts::default(), TimeoutKind::Pong, CloseCode::INTERNAL_ERROR),
    ] {
        let (before, due) = if deadline == TimeoutKind::Idle { (8, 9) } else { (39, 40) };
        let (before, due) = (at(before), at(due));
        for role in ROLES {
            for is_taken in [true, false] {
                let mut driver = with(role, timeouts, None, Link::to(peer_of(role)).mute());
                if !is_taken {
                    driver.run_until(before);
                    driver.transport.capacity = 0;
                }
                let (steps, end) = steps(&mut driver);
                assert_eq!(end, Err(Failure::Timeout(deadline)));
                assert_eq!(driver.transport.now, due);
                assert_eq!(driver.transport.half_closed_at, Some(due));
                assert_eq!(steps[steps.len() - 2..], [Step::Write, Step::HalfClose]);
                let info = driver.session.reading.close_info(&driver.session.writing).unwrap();
                assert_eq!(info.sent.map(|sent| sent.code), is_taken.then_some(code));
                driver.assert_is_over(end);
            }
        }
    }
}

// Shows own-closing-2.
#[test]
fn a_read_that_fails_after_the_peers_close_frame_is_not_an_error() {
    for role in ROLES {
        let mut driver = open(role, Link::to(peer_of(role)));
        driver.transport.arrives(at(1), close_from(role, 1000));
        driver.transport.arrives(at(1), Arrival::Reset);
        assert_eq!(driver.run(), Ok(()));
        driver.assert_is_over(Ok(()));
    }
}

#[test]
fn a_read_that_fails_ends_the_transport_at_once() {
    for role in ROLES {
        let mut driver = open(role, Link::to(peer_of(role)).pace(0));
        driver.session.writing.send(&vec![7; MIB][..]).unwrap();
        driver.transport.arrives(at(1), Arrival::Bytes(wire::to(role, FIN | BINARY, b"whole")));
        driver.transport.arrives(at(1), Arrival::Reset);
        assert_eq!(driver.run(), Err(LOST));
        assert_eq!(driver.received.len(), 1);
        assert_eq!(driver.transport.half_closed_at, Some(at(1)));
        driver.assert_is_over(Err(LOST));
    }
}

// Shows own-closing-2.
#[test]
fn a_close_frame_that_arrives_while_writes_are_overdue_is_how_the_connection_ends() {
    for role in ROLES {
        for closes in [false, true] {
            let mut driver = open(role, Link::to(peer_of(role)).pace(0));
            driver.session.writing.send(&vec![7; MIB][..]).unwrap();
            driver.run_until(at(20));
            driver.transport.arrives(at(30), close_from(role, 1008));
            if closes {
                driver.session.writing.close(frame(CloseCode::NORMAL)).unwrap();
            }
            // Nothing is read before both have arrived.
            driver.transport.pass(at(31));
            assert_eq!(driver.run(), Ok(()), "{role:?}, {closes}");
            let info = driver.session.reading.close_info(&driver.session.writing).unwrap();
            assert_eq!(info.code(), CloseCode::POLICY_VIOLATION);
            driver.assert_is_over(Ok(()));
        }
    }
}

// Shows own-closing-2.
#[test]
fn a_write_that_fails_does_not_hide_a_close_frame_that_is_still_unread() {
    for role in ROLES {
        let mut driver = open(role, Link::to(peer_of(role)));
        driver.transport.is_broken = true;
        driver.session.writing.send("lost").unwrap();
        let text = wire::to(role, FIN | TEXT, b"before");
        driver.transport.arrives(at(2), Arrival::Bytes(text));
        driver.transport.arrives(at(4), close_from(role, 1008));
        assert_eq!(driver.run(), Ok(()));
        assert_eq!(driver.transport.now, at(4));
        assert_eq!(driver.received.len(), 1);
        let info = driver.session.reading.close_info(&driver.session.writing).unwrap();
        assert_eq!((info.initiator, info.was_clean), (Initiator::Peer, false));
        assert_eq!((info.code(), info.sent), (CloseCode::POLICY_VIOLATION, None));
        driver.assert_is_over(Ok(()));
    }
}

#[test]
fn a_write_that_fails_without_input_does_not_wait_for_ever() {
    for role in ROLES {
        let mut driver = open(role, Link::to(peer_of(role)));
        driver.transport.is_broken = true;
        driver.session.writing.send("lost").unwrap();
        let end = driver.run();
        assert_eq!(end, Err(Failure::Timeout(TimeoutKind::Close)));
        assert_eq!(driver.transport.now, at(10));
        driver.assert_is_over(end);
    }
}
