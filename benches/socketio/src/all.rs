//! Measures everything, and writes the figures into the documentation.

use std::io;

use crate::page::Page;
use crate::report::Report;
use crate::server::NODE_PACKAGE;
use crate::table::Table;
use crate::{bytes, echo, idle, machine, room};

/// The page of the documentation, and the front page of the crate.
const PAGES: [&str; 2] = [
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/raw_or_socketio.md"),
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../crates/socketio/README.md"),
];

/// The library that is compared, and the runtime.
const PACKAGES: [&str; 2] = ["socketioxide", "tokio"];
const LOCK: &str = include_str!("../Cargo.lock");

const SOCKETS: usize = 10_000;

/// Takes minutes.
pub fn measure(rounds: usize) -> io::Result<Report> {
    let machine = machine::describe(LOCK, &PACKAGES, NODE_PACKAGE)?;
    let mut all = Report::default();
    for part in
        [room::measure(rounds)?, echo::measure(rounds)?, bytes::measure()?, idle::measure(SOCKETS)?]
    {
        all.tables.extend(part.tables);
        all.goals.extend(part.goals);
    }
    let overview = overview(&all);
    for page in PAGES {
        let mut page = Page::read(page)?;
        page.replace("machine", &machine)?;
        page.replace("figures", &overview.to_string())?;
        page.write()?;
    }
    Ok(all)
}

/// Returns the table of the pages: a row for each server.
fn overview(all: &Report) -> Table {
    let [room, echo, bytes, idle] =
        ["in a room", "An echoed event", "Bytes of a client", "idle sockets"]
            .map(|words| all.table(words));
    let columns = [
        "event to a room, µs for each socket",
        "x raw",
        "echo of 16 B, 1 in flight, µs",
        "64 in flight, µs",
        "idle socket, B",
        "echo, B on the wire",
        "connecting, B on the wire",
    ];
    let mut table = Table::new("Costs of a server: CPU time, memory, and bytes", columns);
    for row in &echo.rows {
        let of = |table: &Table, column| table.figure(&row.title, column);
        let both = |column| Some(of(bytes, column)? + of(bytes, column + 1)?);
        let times = [of(room, 0), of(room, 1), of(echo, 0), of(echo, 1)];
        table.push(&row.title, times.into_iter().chain([of(idle, 0), both(2), both(0)]));
    }
    table
}
