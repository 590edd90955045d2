use std::{
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use sansocket::Role;
use tokio::{task::JoinSet, time::sleep};
use wsspec::{
    Case, CaseReport, Cut, Judgement, Kind, Level, Report, Run, Settings, Transcript, Verdict,
};

use super::{
    command::Process,
    command_line::{ReplayArguments, ServerArguments},
    cuts,
    dial::{Dialer, Target},
    drive::drive,
    failure::Failure,
    listing,
    options::CutEvery,
    output,
};

/// How many cases run at the same time, if nothing else was asked for.
const JOBS: usize = 16;
/// How long a server may take until it answers for the first time, or again.
const START_LIMIT: Duration = Duration::from_secs(15);
/// A server that dies more often than this is not started again.
const MAX_STARTS: usize = 20;

/// Judges a server.
pub(crate) async fn run(arguments: ServerArguments) -> Result<ExitCode, Failure> {
    let ServerArguments { url, command, options, security } = arguments;
    let cases = Arc::new(options.select(Role::Server)?);
    let start = Instant::now();
    let mut server = Server::start(Dialer::new(url.clone(), &security)?, command).await?;
    let seed = options.seed();
    let base = options.common.settings(Duration::ZERO, seed);
    let round_trip = server.measure(&settings(&base, &url)).await?;
    let settings = settings(&Settings { round_trip, ..base }, &url);
    let mut report = options.report(Role::Server, url.to_string(), round_trip);
    let mut judge = Judge { server, settings, cut: options.cut, troubles: Vec::new() };
    report.cases = judge.all(&cases, options.jobs.map_or(JOBS, Into::into)).await;
    report.troubles = judge.troubles;
    judge.server.stop().await;
    report.duration_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    output::finish(report, &options)
}

/// Runs one case, and prints what crossed the wire.
pub(crate) async fn replay(arguments: ReplayArguments) -> Result<ExitCode, Failure> {
    let ReplayArguments { id, url, options, security } = arguments;
    let case = listing::find(&id)?;
    if !case.is_for(Role::Server) {
        return Err(Failure::Argument(format!("{} is a case for clients", case.id())));
    }
    let base = options.settings(Duration::ZERO, 0);
    let mut server = Server::start(Dialer::new(url.clone(), &security)?, Vec::new()).await?;
    let round_trip = server.measure(&settings(&base, &url)).await?;
    let settings = settings(&Settings { round_trip, ..base }, &url);
    let judgement = judge_once(&server.dialer, &case, &settings).await.map_err(Failure::Target)?;
    let mut report = Report::new(Role::Server, url.to_string());
    let verdict = judgement.verdict;
    report.cases = vec![CaseReport::with_transcript(&case, judgement)];
    output::print_case(&report)?;
    Ok(ExitCode::from(u8::from(verdict >= Verdict::Fail)))
}

fn settings(base: &Settings, url: &Target) -> Settings {
    Settings { host: url.host_header(), path: url.path(), ..base.clone() }
}

/// The server under test, and the process if it is ours.
struct Server {
    dialer: Dialer,
    command: Vec<String>,
    process: Option<Process>,
    starts: usize,
}

impl Server {
    async fn start(dialer: Dialer, command: Vec<String>) -> Result<Self, Failure> {
        let mut server = Self { dialer, command, process: None, starts: 0 };
        server.start_process().await?;
        Ok(server)
    }

    /// Starts the process, if there is a command, and waits until the port answers.
    async fn start_process(&mut self) -> Result<(), Failure> {
        let limit = if self.command.is_empty() { Duration::ZERO } else { START_LIMIT };
        if !self.command.is_empty() {
            if self.dialer.dial().await.is_ok() {
                return Err(Failure::Target(
                    "the address answers before the command has started: another server is there"
                        .to_owned(),
                ));
            }
            self.starts += 1;
            self.process = Some(Process::start(&self.command, None)?);
        }
        let start = Instant::now();
        loop {
            let Err(problem) = self.dialer.dial().await else {
                return Ok(());
            };
            if let Some(status) = self.process.as_mut().and_then(Process::ended) {
                return Err(Failure::Target(format!(
                    "the server ended before its port answered: {status}"
                )));
            }
            if start.elapsed() >= limit {
                return Err(Failure::Target(problem));
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    async fn stop(self) {
        if let Some(process) = self.process {
            process.stop().await;
        }
    }

    /// Checks that it echoes, and measures how long an answer takes: the longest of some.
    async fn measure(&mut self, settings: &Settings) -> Result<Duration, Failure> {
        // So that a slow server is not taken for a silent one.
        let patient = Settings { round_trip: Duration::from_secs(1), ..settings.clone() };
        let mut longest = Duration::ZERO;
        for _ in 0..5 {
            let judged =
                judge_once(&self.dialer, &echo(), &patient).await.map_err(Failure::Target)?;
            if judged.verdict != Verdict::Pass {
                return Err(Failure::Target(format!(
                    "the server must echo messages, and does not: {}",
                    judged.reason
                )));
            }
            longest = longest.max(answer_time(&judged.transcript, Role::Server));
        }
        Ok(longest)
    }

    /// Whether it still accepts and echoes.
    async fn is_alive(&mut self, settings: &Settings) -> bool {
        let patient = Settings {
            round_trip: settings.round_trip.max(Duration::from_millis(250)),
            ..settings.clone()
        };
        for _ in 0..3 {
            if self.process.as_mut().is_some_and(|process| process.ended().is_some()) {
                return false;
            }
            let judged = judge_once(&self.dialer, &echo(), &patient).await;
            if judged.is_ok_and(|judged| judged.verdict == Verdict::Pass) {
                return true;
            }
            sleep(Duration::from_millis(100)).await;
        }
        false
    }

    /// In words, why it is not alive.
    fn death(&mut self) -> String {
        match self.process.as_mut().and_then(Process::ended) {
            Some(status) => format!("the server died: {status}"),
            None => "the server hangs: it does not echo any more".to_owned(),
        }
    }

    /// Starts it again, if it is ours.
    async fn restart(&mut self) -> bool {
        if let Some(process) = self.process.take() {
            process.stop().await;
        }
        !self.command.is_empty() && self.starts < MAX_STARTS && self.start_process().await.is_ok()
    }
}

/// The case that asks whether a server is there.
fn echo() -> Case {
    Case::must("probe", "An echo").send([wsspec::text("wsspec")]).echoes(Kind::Text, "wsspec")
}

/// The longest time between bytes of the run and what the target sent next, up to the echo.
pub(crate) fn answer_time(transcript: &Transcript, target: Role) -> Duration {
    let pairs = transcript.entries().windows(2).take(3);
    let answers = pairs.filter_map(|pair| match pair {
        [asked, answered] if asked.sender != target && answered.sender == target => {
            Some(answered.at.saturating_sub(asked.at))
        }
        _ => None,
    });
    answers.max().unwrap_or_default()
}

async fn judge_once(
    dialer: &Dialer,
    case: &Case,
    settings: &Settings,
) -> Result<Judgement, String> {
    let stream = dialer.dial().await?;
    let mut run = Run::new(case, Role::Server, settings);
    drive(&mut run, stream).await;
    Ok(run.judgement())
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

struct Judge {
    server: Server,
    settings: Settings,
    cut: CutEvery,
    troubles: Vec<String>,
}

impl Judge {
    /// Runs all cases, some at a time. A case that may hurt the server runs alone.
    async fn all(&mut self, cases: &Arc<Vec<Case>>, jobs: usize) -> Vec<CaseReport> {
        let progress = output::Progress::new(cases.len());
        let mut reports: Vec<CaseReport> = Vec::new();
        while let Some(next) = cases.get(reports.len()) {
            let is_gentle = |case: &&Case| case.level() < Level::Robust;
            let rest = cases.iter().skip(reports.len());
            let count =
                if is_gentle(&next) { rest.take(jobs).take_while(is_gentle).count() } else { 1 };
            let batch = reports.len()..reports.len() + count;
            let mut judged = self.batch(cases, batch.clone()).await;
            let is_suspicious = judged.iter().any(|report| report.verdict() >= Verdict::Fail);
            let asks = is_suspicious || !is_gentle(&next);
            if asks && !self.server.is_alive(&self.settings).await {
                let went_on = self.find_killer(cases, batch, &mut judged).await;
                if !went_on {
                    reports.extend(judged);
                    let rest = cases.iter().skip(reports.len());
                    reports.extend(
                        rest.map(|case| CaseReport::not_run(case, "the server is gone"))
                            .collect::<Vec<_>>(),
                    );
                    break;
                }
            }
            reports.extend(judged);
            progress.show(reports.len());
        }
        reports
    }

    async fn batch(
        &self,
        cases: &Arc<Vec<Case>>,
        batch: std::ops::Range<usize>,
    ) -> Vec<CaseReport> {
        let mut tasks = JoinSet::new();
        for index in batch {
            let (cases, dialer) = (Arc::clone(cases), self.server.dialer.clone());
            let (settings, cut) = (self.settings.clone(), self.cut);
            tasks.spawn(async move {
                let case = cases.get(index)?;
                // A key of its own for each case.
                let settings =
                    Settings { seed: settings.seed.wrapping_add(index as u64), ..settings };
                Some((index, judge_case(&dialer, case, &settings, cut).await))
            });
        }
        let mut reports: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
        reports.sort_unstable_by_key(|(index, _)| *index);
        reports.into_iter().map(|(_, report)| report).collect()
    }

    /// The server is dead. Finds the case that has killed it, by running those of the batch alone. Returns
    /// `false` if the server cannot be brought back.
    async fn find_killer(
        &mut self,
        cases: &Arc<Vec<Case>>,
        batch: std::ops::Range<usize>,
        reports: &mut [CaseReport],
    ) -> bool {
        let death = self.server.death();
        let ids: Vec<_> = reports.iter().map(|report| report.id.clone()).collect();
        if batch.len() > 1 {
            if !self.server.restart().await {
                self.troubles.push(format!("{death}, in one of these cases: {}", ids.join(", ")));
                return false;
            }
            for (index, report) in batch.zip(reports.iter_mut()) {
                if let Some(again) = self.batch(cases, index..index + 1).await.pop() {
                    *report = again;
                }
                if !self.server.is_alive(&self.settings).await {
                    let death = self.server.death();
                    report.set_verdict(Verdict::Fail, death.clone());
                    self.troubles.push(format!("{death}, in the case {}", report.id));
                    if !self.server.restart().await {
                        return false;
                    }
                }
            }
            return true;
        }
        if let Some(report) = reports.first_mut() {
            report.set_verdict(Verdict::Fail, death.clone());
        }
        self.troubles.push(format!("{death}, in the case {}", ids.concat()));
        self.server.restart().await
    }
}
