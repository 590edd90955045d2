use std::{
    collections::VecDeque,
    net::SocketAddr,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use sansocket::Role;
use tokio::{net::TcpListener, task::JoinSet, time::sleep};
use wsspec::{Case, CaseReport, Opening, Settings, Verdict};

use super::{
    address,
    board::Board,
    command::Process,
    command_line::ClientArguments,
    failure::Failure,
    listener::Listener,
    output,
    probe::answer_time,
    signals::{STOPPED, stop_is_asked_for, unless_stopped},
};

/// How many commands run at the same time, if nothing else was asked for.
const JOBS: usize = 4;
/// How long an answer may take where nothing was measured before the first case.
const FIRST_ROUND_TRIP: Duration = Duration::from_millis(100);
/// So many commands that do not connect end the run.
const MAX_SILENT: usize = 3;
/// How long a command may take until it has connected.
const CONNECT_LIMIT: Duration = Duration::from_secs(30);
/// How long a command may run after its case.
const END_LIMIT: Duration = Duration::from_secs(3);

/// Judges a client.
pub(crate) async fn run(arguments: ClientArguments) -> Result<ExitCode, Failure> {
    let ClientArguments { listen, command, options } = arguments;
    let is_per_case = command.iter().any(|word| word.contains("{url}"));
    let mut cases = options.select(Role::Client)?;
    if !is_per_case {
        // Programs that run case after case were written for a suite that opens each connection.
        cases.retain(|case| !matches!(case.opening(), Opening::Head(_)));
    }
    let start = Instant::now();
    let unusable = |error| Failure::Argument(format!("{listen}: {error}"));
    let listener = TcpListener::bind(listen).await.map_err(unusable)?;
    let address = listener.local_addr().map_err(unusable)?;
    let board = Arc::new(Board::new(cases));
    let first = if is_per_case { Duration::ZERO } else { FIRST_ROUND_TRIP };
    let settings = options.common.settings(first, options.seed());
    let settings = Settings { cut: options.cut.of_all()?, ..settings };
    let listener = Listener::new(listener, Arc::clone(&board), settings);
    let serving = tokio::spawn(Arc::clone(&listener).serve());
    let mut session = Session { listener, board, address, command, troubles: Vec::new() };
    let (round_trip, end) = match is_per_case {
        true => {
            let round_trip = unless_stopped(session.measure()).await??;
            let jobs = options.jobs.map_or(JOBS, Into::into);
            (round_trip, unless_stopped(session.command_per_case(jobs)).await.flatten())
        }
        false => (Duration::ZERO, session.clients_by_themselves().await?),
    };
    serving.abort();
    let target =
        if session.command.is_empty() { "clients".to_owned() } else { session.command.join(" ") };
    let mut report = options.report(Role::Client, target, round_trip);
    report.cases = session.board.reports(if end.is_ok() { NOT_ASKED_FOR } else { STOPPED });
    report.troubles = session.troubles;
    report.duration_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    output::finish(report, end, &options)
}

struct Session {
    listener: Arc<Listener>,
    board: Arc<Board>,
    address: SocketAddr,
    command: Vec<String>,
    troubles: Vec<String>,
}

impl Session {
    fn url(&self, path: &str) -> String {
        format!("ws://{}{path}", self.address)
    }

    /// Runs the command once, checks that it echoes, and measures how long an answer takes.
    async fn measure(&mut self) -> Result<Duration, Failure> {
        let mut process = Process::start(&self.command, Some(&self.url(address::PROBE)))?;
        let start = Instant::now();
        let judgement = loop {
            if let Some(judgement) = self.listener.take_probed().await {
                break judgement;
            }
            let ended = process.ended();
            if start.elapsed() > CONNECT_LIMIT || ended.is_some() {
                // The verdict may come just after the end.
                sleep(Duration::from_millis(500)).await;
                if let Some(judgement) = self.listener.take_probed().await {
                    break judgement;
                }
                return Err(Failure::Target(match ended {
                    Some(status) => format!("the client ended without a connection: {status}"),
                    None => "the client did not connect within 30 s".to_owned(),
                }));
            }
            sleep(Duration::from_millis(10)).await;
        };
        process.finish(END_LIMIT).await;
        if judgement.verdict != Verdict::Pass {
            return Err(Failure::Target(format!(
                "the client must send back what it gets, and does not: {}",
                judgement.reason
            )));
        }
        let round_trip = answer_time(&judgement.transcript, Role::Client);
        self.listener.learn_round_trip(round_trip).await;
        Ok(round_trip)
    }

    /// Runs the command for each case.
    async fn command_per_case(&mut self, jobs: usize) -> Result<(), Failure> {
        let progress = output::Progress::new(self.board.cases().len());
        let mut waiting: VecDeque<usize> = (0..self.board.cases().len()).collect();
        let mut running = JoinSet::new();
        let mut done = 0;
        loop {
            while running.len() < jobs
                && let Some(index) = waiting.pop_front()
                && let Some(case) = self.board.cases().get(index)
            {
                let process = Process::start(&self.command, Some(&self.url(&address::path(case))))?;
                running.spawn(one(Arc::clone(&self.board), index, process));
            }
            let Some(finished) = running.join_next().await else {
                return Ok(());
            };
            if let Ok(Some(trouble)) = finished {
                self.troubles.push(trouble);
            }
            done += 1;
            if self.board.count_of(SILENT) >= MAX_SILENT {
                self.troubles.push(format!("{SILENT}, in {MAX_SILENT} cases"));
                return Ok(());
            }
            progress.show(done);
        }
    }

    /// Waits for clients that ask for case after case. Returns whether they came to the end: without a
    /// command a stop is one, for nobody else knows when the last client has gone.
    async fn clients_by_themselves(&mut self) -> Result<Result<(), Failure>, Failure> {
        eprintln!("{} cases at {}", self.board.cases().len(), self.url("/"));
        let mut process = match self.command.is_empty() {
            true => None,
            false => Some(Process::start(&self.command, None)?),
        };
        let ended = async {
            match &mut process {
                Some(process) => process.wait().await,
                None => std::future::pending().await,
            }
        };
        // Without a command, a client says that it is done; a command may run several agents.
        let done = async {
            match self.command.is_empty() {
                true => self.board.done().await,
                false => self.board.all_finished().await,
            }
        };
        let end = tokio::select! {
            () = done => Ok(()),
            _ = ended => {
                sleep(Duration::from_millis(500)).await;
                Ok(())
            }
            () = stop_is_asked_for() => match self.command.is_empty() {
                true => Ok(()),
                false => Err(Failure::Stopped),
            },
        };
        if let Some(process) = process {
            process.finish(END_LIMIT).await;
        }
        Ok(end)
    }
}

const NOT_ASKED_FOR: &str = "the client did not run it";
const SILENT: &str = "the client did not connect within 30 s";

/// Ends when a command has had its time to connect, and has not.
async fn never_connects(board: &Board, index: usize) {
    sleep(CONNECT_LIMIT).await;
    if board.has_begun(index) {
        std::future::pending::<()>().await;
    }
}

/// Waits for the case of a command. Returns what went wrong with the client as such.
async fn one(board: Arc<Board>, index: usize, mut process: Process) -> Option<String> {
    let case: &Case = board.cases().get(index)?;
    let ended = async {
        let status = process.wait().await;
        // The verdict may come just after the end.
        sleep(Duration::from_secs(2)).await;
        status
    };
    tokio::select! {
        () = board.finished(index) => {}
        status = ended => {
            let status = status.map(|status| status.to_string()).unwrap_or_default();
            board.finish(index, CaseReport::not_run(case, format!("the client ended without a connection: {status}")));
        }
        () = never_connects(&board, index) => {
            board.finish(index, CaseReport::not_run(case, SILENT));
        }
    }
    let status = process.finish(END_LIMIT).await?;
    // No code: a signal has ended it.
    let has_died = status.code().is_none();
    has_died.then(|| format!("the client died: {status}, in the case {}", case.id()))
}
