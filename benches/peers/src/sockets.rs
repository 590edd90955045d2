//! What a message costs a server that echoes it over TCP.

use std::fmt;
use std::io;
use std::time::{Duration, Instant};

use crate::client::echo_load;
use crate::goal::Goal;
use crate::report::Report;
use crate::rounds::Rounds;
use crate::server::{
    ASYNC, BLOCKING, LENT, OTHER_LOOPS, OWNED, Process, RAW, RAW_THREADS, Server, THREADS,
    TUNGSTENITE,
};
use crate::table::Table;

/// How long a server has its turn, and how long before that, so that its buffers have grown.
const TURN: Duration = Duration::from_millis(100);
const WARM_UP: Duration = Duration::from_millis(20);

pub struct Case {
    /// The length of a message, in bytes.
    pub len: usize,
    /// How many messages each connection has in flight.
    pub in_flight: usize,
    /// The most that a server may cost, as a multiple of another one.
    goals: &'static [(&'static str, f64, &'static str)],
}

pub const CASES: [Case; 6] = [
    Case {
        len: 16,
        in_flight: 64,
        goals: &[(LENT, 1.15, RAW), (OWNED, 1.8, RAW), (OWNED, 0.05, TUNGSTENITE)],
    },
    Case { len: 1 << 10, in_flight: 16, goals: &[(LENT, 1.1, RAW), (OWNED, 1.3, RAW)] },
    Case { len: 16 << 10, in_flight: 8, goals: &[(LENT, 0.85, RAW)] },
    Case { len: 64 << 10, in_flight: 4, goals: &[(LENT, 0.9, RAW)] },
    Case {
        len: 16,
        in_flight: 1,
        goals: &[(LENT, 1.02, RAW), (OWNED, 1.1, RAW), (BLOCKING, 1.05, RAW_THREADS)],
    },
    Case {
        len: 1 << 10,
        in_flight: 1,
        goals: &[(LENT, 1.02, RAW), (OWNED, 1.1, RAW), (BLOCKING, 1.05, RAW_THREADS)],
    },
];

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { len, in_flight, .. } = self;
        match len >> 10 {
            0 => write!(f, "{len} B, {in_flight} in flight"),
            kib => write!(f, "{kib} KiB, {in_flight} in flight"),
        }
    }
}

pub fn measure(rounds: usize) -> io::Result<Report> {
    let mut report = Report::default();
    let tasks = Server::available(ASYNC.iter().chain(&OTHER_LOOPS));
    measure_family("a task each", &tasks, rounds, &mut report)?;
    measure_family("a thread each", &Server::available(&THREADS), rounds, &mut report)?;
    Ok(report)
}

/// All take their turn in each case, in each round; the first one is the limit.
fn measure_family(
    family: &str,
    servers: &[&'static Server],
    rounds: usize,
    report: &mut Report,
) -> io::Result<()> {
    let mut times = CASES.map(|_| vec![Rounds::default(); servers.len()]);
    for _ in 0..rounds {
        for (case, times) in CASES.iter().zip(&mut times) {
            for (server, times) in servers.iter().zip(times) {
                times.push(time(server, case).map_err(|error| server.blame(error))?);
            }
        }
    }
    let medians = times.map(|times| times.iter().map(Rounds::median).collect::<Vec<_>>());
    let title = format!("Echo over TCP, {family}: us of CPU time, median of {rounds} rounds");
    let mut table = Table::new(title, &CASES);
    let mut ratios = Table::new(format!("The same, as a multiple of {}", servers[0].name), &CASES);
    for (index, server) in servers.iter().enumerate() {
        table.push(server.name, medians.iter().map(|medians| Some(medians[index])));
        ratios.push(server.name, medians.iter().map(|medians| Some(medians[index] / medians[0])));
    }
    for (case, medians) in CASES.iter().zip(&medians) {
        let time = |name: &str| {
            let index = servers.iter().position(|server| server.name == name)?;
            medians.get(index).copied()
        };
        let goal = |&(name, at_most, reference): &(&str, f64, &str)| {
            let what = format!("{case}: {name}, x {reference}");
            Some(Goal { what, at_most, measured: time(name)? / time(reference)? })
        };
        report.goals.extend(case.goals.iter().filter_map(goal));
    }
    report.tables.extend([table, ratios]);
    Ok(())
}

/// The CPU time of the server per message, in microseconds.
fn time(server: &'static Server, case: &Case) -> io::Result<f64> {
    let process = Process::start(server)?;
    let mut load = echo_load(&process, case.len, case.in_flight)?;
    let mut run = |time| {
        let start = Instant::now();
        load.run(|_| start.elapsed() < time)
    };
    run(WARM_UP)?;
    let before = process.cpu_time()?;
    let messages = run(TURN)?;
    let spent = process.cpu_time()? - before;
    Ok(spent.as_secs_f64() * 1e6 / messages as f64)
}
