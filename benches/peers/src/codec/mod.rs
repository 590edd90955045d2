//! Measures the CPU time per message or handshake in process, without sockets.

mod case;
mod cases;
mod check;
mod peer;
mod strictness;

use case::{Case, Work};
use cases::{Group, groups};
use check::check;
use cpu_time::ThreadTime;
use peer::{Kind, PEERS, Peer};
use strictness::is_strict;
use tokio::runtime::Builder;

use crate::goal::Goal;
use crate::report::Report;
use crate::rounds::Rounds;
use crate::table::Table;

/// The number of bytes that each peer moves for a case in a round.
const BYTES: usize = 16 << 20;
/// The most messages and reads in a round, so that small ones do not take for ever.
const MAX_MESSAGES: usize = 100_000;
const MAX_READS: usize = 1_000_000;

/// Checks all peers, then times them.
pub fn measure(rounds: usize) -> Report {
    // Some arm timers, which need a runtime.
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    let _context = runtime.enter();
    let groups = groups();
    for case in groups.iter().flat_map(|group| &group.cases) {
        for peer in PEERS {
            check(*peer, case);
        }
    }
    let mut report = Report::default();
    for group in &groups {
        measure_group(group, rounds, &mut report);
    }
    report.tables.push(strictness::table());
    report
}

fn measure_group(group: &Group, rounds: usize, report: &mut Report) {
    let takes_part = |peer: &&&dyn Peer| {
        let does = |case: &Case| peer.prepare(case, case.memory(), false).is_some();
        group.cases.iter().any(does)
    };
    let peers: Vec<_> = PEERS.iter().filter(takes_part).copied().collect();
    let title = format!("{}: ns of CPU time, median of {rounds} rounds", group.title);
    let names = peers.iter().map(|peer| peer.column());
    let ratios = ["ours / best", "owned / best owned"].map(String::from);
    let mut table = Table::new(title, names.chain(ratios));
    for case in &group.cases {
        let times = times(&peers, case, rounds);
        let ratios = [Kind::Lent, Kind::Owned].map(|kind| ratio(&peers, &times, case, kind));
        let goals = ratios.iter().zip(case.goals).zip(["", ", owned"]);
        for ((ratio, at_most), kind) in goals {
            if let (Some(measured), Some(at_most)) = (*ratio, at_most) {
                let what =
                    format!("{}: {}{kind}, x the best of the others", group.title, case.name);
                report.goals.push(Goal { what, at_most, measured });
            }
        }
        table.push(case.name, times.into_iter().chain(ratios));
    }
    report.tables.push(table);
}

/// Returns our time as a multiple of that of the best of the others: of those that give owned
/// messages, or of all; for a handshake, of those that refuse all that has to be refused.
fn ratio(peers: &[&dyn Peer], times: &[Option<f64>], case: &Case, kind: Kind) -> Option<f64> {
    let mut ours = None;
    let mut best = f64::INFINITY;
    for (peer, time) in peers.iter().zip(times) {
        let Some(time) = *time else { continue };
        if peer.is_ours() {
            if peer.kind() == kind {
                ours = ours.or(Some(time));
            }
        } else if (kind == Kind::Lent || peer.kind() == Kind::Owned)
            && (case.work != Work::Accept || is_strict(*peer))
        {
            best = best.min(time);
        }
    }
    Some(ours? / best)
}

/// Returns the median time per message of each peer, in nanoseconds. All take their turn in each round.
fn times(peers: &[&'static dyn Peer], case: &Case, rounds: usize) -> Vec<Option<f64>> {
    let messages = MAX_MESSAGES
        .min(BYTES / case.payload.as_bytes().len().max(1))
        .min(MAX_READS / case.reads());
    let prepare = |peer: &&'static dyn Peer| peer.prepare(case, case.memory(), false);
    let mut runs: Vec<_> = peers.iter().map(prepare).collect();
    let mut times = vec![Rounds::default(); runs.len()];
    for run in runs.iter_mut().flatten() {
        // So that no peer is measured while its buffers grow.
        run(messages / 10 + 1);
    }
    for _ in 0..rounds {
        for (run, times) in runs.iter_mut().zip(&mut times) {
            let Some(run) = run else { continue };
            let start = ThreadTime::now();
            run(messages);
            times.push(start.elapsed().as_secs_f64() * 1e9 / messages as f64);
        }
    }
    let median = |(run, times): (&Option<_>, &Rounds)| run.as_ref().map(|_| times.median());
    runs.iter().zip(&times).map(median).collect()
}
