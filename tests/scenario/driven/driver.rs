//! Carries out the steps of a session over any transport, one call at a time, as an adapter does.

use std::cell::Cell;
use std::io::{self, ErrorKind};

use sansocket::Timestamp;
use sansocket::buffered::OwnedMessage;
use sansocket::connection::{Chunk, MessageKind, ProtocolError};
use sansocket::session::{Failure, Session, Step, Want};

/// Calls that never wait, and a wait for those that would have to.
pub(crate) trait Transport {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize>;
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;
    fn flush(&mut self) -> io::Result<()>;
    fn half_close(&mut self) -> io::Result<()>;
    /// Advances the time until such a call can proceed, or to the given time.
    fn wait(&mut self, until: Timestamp);
    fn now(&self) -> Timestamp;
}

/// More steps than this without an effect are a livelock, since a round has fewer.
const MAX_VAIN_STEPS: usize = 12;

pub(crate) struct Driver<T> {
    pub(crate) session: Session,
    pub(crate) transport: T,
    pub(crate) received: Vec<OwnedMessage>,
    /// Whether every message is sent back.
    pub(crate) is_echo: bool,
    /// Whether messages are received in chunks.
    pub(crate) in_chunks: bool,
    /// The chunks of the incomplete message.
    chunks: Vec<u8>,
    /// How many calls one [`Step::Write`] makes: an adapter makes as many as it can.
    pub(crate) calls_per_write: usize,
    /// How often the session has read the clock.
    pub(crate) clock_reads: Cell<usize>,
    vain_steps: usize,
}

impl<T: Transport> Driver<T> {
    pub(crate) fn new(session: Session, transport: T) -> Self {
        Self {
            session,
            transport,
            received: Vec::new(),
            is_echo: false,
            in_chunks: false,
            chunks: Vec::new(),
            calls_per_write: usize::MAX,
            clock_reads: Cell::new(0),
            vain_steps: 0,
        }
    }

    pub(crate) fn echo(self) -> Self {
        Self { is_echo: true, ..self }
    }

    /// Runs until the end.
    #[track_caller]
    pub(crate) fn run(&mut self) -> Result<(), Failure> {
        while self.step()? != Step::Ended {}
        Ok(())
    }

    /// Runs until this time.
    #[track_caller]
    pub(crate) fn run_until(&mut self, at: Timestamp) {
        while self.transport.now() < at {
            match self.next().expect("the connection is open") {
                Step::Wait(until) => self.carry_out(Step::Wait(until.min(at))),
                step => self.carry_out(step),
            }
        }
    }

    /// Runs until there is nothing to do but wait. Returns the end of the wait.
    #[track_caller]
    pub(crate) fn run_to_wait(&mut self) -> Timestamp {
        loop {
            match self.next().expect("the connection is open") {
                Step::Wait(until) => return until,
                step => self.carry_out(step),
            }
        }
    }

    /// Does the next step.
    #[track_caller]
    pub(crate) fn step(&mut self) -> Result<Step, Failure> {
        let step = self.next()?;
        self.carry_out(step);
        Ok(step)
    }

    pub(crate) fn next(&mut self) -> Result<Step, Failure> {
        let Self { session: Session { reading, writing }, transport, clock_reads, .. } = self;
        let clock = || {
            clock_reads.set(clock_reads.get() + 1);
            transport.now()
        };
        if self.in_chunks {
            return reading.next_chunk(clock, writing);
        }
        let step = reading.next(clock, writing)?;
        match reading.message() {
            Err(mut invalid) if step == Step::Message => invalid.next(clock, writing),
            _ => Ok(step),
        }
    }

