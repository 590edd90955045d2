use alloc::boxed::Box;

use super::{
    Clock, Failure, Outlet, Reading, Step, Writing,
    shutdown::{Shutdown, Verdict},
};
use crate::{
    buffered::ReadBuffer,
    connection::{Receiver, Timeouts, TransportAction, Watchdog},
    handshake::HandshakeError,
    time::{Span, TimeoutKind, Timestamp},
};

/// A connection before it is open: an exchange of HTTP heads, with a timeout.
///
/// It is driven like a [`Reading`], with the same steps and the same [`Writing`], and turns into
/// one:
///
/// ```text
///     Tunnelling --> Connecting --+
///    (to a proxy)    (a client)   |
///                                 +--> Reading --> Step::Ended
///                    Accepting ---+
///                    (a server)
/// ```
///
/// If the handshake of a server fails, the client gets an error response. The transport is then
/// flushed, half-closed and drained, so that a reset does not destroy the response.
#[derive(Debug)]
pub struct Opening<E> {
    pub(super) exchange: E,
    pub(super) buffer: ReadBuffer,
    limit: Span,
    timeouts: Timeouts,
    /// The deadline; [`Timestamp::NEVER`] before the first step.
    due: Timestamp,
    /// When the application was asked for an answer; [`Timestamp::NEVER`] before.
    asked_at: Timestamp,
    /// Whether a write was requested since the last wait.
    has_tried_to_write: bool,
    has_tried_to_read: bool,
    has_read_last: bool,
    has_ended: bool,
    /// Whether there was a wait for the rest of a head.
    is_in_pieces: bool,
    is_open: bool,
    end: Option<Box<FailedOpening>>,
}

#[derive(Debug)]
struct FailedOpening {
    ending: Shutdown,
    failure: Failure,
}

/// The progress of an exchange of heads.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_enums, reason = "implementors of `Exchange` create them")]
pub enum Advance {
    /// More input is needed.
    NeedInput,
    /// The application must answer the request.
    Asked,
    /// The exchange is complete, and took this many bytes of the input.
    Done(usize),
}

/// The exchange before a connection is open: of a [`Server`](super::Server), of a
/// [`Client`](super::Client), or of a client with a proxy.
pub trait Exchange {
    /// Processes the input so far, and queues output.
    ///
    /// # Errors
    ///
    /// The exchange has failed.
    fn advance(&mut self, input: &[u8], out: &mut Writing) -> Result<Advance, HandshakeError>;

    /// Queues a response to a failure, if there is one. Returns the failure for the application,
    /// and whether a response was queued.
    fn fail(&mut self, input: &[u8], failure: Failure, out: &mut Writing) -> (Failure, bool);

    /// Takes the receiver of the connection, if it was opened.
    fn take_receiver(&mut self) -> Option<Receiver>;
}

impl<E: Exchange> Opening<E> {
    /// Creates an opening that must take at most `limit`, of a connection with these `timeouts`.
    pub(super) fn of(exchange: E, buffer: ReadBuffer, limit: Span, timeouts: Timeouts) -> Self {
        Self {
            exchange,
            buffer,
            limit,
            timeouts,
            due: Timestamp::NEVER,
            asked_at: Timestamp::NEVER,
            has_tried_to_write: false,
            has_tried_to_read: false,
            has_read_last: false,
            has_ended: false,
            is_in_pieces: false,
            is_open: false,
            end: None,
        }
    }

    /// Decides the next step, until [`Step::Opened`]. A server gets [`Step::Request`] before that.
    ///
    /// # Errors
    ///
    /// The handshake has failed, and the transport has ended.
    pub fn next(&mut self, clock: impl Clock, out: &mut impl Outlet) -> Result<Step, Failure> {
        if self.due == Timestamp::NEVER {
            self.due = clock.now() + self.limit;
        }
        loop {
            if let Some(end) = &mut self.end {
                return match end.ending.next(&clock, out)? {
                    Step::Ended => Err(end.failure.clone()),
                    step => Ok(step),
                };
            }
            if out.with(|writing| writing.has_failed()) {
                self.fail(Failure::Lost, &clock, out);
                continue;
            }
            if !out.with(|writing| writing.is_settled()) {
                if !core::mem::replace(&mut self.has_tried_to_write, true) {
                    return Ok(Step::Write);
                }
                match self.wait(&clock, out) {
                    Some(step) => return Ok(step),
                    None => continue,
                }
            }
            if self.is_open {
                return Ok(Step::Opened);
            }
            let Self { exchange, buffer, .. } = self;
            let advanced = match buffer.is_lent() {
                true => Ok(Advance::NeedInput),
                false => out.with(|writing| exchange.advance(buffer.unread(), writing)),
            };
            match advanced {
                Ok(Advance::Asked) => {
                    if self.asked_at == Timestamp::NEVER {
                        self.asked_at = clock.now();
                    }
                    return Ok(Step::Request);
                }
                Ok(Advance::Done(consumed)) => {
                    self.buffer.consume(consumed);
                    self.is_open = true;
                    out.with(|writing| writing.tally().note_opened(&clock));
                }
                Ok(Advance::NeedInput) if !out.with(|writing| writing.is_settled()) => {}
                Ok(Advance::NeedInput) if self.has_ended => self.fail(Failure::Left, &clock, out),
                Ok(Advance::NeedInput) => {
                    // Once more when the time is up, for what has come: no more, however much does.
                    let is_last = self.due <= clock.now();
                    if !core::mem::replace(&mut self.has_tried_to_read, true)
                        && !core::mem::replace(&mut self.has_read_last, is_last)
                    {
                        return Ok(Step::Read);
                    }
                    if let Some(step) = self.wait(&clock, out) {
                        return Ok(step);
                    }
                }
                Err(error) => self.fail(error.into(), &clock, out),
            }
        }
    }

