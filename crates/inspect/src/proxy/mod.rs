//! Explains connections while they pass through.

mod event;
mod narrator;
mod pcapng_file;
mod relay;
mod target;

use std::{
    io::Write as _,
    net::TcpListener,
    path::PathBuf,
    sync::mpsc::{SyncSender, sync_channel},
    thread,
    time::Duration,
};

use clap::Args;

use crate::{Failure, report::Outcome, view::View};
use narrator::Narrator;
use pcapng_file::PcapngFile;
use relay::relay;
use target::Target;

/// How many chunks wait to be explained. If explaining is slower than the connections, for example as the
/// terminal is slow, they are passed on more slowly, and none is left out.
const QUEUE: usize = 256;

/// How long no connection is accepted after that has failed.
const AFTER_ERROR: Duration = Duration::from_millis(50);

/// Explain WebSocket connections live, while they pass through
///
/// Let the client connect to --listen instead of to its server: the bytes of both ends are passed on as
/// they are, and explained. Nothing is changed, so that the client's Host header names the proxy. What is
/// inside TLS cannot be seen: put the proxy where the bytes are not encrypted.
///
/// Bytes are explained after they were passed on. At most 4 MiB wait for it: if the terminal is slower than
/// the connections, these become slower, and nothing is left out.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Where clients connect to; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9002")]
    listen: String,
    /// The server: a URL with ws://, or HOST:PORT
    #[arg(long, value_name = "URL")]
    to: Target,
    /// Write the bytes to a pcapng file too, as packets with made-up TCP headers, for Wireshark and for
    /// the subcommand pcap
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// End after one connection
    #[arg(long)]
    once: bool,
    #[command(flatten)]
    view: View,
}

const EXAMPLES: &str = "\
Examples:
  Look at what a client says to the server on port 9001:
    sansocket-inspect proxy --listen 127.0.0.1:9002 --to ws://127.0.0.1:9001

  Keep it for Wireshark:
    sansocket-inspect proxy --to 127.0.0.1:9001 --write session.pcapng

Exit codes, with --once: 0 every rule is obeyed, 1 a rule is broken, 2 it cannot listen or write.";

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let failure = |error| Failure::Network { address: arguments.listen.clone(), error };
    let listener = TcpListener::bind(&arguments.listen).map_err(failure)?;
    let address = listener.local_addr().map_err(failure)?;
    let file = arguments.write.clone().map(PcapngFile::create).transpose()?;
    let mut narrator = Narrator::new(arguments.view, file)?;
    // It is no loss if it cannot be said.
    let _ = writeln!(std::io::stderr(), "listening on {address}, passing on to {}", arguments.to);
    let (queue, events) = sync_channel(QUEUE);
    let (target, once) = (arguments.to.clone(), arguments.once);
    thread::spawn(move || accept(&listener, &target, once, &queue));
    narrator.run(&events)?;
    narrator.finish()
}

/// Accepts connections, one or all that come.
fn accept(listener: &TcpListener, target: &Target, once: bool, queue: &SyncSender<event::Event>) {
    let mut number = 0;
    for client in listener.incoming() {
        let Ok(client) = client else {
            // It was gone before it was accepted, or there are too many: then the next try fails, too,
            // until one ends.
            thread::sleep(AFTER_ERROR);
            continue;
        };
        number += 1;
        let (target, queue) = (target.clone(), queue.clone());
        if once {
            return relay(number, client, &target, &queue);
        }
        thread::spawn(move || relay(number, client, &target, &queue));
    }
}
