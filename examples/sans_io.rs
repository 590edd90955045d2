//! The engine with no adapter at all: an echo server on one thread over `mio`.
//!
//!     cargo run --release --example sans_io -- 127.0.0.1:9001
//!
//! All that an embedder writes is here: read into the engine's buffer, let it advance, write what
//! it queued, look at the clock now and then. With io_uring or in a game loop it is the same.

use std::{
    collections::HashMap,
    error::Error,
    io::{self, ErrorKind, Read as _, Write as _},
    net::Shutdown,
    time::{Duration, Instant},
};

use mio::{
    Events, Interest, Poll, Token,
    net::{TcpListener, TcpStream},
};
use sansocket::{
    Config, Parsed, Timeouts, Timestamp,
    buffered::{Progress, ReadBuffer, WriteBuffer},
    connection::{Connection, Watchdog, WatchdogAction},
    handshake::{
        HandshakeError, Limits, OriginPolicy,
        server::{self, AwaitingRequest},
    },
};

/// How much may wait for a peer that does not read.
const MAX_QUEUED: usize = 128 << 10;
const LISTENER: Token = Token(0);
const TICK: Duration = Duration::from_secs(1);
/// How long to wait after accepting has failed.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);
/// How long a handshake may take, and how long a connection that has ended may linger.
const PATIENCE: Duration = Duration::from_secs(10);

struct Peer {
    stream: TcpStream,
    input: ReadBuffer,
    output: WriteBuffer,
    phase: Phase,
    phase_began: Timestamp,
}

enum Phase {
    Handshake(AwaitingRequest),
    Open(Box<(Connection, Watchdog)>),
    /// The last bytes are written, and input is read to its end and thrown away.
    Ending,
}

impl Peer {
    fn new(stream: TcpStream, now: Timestamp) -> Self {
        Self {
            stream,
            input: ReadBuffer::default(),
            output: WriteBuffer::default(),
            phase: Phase::Handshake(AwaitingRequest::new(&Limits::default())),
            phase_began: now,
        }
    }

    /// Reads and writes until the socket can do no more. `false`: the connection is over.
    fn drive(&mut self, now: Timestamp) -> io::Result<bool> {
        loop {
            let is_written = self.write()?;
            if matches!(self.phase, Phase::Ending) && is_written {
                self.stream.shutdown(Shutdown::Write)?;
            }
            // A peer that does not read is not read from: what it is owed stays bounded.
            if self.output.unwritten().len() >= MAX_QUEUED {
                return Ok(true);
            }
            match self.stream.read(self.input.unfilled()) {
                Ok(0) => return Ok(false),
                Ok(count) => self.input.filled(count),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(true),
                Err(error) => return Err(error),
            }
            self.receive(now);
        }
    }

