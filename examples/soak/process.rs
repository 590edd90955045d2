//! What the system reports about this process, on Linux in `/proc`.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

/// How long the last connections may take to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// The resident memory in bytes.
pub(crate) fn memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    kib.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// Returns how many files are open.
pub(crate) fn descriptors() -> Option<usize> {
    Some(fs::read_dir("/proc/self/fd").ok()?.count())
}

/// Returns how many files are open, as soon as it is at most `goal`, or after a while.
pub(crate) fn descriptors_at_most(goal: Option<usize>) -> Option<usize> {
    let start = Instant::now();
    while descriptors() > goal && start.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(100));
    }
    descriptors()
}

/// Returns how many files may be open.
pub(crate) fn descriptor_limit() -> Option<usize> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}
