use std::{io, sync::Arc, time::Duration};

use sansocket::{CloseCode, Role, tokio::Acceptor};
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpListener, TcpStream},
    sync::Mutex,
    time::{sleep, timeout},
};
use wsspec::{Case, CaseReport, Judgement, Run, Settings, Verdict};

use super::{
    address::Address,
    board::Board,
    drive::drive,
    probe::{answer_time, echo},
};

/// How long a client may take to send the first line of its request.
const REQUEST_LIMIT: Duration = Duration::from_secs(10);
/// A longer first line is none.
const MAX_LINE: usize = 4 << 10;

/// Serves the cases to clients.
pub(crate) struct Listener {
    listener: TcpListener,
    board: Arc<Board>,
    settings: Mutex<Settings>,
    probed: Mutex<Option<Judgement>>,
}

impl Listener {
    pub(crate) fn new(listener: TcpListener, board: Arc<Board>, settings: Settings) -> Arc<Self> {
        Arc::new(Self { listener, board, settings: Mutex::new(settings), probed: Mutex::new(None) })
    }

    /// Accepts connections, for ever.
    pub(crate) async fn serve(self: Arc<Self>) {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    let listener = Arc::clone(&self);
                    // What goes wrong is that the client has gone.
                    tokio::spawn(async move { drop(listener.connection(stream).await) });
                }
                // Probably out of descriptors: connections that end will free some.
                Err(_) => sleep(Duration::from_millis(50)).await,
            }
        }
    }

    /// What the probe has found, once.
    pub(crate) async fn take_probed(&self) -> Option<Judgement> {
        self.probed.lock().await.take()
    }

    /// Notes how long the client has taken to answer: the longest time counts.
    pub(crate) async fn learn_round_trip(&self, round_trip: Duration) {
        let settings = &mut *self.settings.lock().await;
        settings.round_trip = settings.round_trip.max(round_trip);
    }

    async fn connection(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let Ok(target) = timeout(REQUEST_LIMIT, request_target(&stream)).await else {
            return Ok(());
        };
        let cases = self.board.cases();
        match Address::parse(&target?, cases) {
            Address::Probe => {
                let judgement = self.judge(&echo(), 0, stream).await;
                *self.probed.lock().await = Some(judgement);
            }
            Address::Next => match self.board.take_next() {
                Some(index) => self.run(index, stream).await,
                None => gone(stream, "all cases were run").await?,
            },
            Address::Case(index) if self.board.take(index) => {
                self.run(index, stream).await;
                self.board.free(index);
            }
            Address::Case(_) => gone(stream, "the case is running").await?,
            Address::Count => say(stream, cases.len().to_string()).await,
            Address::Status(index) => {
                let behavior = behavior(self.board.verdict(index));
                say(stream, serde_json::json!({ "behavior": behavior }).to_string()).await;
            }
            Address::Info(index) => {
                let info = cases.get(index).map(
                    |case| serde_json::json!({ "id": case.id(), "description": case.title() }),
                );
                say(stream, info.unwrap_or_default().to_string()).await;
            }
            Address::Done => {
                say(stream, String::new()).await;
                self.board.set_done();
            }
            Address::Unknown => gone(stream, "there is no such case").await?,
        }
        Ok(())
    }

    async fn run(&self, index: usize, stream: TcpStream) {
        if let Some(case) = self.board.cases().get(index) {
            let judgement = self.judge(case, index, stream).await;
            if judgement.verdict == Verdict::Pass {
                self.learn_round_trip(answer_time(&judgement.transcript, Role::Client)).await;
            }
            self.board.finish(index, CaseReport::new(case, judgement));
        }
    }

    async fn judge(&self, case: &Case, index: usize, stream: TcpStream) -> Judgement {
        let mut settings = self.settings.lock().await.clone();
        settings.seed = settings.seed.wrapping_add(index as u64);
        let mut run = Run::new(case, Role::Client, &settings);
        drive(&mut run, stream).await;
        run.judgement()
    }
}

/// The target in the first line of the request, which stays unread.
async fn request_target(stream: &TcpStream) -> io::Result<String> {
    let mut buffer = vec![0; MAX_LINE];
    loop {
        stream.readable().await?;
        let count = stream.peek(&mut buffer).await?;
        let line = buffer.get(..count).unwrap_or_default();
        if let Some(end) = line.iter().position(|byte| *byte == b'\n') {
            let line = String::from_utf8_lossy(line.get(..end).unwrap_or_default()).into_owned();
            return Ok(line.split_whitespace().nth(1).unwrap_or_default().to_owned());
        }
        if count == 0 || count == MAX_LINE {
            return Ok(String::new());
        }
        // The rest of the line will come; there is no event for it.
        sleep(Duration::from_millis(5)).await;
    }
}

/// Refuses a connection: there is nothing for it.
async fn gone(mut stream: TcpStream, reason: &str) -> io::Result<()> {
    let head = format!(
        "HTTP/1.1 410 Gone\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{reason}",
        reason.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.shutdown().await
}

/// Sends a text, if there is one, and closes. What goes wrong is that the client has gone.
async fn say(stream: TcpStream, text: String) {
    if let Ok(mut socket) = Acceptor::new().accept(stream).await {
        if !text.is_empty() {
            let _ = socket.send(text.as_str()).await;
        }
        let _ = socket.close(CloseCode::NORMAL, "").await;
    }
}

/// The words of Autobahn.
fn behavior(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        Some(Verdict::Pass) => "OK",
        Some(Verdict::Warn) => "NON-STRICT",
        Some(Verdict::Skip) => "UNIMPLEMENTED",
        _ => "FAILED",
    }
}
