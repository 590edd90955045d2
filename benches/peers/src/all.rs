//! Measures everything, and writes the figures into the documentation.

use std::fs;
use std::io;

use crate::page::Page;
use crate::report::Report;
use crate::server::{NODE_PACKAGE, RAW};
use crate::table::Table;
use crate::{chart, churn, codec, fairness, fan_out, idle, machine, sockets};

/// The page of the documentation, its picture, and the front page.
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/performance.md");
const CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/performance.svg");
const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md");

/// The libraries that are compared, and the runtime.
const PACKAGES: [&str; 11] = [
    "fastwebsockets",
    "nexus-async-web",
    "nexus-web",
    "sockudo-ws",
    "soketto",
    "tokio",
    "tokio-tungstenite",
    "tokio-websockets",
    "tungstenite",
    "wtx",
    "yawc",
];
const LOCK: &str = include_str!("../Cargo.lock");

const CONNECTIONS: usize = 10_000;
const ECHOES: usize = 30;

/// Takes minutes.
pub fn measure(rounds: usize) -> io::Result<Report> {
    // Those that would be disturbed most come first.
    let codec = codec::measure(rounds);
    let sockets = sockets::measure(rounds)?;
    let churn = churn::measure(rounds)?;
    let fan_out = fan_out::measure(rounds)?;
    let fairness = fairness::measure(ECHOES)?;
    let idle = idle::measure(CONNECTIONS)?;
    let machine = machine::describe(LOCK, &PACKAGES, NODE_PACKAGE)?;

    let mut page = Page::read(PAGE)?;
    page.replace("machine", &machine)?;
    let mut all = Report::default();
    let parts = [
        ("codec", codec),
        ("sockets", sockets),
        ("churn", churn),
        ("fan-out", fan_out),
        ("fairness", fairness),
        ("idle", idle),
    ];
    for (name, part) in parts {
        page.replace(name, &part.figures())?;
        all.tables.extend(part.tables);
        all.goals.extend(part.goals);
    }
    page.write()?;
    let echo = all.table("Echo over TCP, a task each");
    let idle = all.table("idle connections");
    fs::write(CHART, chart::draw(echo, idle))?;
    let mut readme = Page::read(README)?;
    readme.replace("machine", &machine)?;
    readme.replace("figures", &overview(&all).to_string())?;
    readme.write()?;
    Ok(all)
}

/// Returns the table of the front page: a row for each server.
fn overview(all: &Report) -> Table {
    let ratios = all.table(&format!("as a multiple of {RAW}"));
    let churn = all.table("A connection from accept");
    let idle = all.table("idle connections");
    let more = ["a connection, us", "idle, B"].map(String::from);
    let mut table = Table::new(
        "CPU time of a server, as a multiple of what an echo without WebSocket takes",
        ratios.columns.iter().chain(&more),
    );
    for row in &ratios.rows {
        let more = [churn, idle].map(|table| table.figure(&row.title, 0));
        table.push(&row.title, row.figures.iter().copied().chain(more));
    }
    table
}
