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

/// A connection before it is open: heads are exchanged, in limited time.
///
/// It is driven as [`Reading`] is, with the same steps and the same [`Writing`], and becomes one:
///
/// ```text
///     Tunnelling --> Connecting --+
///    (to a proxy)    (a client)   |
///                                 +--> Reading --> Step::Ended
///                    Accepting ---+
///                    (a server)
/// ```
///
/// What fails is told to a client that asks, and the transport is ended: after an error response it
/// is flushed, half-closed and drained, so that the response is not lost to a reset.
#[derive(Debug)]
pub struct Opening<E> {
    pub(super) exchange: E,
    pub(super) buffer: ReadBuffer,
    limit: Span,
    timeouts: Timeouts,
    /// When the time is up; the end of time before the first step.
    due: Timestamp,
    /// When the application was asked for an answer; the end of time before.
    asked_at: Timestamp,
    /// Whether a write, or a read, was asked for since the last wait.
    has_tried_to_write: bool,
    has_tried_to_read: bool,
    has_ended: bool,
    is_open: bool,
    end: Option<Box<FailedOpening>>,
}

#[derive(Debug)]
struct FailedOpening {
    ending: Shutdown,
    failure: Failure,
}

/// How far an exchange of heads has come.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_enums, reason = "whoever implements an exchange makes them")]
pub enum Advance {
    /// More input is needed.
    NeedInput,
    /// The application is asked for an answer.
    Asked,
    /// All is exchanged; so many bytes of the input belong to it.
    Done(usize),
}

/// What is said before a connection is open: by a [`Server`](super::Server), a
/// [`Client`](super::Client), or a client to a proxy.
pub trait Exchange {
    /// Takes what has come so far, and queues what is to be said.
    ///
    /// # Errors
    ///
    /// The exchange has failed.
    fn advance(&mut self, input: &[u8], out: &mut Writing) -> Result<Advance, HandshakeError>;

    /// Queues what the peer is told of a failure. Returns what the failure is to the application, and
    /// whether something was queued.
    fn fail(&mut self, input: &[u8], failure: Failure, out: &mut Writing) -> (Failure, bool);

    /// Takes what receives from now on, if a connection was opened.
    fn take_receiver(&mut self) -> Option<Receiver>;
}

impl<E: Exchange> Opening<E> {
    /// Creates an opening that may take `limit` in all, of a connection that has `timeouts` then.
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
            has_ended: false,
            is_open: false,
            end: None,
        }
    }

    /// Decides what is next, until [`Step::Opened`]; a server may come to [`Step::Request`] before.
    ///
    /// # Errors
    ///
    /// The handshake has failed, and the transport was ended.
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
                }
                Ok(Advance::NeedInput) if !out.with(|writing| writing.is_settled()) => {}
                Ok(Advance::NeedInput) if self.has_ended => self.fail(Failure::Left, &clock, out),
                Ok(Advance::NeedInput) => {
                    if !core::mem::replace(&mut self.has_tried_to_read, true) {
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

    /// Returns room to read into.
    pub fn unfilled(&mut self) -> &mut [u8] {
        self.buffer.unfilled()
    }

    /// Records that `count` bytes were read into the front of [`unfilled`](Self::unfilled), more
    /// than none.
    pub fn filled(&mut self, count: usize) {
        self.buffer.filled(count);
        self.restart();
    }

    /// Records that the input has ended: a read returned no bytes.
    pub fn end_of_stream(&mut self) {
        self.has_ended = true;
        self.restart();
    }

    /// Records that a read has failed: the transport is of no use any more.
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

    /// Records that `count` bytes of input were thrown away, see
    /// [`Lifecycle::drained`](super::Lifecycle::drained).
    pub fn drained(&mut self, count: usize, out: &mut impl Outlet) {
        if let Some(end) = &mut self.end {
            end.ending.drained(count, out);
        }
    }

    /// The same without the half that writes. `false`: the opening is not ending.
    pub(super) fn note_drained(&mut self, count: usize) -> bool {
        let ending = self.end.as_mut().map(|end| end.ending.note_drained(count));
        ending.is_some()
    }

    /// Returns until when [`Step::Read`] and [`Step::Drain`] may wait, where they do.
    pub fn deadline(&mut self, clock: impl Clock, out: &mut impl Outlet) -> Timestamp {
        match &mut self.end {
            Some(end) => end.ending.due(clock.now(), out),
            None => self.due,
        }
    }

    /// Returns the half of the session that reads, after [`Step::Opened`]; before, `None`.
    #[must_use]
    pub fn into_reading(mut self) -> Option<Reading> {
        self.take_reading()
    }

    pub(super) fn take_reading(&mut self) -> Option<Reading> {
        let receiver = self.exchange.take_receiver().filter(|_| self.is_open)?;
        let buffer = core::mem::take(&mut self.buffer);
        Some(Reading::new(receiver, buffer, Watchdog::new(self.timeouts)))
    }

    /// Whether it has failed.
    pub(super) const fn is_ending(&self) -> bool {
        self.end.is_some()
    }

    /// Goes on after the application was asked: that time does not count.
    pub(super) fn resume(&mut self, clock: &impl Clock) {
        self.due = self.due + clock.now().since(self.asked_at);
        self.restart();
    }

    /// Ends the opening, and tells the peer why if it is to know.
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

    /// Waits until the time is up; `None`: it is.
    fn wait(&mut self, clock: &impl Clock, out: &mut impl Outlet) -> Option<Step> {
        if self.due <= clock.now() {
            self.fail(Failure::Timeout(TimeoutKind::Handshake), clock, out);
            return None;
        }
        self.restart();
        Some(Step::Wait(self.due))
    }
}
