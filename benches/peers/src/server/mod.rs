//! Echo servers, each of which runs in a process of its own on a current-thread runtime.
//!
//! The peers accept and answer as their documentation shows, with their default settings and the
//! loop that everybody writes.

mod fastwebsockets;
mod process;
mod raw;
mod sansocket;
mod tokio_tungstenite;
mod tokio_websockets;

use std::io;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::time::timeout;

pub use process::Process;

/// How long a server lives that nobody ends.
const LIFETIME: Duration = Duration::from_secs(600);

pub struct Server {
    pub name: &'static str,
    /// Whether it is a WebSocket; if not, there is no handshake, and each byte comes back as it is.
    pub is_websocket: bool,
    /// Starts the task of a connection.
    spawn: fn(TcpStream),
}

/// The limit: nothing between the application and the transport.
pub const RAW: &str = "raw";
pub const LENT: &str = "sansocket-lent";
pub const OWNED: &str = "sansocket-owned";
pub const AT_ONCE: &str = "sansocket-send";
pub const WORKING: &str = "sansocket-working";
pub const TUNGSTENITE: &str = "tokio-tungstenite";

pub const SERVERS: [Server; 7] = [
    Server {
        name: RAW,
        is_websocket: false,
        spawn: |stream| drop(tokio::spawn(raw::echo(stream))),
    },
    Server {
        name: LENT,
        is_websocket: true,
        spawn: |stream| drop(tokio::spawn(sansocket::echo_lent(stream))),
    },
    Server {
        name: OWNED,
        is_websocket: true,
        spawn: |stream| drop(tokio::spawn(sansocket::echo_owned(stream))),
    },
    Server {
        name: AT_ONCE,
        is_websocket: true,
        spawn: |stream| drop(tokio::spawn(sansocket::echo_at_once(stream))),
    },
    Server {
        name: TUNGSTENITE,
        is_websocket: true,
        spawn: |stream| drop(tokio::spawn(tokio_tungstenite::echo(stream))),
    },
    Server {
        name: "tokio-websockets",
        is_websocket: true,
        spawn: |stream| drop(tokio::spawn(tokio_websockets::echo(stream))),
    },
    Server {
        name: "fastwebsockets",
        is_websocket: true,
        spawn: |stream| drop(tokio::spawn(fastwebsockets::accept(stream))),
    },
];

/// What is compared with nobody: it works on each message.
static WORKER: Server = Server {
    name: WORKING,
    is_websocket: true,
    spawn: |stream| drop(tokio::spawn(sansocket::echo_working(stream))),
};

impl Server {
    pub fn named(name: &str) -> Option<&'static Self> {
        SERVERS.iter().chain([&WORKER]).find(|server| server.name == name)
    }

    /// One of those that there are.
    pub fn known(name: &str) -> &'static Self {
        Self::named(name).expect("the name is a constant")
    }

    /// The same error, which says whose it is.
    pub fn blame(&self, error: io::Error) -> io::Error {
        io::Error::new(error.kind(), format!("{}: {error}", self.name))
    }

    /// Prints its address, and serves until the process is ended.
    pub fn run(&self) -> io::Result<()> {
        let serve = async {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            println!("{}", listener.local_addr()?);
            loop {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                (self.spawn)(stream);
            }
        };
        Builder::new_current_thread().enable_all().build()?.block_on(async {
            timeout(LIFETIME, serve).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
        })
    }
}
