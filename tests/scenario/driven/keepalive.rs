//! Pings, and their costs: reads of the clock, and memory that is freed.

use core::time::Duration;

use sansocket::buffered::OwnedMessage;
use sansocket::connection::Timeouts;
use sansocket::session::{Failure, Session, Step};
use sansocket::{CloseCode, CloseFrame, TimeoutKind, Timestamp};

use super::driver::{Driver, Transport};
use super::link::{Arrival, KIB, Link, MIB, at};
use super::{open, with};
use crate::endpoint::Received;
use crate::pair::{ROLES, peer_of};
use crate::wire::{self, BINARY, CONTINUATION, FIN, PONG, TEXT};

fn pings(driver: &Driver<Link>) -> usize {
    let received = driver.transport.peer.end.received.iter();
    received.filter(|received| matches!(received, Received::Ping(_))).count()
}

// Shows own-limits-8.
#[test]
fn a_silent_connection_gets_a_ping_every_20_seconds_and_is_kept() {
    for role in ROLES {
        let mut driver = open(role, Link::to(peer_of(role)));
        driver.transport.latency = Duration::from_millis(250);
        driver.run_until(at(19));
        assert_eq!(pings(&driver), 0);
        driver.run_until(at(610));
        assert_eq!(pings(&driver), 30);
        let latency = driver.session.reading.ping_latency().unwrap();
        assert!(latency >= Duration::from_millis(250) && latency < Duration::from_millis(300));
    }
}

// Shows own-limits-8.
#[test]
fn a_peer_that_sends_nothing_is_dropped_20_seconds_after_the_ping() {
    for role in ROLES {
        let mut driver = open(role, Link::to(peer_of(role)).mute());
        let end = driver.run();
        assert_eq!(end, Err(Failure::Timeout(TimeoutKind::Pong)));
        assert_eq!(driver.transport.now, at(40));
        driver.assert_is_over(end);
    }
}

#[test]
fn input_in_time_is_a_sign_of_life_even_if_it_is_read_later() {
    for role in ROLES {
        let mut driver = open(role, Link::to(peer_of(role)).mute());
        driver.run_until(at(21));
        let pong = wire::to(role, FIN | PONG, &[0; 8]);
        driver.transport.arrives(at(39), Arrival::Bytes(pong));
        driver.transport.pass(at(50));
        driver.run_until(at(55));
    }
}

#[test]
fn a_ping_after_megabytes_to_a_slow_peer_does_not_kill_the_connection() {
    for role in ROLES {
        for capacity in [16 * KIB, 256 * KIB, 4 * MIB] {
            let mut driver = open(role, Link::to(peer_of(role)).pace(256 * KIB).capacity(capacity));
            driver.session.writing.send(&vec![7; 16 * MIB][..]).unwrap();
            driver.run_until(at(300));
            assert_eq!(driver.transport.peer.end.received[0], Received::Binary(vec![7; 16 * MIB]));
            assert!(pings(&driver) > 10, "{} Pings", pings(&driver));
            driver
                .session
                .writing
                .close(CloseFrame { code: CloseCode::NORMAL, reason: "" })
                .unwrap();
            assert_eq!(driver.run(), Ok(()));
        }
    }
}

#[test]
fn a_ping_after_megabytes_that_nobody_reads_any_more_is_not_a_sign_of_life() {
    for role in ROLES {
        let mut driver = open(role, Link::to(peer_of(role)).pace(256 * KIB).capacity(MIB));
        driver.session.writing.send(&vec![7; 16 * MIB][..]).unwrap();
        driver.run_until(at(30));
        driver.transport.peer.pace = 0;
        let end = driver.run();
        assert!(
            matches!(end, Err(Failure::Timeout(TimeoutKind::Write | TimeoutKind::Pong))),
            "{end:?}"
        );
        assert!(driver.transport.now <= at(61), "{:?}", driver.transport.now);
        driver.assert_is_over(end);
    }
}

/// Has `count` messages arrive, each after a wait.
fn receive(driver: &mut Driver<Link>, count: usize, interval: Duration) {
    let role = peer_of(driver.transport.peer.end.connection.role());
    let text = wire::to(role, FIN | TEXT, b"message");
    let start = driver.received.len();
    for number in 1..=count {
        let time = driver.transport.now() + interval;
        driver.transport.arrives(time, Arrival::Bytes(text.clone()));
        while driver.received.len() < start + number {
            driver.step().unwrap();
        }
    }
}

