//! The conditions, the measurements, and the result.

use crate::latency::Latency;

/// How much more memory the last tenth of the time may need than the first: this many percent, and
/// this many bytes, since the allocator rounds up.
const MORE_PERCENT: u64 = 5;
const MORE_BYTES: u64 = 4 << 20;
/// The largest ratio of the median latencies with and without hostile peers.
const TIMES: f64 = 2.0;

/// The rows of a table.
#[derive(Default)]
pub(crate) struct Verdict(Vec<Row>);

struct Row {
    what: &'static str,
    measured: String,
    bound: String,
    /// `None` if it was not measured, or does not count.
    kept: Option<bool>,
}

impl Verdict {
    pub(crate) fn add(
        &mut self,
        what: &'static str,
        measured: impl ToString,
        bound: impl ToString,
        kept: impl Into<Option<bool>>,
    ) {
        let (measured, bound) = (measured.to_string(), bound.to_string());
        self.0.push(Row { what, measured, bound, kept: kept.into() });
    }

    /// Checks that the sampled memory is flat.
    pub(crate) fn memory(&mut self, samples: &[u64]) {
        let what = "memory in the last tenth of the time";
        let tenth = samples.len().div_ceil(10);
        let (first, last) = (samples.get(..tenth), samples.get(samples.len() - tenth..));
        let (Some(first), Some(last)) = (first.and_then(median), last.and_then(median)) else {
            return self.add(what, NOT_MEASURED, "flat", None);
        };
        let bound = first + first * MORE_PERCENT / 100 + MORE_BYTES;
        let of_first = format!("{} (first tenth: {})", mib(bound), mib(first));
        self.add(what, mib(last), of_first, last <= bound);
    }

    pub(crate) fn descriptors(&mut self, before: Option<usize>, after: Option<usize>) {
        let what = "open files, all closed";
        match before.zip(after) {
            Some((before, after)) => self.add(what, after, before, after <= before),
            None => self.add(what, NOT_MEASURED, "as before", None),
        }
    }

    /// Checks that the latency of the ordinary peers has hardly increased.
    pub(crate) fn latency(&mut self, calm: &Latency, hostile: &Latency, any: bool) {
        let bound = calm.median.mul_f64(TIMES);
        let bounds = format!("{bound:.1?} (calm: {:.1?})", calm.median);
        let kept = (!any).then_some(hostile.median <= bound);
        self.add("median latency", format!("{:.1?}", hostile.median), bounds, kept);
        let calm = format!("(calm: {:.1?})", calm.p99);
        self.add("99th percentile", format!("{:.1?}", hostile.p99), calm, None);
    }

    /// Prints the table. Returns whether all conditions hold.
    pub(crate) fn print(&self) -> bool {
        println!("\n{:<46}{:>14}   {:<34}kept", "promise", "measured", "bound");
        for Row { what, measured, bound, kept } in &self.0 {
            let kept = match kept {
                Some(true) => "yes",
                Some(false) => "NO",
                None => "",
            };
            println!("{what:<46}{measured:>14}   {bound:<34}{kept}");
        }
        !self.0.iter().any(|row| row.kept == Some(false))
    }
}

const NOT_MEASURED: &str = "not measured here";

fn median(samples: &[u64]) -> Option<u64> {
    let mut samples = samples.to_vec();
    samples.sort_unstable();
    samples.get(samples.len() / 2).copied()
}

fn mib(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / (1 << 20) as f64)
}
