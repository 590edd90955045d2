//! Counts the bytes of connecting and of events.

use std::io;

use crate::client::{Socket, say};
use crate::report::Report;
use crate::server::{JSON, Process, Server};
use crate::table::Table;

/// The length of the argument of an event.
const LEN: usize = 16;

pub fn measure() -> io::Result<Report> {
    let columns = ["to connect: sent", "received", "an event: sent", "received"];
    let title = format!("Bytes of a client, with an argument of {LEN} B");
    let mut table = Table::new(title, columns);
    let mut servers = Server::available();
    servers.insert(1, &JSON);
    for server in servers {
        let process = Process::start(server)?;
        let mut socket = Socket::connect(&process).map_err(|error| server.blame(error))?;
        let echo = say(server, LEN);
        echo.run(&mut socket.stream).map_err(|error| server.blame(error))?;
        let counts = [socket.sent, socket.received, echo.sent.len(), echo.received.len()];
        table.push(server.name, counts.map(|count| Some(count as f64)));
    }
    Ok(Report { tables: vec![table], goals: Vec::new() })
}