    /// Writes what is queued. `false`: the socket is full.
    fn write(&mut self) -> io::Result<bool> {
        while !self.output.unwritten().is_empty() {
            match self.stream.write(self.output.unwritten()) {
                Ok(count) => self.output.written(count),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
            if let Phase::Open(open) = &mut self.phase {
                open.0.sender.send_deferred(self.output.out());
            }
        }
        Ok(true)
    }

    /// Lets the engine have what was read, and answers.
    fn receive(&mut self, now: Timestamp) {
        if let Phase::Handshake(awaiting) = &mut self.phase {
            match shake_hands(awaiting, &mut self.input, &mut self.output) {
                Ok(Parsed::Partial { .. }) => return,
                Ok(Parsed::Complete { value: connection, consumed }) => {
                    self.input.consume(consumed);
                    let watchdog = Watchdog::new(Timeouts::default());
                    self.begin(Phase::Open(Box::new((connection, watchdog))), now);
                }
                Err(error) => {
                    let refusal = server::Rejection::from(&error);
                    refusal.send(self.output.out()).expect("a refusal of ours is well-formed");
                    self.begin(Phase::Ending, now);
                }
            }
        }
        match &mut self.phase {
            Phase::Open(open) => {
                if !echo(&mut open.0, &mut self.input, &mut self.output) {
                    self.begin(Phase::Ending, now);
                }
            }
            _ => self.input.consume(usize::MAX),
        }
    }

    /// Does what is due at this time. `false`: the connection is over.
    fn tick(&mut self, now: Timestamp) -> bool {
        if let Phase::Open(open) = &mut self.phase {
            let (Connection { receiver, sender }, watchdog) = &mut **open;
            let liveness = receiver.liveness();
            let watch = watchdog.poll(now, liveness, sender, self.output.out());
            if !matches!(watch, WatchdogAction::Expired(_)) {
                return true;
            }
            self.begin(Phase::Ending, now);
        }
        now.since(self.phase_began) < PATIENCE
    }

    fn begin(&mut self, phase: Phase, now: Timestamp) {
        (self.phase, self.phase_began) = (phase, now);
    }
}

/// Answers the upgrade request, once it is there in whole.
fn shake_hands(
    awaiting: &mut AwaitingRequest,
    input: &mut ReadBuffer,
    output: &mut WriteBuffer,
) -> Result<Parsed<Connection>, HandshakeError> {
    match awaiting.parse(input.unread())? {
        Parsed::Partial { needed } => Ok(Parsed::Partial { needed }),
        Parsed::Complete { value: request, consumed } => {
            let response = request.accept().origin_policy(&OriginPolicy::Any);
            let value = response.send(&Config::default(), output.out())?;
            Ok(Parsed::Complete { value, consumed })
        }
    }
}

/// Sends every message back. `false`: the connection has ended, and what there is to say is queued.
fn echo(connection: &mut Connection, input: &mut ReadBuffer, output: &mut WriteBuffer) -> bool {
    let Connection { receiver, sender } = connection;
    loop {
        let result = match input.advance(receiver, |reply| sender.reply(reply, output.out())) {
            Ok(Progress::NeedInput) => return true,
            Ok(Progress::Closed) => return false,
            Ok(Progress::Message) => input.message(),
            Err(error) => Err(error),
        };
        match result {
            Ok(message) => output.send(sender, message).expect("no Close frame was sent"),
            Err(error) => {
                sender.fail(&receiver.fail(error), output.out());
                return false;
            }
        }
    }
}

/// Whether accepting failed only for one connection, which has gone.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::Interrupted
    )
}

fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| String::from("127.0.0.1:9001"));
    let mut listener = TcpListener::bind(address.parse()?)?;
    println!("listening on ws://{}", listener.local_addr()?);
    let mut poll = Poll::new()?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut events = Events::with_capacity(1024);
    let mut peers: HashMap<Token, Peer> = HashMap::new();
    let mut next_token = 1;
    // When to accept, while connections may be waiting. mio reports them once: after a failure, no
    // event says when to try again.
    let mut accept_at = None;
    let start = Instant::now();
    let mut next_tick = TICK;
    loop {
        let wake_at = accept_at.map_or(next_tick, |at| next_tick.min(at));
        match poll.poll(&mut events, Some(wake_at.saturating_sub(start.elapsed()))) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            polled => polled?,
        }
        let elapsed = start.elapsed();
        let now = Timestamp::from(elapsed);
        for event in &events {
            if event.token() != LISTENER {
                if let Some(peer) = peers.get_mut(&event.token())
                    && !peer.drive(now).unwrap_or(false)
                {
                    peers.remove(&event.token());
                }
                continue;
            }
            accept_at.get_or_insert(elapsed);
        }
        if start.elapsed() >= next_tick {
            next_tick = start.elapsed() + TICK;
            peers.retain(|_, peer| peer.tick(now) && peer.drive(now).unwrap_or(false));
        }
        while accept_at.is_some_and(|at| at <= start.elapsed()) {
            match listener.accept() {
                Ok((mut stream, _)) => {
                    let token = Token(next_token);
                    let interest = Interest::READABLE | Interest::WRITABLE;
                    // If one of these fails, the connection is gone already.
                    if stream.set_nodelay(true).is_ok()
                        && poll.registry().register(&mut stream, token, interest).is_ok()
                    {
                        peers.insert(token, Peer::new(stream, now));
                        next_token += 1;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => accept_at = None,
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    // Out of descriptors, most likely: connections that end will free some.
                    eprintln!("cannot accept: {error}");
                    accept_at = Some(start.elapsed() + ACCEPT_AGAIN);
                }
            }
        }
    }
}
