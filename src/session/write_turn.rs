use core::time::Duration;

use super::{Clock, Want, Writing};
use crate::{buffered::WriteBuffer, redacted::Redacted, time::Timestamp};

/// Writing by calls that wait, each for a while at most: for as long as it takes, or for a turn after
/// which there is something else to do.
///
/// It holds what is written, [lent](Writing::lend), since a lock may be around the rest that must not
/// be held while a call waits. Whoever writes asks for the [next](Self::next) call, makes it, and
/// records its result: [`took`](Self::took), [`Writing::flushed`], [`refused`](Self::refused) or
/// [`Writing::failed`]. In the end the rest is given [back](Self::end).
///
/// 1. A call that the transport has refused, or taken less of than there is, begins the time in which
///    the peer is to take something: from when the call began, since it may have waited.
/// 2. A turn is over then: what the transport does not take now can wait for the next.
/// 3. The time stops between turns, while nobody writes. Not once it is up: that it is the session
///    reports.
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
    /// When the turn is over, from the first call on.
    end: Option<Timestamp>,
    /// When the last call began.
    begun_at: Timestamp,
    /// Whether that was to write and has not taken all.
    is_refused: bool,
}

/// What is next in a [`WriteTurn`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever writes must know every case")]
pub enum WriteStep {
    /// Make this call, never [`Want::Nothing`], and wait for no longer.
    Call(Want, Duration),
    /// All has left, or nothing can leave any more.
    Done,
    /// Something is left for the next turn.
    Over,
    /// The transport has taken next to nothing for all of the time that it has, and was given up.
    TimedOut,
}

impl<'p> WriteTurn<'p> {
    /// Creates a turn of this length, or one that ends when all is written. The `payload` is that of the
    /// message whose header was [sent](Writing::send_header) last, if that is written with it.
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

    /// Decides what is next.
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
                (true, None) => {
                    writing.timed_out();
                    return WriteStep::TimedOut;
                }
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
            // What was taken may have to be flushed.
            if end <= now {
                writing.pause(now);
                return WriteStep::Over;
            }
            writing.lend_with(&mut self.lent, &self.payload);
        }
        self.begun_at = now;
        WriteStep::Call(want, writing.deadline(now).min(end).since(now))
    }

    /// Returns what to write: the queue, and the payload that comes right after it. One of them is not
    /// empty.
    #[must_use]
    pub fn unwritten(&self) -> (&[u8], &'p [u8]) {
        (self.lent.unwritten(), self.payload.0)
    }

    /// Records that the transport has taken `count` bytes.
    pub fn took(&mut self, count: usize, writing: &mut Writing) {
        let of_payload = count.saturating_sub(self.lent.unwritten().len());
        self.payload.0 = self.payload.0.get(of_payload..).unwrap_or_default();
        self.lent.written(count);
        // A transport may take the queue alone first.
        let is_short =
            !self.lent.unwritten().is_empty() || of_payload > 0 && !self.payload.is_empty();
        if is_short {
            // Before it took them, since it may have waited with the first of them.
            self.refused(writing);
        }
        writing.written(count);
    }

    /// Records that the transport takes nothing now, or was interrupted.
    pub fn refused(&mut self, writing: &mut Writing) {
        self.is_refused = true;
        writing.refused(self.begun_at);
    }

    /// Gives back what was not written.
    pub fn end(mut self, writing: &mut Writing) {
        writing.take_back(&mut self.lent, &self.payload);
    }
}
