//! What a server executes for a message that it echoes, as Callgrind counts it.

use std::io;

use crate::client::echo_load;
use crate::report::Report;
use crate::server::{ASYNC, Process, Server};
use crate::sockets::{CASES, Case};
use crate::table::Table;

/// How many bytes are echoed at most, so that a run ends before the server sends its first Ping,
/// which nobody answers.
const BYTES: usize = 64 << 20;

pub fn measure(messages: usize) -> io::Result<Report> {
    let servers: Vec<_> = ASYNC.iter().filter(|server| server.is_native()).collect();
    let title = format!("Instructions per message outside of the kernel, of {messages} messages");
    let mut table = Table::new(title, servers.iter().map(|server| server.name));
    for case in &CASES {
        let messages = messages.min(BYTES / case.len) as u64;
        let mut cells = Vec::new();
        for server in &servers {
            let count = count(server, case, messages).map_err(|error| server.blame(error))?;
            cells.push(Some(count));
        }
        table.push(case, cells);
    }
    Ok(Report { tables: vec![table], goals: Vec::new() })
}

/// The instructions per message. The difference of two runs is free of the start and the handshakes.
fn count(server: &'static Server, case: &Case, messages: u64) -> io::Result<f64> {
    let run = |at_least| {
        let process = Process::start_counted(server)?;
        let mut load = echo_load(&process, case.len, case.in_flight)?;
        let messages = load.run(|echoed| echoed < at_least)?;
        Ok::<_, io::Error>((messages, process.instructions()?))
    };
    let (few, before) = run(0)?;
    let (many, after) = run(few + messages)?;
    Ok((after as f64 - before as f64) / (many - few) as f64)
}
