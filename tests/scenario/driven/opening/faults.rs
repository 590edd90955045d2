//! A transport that shortens a call, makes it wait, is interrupted, ends or breaks, at every byte
//! of an opening and of what follows: the output is a prefix of what would be written otherwise,
//! and errors are reported.

use sansocket::Role;
use sansocket::session::Failure;

use super::super::driver::Driver;
use super::super::faults::Brief;
use super::super::recorded::Outcome;
use super::connecting::{input_through, open_through};
use super::{input, open};
use crate::faulty::{Faulty, Schedule};

/// What a server sends once it has the request.
fn respond(written: &[u8]) -> Option<Vec<u8>> {
    written.ends_with(b"\r\n\r\n").then(|| input(Role::Client))
}

/// Opens and uses connections over streams with each fault at each byte.
#[track_caller]
fn enumerate(
    stream: impl Fn(&Schedule) -> Faulty,
    open: impl Fn(Brief) -> Result<Driver<Brief>, (Failure, Brief)>,
    may_leave: bool,
) {
    let pass = |schedule: &Schedule| {
        let stream = stream(schedule);
        let opened = match open(Brief::from(stream.clone())) {
            Ok(mut driver) => Ok(Outcome::of(&mut driver)),
            Err((failure, _)) => Err(failure),
        };
        (stream, opened)
    };
    let (whole, outcome) = pass(&Schedule::default());
    let outcome = outcome.unwrap();
    assert_eq!(outcome.end, Ok(()));
    let mut count = 0;
    for schedule in Schedule::all(whole.read_count(), whole.written().len()) {
        let (stream, opened) = pass(&schedule);
        let fate = stream.fate();
        let is_cut = fate.is_read_cut || fate.is_write_cut;
        match opened {
            Ok(opened) if is_cut => {
                assert!(outcome.received.starts_with(&opened.received), "{schedule:?}");
            }
            Ok(opened) => assert_eq!(opened, outcome, "{schedule:?}"),
            Err(Failure::Lost) => assert!(is_cut, "{schedule:?}"),
            Err(Failure::Left) => assert!(may_leave && fate.is_read_cut, "{schedule:?}"),
            Err(Failure::Handshake(_)) => {
                assert!(!may_leave && fate.is_read_cut, "{schedule:?}");
            }
            Err(failure) => panic!("{failure:?}: {schedule:?}"),
        }
        // No other head follows half a head.
        assert!(whole.written().starts_with(&stream.written()), "{schedule:?}");
        count += 1;
    }
    println!("{count} schedules");
}

#[test]
fn an_opening_of_a_server_survives_every_fault_at_every_byte() {
    let input = input(Role::Server);
    let stream = |schedule: &Schedule| Faulty::new(&input, schedule);
    enumerate(stream, |stream| open(Role::Server, stream), true);
}

#[test]
fn an_opening_of_a_client_survives_every_fault_at_every_byte() {
    let stream = |schedule: &Schedule| Faulty::answering(respond, schedule);
    enumerate(stream, |stream| open(Role::Client, stream), false);
}

#[test]
fn a_way_through_a_proxy_survives_every_fault_at_every_byte() {
    for is_socks in [false, true] {
        let input = input_through(is_socks);
        let stream = |schedule: &Schedule| Faulty::new(&input, schedule);
        enumerate(stream, |stream| open_through(is_socks, stream), false);
    }
}
