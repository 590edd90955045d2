//! Servers, each of which runs in a process of its own, on a current-thread runtime. Each of them echoes
//! the event `say`, and sends the event `news` to a room.
//!
//! The peers are set up as their documentation shows, with their default settings.

#[path = "../../../peers/src/server/listen.rs"]
mod listen;
#[path = "../../../peers/src/server/node.rs"]
mod node;
#[path = "../../../peers/src/server/process.rs"]
#[allow(dead_code, reason = "`peers` uses all of it")]
mod process;
mod raw;
mod sansocket;
mod socketioxide;

use std::io;
use std::sync::LazyLock;
use std::time::Duration;
use std::{process as this, thread};

use axum::Router;
use axum::serve::ListenerExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;

pub use process::Process;

/// The version of npm's `socket.io`.
pub const NODE_PACKAGE: &str = "socket.io@4.8.4";

/// How long a server lives that nobody ends.
const LIFETIME: Duration = Duration::from_secs(600);

/// What the sockets of the room send, and the beginning of the answer.
pub const JOIN: &str = r#"420["join"]"#;
pub const JOINED: &str = "430[";
const ROOM: &str = "readers";
/// What makes the server send the event to the room.
pub const PUBLISH: &str = r#"42["publish"]"#;
/// The message that the sockets of the room get, 125 B.
pub static NEWS: LazyLock<String> = LazyLock::new(|| format!(r#"42["news","{}"]"#, *NEWS_TEXT));
static NEWS_TEXT: LazyLock<String> = LazyLock::new(|| crate::wire::ascii(112));

pub struct Server {
    pub name: &'static str,
    pub protocol: Protocol,
    /// Whether the first ping comes at once, and not after an interval.
    pub pings_at_once: bool,
    serve: Serve,
}

/// What is inside of the WebSocket messages.
#[derive(Clone, Copy, PartialEq)]
pub enum Protocol {
    /// The argument of an event, since the connection has one purpose.
    Text,
    /// An array of the name of an event and its argument.
    Json,
    SocketIo,
}

enum Serve {
    /// Starts the task of a connection.
    Tasks(fn(TcpStream)),
    /// Answers requests to `/socket.io/`.
    Routes(fn() -> Router),
    /// A program of Node's.
    Node,
}

/// The limit comes first.
pub static SERVERS: [Server; 4] = [
    raw("raw", Protocol::Text, raw::spawn),
    socketio("sansocket-socketio", Serve::Routes(sansocket::routes)),
    Server { pings_at_once: true, ..socketio("socketioxide", Serve::Routes(socketioxide::routes)) },
    socketio("socket.io (Node)", Serve::Node),
];

/// The limit of what parses events.
pub static JSON: Server = raw("raw, JSON", Protocol::Json, raw::spawn_json);

const fn raw(name: &'static str, protocol: Protocol, spawn: fn(TcpStream)) -> Server {
    Server { name, protocol, pings_at_once: false, serve: Serve::Tasks(spawn) }
}

const fn socketio(name: &'static str, serve: Serve) -> Server {
    Server { name, protocol: Protocol::SocketIo, pings_at_once: false, serve }
}

impl Server {
    pub fn named(name: &str) -> Option<&'static Self> {
        SERVERS.iter().chain([&JSON]).find(|server| server.name == name)
    }

    pub fn is_ours(&self) -> bool {
        self.name.contains("sansocket")
    }

    /// Returns whether it is this program.
    pub fn is_native(&self) -> bool {
        !matches!(self.serve, Serve::Node)
    }

    /// Returns those that this machine can run.
    pub fn available() -> Vec<&'static Self> {
        SERVERS.iter().filter(|server| server.is_native() || node::is_installed()).collect()
    }

    /// The same error, which says whose it is.
    pub fn blame(&self, error: io::Error) -> io::Error {
        io::Error::new(error.kind(), format!("{}: {error}", self.name))
    }

    /// The message that carries the event `say` with this argument, which needs no escapes.
    pub fn say(&self, argument: &str) -> String {
        match self.protocol {
            Protocol::Text => argument.into(),
            Protocol::Json => format!(r#"["say","{argument}"]"#),
            Protocol::SocketIo => format!(r#"42["say","{argument}"]"#),
        }
    }

    /// Prints its address, and serves until the process is ended.
    pub fn run(&self) -> io::Result<()> {
        thread::spawn(|| {
            thread::sleep(LIFETIME);
            this::exit(1)
        });
        match self.serve {
            Serve::Tasks(spawn) => listen::serve(spawn),
            Serve::Routes(routes) => {
                let runtime = Builder::new_current_thread().enable_all().build()?;
                runtime.block_on(serve_routes(routes))
            }
            Serve::Node => Err(io::Error::other("Node runs this one")),
        }
    }
}

async fn serve_routes(routes: fn() -> Router) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    // Without it, a client of a broken connection would wait, and notice.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    axum::serve(listener, routes()).await
}
