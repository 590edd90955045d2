use std::path::{Path, PathBuf};

use clap::Args;
use sansocket_explain::render::Colours;
use wsspec::Report;

use super::failure::Failure;

/// In which formats what was found is written, and where.
#[derive(Debug, Args)]
pub(crate) struct Outputs {
    /// Write the report as JSON, with what crossed the wire in hexadecimal: the first 4 KiB of a case that
    /// passes, the first 256 KiB of others
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the report as JUnit's XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write the report as a page: one file, which loads nothing
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write a summary in Markdown: appended, as a CI's step summary needs
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
    /// Print the Test Anything Protocol in place of the text
    #[arg(long)]
    tap: bool,
}

impl Outputs {
    /// Writes the files. One that cannot be written does not keep the others from being written.
    pub(crate) fn write(&self, report: &Report) -> Result<(), Failure> {
        let mut end = Ok(());
        for (path, text) in [
            (&self.json, Report::json as fn(&Report) -> String),
            (&self.junit, Report::junit),
            (&self.html, Report::html),
        ] {
            if let Some(path) = path {
                end = end.and(written(path, std::fs::write(path, text(report))));
            }
        }
        if let Some(path) = &self.summary {
            end = end.and(written(path, append(path, &report.summary())));
        }
        end
    }

    /// What is printed.
    pub(crate) fn text(&self, report: &Report, colours: Colours) -> String {
        if self.tap { report.tap() } else { report.human(colours) }
    }
}

fn written(path: &Path, result: std::io::Result<()>) -> Result<(), Failure> {
    result.map_err(|error| Failure::File { path: path.to_owned(), problem: error.to_string() })
}

/// Other steps of a CI run may have written before.
fn append(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path)?;
    std::io::Write::write_all(&mut file, text.as_bytes())
}
