//! The ordinary peers: each sends a few numbered messages every few seconds, and checks that
//! exactly these come back.

use std::{
    error::Error as StdError,
    mem,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use rand::{RngExt as _, SeedableRng as _, rngs::ChaCha8Rng};
use sansocket::{
    CloseCode, CloseFrame, OwnedMessage,
    tokio::{Connector, WebSocket},
};
use tokio::{
    net::TcpStream,
    sync::{Semaphore, mpsc, watch},
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{Arguments, ONE_IN, child, latency::Latency};

type Error = Box<dyn StdError + Send + Sync>;

/// How long a peer rests after a round, on average.
const PACE: Duration = Duration::from_secs(4);
/// After this time an echo counts as lost.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many peers connect at a time.
const AT_A_TIME: usize = 100;
/// The longest message in bytes.
const MAX_LEN: usize = 4 << 10;

/// The state that the peers share.
struct Company {
    connector: Connector,
    address: SocketAddr,
    seed: u64,
    entrance: Semaphore,
    over: watch::Receiver<()>,
    /// How long each round took.
    times: Mutex<Vec<Duration>>,
}

impl Company {
    fn times(&self) -> Vec<Duration> {
        mem::take(&mut *self.times.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Prints an empty line when all have connected. Answers every question with the latency since the
/// last one, and at the end with the numbers of messages that came back and of peers that failed.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn run(arguments: &Arguments, address: SocketAddr) -> Result<(), Error> {
    let (end, over) = watch::channel(());
    let company = Arc::new(Company {
        connector: Connector::new().options(arguments.options.clone()),
        address,
        seed: arguments.seed,
        entrance: Semaphore::new(AT_A_TIME),
        over,
        times: Mutex::default(),
    });
    // The receiver ends when every peer has connected and dropped its sender.
    let (connecting, mut connected) = mpsc::channel::<()>(1);
    let number = arguments.connections - arguments.connections / ONE_IN;
    let mut peers: JoinSet<_> =
        (0..number).map(|number| live(Arc::clone(&company), number, connecting.clone())).collect();
    drop(connecting);
    connected.recv().await;
    println!();

    let mut questions = child::questions();
    while questions.recv().await.is_some() {
        println!("{}", Latency::of(company.times()).line());
    }
    drop(end);
    let (mut echoed, mut failed) = (0, 0);
    while let Some(peer) = peers.join_next().await {
        match peer? {
            Ok(messages) => echoed += messages,
            Err(error) => {
                eprintln!("an ordinary peer: {error}");
                failed += 1;
            }
        }
    }
    println!("{echoed} {failed}");
    Ok(())
}

/// Runs one peer. Returns how many messages came back.
async fn live(
    company: Arc<Company>,
    number: usize,
    connecting: mpsc::Sender<()>,
) -> Result<u64, Error> {
    let mut random = ChaCha8Rng::seed_from_u64(company.seed);
    random.set_stream(number as u64);
    let socket = {
        let _permit = company.entrance.acquire().await?;
        let stream = TcpStream::connect(company.address).await?;
        stream.set_nodelay(true)?;
        company.connector.connect_over(stream, "localhost", "/").await?.0
    };
    drop(connecting);
    let mut peer = Peer { socket, number, sent: 0, random };
    let mut over = company.over.clone();
    loop {
        let rest = peer.random.random_range(Duration::ZERO..PACE * 2);
        tokio::select! {
            _ = over.changed() => return peer.close().await,
            () = sleep(rest) => {}
        }
        let time = peer.round().await?;
        company.times.lock().unwrap_or_else(PoisonError::into_inner).push(time);
    }
}

struct Peer {
    socket: WebSocket<TcpStream>,
    number: usize,
    sent: u64,
    random: ChaCha8Rng,
}

impl Peer {
    /// Sends some messages and waits until they have come back, unchanged and in order. Returns how
    /// long that took.
    async fn round(&mut self) -> Result<Duration, Error> {
        let count = self.random.random_range(1..=3);
        let messages: Vec<_> = (0..count).map(|_| self.message()).collect();
        let start = Instant::now();
        for message in &messages {
            self.socket.feed(message).await?;
        }
        self.socket.flush().await?;
        for message in &messages {
            let echo = timeout(PATIENCE, self.socket.recv()).await??;
            if echo.as_ref() != Some(message) {
                return Err(format!("{message:?} was due, but {echo:?} came").into());
            }
        }
        Ok(start.elapsed())
    }

    /// Returns the next message, which is unique among all peers.
    fn message(&mut self) -> OwnedMessage {
        self.sent += 1;
        let mut text = format!("message {} of peer {}: ", self.sent, self.number);
        // Most are short.
        let max = self.random.random_range(1..MAX_LEN);
        let len = self.random.random_range(0..max);
        text.extend((0..len).map(|_| char::from(self.random.random_range(b' '..=b'~'))));
        if self.random.random() {
            OwnedMessage::Text(text)
        } else {
            OwnedMessage::Binary(text.into())
        }
    }

    /// Closes, and checks that nothing else arrived.
    async fn close(mut self) -> Result<u64, Error> {
        self.socket.send(CloseFrame { code: CloseCode::NORMAL, reason: "" }).await?;
        match timeout(PATIENCE, self.socket.recv()).await?? {
            None => Ok(self.sent),
            Some(message) => Err(format!("nothing was due, but {message:?} came").into()),
        }
    }
}
