//! The other side of the servers: as cheap as can be, so that it does not disturb.

#[path = "../../../peers/src/client/echo.rs"]
mod echo;
#[path = "../../../peers/src/client/load.rs"]
mod load;
mod socket;

use std::io;
use std::time::Duration;

use sansocket::frame::OpCode;

use crate::server::{Process, Server};
use crate::wire;

pub use echo::Echo;
pub use load::Load;
pub use socket::Socket;

/// How long a server may be silent while it owes an answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many sockets a load has.
const SOCKETS: usize = 16;

/// The event `say` with an argument of `len` bytes, as the server echoes it.
pub fn say(server: &Server, len: usize) -> Echo {
    let message = server.say(&wire::ascii(len));
    Echo {
        sent: wire::message(OpCode::Text, message.as_bytes()),
        received: wire::frame(OpCode::Text, true, false, message.as_bytes()),
    }
}

/// Sockets that have such events in flight.
pub fn say_load(process: &Process, len: usize, in_flight: usize) -> io::Result<Load> {
    let sockets = (0..SOCKETS).map(|_| Ok(Socket::connect(process)?.stream));
    Load::new(sockets.collect::<io::Result<_>>()?, say(process.server, len), in_flight)
}
