//! What an idle connection holds of a server's memory.

use std::io::{self, Read as _, Write as _};

use crate::client::{binary_echo, connect, dial};
use crate::goal::Goal;
use crate::report::Report;
use crate::resident;
use crate::server::{ASYNC, CLIENTS, LENT, Process, Server, TWO_THREADS};
use crate::table::Table;

/// The length of the message that each connection has echoed before it is idle.
const LEN: usize = 1 << 10;

/// How much of it our own may hold, in bytes.
const AT_MOST: f64 = 1024.0;
/// How many connections a client has at most, all to one address.
const PORTS: usize = 20_000;

pub fn measure(connections: usize) -> io::Result<Report> {
    resident::allow(connections)?;
    let mut report = Report::default();
    let title = format!("{connections} idle connections");
    let mut table = Table::new(title, ["B for each of a server's"]);
    for server in Server::available(ASYNC.iter().chain([&TWO_THREADS])) {
        let echo = binary_echo(server, LEN);
        let open = |process: &Process, number| {
            let mut stream = connect(process, number)?;
            echo.run(&mut stream)?;
            Ok(stream)
        };
        let memory =
            resident::each(server, connections, open).map_err(|error| server.blame(error))?;
        table.push(server.name, [Some(memory)]);
        if server.is_ours() {
            let what = format!("{}, B for each connection", server.name);
            report.goals.push(Goal { what, at_most: AT_MOST, measured: memory });
        }
    }
    report.tables.push(table);
    let connections = connections.min(PORTS);
    let title = format!("{connections} idle connections whose stream may be TLS");
    let mut table = Table::new(title, ["B for each of a client's"]);
    let peer = Process::start(Server::known(LENT))?;
    for client in &CLIENTS {
        let open = |process: &Process, number| {
            let mut stream = dial(process, number)?;
            stream.write_all(&peer.address.port().to_be_bytes())?;
            // It is open, and has had its echo.
            stream.read_exact(&mut [0])
        };
        let memory =
            resident::each(client, connections, open).map_err(|error| client.blame(error))?;
        table.push(client.name, [Some(memory)]);
        if client.is_ours() {
            let what = "a client whose stream may be TLS, B for each connection".into();
            report.goals.push(Goal { what, at_most: AT_MOST, measured: memory });
        }
    }
    report.tables.push(table);
    Ok(report)
}
