use std::{
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use sansocket::Role;
use wsspec::{CaseReport, Cut, Report, Settings, Verdict};

use super::{
    command_line::{ReplayArguments, ServerArguments},
    dial::{Dialer, Target},
    failure::Failure,
    judge::Judge,
    listing, output,
    server_under_test::{Server, judge_once},
    signals::unless_stopped,
};

/// How many cases run at the same time, if nothing else was asked for.
const JOBS: usize = 16;

/// Judges a server.
pub(crate) async fn run(arguments: ServerArguments) -> Result<ExitCode, Failure> {
    let ServerArguments { url, command, options, security } = arguments;
    let cases = Arc::new(options.select(Role::Server)?);
    let start = Instant::now();
    let dialer = Dialer::new(url.clone(), &security)?;
    let base = options.common.settings(Duration::ZERO, options.seed());
    let (server, round_trip) = unless_stopped(async {
        let mut server = Server::start(dialer, command).await?;
        let round_trip = server.measure(&settings(&base, &url)).await?;
        Ok::<_, Failure>((server, round_trip))
    })
    .await??;
    let settings = settings(&Settings { round_trip, ..base }, &url);
    let mut report = options.report(Role::Server, url.to_string(), round_trip);
    let mut judge = Judge::new(server, settings, options.cut, cases);
    let jobs = options.jobs.map_or(JOBS, Into::into);
    let end = unless_stopped(judge.all(jobs)).await;
    report.cases = judge.take_reports();
    report.troubles = judge.troubles;
    judge.server.stop().await;
    report.duration_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    output::finish(report, end, &options)
}

/// Runs one case, and prints what crossed the wire.
pub(crate) async fn replay(arguments: ReplayArguments) -> Result<ExitCode, Failure> {
    let ReplayArguments { id, url, cut_after, options, security } = arguments;
    let case = listing::find(&id)?;
    if !case.is_for(Role::Server) {
        return Err(Failure::Argument(format!("{} is a case for clients", case.id())));
    }
    // In a run of many cases the seed depends on their number, which is not known here.
    let base = options.settings(Duration::ZERO, 0);
    let mut server = Server::start(Dialer::new(url.clone(), &security)?, Vec::new()).await?;
    let round_trip = server.measure(&settings(&base, &url)).await?;
    let cut = cut_after.map_or(Cut::Whole, Cut::After);
    let settings = Settings { cut, ..settings(&Settings { round_trip, ..base }, &url) };
    let judgement = judge_once(&server.dialer, &case, &settings).await.map_err(Failure::Target)?;
    let mut report = Report::new(Role::Server, url.to_string());
    let verdict = judgement.verdict;
    let mut judged = CaseReport::with_transcript(&case, judgement);
    judged.cut_after = cut_after;
    report.cases = vec![judged];
    output::print_case(&report)?;
    Ok(ExitCode::from(u8::from(verdict >= Verdict::Fail)))
}

fn settings(base: &Settings, url: &Target) -> Settings {
    let is_secure = url.is_secure();
    Settings { host: url.host_header(), path: url.path(), is_secure, ..base.clone() }
}
