//! The program `sansocket-inspect`: see what crosses a WebSocket connection, field by field, judged by
//! RFC 6455.
//!
//! Each subcommand is a module that finds bytes and passes them to `sansocket-explain`, which knows
//! what they mean. [`Report`](report::Report) prints, and counts the broken rules.

#![forbid(unsafe_code)]
// What bytes reach never panics.
#![deny(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unreachable,
    clippy::unwrap_used
)]

mod command_line;
mod explain;
mod failure;
mod har;
mod illustrate;
mod page;
mod pcap;
mod proxy;
mod report;
mod selection;
mod source;
mod view;
mod workbench;

use std::process::ExitCode;

use clap::Parser as _;

use command_line::{Command, CommandLine};
use failure::Failure;

fn main() -> ExitCode {
    let CommandLine { command } = CommandLine::parse();
    let outcome = match command {
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Pcap(arguments) => pcap::run(&arguments),
        Command::Har(arguments) => har::run(&arguments),
        Command::Proxy(arguments) => proxy::run(&arguments),
        Command::Workbench(arguments) => workbench::run(&arguments),
        Command::Illustrate(arguments) => illustrate::run(&arguments),
    };
    match outcome {
        Ok(outcome) => outcome.into(),
        // Whoever reads has seen enough, as `head` has.
        Err(Failure::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("sansocket-inspect: {failure}");
            ExitCode::from(2)
        }
    }
}
