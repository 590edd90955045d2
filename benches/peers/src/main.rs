//! Compares what a message costs through us and through others. `README.md` says what is measured.

mod all;
mod chart;
mod churn;
mod client;
mod codec;
mod fairness;
mod fan_out;
mod goal;
mod idle;
mod instructions;
mod machine;
#[path = "../../memory/mod.rs"]
mod memory;
mod page;
mod report;
mod resident;
mod rounds;
mod server;
mod sockets;
mod table;
#[path = "../../wire/mod.rs"]
mod wire;

use std::env;
use std::io;
use std::process::ExitCode;

use report::Report;
use server::Server;

const USAGE: &str = "\
usage: sansocket-peers [COMMAND] [--check]

all [ROUNDS]               codec to idle, and what they find into the documentation
codec [ROUNDS]             CPU time per message, in process
sockets [ROUNDS]           CPU time per message of a server that echoes it over TCP
churn [ROUNDS]             CPU time per connection that comes and goes
fan-out [ROUNDS]           CPU time per connection that a message to all of them reaches
fairness [ECHOES]          what a client waits for while another one floods such a server
idle [CONNECTIONS]         memory of such a server per idle connection
instructions [MESSAGES]    instructions of such a server per message, counted by Valgrind
server NAME                such a server; the other commands start it
--check                    fail if a goal does not hold";

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
    let (command, rest) = words.split_first().unwrap_or((&"codec", &[]));
    match (*command, rest) {
        ("all", rest) => Some(all::measure(number(rest, 7)?)),
        ("codec", rest) => Some(Ok(codec::measure(number(rest, 9)?))),
        ("sockets", rest) => Some(sockets::measure(number(rest, 9)?)),
        ("churn", rest) => Some(churn::measure(number(rest, 7)?)),
        ("fan-out", rest) => Some(fan_out::measure(number(rest, 7)?)),
        ("fairness", rest) => Some(fairness::measure(number(rest, 30)?)),
        ("idle", rest) => Some(idle::measure(number(rest, 10_000)?)),
        ("instructions", rest) => Some(instructions::measure(number(rest, 5_000)?)),
        ("server", [name]) => Some(Server::named(name)?.run().map(|()| Report::default())),
        _ => None,
    }
}

/// The number behind a command.
fn number(rest: &[&str], default: usize) -> Option<usize> {
    match rest {
        [] => Some(default),
        [number] => number.parse().ok().filter(|number| *number > 0),
        _ => None,
    }
}
