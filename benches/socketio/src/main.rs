//! Compares what an event costs on plain WebSocket and through Socket.IO. `README.md` says what is
//! measured.

mod all;
mod bytes;
mod client;
mod echo;
#[path = "../../peers/src/goal.rs"]
mod goal;
mod idle;
mod instructions;
#[path = "../../peers/src/machine.rs"]
mod machine;
#[path = "../../peers/src/page.rs"]
mod page;
#[path = "../../peers/src/report.rs"]
mod report;
#[path = "../../peers/src/resident.rs"]
mod resident;
mod room;
#[path = "../../peers/src/rounds.rs"]
mod rounds;
mod server;
#[path = "../../peers/src/table.rs"]
mod table;
#[path = "../../wire/mod.rs"]
mod wire;

use std::env;
use std::io;
use std::process::ExitCode;

use report::Report;
use server::Server;

const USAGE: &str = "\
usage: sansocket-socketio-peers [COMMAND] [--check]

all [ROUNDS]             all but the last, and what they find into the documentation
room [ROUNDS]            CPU time of a server for each socket that an event in a room reaches
echo [ROUNDS]            CPU time of a server per event that it echoes
bytes                    bytes on the wire, to connect and per event
idle [SOCKETS]           memory of a server per idle socket
instructions [EVENTS]    instructions of a server for each socket of a room, counted by Valgrind
server NAME              such a server; the other commands start it
--check                  fail if a goal does not hold";

fn main() -> ExitCode {
    let (flags, words): (Vec<_>, Vec<_>) = env::args().skip(1).partition(|word| word == "--check");
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let report = match measure(&words) {
        Some(Ok(report)) => report,
        Some(Err(error)) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
        None => {
            eprintln!("{USAGE}");
            return ExitCode::FAILURE;
        }
    };
    print!("{report}");
    if flags.is_empty() || report.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Does what the words say, if they say anything.
fn measure(words: &[&str]) -> Option<io::Result<Report>> {
    let (command, rest) = words.split_first().unwrap_or((&"room", &[]));
    match (*command, rest) {
        ("all", rest) => Some(all::measure(number(rest, 7)?)),
        ("room", rest) => Some(room::measure(number(rest, 7)?)),
        ("echo", rest) => Some(echo::measure(number(rest, 7)?)),
        ("bytes", []) => Some(bytes::measure()),
        ("idle", rest) => Some(idle::measure(number(rest, 10_000)?)),
        ("instructions", rest) => Some(instructions::measure(number(rest, 50)?)),
        ("server", [name]) => Some(Server::named(name)?.run().map(|()| Report::default())),
        _ => None,
    }
}

/// The number after a command.
fn number(rest: &[&str], default: usize) -> Option<usize> {
    match rest {
        [] => Some(default),
        [number] => number.parse().ok().filter(|number| *number > 0),
        _ => None,
    }
}
