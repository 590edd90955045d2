//! However the input is split, however little a write accepts, and wherever the driver is stopped:
//! a session has the same result and the same output.

use proptest::collection::vec;
use proptest::prelude::*;

use sansocket::Random;
use sansocket::connection::ProtocolError;
use sansocket::session::{Failure, Step};

use super::driver::Driver;
use super::pieces::Pieces;
use super::recorded::{COMPRESSION, Outcome, Recorded};
use crate::pair::ROLES;
use crate::wire::{self, FIN, TEXT};

/// Everything at once.
const ALL: &[usize] = &[usize::MAX];

/// Returns the result of the session, and the bytes that it writes.
type Run = (Outcome, Vec<u8>);

#[track_caller]
fn run(recorded: &Recorded, reads: &[usize], writes: &[usize]) -> Run {
    let mut driver = recorded.driver(Pieces::new(&recorded.input, reads, writes));
    (Outcome::of(&mut driver), driver.transport.written)
}

#[track_caller]
fn run_at_once(recorded: &Recorded) -> Run {
    let run = run(recorded, ALL, ALL);
    assert_eq!(run.0.received, recorded.messages(recorded.input.len()));
    assert_eq!(run.0.end, Ok(()));
    assert!(run.0.info.was_clean);
    run
}

fn each_session(test: impl Fn(&Recorded)) {
    for role in ROLES {
        for &is_compressed in COMPRESSION {
            test(&Recorded::new(role, is_compressed));
        }
    }
}

#[test]
fn input_and_output_in_two_pieces_give_the_same_result() {
    each_session(|recorded| {
        let whole = run_at_once(recorded);
        for at in 1..recorded.input.len() {
            assert_eq!(run(recorded, &[at, 0, usize::MAX], ALL), whole, "read up to {at}");
        }
        for at in 1..whole.1.len() {
            assert_eq!(run(recorded, ALL, &[at, 0, usize::MAX]), whole, "written up to {at}");
        }
    });
}

