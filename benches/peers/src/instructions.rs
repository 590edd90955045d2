//! What a server executes for a message that it echoes, as Callgrind counts it.

use std::io;

use crate::client::Load;
use crate::goal::Goal;
use crate::server::{Process, SERVERS, Server};
use crate::sockets::{CASES, Case};
use crate::table::{print_head, print_row};

/// How many bytes are echoed at most, so that a run ends before the server sends its first Ping,
/// which nobody answers.
const BYTES: usize = 64 << 20;

/// Prints the table.
pub fn measure(messages: usize) -> io::Result<Vec<Goal>> {
    println!("Instructions per message outside of the kernel\n");
    print_head(&format!("{messages} messages"), SERVERS.iter().map(|server| server.name));
    for case in &CASES {
        let messages = messages.min(BYTES / case.len) as u64;
        let mut cells = Vec::new();
        for server in &SERVERS {
            let count = count(server, case, messages).map_err(|error| server.blame(error))?;
            cells.push(format!("{count:.0}"));
        }
        print_row(&case.to_string(), cells);
    }
    println!();
    Ok(Vec::new())
}

/// The instructions per message. The difference of two runs is free of the start and the handshakes.
fn count(server: &'static Server, case: &Case, messages: u64) -> io::Result<f64> {
    let run = |at_least| {
        let process = Process::start_counted(server)?;
        let mut load = Load::connect(&process, case.len, case.in_flight)?;
        let messages = load.run(|echoed| echoed < at_least)?;
        Ok::<_, io::Error>((messages, process.instructions()?))
    };
    let (few, before) = run(0)?;
    let (many, after) = run(few + messages)?;
    Ok((after - before) as f64 / (many - few) as f64)
}
