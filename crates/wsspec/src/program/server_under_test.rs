use std::time::{Duration, Instant};

use sansocket::Role;
use tokio::time::sleep;
use wsspec::{Case, Judgement, Run, Settings, Verdict};

use super::{
    command::Process,
    dial::Dialer,
    drive::drive,
    failure::Failure,
    probe::{answer_time, echo},
};

/// How long a server may take until it answers for the first time, or again.
const START_LIMIT: Duration = Duration::from_secs(15);
/// A server that dies more often than this is not started again.
const MAX_STARTS: usize = 20;

/// The server under test, and the process if it is ours.
pub(crate) struct Server {
    pub(crate) dialer: Dialer,
    command: Vec<String>,
    process: Option<Process>,
    starts: usize,
}

impl Server {
    pub(crate) async fn start(dialer: Dialer, command: Vec<String>) -> Result<Self, Failure> {
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

    pub(crate) async fn stop(self) {
        if let Some(process) = self.process {
            process.stop().await;
        }
    }

    /// Checks that it echoes, and measures how long an answer takes: the longest of some.
    pub(crate) async fn measure(&mut self, settings: &Settings) -> Result<Duration, Failure> {
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
    pub(crate) async fn is_alive(&mut self, settings: &Settings) -> bool {
        let patient = Settings {
            round_trip: settings.round_trip.max(Duration::from_millis(250)),
            ..settings.clone()
        };
        for _ in 0..3 {
            if self.has_ended() {
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
    pub(crate) fn death(&mut self) -> String {
        match self.process.as_mut().and_then(Process::ended) {
            Some(status) => format!("the server died: {status}"),
            None => "the server hangs: it does not echo any more".to_owned(),
        }
    }

    /// Whether its process has ended, if it is ours.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.process.as_mut().is_some_and(|process| process.ended().is_some())
    }

    /// Starts it again, if it is ours; waits for it, if somebody else may do that.
    pub(crate) async fn restart(&mut self, settings: &Settings) -> bool {
        if let Some(process) = self.process.take() {
            process.stop().await;
        }
        if !self.command.is_empty() {
            return self.starts < MAX_STARTS && self.start_process().await.is_ok();
        }
        let start = Instant::now();
        while start.elapsed() < START_LIMIT {
            if self.is_alive(settings).await {
                return true;
            }
        }
        false
    }
}

/// Runs a case once.
pub(crate) async fn judge_once(
    dialer: &Dialer,
    case: &Case,
    settings: &Settings,
) -> Result<Judgement, String> {
    let stream = dialer.dial().await?;
    let mut run = Run::new(case, Role::Server, settings);
    drive(&mut run, stream).await;
    Ok(run.judgement())
}
