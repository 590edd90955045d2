use alloc::boxed::Box;

use super::{Clock, Failure, Opening, Outlet, Reading, Step, opening::Exchange};
use crate::{buffered::ReadBuffer, time::Timestamp};

/// What drives a connection from the first byte to the end of its transport: an [`Opening`], and
/// [`Reading`] from [`Step::Opened`] on. So one loop serves for both. What is to be thrown away is
/// read like everything else: there is no [`Step::Drain`].
///
/// ```
/// use core::time::Duration;
/// use std::io::{ErrorKind, Read, Write};
/// use sansocket::connection::{Limits, Timeouts};
/// use sansocket::handshake::HeadLimits;
/// use sansocket::session::{Accepting, Clock, Failure, Phase, Server, Step, Want, Writing};
///
/// # type Stream = std::io::Cursor<Vec<u8>>;
/// struct Peer {
///     stream: Stream, // its calls do not wait
///     phase: Phase<Server>,
///     writing: Writing,
/// }
///
/// impl Peer {
///     fn new(stream: Stream) -> Self {
///         let limit = Duration::from_secs(10);
///         let accepting = Accepting::new(&HeadLimits::default(), limit, Timeouts::default());
///         Self { stream, phase: accepting.into(), writing: Writing::new(None) }
///     }
///
///     /// Goes on until it has to wait, or the connection has ended.
///     fn run(&mut self, clock: impl Clock + Copy) -> Result<Step, Failure> {
///         let Self { stream, phase, writing } = self;
///         loop {
///             match (phase.next_with_room(clock, writing)?, &mut *phase) {
///                 (Step::Request, Phase::Opening(accepting)) => {
///                     accepting.answer(|response| response, &Limits::default(), clock, writing);
///                 }
///                 (Step::Message, Phase::Open(reading)) => match reading.message() {
///                     Ok(message) => drop(writing.send(message)),
///                     Err(invalid) => invalid.fail(clock, writing),
///                 },
///                 (Step::Read, phase) => match stream.read(phase.unfilled()) {
///                     Ok(0) => phase.end_of_stream(),
///                     Ok(count) => phase.filled(count),
///                     Err(error) if error.kind() == ErrorKind::WouldBlock => {}
///                     Err(_) => phase.failed(writing),
///                 },
///                 (Step::Write, _) => {
///                     while writing.wants(clock) != Want::Nothing {
///                         match stream.write(writing.unwritten()) {
///                             Ok(count) => {
///                                 writing.written(count);
///                                 writing.flushed(); // a stream that keeps nothing back
///                             }
///                             Err(error) if error.kind() == ErrorKind::WouldBlock => {
///                                 writing.refused(clock.now());
///                                 break;
///                             }
///                             Err(_) => writing.failed(),
///                         }
///                     }
///                 }
///                 // A stream with halves is shut down here.
///                 (Step::HalfClose, phase) => phase.half_closed(writing),
///                 (Step::Opened, _) => {}
///                 (step, _) => return Ok(step),
///             }
///         }
///     }
/// }
/// # let mut peer = Peer::new(Stream::default());
/// # assert_eq!(peer.run(sansocket::Timestamp::default()), Err(Failure::Left));
/// ```
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "a connection is opened, and then it is open")]
#[expect(clippy::large_enum_variant, reason = "the larger one is what stays")]
pub enum Phase<E> {
    /// Heads are exchanged.
    Opening(Box<Opening<E>>),
    /// Frames are.
    Open(Reading),
}

impl<E> From<Opening<E>> for Phase<E> {
    fn from(opening: Opening<E>) -> Self {
        Self::Opening(Box::new(opening))
    }
}

impl<E> From<Reading> for Phase<E> {
    fn from(reading: Reading) -> Self {
        Self::Open(reading)
    }
}

impl<E: Exchange> Phase<E> {
    /// Decides what is next. After [`Step::Opened`] it is [`Open`](Self::Open).
    ///
    /// # Errors
    ///
    /// As for [`Opening::next`] and [`Reading::next`].
    pub fn next(&mut self, clock: impl Clock, out: &mut impl Outlet) -> Result<Step, Failure> {
        self.next_by(clock, out, |reading, clock, out| reading.next(clock, out))
    }

