//! Measures the CPU time of servers that echo events.

use std::fmt;
use std::io;
use std::time::{Duration, Instant};

use crate::client::say_load;
use crate::report::Report;
use crate::rounds::Rounds;
use crate::server::{JSON, Process, Server};
use crate::table::Table;

/// How long a server has its turn, and the number of events before that, in which Node compiles its
/// program.
const TURN: Duration = Duration::from_millis(200);
const WARM_UP: u64 = 2_000;

struct Case {
    /// The length of the argument, in bytes.
    len: usize,
    /// How many events each socket has in flight.
    in_flight: usize,
}

const CASES: [Case; 4] = [
    Case { len: 16, in_flight: 1 },
    Case { len: 16, in_flight: 64 },
    Case { len: 1 << 10, in_flight: 1 },
    Case { len: 1 << 10, in_flight: 64 },
];

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { len, in_flight } = self;
        write!(f, "{len} B, {in_flight} in flight")
    }
}

/// All take their turn in each case, in each round; the first one is the limit.
pub fn measure(rounds: usize) -> io::Result<Report> {
    let mut servers = Server::available();
    servers.insert(1, &JSON);
    let mut times = CASES.map(|_| vec![Rounds::default(); servers.len()]);
    for _ in 0..rounds {
        for (case, times) in CASES.iter().zip(&mut times) {
            for (server, times) in servers.iter().zip(times) {
                times.push(time(server, case).map_err(|error| server.blame(error))?);
            }
        }
    }
    let medians = times.map(|times| times.iter().map(Rounds::median).collect::<Vec<_>>());
    let title = format!("An echoed event: us of CPU time, median of {rounds} rounds");
    let mut table = Table::new(title, &CASES);
    let mut ratios = Table::new(format!("The same, as a multiple of {}", servers[0].name), &CASES);
    for (index, server) in servers.iter().enumerate() {
        table.push(server.name, medians.iter().map(|medians| Some(medians[index])));
        ratios.push(server.name, medians.iter().map(|medians| Some(medians[index] / medians[0])));
    }
    Ok(Report { tables: vec![table, ratios], goals: Vec::new() })
}

/// The CPU time of the server per event, in microseconds.
fn time(server: &'static Server, case: &Case) -> io::Result<f64> {
    let process = Process::start(server)?;
    let mut load = say_load(&process, case.len, case.in_flight)?;
    load.run(|echoed| echoed < WARM_UP)?;
    let before = process.cpu_time()?;
    let start = Instant::now();
    let events = load.run(|_| start.elapsed() < TURN)?;
    let spent = process.cpu_time()? - before;
    Ok(spent.as_secs_f64() * 1e6 / events as f64)
}
