//! What a message costs a server that echoes it over TCP.

use std::fmt;
use std::io;
use std::time::{Duration, Instant};

use crate::client::Load;
use crate::goal::Goal;
use crate::report::Report;
use crate::rounds::Rounds;
use crate::server::{LENT, OWNED, Process, RAW, SERVERS, Server, TUNGSTENITE};
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
        goals: &[(LENT, 1.3, RAW), (OWNED, 1.8, RAW), (OWNED, 0.05, TUNGSTENITE)],
    },
    Case { len: 1 << 10, in_flight: 16, goals: &[(LENT, 1.3, RAW), (OWNED, 1.3, RAW)] },
    Case { len: 16 << 10, in_flight: 8, goals: &[] },
    Case { len: 64 << 10, in_flight: 4, goals: &[] },
    Case { len: 16, in_flight: 1, goals: &[(LENT, 1.1, RAW), (OWNED, 1.1, RAW)] },
    Case { len: 1 << 10, in_flight: 1, goals: &[(LENT, 1.1, RAW), (OWNED, 1.1, RAW)] },
];

impl Case {
    fn goals(&self, times: &[Rounds; SERVERS.len()]) -> impl Iterator<Item = Goal> {
        let time = |name| {
            let at = SERVERS.iter().position(|server| server.name == name);
            times[at.expect("a goal is about a server")].median()
        };
        self.goals.iter().map(move |&(name, at_most, reference)| Goal {
            what: format!("{self}: {name}, x {reference}"),
            at_most,
            measured: time(name) / time(reference),
        })
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { len, in_flight, .. } = self;
        match len >> 10 {
            0 => write!(f, "{len} B, {in_flight} in flight"),
            kib => write!(f, "{kib} KiB, {in_flight} in flight"),
        }
    }
}

/// What each case takes with each server.
type Times = [[Rounds; SERVERS.len()]; CASES.len()];

pub fn measure(rounds: usize) -> io::Result<Report> {
    let mut times: Times = CASES.map(|_| SERVERS.map(|_| Rounds::default()));
    for _ in 0..rounds {
        for (case, times) in CASES.iter().zip(&mut times) {
            for (server, times) in SERVERS.iter().zip(times) {
                times.push(time(server, case).map_err(|error| server.blame(error))?);
            }
        }
    }
    let title = format!("An echo over TCP: us of CPU time, median of {rounds} rounds");
    let mut table = Table::new(title, SERVERS.iter().map(|server| server.name));
    let mut ratios = Table::new("The same, as a multiple of raw", table.columns.clone());
    for (case, times) in CASES.iter().zip(&times) {
        let medians = times.each_ref().map(Rounds::median);
        table.push(case, medians.map(Some));
        ratios.push(case, medians.map(|time| Some(time / medians[0])));
    }
    let goals = CASES.iter().zip(&times).flat_map(|(case, times)| case.goals(times)).collect();
    Ok(Report { tables: vec![table, ratios], goals })
}

/// The CPU time of the server per message, in microseconds.
fn time(server: &'static Server, case: &Case) -> io::Result<f64> {
    let process = Process::start(server)?;
    let mut load = Load::connect(&process, case.len, case.in_flight)?;
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
