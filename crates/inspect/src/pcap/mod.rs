//! Explains the WebSocket connections in a capture of packets.

mod capture;
mod flow;
mod flows;
mod moment;
mod plausible;
mod printer;
mod progress;
mod segment;
mod stream;
mod tally;
mod websocket;

use std::path::PathBuf;

use clap::Args;

use crate::{
    Failure,
    har::Archive,
    report::{Outcome, Report},
    selection::Selection,
    source::Source,
    view::View,
};
use capture::{Capture, Packet};
use flows::Flows;
use moment::Moment;
use printer::Printer;
use progress::Progress;
use segment::{Skipped, segment};

/// Explain the WebSocket connections in a capture of packets
///
/// It reads pcap and pcapng, puts TCP together again, finds the connections by their handshake, and
/// explains both directions in the order in which they crossed. Before each element are its connection,
/// the seconds since the first packet, and the packet that completed it.
///
/// It says which bytes the capture lacks, and what is therefore unknown. Of each direction at most 256 KiB
/// are held while a segment before them is missing, and at most 1024 TCP connections are followed at once:
/// 512 MiB, if all miss a segment at the same time.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The capture, of tcpdump, Wireshark or others; standard input if it is -
    file: PathBuf,
    #[command(flatten)]
    selection: Selection,
    /// Take connections with this port for WebSocket, although their handshake is not in the capture
    #[arg(long, value_name = "N")]
    port: Option<u16>,
    /// Print a line for each connection, not its elements; > is what the client sends
    #[arg(long)]
    summary: bool,
    /// Write the messages to a HAR file too, which the network tools of browsers open
    #[arg(long, value_name = "FILE")]
    write_har: Option<PathBuf>,
    #[command(flatten)]
    view: View,
}

const EXAMPLES: &str = "\
Examples:
  Capture what crosses port 9001 of this machine, and look at it:
    tcpdump -i lo -w chat.pcap port 9001
    sansocket-inspect pcap chat.pcap | less

  Which connections break a rule?
    sansocket-inspect pcap chat.pcap --summary

  A capture that began after the handshake:
    sansocket-inspect pcap late.pcap --port 9001

Exit codes: 0 every rule is obeyed or no connection was found, 1 a rule is broken, 2 the
capture cannot be read.";

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    check_paths(arguments)?;
    let source = Source::open(Some(&arguments.file))?;
    let mut progress = Progress::new(source.len());
    let mut capture = Capture::open(source)?;
    let archive = arguments.write_har.clone().map(Archive::create).transpose()?;
    let report = Report::new(arguments.view.format)?;
    let mut printer = Printer::new(report, arguments.selection, arguments.summary);
    let mut flows = Flows::new(arguments.view, arguments.port, archive);
    let mut last = Moment::START;
    let (mut unknown_link, mut fragments) = (None, 0_u64);
    let end = loop {
        let result = capture.read(&mut |packet: Packet<'_>| {
            last = printer.moment(packet.number, packet.nanoseconds);
            match segment(packet.link, packet.data) {
                Ok(segment) => flows.segment(&segment, last, &mut printer)?,
                Err(Skipped::Link) => unknown_link = Some(packet.link),
                Err(Skipped::Fragment) => fragments = fragments.saturating_add(1),
                Err(Skipped::NotTcp) => {}
            }
            Ok(())
        });
        match result {
            Ok(true) => progress.at(capture.offset()),
            Ok(false) => break Ok(()),
            Err(failure @ Failure::Content { .. }) => break Err(failure),
            Err(failure) => return Err(failure),
        }
    };
    progress.finish();
    flows.finish(last, &mut printer)?;
    flows.remarks(&mut printer)?;
    if let Some(link) = unknown_link {
        printer.note(&format!(
            "packets of link type {} are not understood: Ethernet, loopback, raw IP and Linux cooked are",
            link.0
        ))?;
    }
    if fragments > 0 {
        printer.note(&format!("{fragments} fragments of IP packets were not put together"))?;
    }
    let connections = flows.connections();
    if let Some(archive) = flows.into_archive() {
        archive.write()?;
    }
    let outcome = printer.into_report().finish()?;
    end?;
    arguments.selection.check(connections)?;
    Ok(outcome)
}

/// Fails if the HAR file would replace the capture, which is not read yet.
fn check_paths(arguments: &Arguments) -> Result<(), Failure> {
    let Some(written) = &arguments.write_har else { return Ok(()) };
    // A file that is not there is not the capture.
    match (arguments.file.canonicalize(), written.canonicalize()) {
        (Ok(read), Ok(written)) if read == written => {
            let problem = format!("--write-har: {} is the capture itself", written.display());
            Err(Failure::Argument(problem))
        }
        _ => Ok(()),
    }
}