    #[track_caller]
    pub(crate) fn carry_out(&mut self, step: Step) {
        let start = self.transport.now();
        let Session { reading, writing } = &mut self.session;
        let happens = match step {
            Step::Message => {
                self.receive();
                true
            }
            Step::Read => match uninterrupted(|| self.transport.read(reading.unfilled())) {
                Ok(0) => {
                    reading.end_of_stream();
                    false
                }
                Ok(count) => {
                    reading.filled(count);
                    true
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => false,
                Err(_) => {
                    reading.failed(writing);
                    false
                }
            },
            Step::Write => self.write(),
            Step::HalfClose => {
                if !would_block(self.transport.half_close()) {
                    reading.lifecycle().half_closed(writing);
                }
                false
            }
            Step::Drain => match uninterrupted(|| self.transport.read(&mut [0; 16 << 10])) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => false,
                result => {
                    reading.lifecycle().drained(*result.as_ref().unwrap_or(&0), writing);
                    result.is_ok_and(|count| count > 0)
                }
            },
            Step::Wait(until) => {
                self.transport.wait(until);
                self.transport.now() > start
            }
            Step::Ended => true,
            Step::Request | Step::Opened => panic!("the connection is open"),
        };
        self.vain_steps = if happens { 0 } else { self.vain_steps + 1 };
        assert!(self.vain_steps < MAX_VAIN_STEPS, "a livelock, at last {step:?}");
    }

    fn receive(&mut self) {
        let Session { reading, writing } = &mut self.session;
        let message = if self.in_chunks {
            let Chunk { kind, payload, is_first, is_last } = reading.chunk();
            assert!(!is_first || self.chunks.is_empty());
            self.chunks.extend_from_slice(payload);
            if !is_last {
                return;
            }
            let payload = std::mem::take(&mut self.chunks);
            match kind {
                MessageKind::Text => OwnedMessage::Text(String::from_utf8(payload).unwrap()),
                MessageKind::Binary => OwnedMessage::Binary(payload),
            }
        } else {
            reading.message().unwrap().into_owned()
        };
        if self.is_echo {
            // After the transport is lost there may still be more to receive.
            let _ = writing.send(&message);
        }
        self.received.push(message);
    }

    /// Returns whether anything was accepted.
    fn write(&mut self) -> bool {
        let Self { session: Session { writing, .. }, transport, clock_reads, .. } = self;
        let mut has_taken = false;
        for _ in 0..self.calls_per_write {
            let want = writing.wants(|| {
                clock_reads.set(clock_reads.get() + 1);
                transport.now()
            });
            let result = match want {
                Want::Write => uninterrupted(|| transport.write(writing.unwritten())),
                Want::Flush => uninterrupted(|| transport.flush()).map(|()| 0),
                Want::Nothing => break,
            };
            match (want, result) {
                (Want::Flush, Ok(_)) => writing.flushed(),
                (_, Ok(count)) if count > 0 => {
                    writing.written(count);
                    has_taken = true;
                }
                (_, Err(error)) if error.kind() == ErrorKind::WouldBlock => {
                    writing.refused(transport.now());
                    break;
                }
                _ => {
                    writing.failed();
                    break;
                }
            }
        }
        has_taken
    }

    /// Checks that the end is final: a further call returns the same, nothing can be sent, and the
    /// way in which the connection ended does not change.
    #[track_caller]
    pub(crate) fn assert_is_over(&mut self, end: Result<(), Failure>) {
        let info = self.session.reading.close_info(&self.session.writing);
        assert!(info.is_some());
        // A timeout is reported once.
        let verdict = match end {
            Err(Failure::Timeout(_)) => Err(Failure::Protocol(ProtocolError::ConnectionLost)),
            end => end.map(|()| Step::Ended),
        };
        for _ in 0..3 {
            assert_eq!(self.next(), verdict);
            let Session { reading, writing } = &mut self.session;
            assert!(reading.is_ended() && !reading.next_whole());
            assert_eq!(writing.send("late"), Err(sansocket::connection::SendError::Closed));
            let code = sansocket::CloseCode::BAD_GATEWAY;
            writing.close(sansocket::CloseFrame { code, reason: "late" }).unwrap();
            reading.failed(writing);
            writing.failed();
            assert_eq!(writing.waiting(), 0);
            assert_eq!(reading.close_info(writing), info);
        }
    }
}

fn uninterrupted<R>(mut call: impl FnMut() -> io::Result<R>) -> io::Result<R> {
    loop {
        match call() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

fn would_block(result: io::Result<()>) -> bool {
    result.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}
