use std::{
    borrow::Cow,
    collections::BTreeSet,
    io::{self, IsTerminal as _, Write as _},
    process::ExitCode,
};

use clap::ValueEnum;
use sansocket_explain::{
    Element,
    render::{Colours, bit_figure, html, json, text},
    rule,
};

use crate::{Failure, page};

/// How elements are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A line per field
    Text,
    /// A line per field, then the figure of the bits
    Bits,
    /// A JSON object per line and element
    Json,
    /// A page for a browser
    Html,
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

/// Where and when an element was seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Origin {
    /// The number of the connection.
    pub(crate) connection: u64,
    /// The seconds since the first packet, message or connection.
    pub(crate) seconds: f64,
    /// The number of the packet in the capture.
    pub(crate) packet: Option<u64>,
}

/// Prints elements to standard output, and counts the rules that they break.
#[derive(Debug)]
pub(crate) struct Report {
    out: io::BufWriter<io::Stdout>,
    format: Format,
    colours: Colours,
    broken: u64,
    /// The clauses that a page names.
    clauses: BTreeSet<&'static str>,
}

impl Report {
    /// Creates a report with colours if standard output is a terminal.
    pub(crate) fn new(format: Format) -> Result<Self, Failure> {
        let out = io::stdout();
        let colours = if out.is_terminal() { Colours::Always } else { Colours::Never };
        let (out, clauses) = (io::BufWriter::new(out), BTreeSet::new());
        let mut report = Self { out, format, colours, broken: 0, clauses };
        if format == Format::Html {
            report.put(&page::start())?;
        }
        Ok(report)
    }

    /// Prints an element.
    pub(crate) fn element(
        &mut self,
        origin: Option<&Origin>,
        element: &Element,
    ) -> Result<(), Failure> {
        self.count(element);
        let origin = origin.map(|origin| self.origin(origin)).unwrap_or_default();
        match self.format {
            Format::Text => {
                self.put(&origin)?;
                self.put(&text(element, self.colours))
            }
            Format::Bits => {
                self.put(&origin)?;
                self.put(&text(element, self.colours))?;
                self.put(&bit_figure(element))
            }
            Format::Json => {
                let line = json(element);
                self.put("{")?;
                self.put(&origin)?;
                self.put(line.strip_prefix('{').unwrap_or(&line))
            }
            Format::Html => {
                rule::collect(&element.root, &mut self.clauses);
                self.put(&origin)?;
                self.put(&html(element, page::CLAUSES))
            }
        }
    }

    /// Counts the rules that an element breaks, without printing it.
    pub(crate) fn count(&mut self, element: &Element) {
        self.broken = self.broken.saturating_add(element.violations.len() as u64);
    }

    /// Prints what a connection is, before its elements.
    pub(crate) fn heading(&mut self, connection: u64, what: &str) -> Result<(), Failure> {
        match self.format {
            Format::Text | Format::Bits => {
                self.put(&format!("== connection {connection}: {}\n", printable(what)))
            }
            Format::Json => {
                let line = serde_json::json!({ "connection": connection, "heading": what });
                self.put(&format!("{line}\n"))
            }
            Format::Html => {
                let what = page::escaped(what);
                self.put(&format!("<h2>Connection {connection}: {what}</h2>\n"))
            }
        }
    }

    /// Prints a remark about a connection, or about all of them.
    pub(crate) fn note(&mut self, origin: Option<&Origin>, note: &str) -> Result<(), Failure> {
        let start = origin.map(|origin| self.origin(origin)).unwrap_or_default();
        match self.format {
            Format::Text | Format::Bits => self.put(&format!("{start}-- {}\n", printable(note))),
            Format::Json => {
                let note = serde_json::Value::from(note);
                self.put(&format!("{{{start}\"note\":{note}}}\n"))
            }
            Format::Html => {
                let note = page::escaped(note);
                self.put(&format!("{start}<p class=\"note\">{note}</p>\n"))
            }
        }
    }

    /// Prints a line of a table. In JSON it is an object.
    pub(crate) fn row(&mut self, line: &str, json: &serde_json::Value) -> Result<(), Failure> {
        match self.format {
            Format::Text | Format::Bits => self.put(&format!("{}\n", printable(line))),
            Format::Json => self.put(&format!("{json}\n")),
            Format::Html => self.put(&format!("<p class=\"row\">{}</p>\n", page::escaped(line))),
        }
    }

    /// Shows at once what was printed so far.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        self.out.flush().map_err(Failure::Output)
    }

    /// Writes what is left, and returns whether a rule was broken.
    pub(crate) fn finish(mut self) -> Result<Outcome, Failure> {
        if self.format == Format::Html {
            self.put(&page::end(&self.clauses))?;
        }
        self.flush()?;
        Ok(if self.broken > 0 { Outcome::Broken } else { Outcome::Obeyed })
    }

    fn origin(&self, origin: &Origin) -> String {
        let Origin { connection, seconds, packet } = *origin;
        match self.format {
            Format::Text | Format::Bits => {
                let packet = packet.map(|packet| format!(", packet {packet}")).unwrap_or_default();
                format!("[{connection}] {seconds:.6} s{packet}: ")
            }
            Format::Json => {
                let packet =
                    packet.map(|packet| format!("\"packet\":{packet},")).unwrap_or_default();
                // Times in a file may be so far apart that the difference is no number of JSON.
                let seconds = match seconds.is_finite() {
                    true => format!("{seconds:.6}"),
                    false => "null".into(),
                };
                format!("\"connection\":{connection},\"seconds\":{seconds},{packet}")
            }
            Format::Html => {
                let packet = packet.map(|packet| format!(", packet {packet}")).unwrap_or_default();
                format!("<p class=\"origin\">{seconds:.6} s{packet}</p>\n")
            }
        }
    }

    fn put(&mut self, text: &str) -> Result<(), Failure> {
        self.out.write_all(text.as_bytes()).map_err(Failure::Output)
    }
}

/// Escapes the control characters in what comes from a file or a peer, as a terminal obeys them.
fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return text.into();
    }
    let mut escaped = String::new();
    for char in text.chars() {
        if char.is_control() {
            escaped.extend(char.escape_default());
        } else {
            escaped.push(char);
        }
    }
    escaped.into()
}