#[test]
fn the_clock_is_not_read_while_messages_flow() {
    for role in ROLES {
        for is_echo in [false, true] {
            let mut driver = open(role, Link::to(peer_of(role)));
            driver.is_echo = is_echo;
            receive(&mut driver, 1, Duration::from_millis(1));
            assert_eq!(driver.clock_reads.get(), 1, "when it was opened");
            receive(&mut driver, 10_000, Duration::from_millis(1));
            assert_eq!(driver.clock_reads.get(), 1);
        }
    }
}

#[test]
fn a_ping_is_due_however_much_flows() {
    for role in ROLES {
        let mut driver = open(role, Link::to(peer_of(role))).echo();
        receive(&mut driver, 60_000, Duration::from_millis(1));
        assert_eq!(driver.transport.now(), at(60));
        assert!(driver.clock_reads.get() < 1000, "{}", driver.clock_reads.get());
    }
}

#[test]
fn a_connection_that_was_silent_until_its_ping_frees_memory() {
    for role in ROLES {
        let mut driver = open(role, Link::to(peer_of(role)));
        let binary = wire::to(role, FIN | BINARY, &[7; 100 * KIB]);
        driver.transport.arrives(at(1), Arrival::Bytes(binary));
        driver.session.writing.send(&[7; 100 * KIB][..]).unwrap();
        driver.run_until(at(19));
        assert_eq!(driver.received.len(), 1);
        let Session { reading, writing } = &mut driver.session;
        assert!(reading.buffer().unfilled().len() > 60 * KIB);
        let storage = writing.detach().unwrap();
        assert!(storage.capacity() > 60 * KIB);
        writing.attach(|| storage);

        driver.run_until(at(21));
        let Session { reading, writing } = &mut driver.session;
        assert!(writing.detach().is_none_or(|storage| storage.capacity() < KIB));
        assert!(reading.buffer().unfilled().len() <= 4 * KIB);
    }
}

#[test]
fn a_connection_that_has_sent_something_while_it_waited_keeps_its_memory() {
    for role in ROLES {
        let mut driver = open(role, Link::to(peer_of(role)));
        driver.run_until(at(19));
        driver.session.writing.send(&[7; 100 * KIB][..]).unwrap();
        // A task that sends for another wakes it.
        driver.transport.wait(at(19));
        driver.run_until(at(21));
        let storage = driver.session.writing.detach();
        assert!(storage.is_some_and(|storage| storage.capacity() > 60 * KIB));
    }
}

#[test]
fn freeing_memory_loses_nothing_of_a_message_in_transit() {
    for role in ROLES {
        let mut driver = open(role, Link::to(peer_of(role)));
        let frames = [(BINARY, "one, "), (CONTINUATION, "two, "), (FIN | CONTINUATION, "three")];
        // Each is interrupted by our Ping, and complete before the Pong arrives.
        for ((first, payload), secs) in frames.iter().zip([20, 40, 60]) {
            let bytes = wire::to(role, *first, payload.as_bytes());
            let (head, tail) = bytes.split_at(4);
            driver.transport.arrives(at(secs - 5), Arrival::Bytes(head.into()));
            let soon = at(secs) + Duration::from_millis(5);
            driver.transport.arrives(soon, Arrival::Bytes(tail.into()));
        }
        driver.run_until(at(70));
        assert_eq!(driver.received.len(), 1);
        assert_eq!(driver.received, [OwnedMessage::Binary(b"one, two, three".into())]);
    }
}

#[test]
fn data_that_is_accepted_slowly_prevents_the_idle_timeout() {
    for role in ROLES {
        let timeouts = Timeouts::default().idle(Some(Duration::from_secs(5)));
        let link = Link::to(peer_of(role)).pace(256 * KIB);
        let mut driver = with(role, timeouts, Some(Duration::from_secs(30)), link);
        driver.session.writing.send(&vec![7; 16 * MIB][..]).unwrap();
        driver.run_until(at(60));
        let end = driver.run();
        assert_eq!(end, Err(Failure::Timeout(TimeoutKind::Idle)));
        assert!(driver.transport.now > at(68) && driver.transport.now < at(72));
    }
}

#[test]
fn a_session_waits_for_nothing_that_is_not_due() {
    for role in ROLES {
        let mut driver = open(role, Link::to(peer_of(role)));
        assert_eq!(driver.run_to_wait(), at(20));
        assert_eq!(driver.next(), Ok(Step::Read), "the round begins again");
        let timeouts = Timeouts::default().ping_interval(None);
        let mut driver = with(role, timeouts, None, Link::to(peer_of(role)));
        assert_eq!(driver.run_to_wait(), Timestamp::from(Duration::MAX), "for ever");
    }
}
