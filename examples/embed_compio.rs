//! An adapter for a completion-based runtime: an echo server and its client on `compio`.
//!
//!     cargo run --release --example embed_compio -- server 127.0.0.1:9001 [PING_SECONDS]
//!     cargo run --release --example embed_compio -- client ws://127.0.0.1:9001/ MESSAGE...
//!
//! The loops of both are in `embed/mod.rs`, for any runtime. This file has what they need from this
//! one, where the kernel owns a buffer until its operation completes. So the storage of the read
//! buffer is taken out for each read, and the queue is lent for each write. Both are put back, and
//! no payload is copied. An operation in progress continues while the session does other things.

mod embed;

use std::error::Error;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use compio::BufResult;
use compio::buf::{IntoInner as _, IoBuf as _, Slice};
use compio::io::{AsyncRead as _, AsyncWrite as _};
use compio::net::{TcpListener, TcpStream};
use compio::time::sleep;
use embed::{Link, Task, now};
use sansocket::buffered::WriteBuffer;
use sansocket::session::{Exchange, Phase, Step, Want, Writing};

/// A read or a write in progress, with its bytes.
type Operation = Pin<Box<dyn Future<Output = Completed>>>;
type Completed = BufResult<usize, Slice<Vec<u8>>>;

struct Socket {
    stream: TcpStream,
    read: Option<Operation>,
    write: Option<Operation>,
    /// What the session has lent.
    lent: WriteBuffer,
}

impl Link for Socket {
    async fn perform<E: Exchange>(
        &mut self,
        step: Step,
        phase: &mut Phase<E>,
        writing: &mut Writing,
    ) {
        let mut stream = self.stream.clone();
        match step {
            Step::Read if self.read.is_none() => {
                let (storage, start) = phase.buffer().take_storage();
                let room = storage.slice(start..);
                self.read = Some(Box::pin(async move { stream.read(room).await }));
            }
            Step::Write if self.write.is_none() => match writing.wants(now) {
                Want::Write => {
                    writing.lend(&mut self.lent);
                    let (bytes, start) = self.lent.take_storage();
                    let rest = bytes.slice(start..);
                    self.write = Some(Box::pin(async move { stream.write(rest).await }));
                }
                Want::Flush => writing.flushed(),
                Want::Nothing => {}
            },
            Step::HalfClose => {
                // If it fails, the peer was faster.
                let _ = stream.shutdown().await;
                phase.half_closed(writing);
            }
            Step::Wait(until) => {
                let patience = until.since(now()).min(Duration::from_secs(3600));
                let mut due = pin!(sleep(patience));
                poll_fn(|cx| match self.progress(cx, phase, writing) {
                    true => Poll::Ready(()),
                    false => due.as_mut().poll(cx),
                })
                .await;
            }
            _ => {}
        }
        // The operation goes to the kernel at once, since the transport may end next.
        poll_fn(|cx| Poll::Ready(self.progress(cx, phase, writing))).await;
        if self.write.is_some() {
            writing.refused(now());
        }
    }
}

impl Socket {
    fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self { stream, read: None, write: None, lent: WriteBuffer::default() })
    }

    /// Puts back the buffers of completed operations. Returns whether there was one.
    fn progress<E: Exchange>(
        &mut self,
        cx: &mut Context<'_>,
        phase: &mut Phase<E>,
        writing: &mut Writing,
    ) -> bool {
        let read = poll(&mut self.read, cx).map(|BufResult(result, room)| {
            phase.buffer().restore_storage(room.into_inner());
            match result {
                Ok(0) => phase.end_of_stream(),
                Ok(count) => phase.filled(count),
                Err(_) => phase.failed(writing),
            }
        });
        let write = poll(&mut self.write, cx).map(|BufResult(result, rest)| {
            let written = rest.begin() + result.as_ref().unwrap_or(&0);
            self.lent.restore_storage(rest.into_inner(), written);
            match result {
                Ok(count) => writing.written(count),
                Err(_) => writing.failed(),
            }
        });
        read.is_some() || write.is_some()
    }
}

/// Takes the result of an operation, if there is one and it has completed.
fn poll(operation: &mut Option<Operation>, cx: &mut Context<'_>) -> Option<Completed> {
    match operation.as_mut()?.as_mut().poll(cx) {
        Poll::Ready(result) => {
            *operation = None;
            Some(result)
        }
        Poll::Pending => None,
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let (address, timeouts) = match Task::from_env()? {
        Task::Serve { address, timeouts } => (address, timeouts),
        Task::Call { host, path, messages } => {
            let socket = Socket::new(TcpStream::connect(&host).await?)?;
            return embed::call(socket, (&host, &path), &messages).await;
        }
    };
    let listener = TcpListener::bind(&address).await?;
    println!("listening on ws://{}", listener.local_addr()?);
    loop {
        match listener.accept().await.and_then(|(stream, _)| Socket::new(stream)) {
            Ok(socket) => compio::runtime::spawn(embed::echo(socket, timeouts)).detach(),
            Err(error) => {
                // Probably out of descriptors: connections that end will free some.
                eprintln!("cannot accept: {error}");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    compio::runtime::Runtime::new()?.block_on(run())
}
