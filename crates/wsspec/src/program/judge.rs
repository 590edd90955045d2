use std::{collections::BTreeMap, sync::Arc, time::Duration};

use sansocket::Role;
use tokio::task::JoinSet;
use wsspec::{Case, CaseReport, Cut, Level, Run, Settings, Verdict};

use super::{
    cuts, dial::Dialer, drive::drive, options::CutEvery, output, server_under_test::Server,
    signals::STOPPED,
};

/// A case that may take longer only waits, and runs beside the others.
const LONG: Duration = Duration::from_secs(20);

/// Runs cases against a server.
pub(crate) struct Judge {
    pub(crate) server: Server,
    pub(crate) settings: Settings,
    pub(crate) cut: CutEvery,
    pub(crate) cases: Arc<Vec<Case>>,
    /// What went wrong with the server as such.
    pub(crate) troubles: Vec<String>,
    /// Of the cases that are done, by their places.
    reports: Vec<(usize, CaseReport)>,
}

impl Judge {
    pub(crate) fn new(
        server: Server,
        settings: Settings,
        cut: CutEvery,
        cases: Arc<Vec<Case>>,
    ) -> Self {
        Self { server, settings, cut, cases, troubles: Vec::new(), reports: Vec::new() }
    }

    /// Runs all cases, so many at a time. A case that may hurt the server runs alone. If the future is
    /// dropped, the reports so far are kept.
    pub(crate) async fn all(&mut self, jobs: usize) {
        let cases = Arc::clone(&self.cases);
        let of = |index: &usize| cases.get(*index);
        let is_long = |index: &usize| of(index).is_some_and(|case| case.min_patience() > LONG);
        let is_gentle = |index: &usize| of(index).is_some_and(|case| case.level() < Level::Robust);
        let (long, order): (Vec<_>, Vec<_>) = (0..cases.len()).partition(is_long);
        let beside = self.start(&long);
        let progress = output::Progress::new(cases.len());
        let mut rest = &order[..];
        while let Some(next) = rest.first() {
            let gentle = rest.iter().take(jobs).take_while(|index| is_gentle(index)).count();
            let (batch, after) = rest.split_at(gentle.max(1));
            rest = after;
            let mut judged = joined(self.start(batch)).await;
            let is_suspicious = judged.iter().any(|(_, report)| report.verdict() >= Verdict::Fail);
            let asks = is_suspicious || !is_gentle(next) || self.server.has_ended();
            let is_dead = asks && !self.server.is_alive(&self.settings).await;
            let goes_on = !is_dead || self.find_killer(&mut judged).await;
            if !is_dead && batch.len() > 1 {
                self.repeat_what_was_late(&mut judged).await;
            }
            self.reports.extend(judged);
            if !goes_on {
                let gone = |index: &usize| {
                    Some((*index, CaseReport::not_run(of(index)?, "the server is gone")))
                };
                self.reports.extend(rest.iter().filter_map(gone));
                rest = &[];
            }
            progress.show(self.reports.len());
        }
        let mut waited = joined(beside).await;
        if !self.troubles.is_empty() {
            // A server that died has taken their connections with it.
            waited = joined(self.start(&long)).await;
        }
        if rest.is_empty()
            && self.troubles.is_empty()
            && !self.server.is_alive(&self.settings).await
        {
            let death = self.server.death();
            self.troubles.push(format!("{death}, after the last case"));
        }
        self.reports.extend(waited);
        progress.show(self.reports.len());
    }

    /// Takes the reports of all cases. Those that are not done were not run.
    pub(crate) fn take_reports(&mut self) -> Vec<CaseReport> {
        let done: BTreeMap<_, _> = std::mem::take(&mut self.reports).into_iter().collect();
        let mut done = done.into_iter().peekable();
        let of = |(index, case)| {
            let report = done.next_if(|(place, _)| *place == index);
            report.map_or_else(|| CaseReport::not_run(case, STOPPED), |(_, report)| report)
        };
        self.cases.iter().enumerate().map(of).collect()
    }

