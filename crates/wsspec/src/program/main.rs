//! The program `wsspec`: judges servers and clients.
//!
//! The library interprets the cases; here are connections, processes, files and the command line.

#![forbid(unsafe_code)]
// What bytes of a target reach never panics.
#![deny(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unreachable,
    clippy::unwrap_used
)]

mod address;
mod allowances;
mod board;
mod client;
mod command;
mod command_line;
mod cuts;
mod dial;
mod drive;
mod failure;
mod judge;
mod listener;
mod listing;
mod options;
mod output;
mod outputs;
mod probe;
mod server;
mod server_under_test;
mod signals;

use std::process::ExitCode;

use clap::Parser as _;

use command_line::{Command, CommandLine};
use failure::Failure;
use signals::unless_stopped;

fn main() -> ExitCode {
    match run(CommandLine::parse().command) {
        Ok(code) => code,
        // Whoever reads has seen enough, as `head` has.
        Err(Failure::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("wsspec: {failure}");
            failure.code()
        }
    }
}

fn run(command: Command) -> Result<ExitCode, Failure> {
    let runtime = || {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        runtime.map_err(Failure::Runtime)
    };
    match command {
        Command::Server(arguments) => runtime()?.block_on(server::run(arguments)),
        Command::Client(arguments) => {
            arguments.check()?;
            runtime()?.block_on(client::run(arguments))
        }
        Command::List(arguments) => listing::list(&arguments),
        Command::Explain(arguments) => listing::explain(&arguments),
        Command::Replay(arguments) => {
            runtime()?.block_on(unless_stopped(server::replay(arguments))).flatten()
        }
    }
}