#[test]
fn pieces_of_one_length_give_the_same_result_with_and_without_waits() {
    each_session(|recorded| {
        let whole = run_at_once(recorded);
        let lens = [1, 2, 3, 7, 64, usize::MAX];
        for read in lens {
            for write in lens {
                for waits in [false, true] {
                    let (reads, writes) = ([read, 0], [write, 0]);
                    let count = if waits { 2 } else { 1 };
                    assert_eq!(run(recorded, &reads[..count], &writes[..count]), whole);
                }
            }
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_pieces_give_the_same_result(
        mut reads in vec(prop_oneof![Just(0), 1_usize..200], 0..20),
        mut writes in vec(prop_oneof![Just(0), 1_usize..200], 0..20),
    ) {
        reads.push(1);
        writes.push(1);
        each_session(|recorded| {
            assert_eq!(run(recorded, &reads, &writes), run_at_once(recorded));
        });
    }
}

/// Runs a session whose driver is stopped whenever `is_stopped` returns `true` for the number of
/// steps: when it knows the next step, and before it has done it. The next driver first checks
/// whether anything can be done at once. Also returns the number of steps.
#[track_caller]
fn run_stopped(
    mut driver: Driver<Pieces>,
    mut is_stopped: impl FnMut(usize) -> bool,
) -> (usize, Vec<u8>, Outcome) {
    let mut was_stopped = false;
    for count in 0.. {
        assert!(count < 100_000, "it goes on for ever");
        match driver.next() {
            Ok(Step::Ended) | Err(_) => {
                let outcome = Outcome::of(&mut driver);
                return (count, driver.transport.written, outcome);
            }
            // A message that is not read is lost.
            Ok(Step::Message) => driver.carry_out(Step::Message),
            Ok(Step::Wait(_)) if was_stopped => was_stopped = false,
            Ok(_) if is_stopped(count) => was_stopped = true,
            Ok(step) => driver.carry_out(step),
        }
    }
    unreachable!()
}

#[test]
fn a_driver_that_is_stopped_before_any_step_gives_the_same_result() {
    each_session(|recorded| {
        let (outcome, written) = run_at_once(recorded);
        let same = (written, outcome);
        for (reads, writes) in [(ALL, ALL), (&[9, 0, 1][..], &[5, 0, 0, 50, 1][..])] {
            let driver = || recorded.driver(Pieces::new(&recorded.input, reads, writes));
            let (steps, written, outcome) = run_stopped(driver(), |_| false);
            assert_eq!((written, outcome), same);
            for at in 0..steps {
                let (_, written, outcome) = run_stopped(driver(), |count| count == at);
                assert_eq!((written, outcome), same, "stopped before step {at}");
            }
            for seed in 0..100 {
                let mut random = Random::new([seed; 32].into());
                let (_, written, outcome) = run_stopped(driver(), |_| random.mask_key()[0] < 128);
                assert_eq!((written, outcome), same, "seed {seed}");
            }
        }
    });
}

#[test]
fn a_driver_that_is_stopped_after_each_call_gives_the_same_result() {
    each_session(|recorded| {
        let (outcome, written) = run_at_once(recorded);
        for (reads, writes) in [(ALL, ALL), (&[9, 0, 1][..], &[5, 0, 0, 50, 1][..])] {
            let mut driver = recorded.driver(Pieces::new(&recorded.input, reads, writes));
            driver.calls_per_write = 1;
            assert_eq!(Outcome::of(&mut driver), outcome);
            assert_eq!(driver.transport.written, written);
        }
    });
}

#[test]
fn input_that_ends_anywhere_gives_the_same_result_in_any_pieces() {
    let lost = Err(Failure::Protocol(ProtocolError::ConnectionLost));
    each_session(|recorded| {
        for len in 0..recorded.input.len() {
            let run = |reads: &[usize], writes: &[usize]| {
                let transport = Pieces::new(&recorded.input[..len], reads, writes);
                let mut driver = recorded.driver(transport);
                (Outcome::of(&mut driver), driver.transport.written)
            };
            let whole = run(ALL, ALL);
            assert_eq!(whole.0.received, recorded.messages(len));
            assert_eq!(whole.0.end, lost);
            assert_eq!(run(&[1], &[3]), whole);
            assert_eq!(run(&[7, 0, 2], &[0, 40, 1]), whole);
        }
    });
}

#[test]
fn messages_in_chunks_give_the_same_result() {
    each_session(|recorded| {
        let (outcome, written) = run_at_once(recorded);
        for reads in [ALL, &[1], &[7, 0, 40], &[100, 1]] {
            let mut driver = recorded.driver(Pieces::new(&recorded.input, reads, ALL));
            driver.in_chunks = true;
            assert_eq!(Outcome::of(&mut driver), outcome);
            assert_eq!(driver.transport.written, written);
        }
    });
}

#[test]
fn bytes_after_a_close_frame_are_not_received() {
    each_session(|recorded| {
        let (outcome, written) = run_at_once(recorded);
        let late = wire::to(recorded.role, FIN | TEXT, b"late");
        let input = [&recorded.input[..], &late].concat();
        for reads in [ALL, &[1], &[7, 0, 40]] {
            for in_chunks in [false, true] {
                let mut driver = recorded.driver(Pieces::new(&input, reads, ALL));
                driver.in_chunks = in_chunks;
                assert_eq!(Outcome::of(&mut driver), outcome);
                assert_eq!(driver.transport.written, written);
            }
        }
    });
}

/// A text that is not UTF-8, between two messages.
#[test]
fn a_text_that_is_not_utf_8_gives_the_same_result_in_any_pieces() {
    for role in ROLES {
        let input = [
            wire::to(role, FIN | TEXT, b"before"),
            wire::to(role, FIN | TEXT, b"\xFF\xFF"),
            wire::to(role, FIN | TEXT, b"behind"),
        ]
        .concat();
        let session = Recorded::new(role, false);
        let run = |reads: &[usize], writes: &[usize]| {
            let mut driver = session.driver(Pieces::new(&input, reads, writes));
            (Outcome::of(&mut driver), driver.transport.written)
        };
        let whole = run(ALL, ALL);
        assert_eq!(whole.0.received.len(), 1);
        assert_eq!(whole.0.end, Err(Failure::Protocol(ProtocolError::InvalidUtf8)));
        for len in [1, 2, 5, 9] {
            assert_eq!(run(&[len], &[1, 0]), whole);
            assert_eq!(run(&[len, 0], ALL), whole);
        }
    }
}
