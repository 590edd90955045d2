//! What an idle socket holds of a server's memory.

use std::io;

use crate::client::{Socket, say};
use crate::report::Report;
use crate::resident;
use crate::server::{Process, Server};
use crate::table::Table;

/// The length of the argument that each socket has echoed before it is idle.
const LEN: usize = 1 << 10;

pub fn measure(sockets: usize) -> io::Result<Report> {
    resident::allow(sockets)?;
    let mut table = Table::new(format!("{sockets} idle sockets"), ["B for each of a server's"]);
    for server in Server::available() {
        let echo = say(server, LEN);
        let open = |process: &Process, _| {
            let mut stream = Socket::connect(process)?.stream;
            echo.run(&mut stream)?;
            Ok(stream)
        };
        let memory = resident::each(server, sockets, open).map_err(|error| server.blame(error))?;
        table.push(server.name, [Some(memory)]);
    }
    Ok(Report { tables: vec![table], goals: Vec::new() })
}
