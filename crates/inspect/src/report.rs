use std::{
    io::{self, IsTerminal as _, Write as _},
    process::ExitCode,
};

use clap::ValueEnum;
use sansocket_explain::{
    Element,
    render::{Colours, bit_figure, json, text},
};

use crate::Failure;

/// How elements are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A line per field
    Text,
    /// The figure of the header's bits, then a line per field
    Bits,
    /// A JSON object per line and element
    Json,
}

/// Whether a rule was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Obeyed,
    Broken,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Obeyed => Self::SUCCESS,
            Outcome::Broken => Self::from(1),
        }
    }
}

/// Prints elements to standard output, and counts the rules that they break.
#[derive(Debug)]
pub(crate) struct Report {
    out: io::BufWriter<io::Stdout>,
    format: Format,
    colours: Colours,
    broken: u64,
}

impl Report {
    /// Creates a report with colours if standard output is a terminal.
    pub(crate) fn new(format: Format) -> Self {
        let out = io::stdout();
        let colours = if out.is_terminal() { Colours::Always } else { Colours::Never };
        Self { out: io::BufWriter::new(out), format, colours, broken: 0 }
    }

    pub(crate) fn element(&mut self, element: &Element) -> Result<(), Failure> {
        self.broken += element.violations.len() as u64;
        match self.format {
            Format::Text => self.put(&text(element, self.colours)),
            Format::Bits => {
                self.put(&bit_figure(element))?;
                self.put(&text(element, self.colours))
            }
            Format::Json => self.put(&json(element)),
        }
    }

    fn put(&mut self, text: &str) -> Result<(), Failure> {
        self.out.write_all(text.as_bytes()).map_err(Failure::Output)
    }

    /// Writes what is left, and returns whether a rule was broken.
    pub(crate) fn finish(mut self) -> Result<Outcome, Failure> {
        self.out.flush().map_err(Failure::Output)?;
        Ok(if self.broken > 0 { Outcome::Broken } else { Outcome::Obeyed })
    }
}
