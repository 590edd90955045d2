//! What a message costs a server in process, without sockets.

mod case;
mod memory;
mod peer;

use case::{Case, Direction};
use cpu_time::ThreadTime;
use peer::PEERS;

use crate::goal::Goal;
use crate::rounds::Rounds;
use crate::table::{print_head, print_row};

/// How many bytes each peer moves for a case in a round.
const BYTES: usize = 16 << 20;
/// How many messages at most, so that small ones do not take for ever.
const MAX_MESSAGES: usize = 200_000;

/// What the cases are measured against.
const REFERENCE: &str = "tungstenite";

/// Prints the tables.
pub fn measure(rounds: usize) -> Vec<Goal> {
    println!("Median of {rounds} rounds: ns of CPU time per message (ratio to {REFERENCE})\n");
    let mut small_read = None;
    for direction in [Direction::Read, Direction::Write] {
        print_head(&direction.to_string(), PEERS.iter().map(|peer| peer.name));
        for case in Case::all(direction) {
            let times = times(&case, rounds);
            let reference = PEERS.iter().zip(&times).find(|(peer, _)| peer.name == REFERENCE);
            let reference = *reference.expect("the reference is a peer").1;
            let cells = times.iter().map(|time| format!("{time:.1} ({:.2})", time / reference));
            print_row(&case.to_string(), cells);
            small_read.get_or_insert(times[0] / reference);
        }
        println!();
    }
    vec![Goal {
        what: format!("16 B received, x {REFERENCE}"),
        at_most: 0.5,
        measured: small_read.expect("there are cases"),
    }]
}

/// The median time per message of each peer, in nanoseconds. All take their turn in each round.
fn times(case: &Case, rounds: usize) -> Vec<f64> {
    let messages = (BYTES / case.payload.len()).clamp(1, MAX_MESSAGES);
    let mut runs: Vec<_> = PEERS.iter().map(|peer| peer.prepare(case)).collect();
    let mut times = vec![Rounds::default(); runs.len()];
    for run in &mut runs {
        // So that no peer is measured while its buffers grow.
        run(messages / 10 + 1);
    }
    for _ in 0..rounds {
        for (run, times) in runs.iter_mut().zip(&mut times) {
            let start = ThreadTime::now();
            run(messages);
            times.push(start.elapsed().as_secs_f64() * 1e9 / messages as f64);
        }
    }
    times.iter().map(Rounds::median).collect()
}
