//! Echo servers, each of which runs in a process of its own: a task for each connection, on a
//! current-thread runtime unless its name says otherwise, or a thread for each.
//!
//! The peers accept and answer as their documentation shows, with their default settings and the
//! loop that everybody writes.

mod batched;
mod clients;
mod fan_out;
mod fastwebsockets;
mod listen;
mod nexus_async_web;
mod node;
mod process;
mod raw;
mod sansocket;
mod sockudo_ws;
mod soketto;
mod tokio_tungstenite;
mod tokio_websockets;
mod tungstenite;
mod wtx;
mod yawc;

use std::future::Future;
use std::io;
use std::net as blocking;
use std::time::Duration;
use std::{process as this, thread};

use tokio::net::TcpStream;
use tokio::runtime::Builder;

pub use clients::CLIENTS;
pub use fan_out::{FAN_OUTS, LEN as FAN_OUT_LEN};
pub use process::Process;

/// The version of npm's `ws`.
pub const NODE_PACKAGE: &str = "ws@8.23.0";

/// How long a server lives that nobody ends.
const LIFETIME: Duration = Duration::from_secs(600);

pub struct Server {
    pub name: &'static str,
    /// Whether it is a WebSocket; if not, there is no handshake, and each byte comes back as it is.
    pub is_websocket: bool,
    serve: Serve,
}

enum Serve {
    /// Starts the task of a connection.
    Tasks(fn(TcpStream)),
    /// The same, on a runtime with two threads.
    TasksOfTwoThreads(fn(TcpStream)),
    /// Runs in the thread of a connection.
    Threads(fn(blocking::TcpStream)),
    /// A program of Node's.
    Node,
}

/// The limits: nothing between the application and the transport.
pub const RAW: &str = "raw";
pub const RAW_THREADS: &str = "raw threads";
pub const LENT: &str = "sansocket-lent";
pub const OWNED: &str = "sansocket-owned";
pub const AT_ONCE: &str = "sansocket-send";
pub const BLOCKING: &str = "sansocket-blocking";
pub const WORKING: &str = "sansocket-working";
pub const TUNGSTENITE: &str = "tokio-tungstenite";

/// The limit comes first.
pub static ASYNC: [Server; 12] = [
    Server { is_websocket: false, ..tasks(RAW, |stream| spawn(raw::echo(stream))) },
    tasks(LENT, |stream| spawn(sansocket::echo_lent(stream))),
    tasks(OWNED, |stream| spawn(sansocket::echo_owned(stream))),
    tasks(TUNGSTENITE, |stream| spawn(tokio_tungstenite::echo(stream))),
    tasks("tokio-websockets", |stream| spawn(tokio_websockets::echo(stream))),
    tasks("fastwebsockets", |stream| spawn(fastwebsockets::accept(stream))),
    tasks("sockudo-ws", |stream| spawn(sockudo_ws::echo(stream))),
    tasks("yawc", |stream| spawn(yawc::accept(stream))),
    tasks("wtx", |stream| spawn(wtx::echo(stream))),
    tasks("soketto", |stream| spawn(soketto::echo(stream))),
    tasks("nexus-async-web", |stream| spawn(nexus_async_web::echo(stream))),
    Server { name: "ws (Node)", is_websocket: true, serve: Serve::Node },
];

/// Buffers belong to threads, so that with more of them there are more.
pub static TWO_THREADS: Server = Server {
    name: "sansocket-lent, two threads",
    is_websocket: true,
    serve: Serve::TasksOfTwoThreads(|stream| spawn(sansocket::echo_lent(stream))),
};

/// The same libraries in other loops: one that sends at once, and those that batch by hand.
pub static OTHER_LOOPS: [Server; 3] = [
    tasks(AT_ONCE, |stream| spawn(sansocket::echo_at_once(stream))),
    tasks("tokio-tungstenite, batched", |stream| spawn(tokio_tungstenite::echo_batched(stream))),
    tasks("sockudo-ws, batched", |stream| spawn(sockudo_ws::echo_batched(stream))),
];

/// The limit comes first.
pub static THREADS: [Server; 3] = [
    Server {
        is_websocket: false,
        ..threads(RAW_THREADS, |stream| drop(raw::echo_blocking(stream)))
    },
    threads(BLOCKING, |stream| drop(sansocket::echo_blocking(stream))),
    threads("tungstenite", |stream| drop(tungstenite::echo(stream))),
];

/// What is compared with nobody: it works on each message.
static WORKER: Server = tasks(WORKING, |stream| spawn(sansocket::echo_working(stream)));

const fn tasks(name: &'static str, spawn: fn(TcpStream)) -> Server {
    Server { name, is_websocket: true, serve: Serve::Tasks(spawn) }
}

const fn threads(name: &'static str, serve: fn(blocking::TcpStream)) -> Server {
    Server { name, is_websocket: true, serve: Serve::Threads(serve) }
}

/// The result is dropped: its client notices how a connection ends.
fn spawn<F: Future<Output: Send> + Send + 'static>(echo: F) {
    drop(tokio::spawn(echo));
}

impl Server {
    pub fn named(name: &str) -> Option<&'static Self> {
        let echo = ASYNC.iter().chain(&OTHER_LOOPS).chain(&THREADS).chain([&TWO_THREADS, &WORKER]);
        echo.chain(&FAN_OUTS).chain(&CLIENTS).find(|server| server.name == name)
    }

    /// One of those that there are.
    pub fn known(name: &str) -> &'static Self {
        Self::named(name).expect("the name is a constant")
    }

    pub fn is_ours(&self) -> bool {
        self.name.contains("sansocket")
    }

    /// Returns whether it is this program.
    pub fn is_native(&self) -> bool {
        !matches!(self.serve, Serve::Node)
    }

    /// Returns those that this machine can run.
    pub fn available(servers: impl IntoIterator<Item = &'static Self>) -> Vec<&'static Self> {
        let can_run = |server: &&Self| server.is_native() || node::is_installed();
        servers.into_iter().filter(can_run).collect()
    }

    /// The same error, which says whose it is.
    pub fn blame(&self, error: io::Error) -> io::Error {
        io::Error::new(error.kind(), format!("{}: {error}", self.name))
    }

    /// Prints its address, and serves until the process is ended.
    pub fn run(&self) -> io::Result<()> {
        thread::spawn(|| {
            thread::sleep(LIFETIME);
            this::exit(1)
        });
        match self.serve {
            Serve::Tasks(spawn) => listen::serve(&mut Builder::new_current_thread(), spawn),
            Serve::TasksOfTwoThreads(spawn) => {
                listen::serve(Builder::new_multi_thread().worker_threads(2), spawn)
            }
            Serve::Threads(serve) => serve_threads(serve),
            Serve::Node => Err(io::Error::other("Node runs this one")),
        }
    }
}

fn serve_threads(serve: fn(blocking::TcpStream)) -> io::Result<()> {
    let listener = blocking::TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept()?;
        stream.set_nodelay(true)?;
        thread::spawn(move || serve(stream));
    }
}
