//! Explains the bytes of one direction, from a file or from standard input.

use std::{fs, path::PathBuf};

use clap::{Args, ValueEnum};
use sansocket::Role;
use sansocket_explain::{Explainer, Options};

use crate::{
    Failure,
    report::{Format, Outcome, Report},
};

/// Explain the bytes that one end has sent
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The file with the bytes as they were on the wire
    file: PathBuf,
    /// The end that has sent them
    #[arg(long, value_enum, default_value = "client")]
    role: Sender,
    /// How they are printed
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Sender {
    Client,
    Server,
}

impl From<Sender> for Role {
    fn from(sender: Sender) -> Self {
        match sender {
            Sender::Client => Self::Client,
            Sender::Server => Self::Server,
        }
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let path = &arguments.file;
    let bytes = fs::read(path).map_err(|error| Failure::File { path: path.clone(), error })?;
    let sender = arguments.role.into();
    let mut explainer = Explainer::new(&Options::default());
    let mut report = Report::new(arguments.format);
    let mut input = &bytes[..];
    while let Some(element) = explainer.explain(sender, &mut input) {
        report.element(&element)?;
    }
    while let Some(element) = explainer.end(sender) {
        report.element(&element)?;
    }
    report.finish()
}