    /// As [`next`](Self::next), without messages while there is no room for answers, see
    /// [`Reading::next_with_room`].
    ///
    /// # Errors
    ///
    /// As for [`next`](Self::next).
    pub fn next_with_room(
        &mut self,
        clock: impl Clock,
        out: &mut impl Outlet,
    ) -> Result<Step, Failure> {
        self.next_by(clock, out, |reading, clock, out| reading.next_with_room(clock, out))
    }

    fn next_by<C: Clock, O: Outlet>(
        &mut self,
        clock: C,
        out: &mut O,
        next: impl FnOnce(&mut Reading, C, &mut O) -> Result<Step, Failure>,
    ) -> Result<Step, Failure> {
        let step = match self {
            Self::Opening(opening) => opening.next(clock, out)?,
            Self::Open(reading) => next(reading, clock, out)?,
        };
        match (step, &mut *self) {
            (Step::Opened, Self::Opening(opening)) => {
                if let Some(reading) = opening.take_reading() {
                    *self = Self::Open(reading);
                }
                Ok(step)
            }
            (Step::Drain, _) => Ok(Step::Read),
            _ => Ok(step),
        }
    }

    /// Returns the opening, to answer a request.
    pub const fn opening(&mut self) -> Option<&mut Opening<E>> {
        match self {
            Self::Opening(opening) => Some(opening),
            Self::Open(_) => None,
        }
    }

    /// Returns the half of the open session that reads, for its messages.
    pub const fn reading(&mut self) -> Option<&mut Reading> {
        match self {
            Self::Opening(_) => None,
            Self::Open(reading) => Some(reading),
        }
    }

    /// Returns the buffer to read into: to lend it storage, or to take that for a read.
    pub const fn buffer(&mut self) -> &mut ReadBuffer {
        match self {
            Self::Opening(opening) => opening.buffer(),
            Self::Open(reading) => reading.buffer(),
        }
    }

    /// Returns room to read into.
    pub fn unfilled(&mut self) -> &mut [u8] {
        self.buffer().unfilled()
    }

    /// Records that `count` bytes were read into the front of [`unfilled`](Self::unfilled), more
    /// than none.
    pub fn filled(&mut self, count: usize) {
        if !self.note_drained(count) {
            match self {
                Self::Opening(opening) => opening.filled(count),
                Self::Open(reading) => reading.filled(count),
            }
        }
    }

    /// Records that the input has ended: a read returned no bytes.
    pub fn end_of_stream(&mut self) {
        if !self.note_drained(0) {
            match self {
                Self::Opening(opening) => opening.end_of_stream(),
                Self::Open(reading) => reading.end_of_stream(),
            }
        }
    }

    /// Records that a read has failed: the transport is of no use any more.
    pub fn failed(&mut self, out: &mut impl Outlet) {
        if !self.note_drained(0) {
            match self {
                Self::Opening(opening) => opening.failed(out),
                Self::Open(reading) => reading.failed(out),
            }
        }
    }

    /// Records that our direction has ended, after [`Step::HalfClose`]. So it has if that failed,
    /// since the peer was faster.
    pub fn half_closed(&mut self, out: &mut impl Outlet) {
        match self {
            Self::Opening(opening) => opening.half_closed(out),
            Self::Open(reading) => reading.lifecycle().half_closed(out),
        }
    }

    /// Returns until when [`Step::Read`] may wait, where it does.
    pub fn deadline(&mut self, clock: impl Clock, out: &mut impl Outlet) -> Timestamp {
        match self {
            Self::Opening(opening) => opening.deadline(clock, out),
            Self::Open(reading) => reading.deadline(clock, out),
        }
    }

    /// Records input that was read only to be thrown away. `false`: it was not.
    fn note_drained(&mut self, count: usize) -> bool {
        match self {
            Self::Opening(opening) => opening.note_drained(count),
            Self::Open(reading) => reading.lifecycle().note_drained(count),
        }
    }
}
