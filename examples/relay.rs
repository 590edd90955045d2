//! A WebSocket proxy: it passes frames from either end to the other.
//!
//!     cargo run --release --features net,url --example relay -- 127.0.0.1:9002 ws://127.0.0.1:9001/
//!
//! It uses the halves of the engine's connections: the `Sender` of one end sends what the
//! `Receiver` of the other finds. It answers nothing itself. Pings, Pongs and Close frames pass end
//! to end, and so does backpressure: what cannot be written is not read. It never holds more of a
//! message than one read, which it unmasks and masks in place, so that memory is constant whatever
//! the length. A fragment may be split into several. It negotiates no compression and no
//! subprotocol.

use std::error::Error;
use std::io;
use std::time::Duration;

use bytes::Buf;
use futures_util::future::{Either, join, select};
use sansocket::buffered::Parts;
use sansocket::connection::{Connection, Event, ProtocolError, Receiver, Sender};
use sansocket::handshake::{OriginPolicy, server::Rejection};
use sansocket::tokio::{Acceptor, Connector};
use sansocket::{CloseCode, CloseFrame, Limits, Options};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::io::{ReadHalf, WriteHalf, copy, sink, split};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

/// How long an end may send nothing. Its Pings keep a silent connection open.
const IDLE: Duration = Duration::from_secs(120);
/// The timeout for the answer to a Close frame, and for the end of the transports after that.
const CLOSE: Duration = Duration::from_secs(10);
const READ_LEN: usize = 64 << 10;

struct Input<S> {
    stream: ReadHalf<S>,
    receiver: Receiver,
    /// The last read, of `len` bytes.
    bytes: Vec<u8>,
    len: usize,
}

struct Output<S> {
    stream: WriteHalf<S>,
    sender: Sender,
    /// A control frame.
    queue: Vec<u8>,
    /// Whether a write is incomplete, so that nothing can follow: there may be half a frame.
    is_torn: bool,
}

fn halves<S: AsyncRead + AsyncWrite>(parts: Parts<S>) -> (Input<S>, Output<S>) {
    let (reading, writing) = split(parts.stream);
    let Connection { receiver, sender } = parts.connection;
    // The other end may have sent data right after the handshake.
    let mut bytes = parts.read_buffer.unread().to_vec();
    let len = bytes.len();
    bytes.resize(len.max(READ_LEN), 0);
    (
        Input { stream: reading, receiver, bytes, len },
        Output { stream: writing, sender, queue: Vec::new(), is_torn: false },
    )
}

/// Passes on frames up to the Close frame.
async fn pump<S, T>(
    from: &mut Input<S>,
    to: &mut Output<T>,
) -> Result<(), Box<dyn Error + Send + Sync>>
where
    S: AsyncRead,
    T: AsyncWrite,
{
    loop {
        let mut input = &mut from.bytes[..from.len];
        while let Some(event) = from.receiver.receive(&mut input)? {
            to.pass(event).await?;
        }
        if from.receiver.has_close() {
            return Ok(());
        }
        from.len = timeout(IDLE, from.stream.read(&mut from.bytes)).await??;
        if from.len == 0 {
            from.receiver.receive_eof()?;
        }
    }
}

impl<S: AsyncWrite> Output<S> {
    async fn pass(&mut self, event: Event<'_>) -> Result<(), Box<dyn Error + Send + Sync>> {
        let mut payload = &[][..];
        let header;
        match event {
            Event::Chunk(chunk) => {
                let frame = self.sender.frame_in_place(chunk)?;
                header = frame.header;
                payload = frame.payload;
                self.queue.extend_from_slice(&header);
            }
            Event::Ping(data) => self.sender.send_ping(data, &mut self.queue)?,
            Event::Pong(data) => self.sender.send_pong(data, &mut self.queue)?,
            Event::Close(frame) => self.sender.send_close(frame, &mut self.queue)?,
        }
        Ok(self.write(payload).await?)
    }

    /// Writes what is queued, and a payload from where it is.
    async fn write(&mut self, payload: &[u8]) -> io::Result<()> {
        self.is_torn = true;
        self.stream.write_all_buf(&mut Buf::chain(&*self.queue, payload)).await?;
        self.is_torn = false;
        self.queue.clear();
        Ok(())
    }

    /// Sends a Close frame with the reason, if anything can be sent.
    async fn fail(&mut self, why: Option<ProtocolError>) {
        let gone = CloseFrame { code: CloseCode::GOING_AWAY, reason: "the other end is gone" };
        match why {
            Some(error) => self.sender.fail(&error, &mut self.queue),
            // Nothing can follow an earlier Close frame.
            None => drop(self.sender.send_close(Some(gone), &mut self.queue)),
        }
        if !self.is_torn {
            let _ = timeout(CLOSE, self.write(&[])).await;
        }
    }
}

/// Ends a transport so that its last bytes are not lost to a reset (RFC 6455 7.1.1).
async fn end<S: AsyncRead + AsyncWrite>(mut from: Input<S>, mut to: Output<S>) {
    let ending = async {
        to.stream.shutdown().await?;
        copy(&mut from.stream, &mut sink()).await
    };
    let _ = timeout(CLOSE, ending).await;
}

async fn relay(client: TcpStream, url: &str) -> Result<(), sansocket::Error> {
    // Frames are passed on as they arrive, so there is no need for a limit.
    let limits = Limits::default().max_message_len(u64::MAX).max_fragments(u32::MAX);
    let options = Options::default().limits(limits.max_controls_per_message(u32::MAX));
    let server = Connector::new().options(options.clone()).connect(url).await;
    let acceptor = Acceptor::new().options(options).origin_policy(OriginPolicy::Any);
    let received = acceptor.receive(client).await?;
    let server = match server {
        Ok((server, _)) => server,
        Err(error) => {
            received.reject(Rejection::new(502)).await?;
            return Err(error);
        }
    };
    let (mut client_in, mut client_out) = halves(received.accept().await?.into_parts());
    let (mut server_in, mut server_out) = halves(server.into_parts());

    let there = Box::pin(pump(&mut client_in, &mut server_out));
    let back = Box::pin(pump(&mut server_in, &mut client_out));
    // After a Close frame, the answer has a timeout.
    let (there, back) = match select(there, back).await {
        Either::Left((Ok(()), back)) => (None, timeout(CLOSE, back).await.ok()),
        Either::Left((there, _)) => (Some(there), None),
        Either::Right((Ok(()), there)) => (timeout(CLOSE, there).await.ok(), None),
        Either::Right((back, _)) => (None, Some(back)),
    };
    for result in [&there, &back].into_iter().flatten() {
        if let Err(error) = result {
            eprintln!("{error}");
        }
    }
    let why = |result: Option<Result<(), Box<dyn Error + Send + Sync>>>| {
        result?.err()?.downcast_ref::<ProtocolError>().copied()
    };
    join(client_out.fail(why(there)), server_out.fail(why(back))).await;
    join(end(client_in, client_out), end(server_in, server_out)).await;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(address), Some(url)) = (arguments.next(), arguments.next()) else {
        return Err("relay LISTEN ws://TARGET/".into());
    };
    let url: &str = url.leak();
    let listener = TcpListener::bind(address).await?;
    println!("listening on ws://{}", listener.local_addr()?);
    loop {
        match listener.accept().await {
            Ok((client, _)) => drop(tokio::spawn(relay(client, url))),
            Err(error) => {
                // Probably out of descriptors: connections that end will free some.
                eprintln!("cannot accept: {error}");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}
