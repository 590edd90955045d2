//! A peer that always has more to read: timeouts still pass.

use sansocket::session::Failure;
use sansocket::{CloseCode, CloseFrame, Role, TimeoutKind};

use super::driver::Driver;
use super::link::{Arrival, Link, MIB, at};
use super::open;
use crate::pair::{ROLES, peer_of};
use crate::wire::{self, CLOSE, FIN, TEXT};

/// A session whose peer sends a message every millisecond.
fn flooded(role: Role, pace: usize) -> Driver<Link> {
    let mut driver = open(role, Link::to(peer_of(role)).pace(pace).mute());
    driver.transport.flood = wire::to(role, FIN | TEXT, b"message");
    driver
}

// Shows own-limits-7.
#[test]
fn a_close_times_out_however_much_arrives() {
    for role in ROLES {
        let mut driver = flooded(role, usize::MAX);
        driver.run_until(at(5));
        driver.session.writing.close(CloseFrame { code: CloseCode::NORMAL, reason: "" }).unwrap();
        let end = driver.run();
        assert_eq!(end, Err(Failure::Timeout(TimeoutKind::Close)));
        assert!(driver.transport.now < at(16), "{:?}", driver.transport.now);
        assert!(driver.received.len() > 14_000);
        driver.assert_is_over(end);
    }
}

// Shows own-adapters-2.
#[test]
fn a_peer_that_reads_nothing_is_dropped_however_much_it_sends() {
    for role in ROLES {
        let mut driver = flooded(role, 0);
        driver.session.writing.send(&vec![7; MIB][..]).unwrap();
        let end = driver.run();
        assert_eq!(end, Err(Failure::Timeout(TimeoutKind::Write)));
        assert!(driver.transport.now < at(31), "{:?}", driver.transport.now);
        driver.assert_is_over(end);
    }
}

#[test]
fn the_end_of_the_transport_times_out_however_much_arrives() {
    for role in ROLES {
        let mut driver = flooded(role, usize::MAX);
        let close = wire::to(role, FIN | CLOSE, &wire::close_payload(1000, ""));
        driver.transport.arrives(at(1), Arrival::Bytes(close));
        assert_eq!(driver.run(), Ok(()));
        assert!(driver.transport.now < at(12), "{:?}", driver.transport.now);
        driver.assert_is_over(Ok(()));
    }
}

#[test]
fn a_flood_of_messages_does_not_read_the_clock() {
    for role in ROLES {
        let mut driver = flooded(role, usize::MAX);
        driver.run_until(at(60));
        assert!(driver.received.len() > 59_000);
        assert_eq!(driver.clock_reads.get(), 1, "when it was opened");
    }
}
