use core::time::Duration;

use super::{Clock, Want, Writing};
use crate::{buffered::WriteBuffer, redacted::Redacted, time::Timestamp};

/// A turn of writing by blocking calls, each with a timeout. It lasts until everything is written,
/// or for a limited time, after which the caller does something else.
///
/// It holds the bytes to write, which are [lent](Writing::lend), so that no lock around the
/// [`Writing`] is held while a call blocks. The writer gets the [`next`](Self::next) call, makes
/// it, and records the result with [`took`](Self::took), [`Writing::flushed`],
/// [`refused`](Self::refused) or [`Writing::failed`]. Finally, [`end`](Self::end) returns the rest.
///
/// 1. If the transport refuses a call or accepts only part of it, the write timeout starts. It
///    starts when the call began, since the call may have blocked.
/// 2. A limited turn is then over. The rest is written in the next turn.
/// 3. The timeout is paused between turns, while nobody writes, unless it has passed: then the
///    session reports that.
///
/// ```
/// use core::time::Duration;
/// use sansocket::Timestamp;
/// use sansocket::connection::{Limits, Connection};
/// use sansocket::session::{Session, Want, WriteStep, WriteTurn};
///
/// let mut writing = Session::new(Connection::server(&Limits::default())).writing;
/// writing.send("Hello")?;
///
/// let now = Timestamp::default();
/// let mut turn = WriteTurn::new(&[], Some(Duration::from_millis(5)));
/// let call = turn.next(now, &mut writing);
/// assert_eq!(call, WriteStep::Call(Want::Write, Duration::from_millis(5)));
/// assert_eq!(turn.unwritten(), (&b"\x81\x05Hello"[..], &[][..]));
/// turn.took(2, &mut writing);
/// assert_eq!(turn.next(now, &mut writing), WriteStep::Over);
/// turn.end(&mut writing);
/// assert_eq!(writing.unwritten(), b"Hello");
/// # Ok::<(), sansocket::connection::SendError>(())
/// ```
#[derive(Debug)]
pub struct WriteTurn<'p> {
    lent: WriteBuffer,
    payload: Redacted<&'p [u8]>,
    limit: Option<Duration>,
    /// The end of the turn; `None` before the first call.
    end: Option<Timestamp>,
    /// When the last call began.
    begun_at: Timestamp,
    /// Whether that call was a write that was not accepted completely.
    is_refused: bool,
}

/// The next step of a [`WriteTurn`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the writer must handle every case")]
pub enum WriteStep {
    /// Make this call, which is never [`Want::Nothing`], with this timeout.
    Call(Want, Duration),
    /// Everything is written and flushed, or writing has failed, which may be because the write
    /// timeout [has passed](Writing::has_timed_out).
    Done,
    /// The turn is over, and bytes are left for the next one.
    Over,
}

impl<'p> WriteTurn<'p> {
    /// Creates a turn that lasts for `limit`, or until everything is written. `payload` belongs to
    /// the message whose header was [queued](Writing::send_header) last, if that payload is written
    /// from where it is.
    #[must_use]
    pub fn new(payload: &'p [u8], limit: Option<Duration>) -> Self {
        Self {
            lent: WriteBuffer::default(),
            payload: payload.into(),
            limit,
            end: None,
            begun_at: Timestamp::default(),
            is_refused: false,
        }
    }

    /// Decides the next step.
    pub fn next(&mut self, clock: impl Clock, writing: &mut Writing) -> WriteStep {
        if core::mem::take(&mut self.is_refused) {
            let now = clock.now();
            match (writing.is_overdue(now), self.limit) {
                (false, None) => {}
                (false, Some(_)) => {
                    writing.pause(now);
                    return WriteStep::Over;
                }
                (true, Some(_)) => return WriteStep::Over,
                (true, None) => writing.timed_out(),
            }
        }
        let want = writing.wants(|| clock.now());
        if want == Want::Nothing {
            return WriteStep::Done;
        }
        let now = clock.now();
        let limit = self.limit;
        let end = *self.end.get_or_insert_with(|| limit.map_or(Timestamp::NEVER, |of| now + of));
        if want == Want::Write {
            // A flush is allowed even after the end of the turn.
            if end <= now {
                writing.pause(now);
                return WriteStep::Over;
            }
            writing.lend_with(&mut self.lent, &self.payload);
        }
        self.begun_at = now;
        WriteStep::Call(want, writing.deadline(now).min(end).since(now))
    }

    /// Returns the bytes to write: the queue, and the payload that follows it. At least one of them
    /// is not empty.
    #[must_use]
    pub fn unwritten(&self) -> (&[u8], &'p [u8]) {
        (self.lent.unwritten(), self.payload.0)
    }

    /// Records that the transport has taken `count` bytes.
    pub fn took(&mut self, count: usize, writing: &mut Writing) {
        let of_payload = count.saturating_sub(self.lent.unwritten().len());
        self.payload.0 = self.payload.0.get(of_payload..).unwrap_or_default();
        self.lent.written(count);
        // A transport without vectored writes may accept the queue alone first.
        let is_short =
            !self.lent.unwritten().is_empty() || of_payload > 0 && !self.payload.is_empty();
        if is_short {
            // Record this first: the timeout starts before these bytes, as the call may have
            // blocked after some of them.
            self.refused(writing);
        }
        writing.written(count);
    }

    /// Records that the transport accepted nothing, or that the call was interrupted.
    pub fn refused(&mut self, writing: &mut Writing) {
        self.is_refused = true;
        writing.refused(self.begun_at);
    }

    /// Returns the bytes that were not written to `writing`.
    pub fn end(mut self, writing: &mut Writing) {
        writing.take_back(&mut self.lent, &self.payload);
    }
}
