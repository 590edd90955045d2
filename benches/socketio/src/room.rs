//! Measures the CPU time of servers that send one event to a room.

use std::io::{self, Read as _};

use sansocket::frame::OpCode;

use crate::client::{Echo, Socket};
use crate::goal::Goal;
use crate::report::Report;
use crate::rounds::Rounds;
use crate::server::{JOIN, JOINED, NEWS, PUBLISH, Process, Server};
use crate::table::Table;
use crate::wire;

/// The number of sockets in the room, and of events in a turn, and before it.
const SOCKETS: usize = 1000;
const TURN: usize = 20;
const WARM_UP: usize = 2;

/// The most that ours may take, as a multiple of raw.
const AT_MOST: f64 = 2.0;

pub fn measure(rounds: usize) -> io::Result<Report> {
    let servers = Server::available();
    let mut times = vec![Rounds::default(); servers.len()];
    for _ in 0..rounds {
        for (server, times) in servers.iter().zip(&mut times) {
            times.push(time(server).map_err(|error| server.blame(error))?);
        }
    }
    let title = format!(
        "An event of {} B to {SOCKETS} sockets in a room, median of {rounds} rounds",
        NEWS.len()
    );
    let mut table = Table::new(title, ["us of CPU time for each socket", "x raw"]);
    let raw = times[0].median();
    let mut goals = Vec::new();
    for (server, times) in servers.iter().zip(&times) {
        let measured = times.median() / raw;
        table.push(server.name, [Some(times.median()), Some(measured)]);
        if server.is_ours() {
            let what = format!("an event to a room: {}, x raw", server.name);
            goals.push(Goal { what, at_most: AT_MOST, measured });
        }
    }
    Ok(Report { tables: vec![table], goals })
}

/// Returns the CPU time of the server for each socket that an event reaches, in microseconds.
fn time(server: &'static Server) -> io::Result<f64> {
    let process = Process::start(server)?;
    let mut room = Room::fill(&process, SOCKETS)?;
    room.publish(WARM_UP)?;
    let before = process.cpu_time()?;
    room.publish(TURN)?;
    let spent = process.cpu_time()? - before;
    Ok(spent.as_secs_f64() * 1e6 / (TURN * SOCKETS) as f64)
}

/// Sockets in a room, and one outside of it.
pub struct Room {
    publisher: Socket,
    sockets: Vec<Socket>,
}

impl Room {
    pub fn fill(process: &Process, count: usize) -> io::Result<Self> {
        let publisher = Socket::connect(process)?;
        let join = |_| {
            let mut socket = Socket::connect(process)?;
            socket.send(JOIN)?;
            socket.expect(JOINED)?;
            Ok(socket)
        };
        let sockets = (0..count).map(join).collect::<io::Result<_>>()?;
        Ok(Self { publisher, sockets })
    }

    /// Has the server send events, and waits for each until all sockets have it.
    pub fn publish(&mut self, count: usize) -> io::Result<()> {
        let expected = wire::frame(OpCode::Text, true, false, NEWS.as_bytes());
        let mut received = vec![0; expected.len()];
        for _ in 0..count {
            self.publisher.send(PUBLISH)?;
            for socket in &mut self.sockets {
                socket.stream.read_exact(&mut received)?;
                if received != expected {
                    return Err(Echo::wrong());
                }
            }
        }
        Ok(())
    }
}
