//! What a server executes for an event to a room, as Callgrind counts it.

use std::io;

use crate::report::Report;
use crate::room::Room;
use crate::server::{Process, SERVERS, Server};
use crate::table::Table;

/// Fewer than elsewhere, since Valgrind takes its time for each to connect.
const SOCKETS: usize = 100;

pub fn measure(events: usize) -> io::Result<Report> {
    let title = format!("Instructions outside of the kernel, of {events} events in a room");
    let mut table = Table::new(title, ["for each of its sockets"]);
    for server in SERVERS.iter().filter(|server| server.is_native()) {
        let count = count(server, events).map_err(|error| server.blame(error))?;
        table.push(server.name, [Some(count)]);
    }
    Ok(Report { tables: vec![table], goals: Vec::new() })
}

/// The instructions for each socket. The difference of two runs is free of all that comes before.
fn count(server: &'static Server, events: usize) -> io::Result<f64> {
    let run = |events| {
        let process = Process::start_counted(server)?;
        Room::fill(&process, SOCKETS)?.publish(events)?;
        process.instructions()
    };
    let (before, after) = (run(1)?, run(1 + events)?);
    Ok((after as f64 - before as f64) / (events * SOCKETS) as f64)
}
