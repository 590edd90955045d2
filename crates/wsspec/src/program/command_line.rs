use std::net::SocketAddr;

use clap::{Args, Parser, Subcommand};

use super::{
    dial::Target,
    failure::Failure,
    options::{CaseOptions, CutEvery, RunOptions, Security},
};

/// Judges WebSocket servers and clients, case by case, by RFC 6455 and RFC 7692.
///
/// A server under test must echo messages; a client under test must send back what it gets.
///
/// Exit codes: 0 the target is as expected, 1 it fails a case or the baseline is stale, 2 usage error, 3 the
/// target cannot be reached, dies or hangs, 130 stopped by a signal. `list`: 0 cases were found, 1 none.
#[derive(Debug, Parser)]
#[command(name = "wsspec", version, after_help = EXAMPLES)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  wsspec server ws://127.0.0.1:9001/                        judge a server that runs
  wsspec server ws://127.0.0.1:9001/ -- node echo.mjs       start it, judge it, stop it
  wsspec client --listen 127.0.0.1:9002 -- node client.mjs {url}
                                                            judge a client: the command, case by case
  wsspec list masked                                        which cases there are
  wsspec explain rfc6455/5.1/unmasked-text                  what a case sends, and why
  wsspec replay rfc6455/5.1/unmasked-text ws://127.0.0.1:9001/
                                                            that case alone, with all that was sent";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Judge a server: it must echo messages
    ///
    /// If a command is given, it is started, and stopped at the end; the cases begin when the port answers.
    Server(ServerArguments),
    /// Judge a client: it must send back what it gets
    ///
    /// With a command that holds {url}, the command is run for each case. Without a command, clients
    /// connect by themselves: each connection to the path / is the next case, until status 410 says that
    /// there is none; or they use the addresses of Autobahn (/getCaseCount, /runCase?case=N&agent=A,
    /// /updateReports?agent=A).
    Client(ClientArguments),
    /// List the cases. Exit code 1 if none is found
    List(ListArguments),
    /// Explain a case: what is sent, what may come back, which rule says so, and why it matters
    Explain(ExplainArguments),
    /// Run one case against a server, and print all that crossed the wire, field by field
    ///
    /// The keys of the connection and of its frames differ from those of a run of many cases.
    Replay(ReplayArguments),
}

#[derive(Debug, Args)]
pub(crate) struct ServerArguments {
    /// The URL of the server: ws:// or wss://
    pub(crate) url: Target,
    /// The command that starts the server
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
    #[command(flatten)]
    pub(crate) options: RunOptions,
    #[command(flatten)]
    pub(crate) security: Security,
}

#[derive(Debug, Args)]
pub(crate) struct ClientArguments {
    /// The address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// The command that runs the client; {url} is replaced by the URL of a case
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
    #[command(flatten)]
    pub(crate) options: RunOptions,
}

impl ClientArguments {
    /// Refuses options that only have a meaning for a server.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let refused = |option: &str, reason: &str| {
            Err(Failure::Argument(format!("{option} is not for clients: {reason}")))
        };
        if self.options.cut == CutEvery::EveryByte {
            return refused("--cut every-byte", "a client decides how often it connects");
        }
        if !self.options.common.headers.is_empty() {
            return refused("--header", "it adds to requests, and a client sends its own");
        }
        Ok(())
    }
}

#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// Words that the id, the title or Autobahn's id must hold
    pub(crate) pattern: Vec<String>,
    /// Print only cases that Autobahn has, too, with its ids, and then its ids without a counterpart
    #[arg(long)]
    pub(crate) autobahn: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    /// The id of a case, or Autobahn's
    pub(crate) id: String,
}

#[derive(Debug, Args)]
pub(crate) struct ReplayArguments {
    /// The id of a case, or Autobahn's
    pub(crate) id: String,
    /// The URL of the server
    pub(crate) url: Target,
    /// Cut what is sent in two after so many bytes, as --cut every-byte does
    #[arg(long, value_name = "BYTES")]
    pub(crate) cut_after: Option<usize>,
    #[command(flatten)]
    pub(crate) options: CaseOptions,
    #[command(flatten)]
    pub(crate) security: Security,
}
