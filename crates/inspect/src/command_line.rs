use clap::{Parser, Subcommand};

use crate::{explain, har, illustrate, pcap, proxy, workbench};

/// See what crosses a WebSocket connection, field by field, judged by RFC 6455
#[derive(Debug, Parser)]
#[command(name = "sansocket-inspect", version, after_help = EXIT_CODES)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  every rule is obeyed, or no connection was found
  1  a rule is broken
  2  the command is wrong, or something cannot be read or written

In brackets are the ids of docs/clauses.md, which has each rule in words.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Explain(explain::Arguments),
    Pcap(pcap::Arguments),
    Har(har::Arguments),
    Proxy(proxy::Arguments),
    Workbench(workbench::Arguments),
    Illustrate(illustrate::Arguments),
}
