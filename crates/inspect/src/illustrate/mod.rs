//! Writes the Illustrated WebSocket: a page on which every byte of a connection is explained.

mod calculation;
mod card;
mod chapter;
mod document;
mod lesson;
mod session;
mod tiles;

use std::io::{self, Write as _};

use clap::Args;

use crate::{Failure, report::Outcome};

/// Write the Illustrated WebSocket: a page with every byte of a connection explained
///
/// The connection is one of the engine with itself, with a fixed key and fixed masks, so that the page is
/// always the same. It needs nothing from the network. Each calculation has a command that checks it.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {}

const EXAMPLES: &str = "\
Example:
  sansocket-inspect illustrate > illustrated.html";

pub(crate) fn run(_: &Arguments) -> Result<Outcome, Failure> {
    let chapters = session::chapters().map_err(Failure::Session)?;
    let page = document::page(&chapters);
    io::stdout().write_all(page.as_bytes()).map_err(Failure::Output)?;
    Ok(Outcome::Obeyed)
}