    /// Returns the buffer to read into, see [`Reading::buffer`].
    #[inline]
    pub const fn buffer(&mut self) -> &mut ReadBuffer {
        &mut self.buffer
    }

    /// Returns the buffer, unless a part of a head is in it.
    pub(super) fn lendable(&mut self) -> Option<&mut ReadBuffer> {
        (!self.is_in_pieces).then_some(&mut self.buffer)
    }

    /// Returns the room for the next read.
    pub fn unfilled(&mut self) -> &mut [u8] {
        self.buffer.unfilled()
    }

    /// Records that `count` bytes were read into the front of [`unfilled`](Self::unfilled), at
    /// least 1.
    pub fn filled(&mut self, count: usize) {
        self.buffer.filled(count);
        self.restart();
    }

    /// Records that the input has ended: a read returned no bytes.
    pub fn end_of_stream(&mut self) {
        self.has_ended = true;
        self.restart();
    }

    /// Records that a read has failed: the transport cannot be used any more.
    pub fn failed(&mut self, out: &mut impl Outlet) {
        self.fail(Failure::Lost, &Timestamp::default(), out);
    }

    /// Records that our direction has ended, see
    /// [`Lifecycle::half_closed`](super::Lifecycle::half_closed).
    pub fn half_closed(&mut self, out: &mut impl Outlet) {
        if let Some(end) = &mut self.end {
            end.ending.half_closed(out);
        }
    }

    /// Records that `count` bytes of input were discarded, see
    /// [`Lifecycle::drained`](super::Lifecycle::drained).
    pub fn drained(&mut self, count: usize, out: &mut impl Outlet) {
        if let Some(end) = &mut self.end {
            end.ending.drained(count, out);
        }
    }

    /// Records discarded input without access to the writing half. Returns `false` if the opening
    /// is not ending.
    pub(super) fn note_drained(&mut self, count: usize) -> bool {
        let ending = self.end.as_mut().map(|end| end.ending.note_drained(count));
        ending.is_some()
    }

    /// Returns the time until which [`Step::Read`] and [`Step::Drain`] may block, for a driver
    /// whose reads block.
    pub fn deadline(&mut self, clock: impl Clock, out: &mut impl Outlet) -> Timestamp {
        match &mut self.end {
            Some(end) => end.ending.due(clock.now(), out),
            None => self.due,
        }
    }

    /// Returns the reading half of the session after [`Step::Opened`], or `None` before.
    #[must_use]
    pub fn into_reading(mut self) -> Option<Reading> {
        self.take_reading()
    }

    pub(super) fn take_reading(&mut self) -> Option<Reading> {
        let receiver = self.exchange.take_receiver().filter(|_| self.is_open)?;
        let buffer = core::mem::take(&mut self.buffer);
        Some(Reading::new(receiver, buffer, Watchdog::new(self.timeouts)))
    }

    /// Returns whether the opening has failed.
    pub(super) const fn is_ending(&self) -> bool {
        self.end.is_some()
    }

    /// Continues after the application has answered. The time that it took does not count.
    pub(super) fn resume(&mut self, clock: &impl Clock) {
        self.due = self.due + clock.now().since(self.asked_at);
        self.restart();
    }

    /// Fails the opening, with a response to the peer if there is one.
    pub(super) fn fail(&mut self, failure: Failure, clock: &impl Clock, out: &mut impl Outlet) {
        if self.end.is_some() {
            return;
        }
        let Self { exchange, buffer, .. } = self;
        let (failure, is_told, taken) = out.with(|writing| {
            let (failure, is_told) = exchange.fail(buffer.unread(), failure, writing);
            (failure, is_told, writing.taken())
        });
        let ending = if is_told {
            let limit = Span::from(self.timeouts.close).at_most();
            Shutdown::new(Verdict::Closed, limit, TransportAction::CloseNow, clock.now(), taken)
        } else {
            Shutdown::abrupt(Verdict::Closed)
        };
        self.end = Some(Box::new(FailedOpening { ending, failure }));
    }

    fn restart(&mut self) {
        self.has_tried_to_write = false;
        self.has_tried_to_read = false;
    }

    /// Returns a wait until the deadline. If that has passed, fails the opening and returns `None`.
    fn wait(&mut self, clock: &impl Clock, out: &mut impl Outlet) -> Option<Step> {
        if self.due <= clock.now() {
            self.fail(Failure::Timeout(TimeoutKind::Handshake), clock, out);
            return None;
        }
        self.restart();
        // Lent storage goes back first, at the next read that would have to wait.
        self.is_in_pieces |= self.buffer.is_detached() && !self.buffer.unread().is_empty();
        Some(Step::Wait(self.due))
    }
}
