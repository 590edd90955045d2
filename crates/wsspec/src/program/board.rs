use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use wsspec::{Case, CaseReport, Verdict};

/// Which cases were run for a client, and what they found. Connections share it.
pub(crate) struct Board {
    cases: Vec<Case>,
    state: Mutex<State>,
    /// A case was finished, or the client has said that it is done.
    changed: Notify,
}

struct State {
    /// For each case, whether a connection has taken it.
    is_taken: Vec<bool>,
    reports: Vec<Option<CaseReport>>,
    is_done: bool,
}

impl Board {
    pub(crate) fn new(cases: Vec<Case>) -> Self {
        let state = State {
            is_taken: vec![false; cases.len()],
            reports: vec![None; cases.len()],
            is_done: false,
        };
        Self { cases, state: Mutex::new(state), changed: Notify::new() }
    }

    pub(crate) fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// Takes a case, if nobody has.
    pub(crate) fn take(&self, index: usize) -> bool {
        match self.lock().is_taken.get_mut(index) {
            Some(is_taken) => !std::mem::replace(is_taken, true),
            None => false,
        }
    }

    /// Takes the next case.
    pub(crate) fn take_next(&self) -> Option<usize> {
        let mut state = self.lock();
        let mut places = state.is_taken.iter().zip(&state.reports);
        let index = places.position(|(is_taken, report)| !is_taken && report.is_none())?;
        *state.is_taken.get_mut(index)? = true;
        Some(index)
    }

    /// Makes a case free again: clients may run a case twice, and the last time counts.
    pub(crate) fn free(&self, index: usize) {
        if let Some(is_taken) = self.lock().is_taken.get_mut(index) {
            *is_taken = false;
        }
    }

    pub(crate) fn finish(&self, index: usize, report: CaseReport) {
        if let Some(place) = self.lock().reports.get_mut(index) {
            *place = Some(report);
        }
        self.changed.notify_waiters();
    }

    pub(crate) fn verdict(&self, index: usize) -> Option<Verdict> {
        self.lock().reports.get(index)?.as_ref().map(CaseReport::verdict)
    }

    /// The client has said that it is done.
    pub(crate) fn set_done(&self) {
        self.lock().is_done = true;
        self.changed.notify_waiters();
    }

    /// Whether a connection has taken a case, now or before.
    pub(crate) fn has_begun(&self, index: usize) -> bool {
        let state = self.lock();
        let is_taken = state.is_taken.get(index).is_some_and(|is_taken| *is_taken);
        is_taken || state.reports.get(index).is_some_and(Option::is_some)
    }

    /// Waits until a case is finished.
    pub(crate) async fn finished(&self, index: usize) {
        self.until(|state| state.reports.get(index).is_none_or(Option::is_some)).await;
    }

    /// How many cases ended for this reason.
    pub(crate) fn count_of(&self, reason: &str) -> usize {
        let state = self.lock();
        state.reports.iter().flatten().filter(|report| report.reason == reason).count()
    }

    /// Waits until all cases are finished.
    pub(crate) async fn all_finished(&self) {
        self.until(|state| state.reports.iter().all(Option::is_some)).await;
    }

    /// Waits until all cases are finished, or the client is done.
    pub(crate) async fn done(&self) {
        self.until(|state| state.is_done || state.reports.iter().all(Option::is_some)).await;
    }

    async fn until(&self, is_so: impl Fn(&State) -> bool) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // What changes from now on is noticed.
            changed.as_mut().enable();
            if is_so(&self.lock()) {
                return;
            }
            changed.await;
        }
    }

    /// The reports of all cases. Those without one were not run, for this reason.
    pub(crate) fn reports(&self, reason: &str) -> Vec<CaseReport> {
        let mut state = self.lock();
        let reports = state.reports.iter_mut().zip(&self.cases);
        reports
            .map(|(report, case)| {
                report.take().unwrap_or_else(|| CaseReport::not_run(case, reason))
            })
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code can panic while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
