use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net;

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use super::{Echo, PATIENCE};

/// How much is read at once.
const ROOM: usize = 256 << 10;

/// Connections that always have the same number of messages in flight, each.
pub struct Load {
    poll: Poll,
    events: Events,
    connections: Vec<Connection>,
    messages: Messages,
    room: Vec<u8>,
}

/// What is sent and received again and again.
struct Messages {
    echo: Echo,
    in_flight: usize,
    /// As many messages as are in flight.
    sent: Vec<u8>,
    /// As many messages as can be read at once, wherever in one of them the read begins.
    received: Vec<u8>,
}

struct Connection {
    stream: TcpStream,
    /// How many bytes are to be written.
    owed: usize,
    /// How much of a message has been written, and how much of one received.
    written: usize,
    received: usize,
}

impl Load {
    pub fn new(streams: Vec<net::TcpStream>, echo: Echo, in_flight: usize) -> io::Result<Self> {
        let poll = Poll::new()?;
        let events = Events::with_capacity(streams.len());
        let connections = streams.into_iter().enumerate().map(|(number, stream)| {
            stream.set_nonblocking(true)?;
            let mut stream = TcpStream::from_std(stream);
            let interest = Interest::READABLE | Interest::WRITABLE;
            poll.registry().register(&mut stream, Token(number), interest)?;
            Ok(Connection { stream, owed: 0, written: 0, received: 0 })
        });
        let connections = connections.collect::<io::Result<_>>()?;
        let sent = echo.sent.repeat(in_flight);
        let received = echo.received.repeat(ROOM.div_ceil(echo.received.len()) + 1);
        let messages = Messages { echo, in_flight, sent, received };
        Ok(Self { poll, events, connections, messages, room: vec![0; ROOM] })
    }

    /// Sends a message for each that has come back, as long as `goes_on` holds of the number of
    /// those that have; then waits for the rest. Gives their number.
    pub fn run(&mut self, goes_on: impl Fn(u64) -> bool) -> io::Result<u64> {
        let Self { poll, events, connections, messages, room } = self;
        let mut echoed = 0;
        let mut in_flight = 0;
        for connection in &mut *connections {
            in_flight += messages.in_flight;
            connection.owed += messages.sent.len();
            connection.write(messages)?;
        }
        while in_flight > 0 {
            poll.poll(events, Some(PATIENCE))?;
            if events.is_empty() {
                return Err(ErrorKind::TimedOut.into());
            }
            for event in &*events {
                let connection = &mut connections[event.token().0];
                let count = connection.read(messages, room)?;
                echoed += u64::try_from(count).map_err(io::Error::other)?;
                if goes_on(echoed) {
                    connection.owed += count * messages.echo.sent.len();
                } else {
                    in_flight -= count;
                }
                connection.write(messages)?;
            }
        }
        Ok(echoed)
    }
}

impl Connection {
    fn write(&mut self, messages: &Messages) -> io::Result<()> {
        while self.owed > 0 {
            let rest = &messages.sent[self.written..];
            match self.stream.write(&rest[..self.owed.min(rest.len())]) {
                Ok(count) => {
                    self.owed -= count;
                    self.written = (self.written + count) % messages.echo.sent.len();
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Reads all that is there, and gives the number of messages that are now whole.
    fn read(&mut self, messages: &Messages, room: &mut [u8]) -> io::Result<usize> {
        let len = messages.echo.received.len();
        let mut whole = 0;
        loop {
            let count = match self.stream.read(room) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(whole),
                Err(error) => return Err(error),
            };
            if room[..count] != messages.received[self.received..][..count] {
                return Err(Echo::wrong());
            }
            whole += (self.received + count) / len;
            self.received = (self.received + count) % len;
            if count < room.len() {
                return Ok(whole);
            }
        }
    }
}
