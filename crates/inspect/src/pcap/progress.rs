use std::{
    io::{self, IsTerminal as _, Write as _},
    time::{Duration, Instant},
};

/// How often it is shown.
const INTERVAL: Duration = Duration::from_millis(200);

/// How much of a file was read, shown on standard error if that is a terminal and elements are not
/// printed to one.
#[derive(Debug)]
pub(super) struct Progress {
    total: Option<u64>,
    /// When it is shown next; `None` if never.
    due: Option<Instant>,
    is_shown: bool,
}

impl Progress {
    pub(super) fn new(total: Option<u64>) -> Self {
        let is_wanted = io::stderr().is_terminal() && !io::stdout().is_terminal();
        let due = is_wanted.then(|| Instant::now() + INTERVAL);
        Self { total, due, is_shown: false }
    }

    /// Shows it, if the last time was long ago.
    pub(super) fn at(&mut self, read: u64) {
        let now = Instant::now();
        if self.due.is_none_or(|due| now < due) {
            return;
        }
        self.due = Some(now + INTERVAL);
        self.is_shown = true;
        // It is no loss if it cannot be shown.
        let _ = write!(io::stderr(), "\r{}", line(read, self.total));
    }

    /// Removes it from the terminal.
    pub(super) fn finish(&self) {
        if self.is_shown {
            let _ = write!(io::stderr(), "\r{:60}\r", "");
        }
    }
}

fn line(read: u64, total: Option<u64>) -> String {
    let mebibytes = |bytes: u64| bytes >> 20;
    match total.filter(|total| *total > 0) {
        Some(total) => {
            let percent = read.saturating_mul(100).checked_div(total).unwrap_or_default();
            format!("{percent:3} % read, {} of {} MiB", mebibytes(read), mebibytes(total))
        }
        None => format!("{} MiB read", mebibytes(read)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_has_bytes_and_percent() {
        assert_eq!(line(5 << 20, Some(20 << 20)), " 25 % read, 5 of 20 MiB");
        assert_eq!(line(5 << 20, None), "5 MiB read");
        assert_eq!(line(0, Some(0)), "0 MiB read");
    }
}
