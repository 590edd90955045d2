use std::{num::NonZeroUsize, path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};
use sansocket::Role;
use wsspec::{Case, Cut, NEWEST_SET, Profile, Report, Settings, cases, select};

use super::{allowances::Baseline, failure::Failure, outputs::Outputs};

/// Which cases are run, how, and where what was found is written.
#[derive(Debug, Args)]
pub(crate) struct RunOptions {
    /// Which cases: core, full, hostile, handshake, deflate, perf or chapter-N
    #[arg(long, default_value = "full")]
    pub(crate) profile: Profile,
    /// The set of cases of a release, so that a new release does not add cases
    #[arg(long, value_name = "N", default_value_t = NEWEST_SET)]
    pub(crate) set: u32,
    /// Only cases whose id, title or Autobahn id hold these words
    #[arg(long, value_name = "WORDS")]
    pub(crate) filter: Option<String>,
    /// A warning decides too: what the RFC only recommends
    #[arg(long)]
    pub(crate) strict: bool,
    /// How many cases run at the same time: 16 for servers, 4 for the commands of a client
    #[arg(short, long, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// Run the cases in an order that this number decides
    #[arg(long, value_name = "SEED")]
    pub(crate) shuffle: Option<u64>,
    /// How what is sent is cut
    #[arg(long, value_enum, default_value_t = CutEvery::Whole)]
    pub(crate) cut: CutEvery,
    /// Cases whose messages are longer are left out
    #[arg(long, value_name = "BYTES")]
    pub(crate) max_message: Option<usize>,
    #[command(flatten)]
    pub(crate) common: CaseOptions,
    /// A file of cases that may fail, with a reason for each
    #[arg(long, value_name = "FILE", value_parser = Baseline::parse)]
    pub(crate) baseline: Option<Baseline>,
    /// Write a baseline of what fails now
    #[arg(long, value_name = "FILE")]
    pub(crate) write_baseline: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) outputs: Outputs,
}

/// What a case alone needs too.
#[derive(Debug, Args)]
pub(crate) struct CaseOptions {
    /// A further header of each request to a server, in place of the one of its name; heads that a case
    /// writes out stay as they are
    #[arg(long = "header", value_name = "NAME: VALUE", value_parser = header)]
    pub(crate) headers: Vec<(String, String)>,
    /// Multiply all limits in time
    #[arg(long, value_name = "FACTOR", default_value = "1", value_parser = percent)]
    pub(crate) timeout_scale: u32,
}

/// How certificates are verified.
#[derive(Clone, Debug, Args)]
pub(crate) struct Security {
    /// Accept any certificate of a wss:// server
    #[arg(long)]
    pub(crate) insecure: bool,
    /// Accept certificates of this authority alone: a PEM file
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
}

/// How what is sent is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CutEvery {
    /// Each step is a write
    Whole,
    /// Each byte is a write
    OneByte,
    /// A case is run once for each byte, and cut in two after it: for servers
    EveryByte,
}

impl CutEvery {
    /// The cut of all runs, if it is one.
    pub(crate) fn of_all(self) -> Result<Cut, Failure> {
        match self {
            Self::Whole => Ok(Cut::Whole),
            Self::OneByte => Ok(Cut::OneByte),
            Self::EveryByte => Err(Failure::Argument(
                "--cut every-byte is for servers: a client runs a case once".to_owned(),
            )),
        }
    }
}

impl RunOptions {
    /// The cases, in the order in which they run.
    pub(crate) fn select(&self, role: Role) -> Result<Vec<Case>, Failure> {
        let mut cases = select(cases(), role, &self.profile, self.set, self.filter.as_deref());
        cases.retain(|case| self.max_message.is_none_or(|max| case.longest_payload() <= max));
        if cases.is_empty() {
            return Err(Failure::Argument("no case is left: see `wsspec list`".to_owned()));
        }
        if let Some(seed) = self.shuffle {
            cases.sort_by_cached_key(|case| {
                let start = seed ^ 0xCBF2_9CE4_8422_2325;
                // FNV-1a.
                case.id().bytes().fold(start, |hash, byte| {
                    (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3)
                })
            });
        }
        Ok(cases)
    }

    /// From which keys are derived.
    pub(crate) fn seed(&self) -> u64 {
        self.shuffle.unwrap_or_default()
    }

    /// A report without cases.
    pub(crate) fn report(&self, role: Role, target: String, round_trip: Duration) -> Report {
        let mut report = Report::new(role, target);
        report.profile = self.profile.to_string();
        report.set = self.set;
        report.seed = self.seed();
        report.is_strict = self.strict;
        report.round_trip_us = u64::try_from(round_trip.as_micros()).unwrap_or(u64::MAX);
        report
    }
}

impl CaseOptions {
    /// The settings of runs against a target.
    pub(crate) fn settings(&self, round_trip: Duration, seed: u64) -> Settings {
        Settings {
            headers: self.headers.clone(),
            round_trip,
            timeout_percent: self.timeout_scale,
            seed,
            ..Settings::default()
        }
    }
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("NAME: VALUE is needed")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

fn percent(text: &str) -> Result<u32, String> {
    match text.parse::<f64>() {
        Ok(factor) if (0.01..=1000.0).contains(&factor) => Ok((factor * 100.0).round() as u32),
        _ => Err("a number from 0.01 to 1000".to_owned()),
    }
}
