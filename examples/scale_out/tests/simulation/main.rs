//! The protocol under everything that may go wrong: clients, nodes and the log in one process, without
//! sockets and without a clock. A seed decides what happens, and is printed if a rule is broken.
//!
//! `SEEDS=100000 cargo test --test simulation` runs more of them, `SEED=7` only that one.

mod faults;
mod server;
mod wire;
#[path = "../witness/mod.rs"]
mod witness;
mod world;

use std::env;

use faults::Faults;
use scale_out::engine::Counts;
use world::World;

/// Runs the seeds, and returns the sum of what happened.
fn run(faults: Faults) -> Counts {
    let number = |name| env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    let seeds = match number("SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("SEEDS").unwrap_or(10_000),
    };
    let mut total = Counts::default();
    for seed in seeds.clone() {
        let counts = std::panic::catch_unwind(|| World::new(seed, faults).run())
            .unwrap_or_else(|_| panic!("seed {seed} breaks a rule: run it alone with SEED={seed}"));
        total += counts;
    }
    println!("{} seeds: {total:?}", seeds.end - seeds.start);
    total
}

#[test]
fn nothing_is_missing_unreported_or_shown_twice_whatever_fails() {
    let counts = run(Faults::ALL);
    assert_eq!(counts.gaps, 0);
    // All paths were taken.
    assert!(counts.shown > 0 && counts.resumed > 0 && counts.not_recovered > 0);
    assert!(counts.repeated > 0);
}

#[test]
fn everybody_recovers_while_the_log_keeps_everything() {
    let counts = run(Faults::WITHOUT_LOSS);
    assert_eq!((counts.gaps, counts.not_recovered, counts.repeated), (0, 0, 0));
    assert!(counts.resumed > 0);
}
