//! Connections to slow peers in simulated time.

use alloc::{collections::VecDeque, rc::Rc, vec, vec::Vec};
use core::{
    cell::{Cell, RefCell},
    time::Duration,
};
use std::{
    io::{self, Read, Write},
    thread_local,
};

use super::{Socket, WebSocket};
use crate::{
    connection::{Config, Connection, Event, MessageKind, Part},
    options::Options,
    random::Seed,
    role::Role,
};

thread_local! {
    static NOW: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// A time of a clock that goes on only while a stream waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Instant(Duration);

impl Instant {
    pub(super) fn now() -> Self {
        Self(NOW.get())
    }

    pub(super) fn elapsed(self) -> Duration {
        NOW.get() - self.0
    }
}

const TICK: Duration = Duration::from_millis(1);

/// Our end of a connection, whose other end takes as much as its pace says.
#[derive(Clone)]
struct Stream(Rc<RefCell<State>>);

struct State {
    peer: Connection,
    /// How many bytes the peer takes in the given millisecond.
    pace: fn(u128) -> usize,
    /// How many bytes the systems between hold.
    capacity: usize,
    held: VecDeque<u8>,
    input: Vec<u8>,
    read_timeout: Option<Duration>,
    write_timeout: Option<Duration>,
    /// The timeouts that were set, and when.
    write_timeouts: Vec<(Duration, Option<Duration>)>,
    /// How long the reads have waited that have waited in vain.
    vain_reads: Vec<Duration>,
    /// Bytes of messages that the peer has received.
    received: usize,
    is_shut_down: bool,
    has_ended: bool,
    /// Whether the peer sends something in every millisecond, and never ends.
    is_talkative: bool,
}

impl State {
    /// Lets the peer do what it does in a tick.
    fn tick(&mut self) {
        NOW.set(NOW.get() + TICK);
        assert!(NOW.get() < Duration::from_secs(3600), "it waits for ever");
        let count = (self.pace)(NOW.get().as_millis()).min(self.held.len());
        let mut taken: Vec<u8> = self.held.drain(..count).collect();
        let mut input = &mut taken[..];
        if self.is_talkative && self.peer.sender.send_ping(b"?", &mut self.input).is_err() {
            self.input.push(0);
        }
        loop {
            match self.peer.receive(&mut input, &mut self.input) {
                Ok(Some(Event::Chunk(chunk))) => {
                    self.received += chunk.payload.len();
                    if chunk.part == Part::Last {
                        let answer = b"it is there";
                        let kind = MessageKind::Text;
                        let _ =
                            self.peer.sender.send_part(kind, answer, Part::Last, &mut self.input);
                    }
                }
                Ok(Some(Event::Close(_))) => self.has_ended = !self.is_talkative,
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => break,
            }
        }
    }

    fn ping(&mut self) {
        self.peer.sender.send_ping(b"?", &mut self.input).unwrap();
    }

    /// Waits until something is ready.
    fn wait(
        &mut self,
        timeout: Option<Duration>,
        is_ready: impl Fn(&Self) -> bool,
    ) -> io::Result<()> {
        assert_ne!(timeout, Some(Duration::ZERO), "the system does not know what that means");
        let start = NOW.get();
        while !is_ready(self) {
            if timeout.is_some_and(|timeout| NOW.get() - start >= timeout) {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            self.tick();
        }
        Ok(())
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let state = &mut *self.0.borrow_mut();
        let start = NOW.get();
        let is_ready = |state: &State| !state.input.is_empty() || state.has_ended;
        if let Err(error) = state.wait(state.read_timeout, is_ready) {
            state.vain_reads.push(NOW.get() - start);
            return Err(error);
        }
        let count = buffer.len().min(state.input.len());
        for (to, from) in buffer.iter_mut().zip(state.input.drain(..count)) {
            *to = from;
        }
        Ok(count)
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let state = &mut *self.0.borrow_mut();
        if state.is_shut_down {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        state.wait(state.write_timeout, |state| state.held.len() < state.capacity)?;
        let count = bytes.len().min(state.capacity - state.held.len());
        state.held.extend(bytes.iter().take(count));
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Socket for Stream {
    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        assert_ne!(timeout, Some(Duration::ZERO));
        self.0.borrow_mut().read_timeout = timeout;
        Ok(())
    }

    fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        assert_ne!(timeout, Some(Duration::ZERO));
        let state = &mut *self.0.borrow_mut();
        state.write_timeout = timeout;
        state.write_timeouts.push((NOW.get(), timeout));
        Ok(())
    }

    fn set_nonblocking(&mut self, _: bool) -> io::Result<()> {
        Ok(())
    }

    fn reads_to_write(&self) -> bool {
        true
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        self.0.borrow_mut().is_shut_down = true;
        Ok(())
    }
}

/// A connection in this role, over systems that hold `capacity` bytes.
fn open(
    role: Role,
    capacity: usize,
    pace: fn(u128) -> usize,
    options: &Options,
) -> (WebSocket<Stream>, Stream) {
    let config = Config::default();
    let seed = Seed::from([7; 32]);
    let (ours, peer) = match role {
        Role::Server => (Connection::server(&config), Connection::client(&config, seed)),
        Role::Client => (Connection::client(&config, seed), Connection::server(&config)),
    };
    let stream = Stream(Rc::new(RefCell::new(State {
        peer,
        pace,
        capacity,
        held: VecDeque::new(),
        input: Vec::new(),
        read_timeout: None,
        write_timeout: None,
        write_timeouts: Vec::new(),
        vain_reads: Vec::new(),
        received: 0,
        is_shut_down: false,
        has_ended: false,
        is_talkative: false,
    })));
    let socket = WebSocket::from_upgraded(stream.clone(), ours, vec![], options)
        .with_socket(|stream| stream)
        .unwrap();
    (socket, stream)
}

mod tests {
    use alloc::vec;
    use core::time::Duration;
    use std::matches;

    use super::{super::stall::Stall, NOW, Stream, open};
    use crate::{
        buffered::OwnedMessage,
        close::CloseCode,
        connection::{Config, Timeouts},
        error::Error,
        options::Options,
        role::Role,
        time::Deadline,
    };

    const ROLES: [Role; 2] = [Role::Client, Role::Server];
    const SECOND: Duration = Duration::from_secs(1);

    fn quiet() -> Options {
        Options::default().timeouts(Timeouts::default().ping_interval(None))
    }

    /// How long it takes until a peer of this pace is given up, of whose connection the systems
    /// hold 4 MiB.
    fn time_to_give_up(pace: fn(u128) -> usize, len: usize, options: &Options) -> Duration {
        NOW.set(Duration::ZERO);
        let (mut socket, stream) = open(Role::Server, 4 << 20, pace, options);
        let error = socket.send(vec![7; len]).unwrap_err();
        assert!(matches!(error, Error::Timeout(Deadline::Write)), "{error:?}");
        assert_no_timeout_is_longer_than_what_is_left(&stream, NOW.get());
        NOW.get()
    }

    fn assert_no_timeout_is_longer_than_what_is_left(stream: &Stream, end: Duration) {
        for (at, timeout) in &stream.0.borrow().write_timeouts {
            assert!(*at + timeout.unwrap() <= end, "{timeout:?} at {at:?} of {end:?}");
        }
    }

    // Shows own-adapters-2 (both).
    #[test]
    fn a_peer_that_takes_next_to_nothing_is_given_up_after_the_write_timeout() {
        let len = 16 << 20;
        assert_eq!(time_to_give_up(|_| 0, len, &quiet()), 30 * SECOND, "nothing");
        // The first write is short already, and takes a while.
        let pace = |now| usize::from(now % 7000 == 0) * 8;
        assert_eq!(time_to_give_up(pace, len, &quiet()), 30 * SECOND, "8 bytes in 7 s");
        let pace = |now| usize::from(now == 29_900) * 60_000;
        assert_eq!(time_to_give_up(pace, len, &quiet()), 30 * SECOND, "60,000 bytes, and late");
        // The last call waits for less than those before.
        let limit = Duration::from_millis(250);
        let options = quiet().write_timeout(Some(limit));
        assert_eq!(time_to_give_up(|_| 0, len, &options), limit);
    }

    #[test]
    fn time_in_which_nobody_writes_is_not_counted() {
        let pass = |time| NOW.set(NOW.get() + time);
        let stall = Stall::start(30 * SECOND);
        pass(10 * SECOND);
        let stall = stall.paused();
        pass(100 * SECOND);
        let mut stall = stall.resumed();
        assert_eq!(stall.left(), Some(20 * SECOND));
        pass(19 * SECOND);
        assert!(stall.take(1));
        pass(SECOND);
        assert!(!stall.take(1));
    }

    // Shows own-adapters-2 (both).
    #[test]
    fn a_peer_that_has_taken_a_lot_is_given_up_after_the_write_timeout_more() {
        let pace = |now| usize::from(now == 10_000) * (1 << 20);
        assert_eq!(time_to_give_up(pace, 16 << 20, &quiet()), 40 * SECOND);
    }

    #[test]
    fn a_write_timeout_of_zero_gives_up_a_peer_that_does_not_take_it_at_once() {
        let options = quiet().write_timeout(Some(Duration::ZERO));
        assert!(time_to_give_up(|_| 0, 16 << 20, &options) <= Duration::from_millis(2));
        let (mut socket, _) = open(Role::Server, 4 << 20, |_| 0, &options);
        socket.send(vec![7; 1 << 20]).unwrap();
        socket.send("taken at once").unwrap();
    }

    /// The systems hold what takes 10 s; a Ping is answered when the peer comes to it.
    // Shows own-keepalive-1 (both), own-keepalive-2 (both), own-closing-1 (both).
    #[test]
    fn a_large_message_arrives_at_a_peer_that_reads_slowly_and_so_does_the_close() {
        for role in ROLES {
            let (mut socket, stream) =
                open(role, 2560 << 10, |_| (256 << 10) / 1000, &Options::default());
            socket.send(vec![7; 16 << 20]).unwrap();
            let message = socket.recv().unwrap();
            assert_eq!(message, Some(OwnedMessage::Text("it is there".into())));
            assert_eq!(stream.0.borrow().received, 16 << 20);
            assert!(socket.close(CloseCode::NORMAL, "").unwrap().was_clean);
        }
    }

    /// What the systems hold takes a second, and what is queued when the Ping is due takes three.
    // Shows own-keepalive-1 (both), own-keepalive-2 (both).
    #[test]
    fn a_pong_is_due_from_when_the_queue_before_its_ping_is_taken() {
        let timeouts =
            Timeouts::default().ping_interval(Some(SECOND)).pong(Duration::from_millis(1500));
        let config = Config::default().high_water_mark(usize::MAX);
        let options = Options::default().timeouts(timeouts).config(config);
        for role in ROLES {
            let (mut socket, _) = open(role, 1 << 20, |_| (1 << 20) / 1000, &options);
            socket.send("the connection is open").unwrap();
            assert!(socket.recv().unwrap().is_some());
            socket.send(vec![7; 4 << 20]).unwrap();
            for _ in 0..3 {
                socket.feed(vec![7; 1 << 20]).unwrap();
            }
            for _ in 0..4 {
                assert!(socket.recv().unwrap().is_some());
            }
            socket.send("after the Ping").unwrap();
            assert!(socket.recv().unwrap().is_some());
            assert!(socket.latency().is_some(), "the Ping was answered");
            assert!(socket.close(CloseCode::NORMAL, "").unwrap().was_clean);
        }
    }

    /// What is before it has been taken by the systems, which are full.
    // Shows own-keepalive-1 (both).
    #[test]
    fn a_pong_is_due_from_when_its_ping_has_found_room() {
        let pace = |now| match now {
            0..=1 => 100,
            2..=2000 => 0,
            _ => 1000,
        };
        let timeouts =
            Timeouts::default().ping_interval(Some(SECOND)).pong(Duration::from_millis(1500));
        let options = Options::default().timeouts(timeouts);
        for (role, header_len) in [(Role::Server, 10), (Role::Client, 14)] {
            NOW.set(Duration::ZERO);
            let (mut socket, _) = open(role, 1 << 20, pace, &options);
            socket.send("the connection is open").unwrap();
            assert!(socket.recv().unwrap().is_some());
            socket.send(vec![7; (1 << 20) - header_len]).unwrap();
            assert!(socket.recv().unwrap().is_some());
            assert!(NOW.get() > 3 * SECOND, "it is answered late");
        }
    }

    /// The read timeout of the write is not that of the read after it.
    #[test]
    fn a_read_after_a_write_waits_until_something_is_due() {
        for role in ROLES {
            NOW.set(Duration::ZERO);
            let timeouts = Timeouts::default().idle(Some(30 * SECOND));
            let options = Options::default().timeouts(timeouts);
            let (mut socket, stream) = open(role, 1 << 20, |_| 1000, &options);
            socket.send("message").unwrap();
            assert!(socket.recv().unwrap().is_some());
            let result = socket.recv();
            assert!(matches!(result, Err(Error::Timeout(Deadline::Idle))), "{result:?}");
            let waits = &stream.0.borrow().vain_reads;
            assert!(waits[0] > 10 * SECOND, "{waits:?}");
            assert!(waits.iter().all(|wait| *wait > SECOND), "{waits:?}");
        }
    }

    // Shows own-closing-1 (both).
    #[test]
    fn a_close_goes_on_while_what_is_before_it_is_taken() {
        let timeouts = Timeouts::default().close(SECOND);
        let options = Options::default().timeouts(timeouts);
        for role in ROLES {
            // The systems hold what takes half a second.
            let (mut socket, stream) = open(role, 128 << 10, |_| 256, &options);
            socket.send(vec![7; 6 << 20]).unwrap();
            assert!(socket.close(CloseCode::NORMAL, "").unwrap().was_clean);
            assert_eq!(stream.0.borrow().received, 6 << 20);
        }
    }

    // Shows own-limits-8 (both).
    #[test]
    fn a_peer_that_takes_nothing_is_given_up_when_its_pong_is_due() {
        for role in ROLES {
            NOW.set(Duration::ZERO);
            let (mut socket, stream) = open(role, 4 << 20, |_| 0, &Options::default());
            let result = socket.recv();
            assert!(matches!(result, Err(Error::Timeout(Deadline::Pong))), "{result:?}");
            assert_eq!(NOW.get(), 40 * SECOND);
            assert!(stream.0.borrow().is_shut_down);
        }
    }

    /// Room for a Ping, and none for the reason why the peer is given up.
    #[test]
    fn a_farewell_to_a_peer_that_takes_nothing_takes_a_second() {
        for role in ROLES {
            NOW.set(Duration::ZERO);
            let (mut socket, stream) = open(role, 20, |_| 0, &Options::default());
            let result = socket.recv();
            assert!(matches!(result, Err(Error::Timeout(Deadline::Pong))), "{result:?}");
            assert_eq!(NOW.get(), 41 * SECOND);
            assert!(stream.0.borrow().is_shut_down);
            let info = socket.close_info().unwrap();
            assert_eq!(info.sent, None, "it has never left");

            NOW.set(Duration::ZERO);
            let (socket, stream) = open(role, 20, |_| 0, &Options::default());
            let other = stream.clone();
            let (mut reader, _writer) = socket.split_with(|_| Ok(other)).unwrap();
            let result = reader.recv();
            assert!(matches!(result, Err(Error::Timeout(Deadline::Pong))), "{result:?}");
            assert_eq!(NOW.get(), 41 * SECOND);
            assert_eq!(reader.close_info().unwrap().sent, None);
        }
    }

    #[test]
    fn a_socket_that_is_dropped_makes_one_short_attempt() {
        for role in ROLES {
            let (mut socket, stream) = open(role, 10, |_| 0, &quiet());
            socket.feed("more than the systems hold").unwrap();
            NOW.set(Duration::ZERO);
            drop(socket);
            assert!(!stream.0.borrow().held.is_empty());
            let (mut socket, stream) = open(role, 0, |_| 0, &quiet());
            socket.feed("more than the systems hold").unwrap();
            drop(socket);
            assert!(stream.0.borrow().held.is_empty());
            assert_eq!(NOW.get(), Duration::from_millis(1));
        }
    }

    /// The half that reads looks up every 10 s.
    // Shows own-adapters-2 (both).
    #[test]
    fn a_peer_that_takes_nothing_is_given_up_however_often_is_looked_in_between() {
        for role in ROLES {
            NOW.set(Duration::ZERO);
            let (socket, stream) = open(role, 10, |_| 0, &quiet());
            let other = stream.clone();
            let (mut reader, _writer) = socket.split_with(|_| Ok(other)).unwrap();
            for _ in 0..4 {
                stream.0.borrow_mut().ping();
            }
            let result = reader.recv();
            assert!(matches!(result, Err(Error::Timeout(Deadline::Write))), "{result:?}");
            assert_eq!(NOW.get().as_secs(), 30);
        }
    }

    /// Its input is still read for a second: a Close frame may be in it.
    #[test]
    fn a_peer_that_takes_nothing_and_talks_on_is_given_up_too() {
        for role in ROLES {
            NOW.set(Duration::ZERO);
            let (mut socket, stream) = open(role, 10, |_| 0, &quiet());
            stream.0.borrow_mut().is_talkative = true;
            let result = socket.recv();
            assert!(matches!(result, Err(Error::Timeout(Deadline::Write))), "{result:?}");
            assert_eq!(NOW.get().as_secs(), 31);
        }
    }

    // Shows own-frames-7 (both).
    #[test]
    fn the_end_of_the_transport_has_its_time_however_much_comes() {
        for role in ROLES {
            NOW.set(Duration::ZERO);
            let (mut socket, stream) = open(role, 1000, |_| 1000, &quiet());
            stream.0.borrow_mut().is_talkative = true;
            assert!(socket.close(CloseCode::NORMAL, "").unwrap().was_clean);
            assert_eq!(NOW.get().as_secs(), 10);
            assert!(stream.0.borrow().is_shut_down);
        }
    }

    /// The deadline is that of the close, though writing might take longer.
    // Shows own-limits-7 (both), own-adapters-2 (both).
    #[test]
    fn what_a_peer_does_not_take_does_not_put_off_the_end_of_a_close() {
        for role in ROLES {
            NOW.set(Duration::ZERO);
            let options = Options::default().write_timeout(Some(300 * SECOND));
            let (mut socket, stream) = open(role, 10, |_| 0, &options);
            socket.send_close(None).unwrap();
            for _ in 0..4 {
                stream.0.borrow_mut().ping();
            }
            let result = socket.recv();
            assert!(matches!(result, Err(Error::Timeout(Deadline::Close))), "{result:?}");
            assert_eq!(NOW.get().as_secs(), 11);
        }
    }
}
