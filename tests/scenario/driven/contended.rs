//! Another thread that writes at the same time, and finishes at any moment.

use sansocket::session::{Outlet, Session, Step, Want, Writing};
use sansocket::{CloseCode, CloseInfo, Initiator, Role};

use super::driver::{Driver, Transport};
use super::link::{Arrival, Link, at};
use super::open;
use crate::pair::{ROLES, peer_of};
use crate::wire::{self, CLOSE, FIN, TEXT};

/// Access to a half with which another thread writes, until a given access of ours.
struct Contended<'a> {
    writing: &'a mut Writing,
    looks: usize,
    finishes_at: usize,
    /// Whether its write fails.
    fails: bool,
    written: Vec<u8>,
}

impl<'a> Contended<'a> {
    fn new(writing: &'a mut Writing, finishes_at: usize) -> Self {
        Self { writing, looks: 0, finishes_at, fails: false, written: Vec::new() }
    }
}

impl Contended<'_> {
    /// Whether nobody else is writing.
    fn is_free(&self) -> bool {
        self.looks > self.finishes_at
    }

    fn write_all(&mut self) {
        while self.writing.wants(at(20)) != Want::Nothing {
            self.written.extend(self.writing.unwritten());
            self.writing.written(self.writing.waiting());
            self.writing.flushed();
        }
    }
}

impl Contended<'_> {
    fn finish(&mut self) {
        if self.fails {
            self.writing.failed();
        } else {
            self.write_all();
        }
    }
}

impl Outlet for Contended<'_> {
    fn with<T>(&mut self, action: impl FnOnce(&mut Writing) -> T) -> T {
        if self.looks == self.finishes_at {
            self.finish();
        }
        self.looks += 1;
        action(self.writing)
    }
}

#[test]
fn a_ping_is_written_whenever_another_thread_has_finished_writing() {
    for finishes_at in 0..20 {
        let mut driver = open(Role::Server, Link::to(Role::Client));
        driver.run_until(at(19));
        let Session { reading, writing } = &mut driver.session;
        writing.send("of the other thread").unwrap();
        let mut out = Contended::new(writing, finishes_at);
        loop {
            match reading.next(at(20), &mut out).unwrap() {
                Step::Write if out.is_free() => out.write_all(),
                Step::Wait(_) => break,
                _ => {}
            }
        }
        // Otherwise the other thread still has to finish, and then writes the Ping.
        assert!(!out.is_free() || out.writing.waiting() == 0, "at look {finishes_at}");
    }
}

/// Runs a session in which the peer closes while another thread writes a text.
fn close(role: Role, finishes_at: usize, fails: bool) -> (Vec<u8>, CloseInfo) {
    let mut driver = open(role, Link::to(peer_of(role)));
    driver.run_until(at(1));
    let close = wire::to(role, FIN | CLOSE, &wire::close_payload(1001, ""));
    driver.transport.arrives(at(1), Arrival::Bytes(close));
    driver.transport.arrives(at(1), Arrival::End);
    let Driver { session: Session { reading, writing }, transport, .. } = &mut driver;
    writing.send("text").unwrap();
    let mut out = Contended { fails, ..Contended::new(writing, finishes_at) };
    let mut waits = 0;
    loop {
        match reading.next(at(1), &mut out).unwrap() {
            Step::Write if out.is_free() && !fails => out.write_all(),
            Step::Read => {
                let count = transport.read(reading.unfilled()).unwrap();
                reading.filled(count);
            }
            Step::HalfClose => reading.lifecycle().half_closed(&mut out),
            Step::Drain => reading.lifecycle().drained(0, &mut out),
            Step::Wait(_) => {
                // For the other thread, which finally finishes and wakes us.
                waits += 1;
                assert_eq!(waits, 1, "nothing else is waited for");
                out.looks = out.looks.max(out.finishes_at);
            }
            Step::Ended => break,
            Step::Request | Step::Opened => panic!("the connection is open"),
            Step::Write | Step::Message => {}
        }
    }
    let info = reading.close_info(out.writing).unwrap();
    (out.written, info)
}

#[test]
fn a_close_frame_is_answered_whenever_another_thread_has_finished_writing() {
    for role in ROLES {
        for finishes_at in 0..30 {
            let (written, info) = close(role, finishes_at, false);
            let expected =
                [(FIN | TEXT, b"text".to_vec()), (FIN | CLOSE, wire::close_payload(1001, ""))];
            assert_eq!(wire::contents(&written), expected, "at look {finishes_at}");
            assert!(info.was_clean);

            let (written, info) = close(role, finishes_at, true);
            assert_eq!(written, []);
            assert_eq!((info.initiator, info.sent, info.was_clean), (Initiator::Peer, None, false));
            assert_eq!(info.received.map(|frame| frame.code), Some(CloseCode::GOING_AWAY));
        }
    }
}
