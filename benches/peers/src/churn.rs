//! Measures the CPU time of servers per connection that comes, is upgraded, and ends.

use std::io::{self, Read as _, Write as _};
use std::net::Shutdown;

use sansocket::frame::OpCode;

use crate::client::connect;
use crate::goal::Goal;
use crate::report::Report;
use crate::rounds::Rounds;
use crate::server::{ASYNC, LENT, Process, Server};
use crate::table::Table;
use crate::wire;

/// The number of connections in a turn of a server, and before it.
const TURN: usize = 500;
const WARM_UP: usize = 50;

/// The most that ours may take, as a multiple of the best of the others.
const AT_MOST: f64 = 1.0;

pub fn measure(rounds: usize) -> io::Result<Report> {
    let servers = Server::available(&ASYNC);
    let mut times = vec![Rounds::default(); servers.len()];
    for _ in 0..rounds {
        for (server, times) in servers.iter().zip(&mut times) {
            times.push(time(server).map_err(|error| server.blame(error))?);
        }
    }
    let title = format!("A connection from accept to its end, median of {rounds} rounds");
    let mut table = Table::new(title, ["us of CPU time", "x raw"]);
    let raw = times[0].median();
    let (mut ours, mut best) = (f64::INFINITY, f64::INFINITY);
    for (server, times) in servers.iter().zip(&times) {
        let time = times.median();
        table.push(server.name, [Some(time), Some(time / raw)]);
        if server.name == LENT {
            ours = time;
        } else if server.is_websocket && !server.is_ours() {
            best = best.min(time);
        }
    }
    let what = format!("a connection: {LENT}, x the best of the others");
    let goals = vec![Goal { what, at_most: AT_MOST, measured: ours / best }];
    Ok(Report { tables: vec![table], goals })
}

/// Returns the CPU time of the server per connection, in microseconds.
fn time(server: &'static Server) -> io::Result<f64> {
    let process = Process::start(server)?;
    let close = wire::message(OpCode::Close, &1000_u16.to_be_bytes());
    let run = |count| {
        for number in 0..count {
            let mut stream = connect(&process, number)?;
            if server.is_websocket {
                stream.write_all(&close)?;
            }
            stream.shutdown(Shutdown::Write)?;
            // The Close frame of a WebSocket, and the end.
            stream.read_to_end(&mut Vec::new())?;
        }
        Ok::<_, io::Error>(())
    };
    run(WARM_UP)?;
    let before = process.cpu_time()?;
    run(TURN)?;
    let spent = process.cpu_time()? - before;
    Ok(spent.as_secs_f64() * 1e6 / TURN as f64)
}
