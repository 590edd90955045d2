//! The hostile peers, which write to the bare stream once the handshake is done.

use std::{
    error::Error as StdError,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use rand::{RngExt as _, SeedableRng as _, rngs::ChaCha8Rng};
use sansocket::{
    frame::{FrameHeader, MaskKey, Masker, OpCode, Rsv},
    tokio::Connector,
};
use tokio::{
    io::{AsyncWriteExt as _, copy, sink},
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::{Arguments, ONE_IN, child};

type Error = Box<dyn StdError + Send + Sync>;

/// How long a peer that comes and goes stays away or connected, at most.
const WHILE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(100);
/// How much is written at a time, at least.
const FLOOD: usize = 64 << 10;

struct Hostile {
    connector: Connector,
    address: SocketAddr,
    /// How many bytes were sent by the flooder, and by the peer that never reads.
    flooded: AtomicU64,
    unread: AtomicU64,
    /// How many connections were begun and left.
    visits: AtomicU64,
}

/// Runs until the end of the input, and prints what was done.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn run(arguments: &Arguments, address: SocketAddr) -> Result<(), Error> {
    let hostile = Arc::new(Hostile {
        connector: Connector::new().options(arguments.options.clone()),
        address,
        flooded: AtomicU64::new(0),
        unread: AtomicU64::new(0),
        visits: AtomicU64::new(0),
    });
    let flooder = Arc::clone(&hostile);
    tokio::spawn(async move {
        loop {
            // It reconnects whenever the server has ended the connection, which the server may do.
            drop(flooder.flood().await);
            sleep(PAUSE).await;
        }
    });
    let deaf = Arc::clone(&hostile);
    tokio::spawn(async move {
        loop {
            drop(deaf.never_read().await);
            sleep(PAUSE).await;
        }
    });
    for number in 2..(arguments.connections / ONE_IN) as u64 {
        let restless = Arc::clone(&hostile);
        let mut random = ChaCha8Rng::seed_from_u64(arguments.seed);
        // The ordinary peers have the seeds from 0 on.
        random.set_stream(u64::MAX - number);
        tokio::spawn(async move {
            loop {
                drop(restless.visit(&mut random).await);
            }
        });
    }
    while child::questions().recv().await.is_some() {}
    let mib = |bytes: &AtomicU64| bytes.load(Relaxed) >> 20;
    println!(
        "flooded {} MiB, sent {} MiB without reading, came and went {} times",
        mib(&hostile.flooded),
        mib(&hostile.unread),
        hostile.visits.load(Relaxed)
    );
    Ok(())
}

impl Hostile {
    async fn connect(&self) -> Result<TcpStream, Error> {
        let stream = TcpStream::connect(self.address).await?;
        let (socket, _) = self.connector.connect_over(stream, "localhost", "/").await?;
        Ok(socket.into_parts().stream)
    }

    /// Sends as fast as the server reads, and reads the answers as fast as they arrive.
    async fn flood(&self) -> Result<(), Error> {
        let (mut reader, mut writer) = self.connect().await?.into_split();
        let reading = tokio::spawn(async move { copy(&mut reader, &mut sink()).await });
        let frames = frames();
        while !reading.is_finished() {
            writer.write_all(&frames).await?;
            self.flooded.fetch_add(frames.len() as u64, Relaxed);
        }
        Ok(())
    }

    /// Sends as fast as the server reads, and does not read the answers.
    async fn never_read(&self) -> Result<(), Error> {
        let mut stream = self.connect().await?;
        let frames = frames();
        let mut left: &[u8] = &[];
        loop {
            if left.is_empty() {
                left = &frames;
            }
            let written = stream.write(left).await?;
            left = left.get(written..).unwrap_or_default();
            self.unread.fetch_add(written as u64, Relaxed);
        }
    }

    /// Sends something, and leaves in one way or another.
    async fn visit(&self, random: &mut ChaCha8Rng) -> Result<(), Error> {
        sleep(random.random_range(Duration::ZERO..WHILE)).await;
        let mut stream = self.connect().await?;
        self.visits.fetch_add(1, Relaxed);
        let frames = frames();
        // Sometimes this ends within a frame.
        let some = frames.get(..random.random_range(0..FLOOD / 8)).unwrap_or_default();
        stream.write_all(some).await?;
        let stay = random.random_range(Duration::ZERO..WHILE);
        // It reads the answers, unless it leaves at once.
        let (mut reader, mut writer) = stream.split();
        let mut discard = sink();
        let reading = copy(&mut reader, &mut discard);
        match random.random_range(0..4) {
            0 => {}
            1 => drop(timeout(stay, reading).await),
            2 => {
                writer.shutdown().await?;
                // The server ends the connection.
                reading.await?;
            }
            _ => {
                drop(timeout(stay, reading).await);
                stream.set_zero_linger()?;
            }
        }
        Ok(())
    }
}

/// Pings and messages, small and middling, that fill [`FLOOD`] bytes.
fn frames() -> Vec<u8> {
    let mut frames = Vec::new();
    while frames.len() < FLOOD {
        for (opcode, len) in [
            (OpCode::Ping, 0),
            (OpCode::Text, 1),
            (OpCode::Ping, 125),
            (OpCode::Binary, 100),
            (OpCode::Binary, 1000),
        ] {
            frame(opcode, len, &mut frames);
        }
    }
    frames
}

fn frame(opcode: OpCode, len: usize, out: &mut Vec<u8>) {
    // An attacker does not spend time on a good generator.
    let key = MaskKey([1, 2, 3, 4]);
    let (fin, rsv, mask) = (true, Rsv::NONE, Some(key));
    let header = FrameHeader { fin, rsv, opcode, mask, payload_len: len as u64 };
    let mut payload = vec![b'x'; len];
    Masker::new(key).apply(&mut payload);
    out.extend_from_slice(&header.encode());
    out.extend_from_slice(&payload);
}
