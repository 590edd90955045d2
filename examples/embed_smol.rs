//! An adapter for a readiness-based runtime: an echo server and its client on `smol`.
//!
//!     cargo run --release --example embed_smol -- server 127.0.0.1:9001 [PING_SECONDS]
//!     cargo run --release --example embed_smol -- client ws://127.0.0.1:9001/ MESSAGE...
//!
//! The loops of both are in `embed/mod.rs`, for any runtime. This file has what they need from this
//! one: a socket whose calls never wait, except for `Step::Wait`, which is a race of futures.

mod embed;

use std::error::Error;
use std::io::{ErrorKind, Read as _, Write as _};
use std::mem::take;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use embed::{Link, Task, now};
use sansocket::session::{Exchange, Phase, Step, Want, Writing};
use smol::future::{FutureExt as _, pending};
use smol::{Async, Timer};

struct Socket {
    stream: Async<TcpStream>,
    /// Whether a read was postponed because it would have to wait.
    is_read_left: bool,
}

impl Socket {
    fn new(stream: Async<TcpStream>) -> std::io::Result<Self> {
        stream.get_ref().set_nodelay(true)?;
        Ok(Self { stream, is_read_left: false })
    }
}

impl Link for Socket {
    async fn perform<E: Exchange>(
        &mut self,
        step: Step,
        phase: &mut Phase<E>,
        writing: &mut Writing,
    ) {
        let mut stream = self.stream.get_ref();
        match step {
            Step::Read => match stream.read(phase.unfilled()) {
                Ok(0) => phase.end_of_stream(),
                Ok(count) => phase.filled(count),
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.is_read_left = true,
                Err(_) => phase.failed(writing),
            },
            Step::Write => {
                while writing.wants(now) != Want::Nothing {
                    match stream.write(writing.unwritten()) {
                        Ok(count) => writing.written(count),
                        Err(error) if error.kind() == ErrorKind::WouldBlock => {
                            writing.refused(now());
                            break;
                        }
                        Err(_) => writing.failed(),
                    }
                    // TCP buffers nothing that needs a flush.
                    writing.flushed();
                }
            }
            Step::HalfClose => {
                // If it fails, the peer was faster.
                let _ = stream.shutdown(Shutdown::Write);
                phase.half_closed(writing);
            }
            // Only for postponed calls: the input of a peer that does not read is not read either,
            // and would end the wait at once.
            Step::Wait(until) => {
                let due = when(true, Timer::after(until.since(now())));
                let readable = when(take(&mut self.is_read_left), self.stream.readable());
                let writable = when(!writing.is_settled(), self.stream.writable());
                due.or(readable).or(writable).await;
            }
            _ => {}
        }
    }
}

/// Waits for the event, or for ever if it is not wanted.
async fn when<T>(is_wanted: bool, event: impl Future<Output = T>) {
    match is_wanted {
        true => drop(event.await),
        false => pending().await,
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let (address, timeouts) = match Task::from_env()? {
        Task::Serve { address, timeouts } => (address, timeouts),
        Task::Call { host, path, messages } => {
            let socket =
                Socket::new(Async::<TcpStream>::connect(host.parse::<SocketAddr>()?).await?)?;
            return embed::call(socket, (&host, &path), &messages).await;
        }
    };
    let listener = Async::<TcpListener>::bind(address.parse::<SocketAddr>()?)?;
    println!("listening on ws://{}", listener.get_ref().local_addr()?);
    loop {
        match listener.accept().await.and_then(|(stream, _)| Socket::new(stream)) {
            Ok(socket) => smol::spawn(embed::echo(socket, timeouts)).detach(),
            Err(error) => {
                // Probably out of descriptors: connections that end will free some.
                eprintln!("cannot accept: {error}");
                Timer::after(Duration::from_millis(100)).await;
            }
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    smol::block_on(run())
}
