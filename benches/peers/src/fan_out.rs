//! Measures the CPU time of servers that send one message to many connections.

use std::io::{self, Read as _, Write as _};

use sansocket::frame::OpCode;

use crate::client::{Echo, connect, dial};
use crate::goal::Goal;
use crate::report::Report;
use crate::rounds::Rounds;
use crate::server::{FAN_OUT_LEN, FAN_OUTS, Process, Server};
use crate::table::Table;
use crate::wire;

/// The number of connections, and of messages to all of them in a turn, and before it.
const CONNECTIONS: usize = 1000;
const TURN: usize = 20;
const WARM_UP: usize = 2;

/// The most that ours may take, as a multiple of raw.
const AT_MOST: f64 = 1.1;

pub fn measure(rounds: usize) -> io::Result<Report> {
    let mut times = vec![Rounds::default(); FAN_OUTS.len()];
    for _ in 0..rounds {
        for (server, times) in FAN_OUTS.iter().zip(&mut times) {
            times.push(time(server).map_err(|error| server.blame(error))?);
        }
    }
    let title = format!(
        "A message of {FAN_OUT_LEN} B to {CONNECTIONS} connections, median of {rounds} rounds"
    );
    let mut table = Table::new(title, ["us of CPU time for each connection", "x raw"]);
    let raw = times[0].median();
    let mut goals = Vec::new();
    for (server, times) in FAN_OUTS.iter().zip(&times) {
        let measured = times.median() / raw;
        table.push(server.name, [Some(times.median()), Some(measured)]);
        if server.is_ours() {
            goals.push(Goal {
                what: format!("{}, x raw", server.name),
                at_most: AT_MOST,
                measured,
            });
        }
    }
    Ok(Report { tables: vec![table], goals })
}

/// Returns the CPU time of the server per connection that a message reaches, in microseconds.
fn time(server: &'static Server) -> io::Result<f64> {
    let process = Process::start(server)?;
    let mut publisher = dial(&process, 0)?;
    let subscribe = |number| connect(&process, number + 1);
    let mut streams = (0..CONNECTIONS).map(subscribe).collect::<io::Result<Vec<_>>>()?;
    let payload = wire::binary(FAN_OUT_LEN);
    let expected = if server.is_websocket {
        wire::frame(OpCode::Binary, true, false, &payload)
    } else {
        payload
    };
    let mut received = vec![0; expected.len()];
    let mut run = |count| {
        for _ in 0..count {
            publisher.write_all(&[0])?;
            for stream in &mut streams {
                stream.read_exact(&mut received)?;
                if received != expected {
                    return Err(Echo::wrong());
                }
            }
        }
        Ok(())
    };
    run(WARM_UP)?;
    let before = process.cpu_time()?;
    run(TURN)?;
    let spent = process.cpu_time()? - before;
    Ok(spent.as_secs_f64() * 1e6 / (TURN * CONNECTIONS) as f64)
}
