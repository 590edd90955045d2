use std::{
    io::{self, IsTerminal as _, Write as _},
    process::ExitCode,
};

use sansocket_explain::render::Colours;
use wsspec::Report;

use super::{allowances::Baseline, failure::Failure, options::RunOptions};

/// Applies the baseline, writes what was asked for, prints the rest, and returns the exit code. A run that
/// was stopped has a report too.
pub(crate) fn finish(
    mut report: Report,
    end: Result<(), Failure>,
    options: &RunOptions,
) -> Result<ExitCode, Failure> {
    if let Err(failure) = &end {
        report.troubles.push(failure.to_string());
    }
    if let Some(baseline) = &options.baseline {
        baseline.clone().apply(&mut report);
    }
    if let Some(path) = &options.write_baseline {
        Baseline::of(&report, options.baseline.clone()).write(path)?;
    }
    let written = options.outputs.write(&report);
    print(&options.outputs.text(&report, colours()))?;
    written?;
    end?;
    Ok(ExitCode::from(match &report {
        report if !report.troubles.is_empty() => 3,
        report if !report.is_as_expected() => 1,
        _ => 0,
    }))
}

/// Prints the only case of a report, whatever its verdict is.
pub(crate) fn print_case(report: &Report) -> Result<(), Failure> {
    let cases = report.cases.iter().map(|case| case.in_full(colours()));
    print(&cases.collect::<String>())
}

/// Prints to standard output.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    io::stdout().lock().write_all(text.as_bytes()).map_err(Failure::Output)
}

fn colours() -> Colours {
    if io::stdout().is_terminal() { Colours::Always } else { Colours::Never }
}

/// How many cases are done, on standard error if that is a terminal.
pub(crate) struct Progress {
    count: usize,
    is_shown: bool,
}

impl Progress {
    pub(crate) fn new(count: usize) -> Self {
        Self { count, is_shown: io::stderr().is_terminal() }
    }

    pub(crate) fn show(&self, done: usize) {
        if self.is_shown {
            eprint!("\r{done} of {} cases", self.count);
            if done == self.count {
                eprint!("\r{:40}\r", "");
            }
        }
    }
}
