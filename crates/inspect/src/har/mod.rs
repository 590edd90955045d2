//! Explains the WebSocket messages that a browser has recorded in a HAR file, and writes such files.

mod archive;
mod entries;
mod held;
mod log;
mod message;
mod recorder;

use std::path::PathBuf;

use clap::Args;

use crate::{
    Failure,
    report::{Origin, Outcome, Report},
    selection::Selection,
    source::Source,
    view::View,
};
pub(crate) use archive::Archive;
use entries::Entries;
use log::Entry;
use message::Messages;
pub(crate) use recorder::Recorder;

/// Explain the WebSocket messages that a browser has recorded in a HAR file
///
/// Chromium writes such a file from the network tools ("Export HAR"). Firefox too ("Save All As HAR"), but
/// it leaves out the messages, as of version 153: only the handshakes are in it.
///
/// A HAR file holds messages, not bytes: it cannot show frames, masks, compression, and from Chromium no
/// Ping, Pong or Close. Text is UTF-8 already, as the browser has put U+FFFD for what was not. So the
/// protocol inside the messages is explained, and what else is in the file is judged.
///
/// The messages are held in memory, not the other requests. Files with more than 256 MiB of messages are
/// refused.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The HAR file; standard input if it is -
    file: PathBuf,
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    view: View,
}

const EXAMPLES: &str = "\
Examples:
  What a page has said to its server:
    sansocket-inspect har page.har

  The other way: a HAR file from a capture, for the network tools of Chromium:
    sansocket-inspect pcap chat.pcap --write-har chat.har

Exit codes: 0 every rule is obeyed or no connection was found, 1 a rule is broken, 2 the file
cannot be read.";

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let entries = Entries::read(Source::open(Some(&arguments.file))?)?;
    let mut report = Report::new(arguments.view.format)?;
    let mut connections = 0;
    for entry in &entries.connections {
        connections += 1;
        if arguments.selection.includes(connections) {
            connection(connections, entry, &arguments.view, &mut report)?;
        }
    }
    if connections == 0 {
        let others = entries.others;
        report.note(None, &format!("it has no WebSocket connection; other requests: {others}"))?;
    }
    let outcome = report.finish()?;
    arguments.selection.check(connections)?;
    Ok(outcome)
}

fn connection(number: u64, entry: &Entry, view: &View, report: &mut Report) -> Result<(), Failure> {
    let status = match entry.response.status {
        0 => "no response".into(),
        status => format!("status {status}"),
    };
    report.heading(number, &format!("{}, {status}", entry.request.url))?;
    let Some(messages) = &entry.messages else {
        return report.note(None, "the file has no messages of it: Firefox writes none");
    };
    if let Some(extensions) = entry.answered("Sec-WebSocket-Extensions") {
        let note = format!("the ends agreed on {extensions}; the file has the messages without it");
        report.note(None, &note)?;
    }
    let start = messages.first().map(|message| message.time).unwrap_or_default();
    let mut explained = Messages::new(entry, view);
    for (index, message) in messages.iter().enumerate() {
        let seconds = message.time - start;
        let origin = Origin { connection: number, seconds, packet: None };
        match explained.element(message) {
            Ok(element) => report.element(Some(&origin), &element)?,
            Err(problem) => {
                let place = index.saturating_add(1);
                report.note(Some(&origin), &format!("message {place}: {problem}"))?;
            }
        }
    }
    Ok(())
}
