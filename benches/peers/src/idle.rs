//! What an idle connection holds of a server's memory.

use std::io;

use crate::client::{Echo, connect};
use crate::goal::Goal;
use crate::report::Report;
use crate::server::{LENT, OWNED, Process, SERVERS, Server};
use crate::table::Table;

/// The length of the message that each connection has echoed before it is idle.
const LEN: usize = 1 << 10;

/// How much of it our own may hold, in bytes.
const AT_MOST: f64 = 1300.0;
/// How many open files a process has beside its connections, at most.
const OTHERS: u64 = 20;

pub fn measure(connections: usize) -> io::Result<Report> {
    let descriptors = rlimit::increase_nofile_limit(u64::MAX)?;
    if connections as u64 + OTHERS > descriptors {
        return Err(io::Error::other(format!("a process may have {descriptors} open files only")));
    }
    let mut table = Table::new(format!("{connections} idle connections"), ["B each"]);
    let mut goals = Vec::new();
    for server in &SERVERS {
        let memory = memory(server, connections).map_err(|error| server.blame(error))?;
        table.push(server.name, [Some(memory)]);
        if [LENT, OWNED].contains(&server.name) {
            let what = format!("{}, B for each connection", server.name);
            goals.push(Goal { what, at_most: AT_MOST, measured: memory });
        }
    }
    Ok(Report { tables: vec![table], goals })
}

/// The resident memory of the server per connection, in bytes.
fn memory(server: &'static Server, connections: usize) -> io::Result<f64> {
    let process = Process::start(server)?;
    let echo = Echo::of(server, LEN);
    let open = |number| {
        let mut stream = connect(&process, number)?;
        echo.run(&mut stream)?;
        Ok(stream)
    };
    // The code, and what all connections share, is in memory before anything is counted.
    drop(open(0)?);
    let before = process.resident()?;
    let streams = (0..connections).map(open).collect::<io::Result<Vec<_>>>()?;
    let after = process.resident()?;
    Ok((after - before) as f64 / streams.len() as f64)
}