    /// Runs cases again, alone, whose target took too long: it may have been busy with the others.
    async fn repeat_what_was_late(&self, judged: &mut [(usize, CaseReport)]) {
        for (index, report) in judged.iter_mut().filter(|(_, report)| report.is_late()) {
            if let Some((_, again)) = joined(self.start(&[*index])).await.pop() {
                *report = again;
            }
        }
    }

    fn start(&self, batch: &[usize]) -> JoinSet<Option<(usize, CaseReport)>> {
        let mut tasks = JoinSet::new();
        for &index in batch {
            let (cases, dialer) = (Arc::clone(&self.cases), self.server.dialer.clone());
            let (settings, cut) = (self.settings.clone(), self.cut);
            tasks.spawn(async move {
                let case = cases.get(index)?;
                // A key of its own for each case.
                let seed = settings.seed.wrapping_add(index as u64);
                let settings = Settings { seed, ..settings };
                Some((index, judge_case(&dialer, case, &settings, cut).await))
            });
        }
        tasks
    }

    /// The server is dead. Finds the case that has killed it, by running those of the batch alone.
    /// Returns `false` if the server cannot be brought back.
    async fn find_killer(&mut self, judged: &mut [(usize, CaseReport)]) -> bool {
        let death = self.server.death();
        if let [(_, report)] = judged {
            return self.blame(report, death).await;
        }
        if !self.server.restart(&self.settings).await {
            let ids: Vec<_> = judged.iter().map(|(_, report)| report.id.as_str()).collect();
            self.troubles.push(format!("{death}, in one of these cases: {}", ids.join(", ")));
            return false;
        }
        let mut is_found = false;
        for (index, report) in judged {
            if let Some((_, again)) = joined(self.start(&[*index])).await.pop() {
                *report = again;
            }
            if !self.server.is_alive(&self.settings).await {
                is_found = true;
                let death = self.server.death();
                if !self.blame(report, death).await {
                    return false;
                }
            }
        }
        if !is_found {
            self.troubles.push(format!("{death}, but in no case that runs alone"));
        }
        true
    }

    /// Notes that a case has killed the server, and starts it again.
    async fn blame(&mut self, report: &mut CaseReport, death: String) -> bool {
        self.troubles.push(format!("{death}, in the case {}", report.id));
        report.set_verdict(Verdict::Fail, death);
        self.server.restart(&self.settings).await
    }
}

async fn joined(tasks: JoinSet<Option<(usize, CaseReport)>>) -> Vec<(usize, CaseReport)> {
    let mut reports: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    reports.sort_unstable_by_key(|(index, _)| *index);
    reports
}

/// Runs a case, cut as was asked for.
async fn judge_case(
    dialer: &Dialer,
    case: &Case,
    settings: &Settings,
    cut: CutEvery,
) -> CaseReport {
    let once = async |cut| {
        let stream = dialer.dial().await?;
        let settings = Settings { cut, ..settings.clone() };
        let mut run = Run::new(case, Role::Server, &settings);
        drive(&mut run, stream).await;
        let cuttable = run.cuttable();
        Ok::<_, String>((CaseReport::new(case, run.judgement()), cuttable))
    };
    let first = if cut == CutEvery::OneByte { Cut::OneByte } else { Cut::Whole };
    let (mut worst, cuttable) = match once(first).await {
        Ok(judged) => judged,
        Err(problem) => return CaseReport::not_run(case, problem),
    };
    if cut == CutEvery::EveryByte && worst.verdict() <= Verdict::Warn {
        for position in cuts::positions(cuttable) {
            match once(Cut::After(position)).await {
                Ok((report, _)) if report.verdict() > worst.verdict() => {
                    worst = report;
                    worst.cut_after = Some(position);
                }
                Ok(_) => {}
                Err(problem) => return CaseReport::not_run(case, problem),
            }
        }
    }
    worst
}
