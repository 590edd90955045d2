//! How long the ordinary peers wait for their echoes.

use std::{fmt, num::ParseIntError, str::FromStr, time::Duration};

#[derive(Default)]
pub(crate) struct Latency {
    pub(crate) median: Duration,
    pub(crate) p99: Duration,
}

impl Latency {
    pub(crate) fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |percent| times.get(times.len() * percent / 100).copied().unwrap_or_default();
        Self { median: at(50), p99: at(99) }
    }

    /// For another process.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.median.as_micros(), self.p99.as_micros())
    }
}

impl FromStr for Latency {
    type Err = ParseIntError;

    fn from_str(line: &str) -> Result<Self, ParseIntError> {
        let (median, p99) = line.split_once(' ').unwrap_or_default();
        let duration = |micros: &str| Ok(Duration::from_micros(micros.parse()?));
        Ok(Self { median: duration(median)?, p99: duration(p99)? })
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "median {:.1?}, p99 {:.1?}", self.median, self.p99)
    }
}
