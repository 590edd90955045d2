//! Carries out the steps of an opening over any transport, and a transport for that.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};

use sansocket::Timestamp;
use sansocket::connection::SendError;
use sansocket::session::{Exchange, Failure, Opening, Step, Want, Writing};

use super::super::driver::Transport;
use super::super::link::{Arrival, at};

/// More steps than this without an effect are a livelock.
const MAX_VAIN_STEPS: usize = 12;

/// Carries out the steps of an opening, one call of the transport at a time.
pub(super) struct Opener<E, T> {
    pub(super) opening: Opening<E>,
    pub(super) writing: Writing,
    pub(super) transport: T,
    pub(super) steps: Vec<Step>,
}

impl<E: Exchange, T: Transport> Opener<E, T> {
    pub(super) fn new(opening: Opening<E>, writing: Writing, transport: T) -> Self {
        Self { opening, writing, transport, steps: Vec::new() }
    }

    pub(super) fn next(&mut self) -> Result<Step, Failure> {
        let Self { opening, writing, transport, .. } = self;
        opening.next(|| transport.now(), writing)
    }

    /// Runs until there is a request to answer, or the connection is open.
    #[track_caller]
    pub(super) fn run(&mut self) -> Result<Step, Failure> {
        let mut vain = 0;
        loop {
            let step = self.next()?;
            if matches!(step, Step::Request | Step::Opened) {
                return Ok(step);
            }
            vain = if self.carry_out(step) { 0 } else { vain + 1 };
            assert!(vain < MAX_VAIN_STEPS, "a livelock, at last {step:?}");
        }
    }

    /// Runs until there is nothing to do but wait. Returns the end of the wait.
    #[track_caller]
    pub(super) fn run_to_wait(&mut self) -> Timestamp {
        loop {
            match self.next().expect("it goes on") {
                Step::Wait(until) => return until,
                step => self.carry_out(step),
            };
        }
    }

    /// Returns whether anything was read or written.
    #[track_caller]
    pub(super) fn carry_out(&mut self, step: Step) -> bool {
        let Self { opening, writing, transport, steps } = self;
        steps.push(step);
        let start = transport.now();
        match step {
            Step::Read => match transport.read(opening.unfilled()) {
                Ok(0) => opening.end_of_stream(),
                Ok(count) => {
                    opening.filled(count);
                    return true;
                }
                Err(error) if is_passing(&error) => {}
                Err(_) => opening.failed(writing),
            },
            Step::Write => return write(writing, transport),
            Step::HalfClose => match transport.half_close() {
                Err(error) if is_passing(&error) => {}
                _ => opening.half_closed(writing),
            },
            Step::Drain => match transport.read(&mut [0; 16 << 10]) {
                Err(error) if is_passing(&error) => {}
                result => {
                    let count = result.unwrap_or(0);
                    opening.drained(count, writing);
                    return count > 0;
                }
            },
            Step::Wait(until) => {
                transport.wait(until);
                return transport.now() > start;
            }
            step => panic!("{step:?} while it is opened"),
        }
        false
    }

    /// Checks that the end is final, and that nothing can be sent.
    #[track_caller]
    pub(super) fn assert_is_over(&mut self, failure: &Failure) {
        for _ in 0..3 {
            assert_eq!(self.next().as_ref(), Err(failure));
            self.opening.failed(&mut self.writing);
            assert_eq!(self.writing.send("late"), Err(SendError::Closed));
            assert_eq!(self.writing.wants(self.transport.now()), Want::Nothing);
        }
    }
}

/// Makes the wanted calls, up to one that would have to wait. Returns whether anything was written.
fn write(writing: &mut Writing, transport: &mut impl Transport) -> bool {
    let mut has_written = false;
    loop {
        let result = match writing.wants(transport.now()) {
            Want::Write => transport.write(writing.unwritten()).map(Some),
            Want::Flush => transport.flush().map(|()| None),
            Want::Nothing => return has_written,
        };
        match result {
            Ok(None) => writing.flushed(),
            Ok(Some(count)) if count > 0 => {
                writing.written(count);
                has_written = true;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                writing.refused(transport.now());
                return has_written;
            }
            _ => writing.failed(),
        }
    }
}

fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

/// A transport with arrivals at given times, which accepts a given number of bytes.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub(super) now: Timestamp,
    /// In the order of time.
    pub(super) arriving: VecDeque<(Timestamp, Arrival)>,
    pub(super) room: usize,
    pub(super) is_broken: bool,
    pub(super) written: Vec<u8>,
    pub(super) half_closed_at: Option<Timestamp>,
}

impl Line {
    pub(super) fn new(arriving: impl IntoIterator<Item = (Timestamp, Arrival)>) -> Self {
        let arriving = arriving.into_iter().collect();
        Self { arriving, room: usize::MAX, ..Self::default() }
    }

    pub(super) fn with(at: Timestamp, bytes: &[u8]) -> Self {
        Self::new([(at, Arrival::Bytes(bytes.into()))])
    }

    pub(super) fn written(&self) -> &str {
        str::from_utf8(&self.written).unwrap()
    }
}

impl Transport for Line {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.arriving.front_mut() {
            Some((at, arrival)) if *at <= self.now => match arrival {
                Arrival::Bytes(bytes) => {
                    let count = bytes.len().min(buffer.len());
                    buffer[..count].copy_from_slice(&bytes[..count]);
                    bytes.drain(..count);
                    if bytes.is_empty() {
                        self.arriving.pop_front();
                    }
                    Ok(count)
                }
                Arrival::End => Ok(0),
                Arrival::Reset => Err(ErrorKind::ConnectionReset.into()),
            },
            _ => Err(ErrorKind::WouldBlock.into()),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_broken || self.half_closed_at.is_some() {
            return Err(ErrorKind::BrokenPipe.into());
        }
        let count = bytes.len().min(self.room);
        if count == 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        self.room -= count;
        self.written.extend(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn half_close(&mut self) -> io::Result<()> {
        assert_eq!(self.half_closed_at, None, "a direction ends once");
        self.half_closed_at = Some(self.now);
        Ok(())
    }

    fn wait(&mut self, until: Timestamp) {
        let later = self.arriving.iter().map(|(at, _)| *at).find(|at| *at > self.now);
        self.now = later.unwrap_or(until).min(until);
        assert!(self.now < at(1000), "it waits for ever");
    }

    fn now(&self) -> Timestamp {
        self.now
    }
}
