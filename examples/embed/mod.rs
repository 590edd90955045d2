//! The loops of an echo server and its client, for any runtime: they ask the session what is next,
//! do their own part, and leave the rest to the link.

use std::error::Error;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use sansocket::buffered::ReadBuffer;
use sansocket::handshake::{HeadLimits, OriginPolicy, client::Request, server::Response};
use sansocket::session::{Accepting, Connecting, Exchange, Failure, Phase, Step, Writing};
use sansocket::{CloseCode, CloseFrame, Limits, Random, Seed, Timeouts, Timestamp};

const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);
/// How long a peer may read very little.
const WRITE_LIMIT: Duration = Duration::from_secs(30);

/// A connected socket.
pub(crate) trait Link {
    /// Does what the session asks for, and records the result.
    async fn perform<E: Exchange>(
        &mut self,
        step: Step,
        phase: &mut Phase<E>,
        writing: &mut Writing,
    );
}

pub(crate) fn now() -> Timestamp {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed().into()
}

/// Sends every message back, until the connection has ended.
pub(crate) async fn echo(mut link: impl Link, timeouts: Timeouts) -> Result<(), Failure> {
    let accepting = Accepting::new(&HeadLimits::default(), HANDSHAKE_LIMIT, timeouts);
    let (mut phase, mut writing) = (Phase::from(accepting), Writing::new(Some(WRITE_LIMIT)));
    loop {
        // The queue for a peer that does not read is bounded: above the mark, there is no message.
        match (phase.next_with_room(now, &mut writing)?, &mut phase) {
            (Step::Request, Phase::Opening(accepting)) => {
                accepting.answer(respond, &Limits::default(), now, &mut writing);
            }
            (Step::Message, Phase::Open(reading)) => match reading.message() {
                // It fails if the transport is lost, which the next step reports.
                Ok(message) => drop(writing.send(message)),
                Err(invalid) => invalid.fail(now, &mut writing),
            },
            (Step::Ended, _) => return Ok(()),
            (step, phase) => link.perform(step, phase, &mut writing).await,
        }
    }
}

fn respond(response: Response) -> Response {
    let response = response.origin_policy(&OriginPolicy::Any);
    #[cfg(feature = "deflate")]
    let response = response.deflate(&sansocket::deflate::Config::default());
    response
}

/// Sends the messages to `ws://host/path`, prints the answers, and closes the connection.
pub(crate) async fn call(
    mut link: impl Link,
    (host, path): (&str, &str),
    messages: &[String],
) -> Result<(), Box<dyn Error>> {
    let mut writing = Writing::new(Some(WRITE_LIMIT));
    let request = Request::new(host, &format!("/{path}"));
    #[cfg(feature = "deflate")]
    let request = request.deflate(&sansocket::deflate::Config::default());
    let nonce = Random::new(Seed::from_os()?).nonce();
    let mut phase = Phase::from(Connecting::new(
        request.send(nonce, writing.out())?,
        ReadBuffer::default(),
        &Limits::default(),
        Seed::from_os()?,
        HANDSHAKE_LIMIT,
        Timeouts::default(),
    ));
    let mut answers = 0;
    loop {
        let step = phase.next(now, &mut writing).map_err(|failure| format!("{failure:?}"))?;
        match (step, &mut phase) {
            (Step::Opened, _) => {
                for message in messages {
                    writing.send(message)?;
                }
            }
            (Step::Message, Phase::Open(reading)) => {
                match reading.message() {
                    Ok(message) => println!("{message:?}"),
                    Err(invalid) => invalid.fail(now, &mut writing),
                }
                answers += 1;
            }
            (Step::Ended, _) => break,
            (step, phase) => link.perform(step, phase, &mut writing).await,
        }
        if answers == messages.len() && phase.reading().is_some() {
            writing.close(CloseFrame { code: CloseCode::NORMAL, reason: "" })?;
        }
    }
    if let Some(end) = phase.reading().and_then(|reading| reading.close_info(&writing)) {
        println!("{:?}, clean: {}", end.code(), end.was_clean);
    }
    Ok(())
}

/// The command line.
pub(crate) enum Task {
    /// `server ADDRESS [PING_SECONDS]`
    Serve { address: String, timeouts: Timeouts },
    /// `client ws://HOST/PATH MESSAGE...`
    Call { host: String, path: String, messages: Vec<String> },
}

impl Task {
    pub(crate) fn from_env() -> Result<Self, Box<dyn Error>> {
        let mut arguments = std::env::args().skip(1);
        match (arguments.next().as_deref(), arguments.next()) {
            (Some("server"), Some(address)) => {
                let ping = arguments.next().map_or(Ok(20.0), |seconds| seconds.parse())?;
                let ping = Duration::try_from_secs_f64(ping)?;
                let timeouts = Timeouts::default().ping_interval(Some(ping)).pong(ping);
                Ok(Self::Serve { address, timeouts })
            }
            (Some("client"), Some(url)) => {
                let rest = url.strip_prefix("ws://").ok_or("the URL begins with ws://")?;
                let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
                let (host, path) = (host.to_owned(), path.to_owned());
                Ok(Self::Call { host, path, messages: arguments.collect() })
            }
            _ => Err("server ADDRESS [PING_SECONDS], or client URL MESSAGE...".into()),
        }
    }
}
