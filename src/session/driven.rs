use super::{Clock, Exchange, Failure, InvalidText, Opening, Outlet, Reading, Step};
use crate::{buffered::ReadBuffer, time::Timestamp};

/// What is driven step by step: an [`Opening`], and [`Reading`] once the connection is open. So one
/// loop serves for both, also where that loop has to be left while a message is borrowed, see
/// [`InvalidText`].
///
/// ```
/// use sansocket::session::{Driven, Failure, Outlet, Step};
/// use sansocket::Timestamp;
///
/// /// Records what a read of a stream came to that has ended.
/// fn read_nothing(
///     driven: &mut impl Driven,
///     out: &mut impl Outlet,
///     now: Timestamp,
/// ) -> Result<Step, Failure> {
///     driven.end_of_stream();
///     driven.next(now, out)
/// }
/// ```
pub trait Driven {
    /// Decides what is next.
    ///
    /// # Errors
    ///
    /// As for [`Opening::next`] and [`Reading::next`].
    fn next(&mut self, clock: impl Clock, out: &mut impl Outlet) -> Result<Step, Failure>;

    /// Returns until when [`Step::Read`] and [`Step::Drain`] may wait, where they do.
    fn deadline(&mut self, clock: impl Clock, out: &mut impl Outlet) -> Timestamp;

    /// Records that our direction has ended, after [`Step::HalfClose`]. So it has if that failed,
    /// since the peer was faster.
    fn half_closed(&mut self, out: &mut impl Outlet);

    /// Records that `count` bytes of input were thrown away, after [`Step::Drain`]. None: the peer
    /// has ended its direction, or the transport has failed.
    fn drained(&mut self, count: usize, out: &mut impl Outlet);

    /// Returns how the connection has failed, though the end of its transport may not be reached yet.
    fn failure(&self) -> Option<Failure> {
        None
    }

    /// Returns the buffer of an open connection: to lend it storage, or to take that back. What is
    /// read before fits into little storage of its own.
    fn buffer(&mut self) -> Option<&mut ReadBuffer> {
        None
    }

    /// Returns room to read into. None, where nothing is read.
    fn unfilled(&mut self) -> &mut [u8] {
        &mut []
    }

    /// Records that `count` bytes were read into the front of [`unfilled`](Self::unfilled), more
    /// than none.
    fn filled(&mut self, _count: usize) {}

    /// Records that a read has waited in vain until [`deadline`](Self::deadline), or for a while.
    fn waited(&mut self) {}

    /// Records that the input has ended: a read returned no bytes.
    fn end_of_stream(&mut self) {}

    /// Records that a read has failed: the transport is of no use any more.
    fn failed(&mut self, _out: &mut impl Outlet) {}
}

impl<E: Exchange> Driven for Opening<E> {
    fn next(&mut self, clock: impl Clock, out: &mut impl Outlet) -> Result<Step, Failure> {
        Self::next(self, clock, out)
    }

    fn deadline(&mut self, clock: impl Clock, out: &mut impl Outlet) -> Timestamp {
        Self::deadline(self, clock, out)
    }

    fn half_closed(&mut self, out: &mut impl Outlet) {
        Self::half_closed(self, out);
    }

    fn drained(&mut self, count: usize, out: &mut impl Outlet) {
        Self::drained(self, count, out);
    }

    fn unfilled(&mut self) -> &mut [u8] {
        Self::unfilled(self)
    }

    fn filled(&mut self, count: usize) {
        Self::filled(self, count);
    }

    fn end_of_stream(&mut self) {
        Self::end_of_stream(self);
    }

    fn failed(&mut self, out: &mut impl Outlet) {
        Self::failed(self, out);
    }
}

impl Driven for Reading {
    #[inline]
    fn next(&mut self, clock: impl Clock, out: &mut impl Outlet) -> Result<Step, Failure> {
        Self::next(self, clock, out)
    }

    fn deadline(&mut self, clock: impl Clock, out: &mut impl Outlet) -> Timestamp {
        Self::deadline(self, clock, out)
    }

    fn half_closed(&mut self, out: &mut impl Outlet) {
        self.lifecycle().half_closed(out);
    }

    fn drained(&mut self, count: usize, out: &mut impl Outlet) {
        self.lifecycle().drained(count, out);
    }

    fn failure(&self) -> Option<Failure> {
        Self::failure(self)
    }

    fn buffer(&mut self) -> Option<&mut ReadBuffer> {
        Some(Self::buffer(self))
    }

    fn unfilled(&mut self) -> &mut [u8] {
        Self::unfilled(self)
    }

    fn filled(&mut self, count: usize) {
        Self::filled(self, count);
    }

    fn waited(&mut self) {
        Self::waited(self);
    }

    fn end_of_stream(&mut self) {
        Self::end_of_stream(self);
    }

    fn failed(&mut self, out: &mut impl Outlet) {
        Self::failed(self, out);
    }
}

/// It reads nothing: what is left is to end the transport.
impl Driven for InvalidText<'_> {
    fn next(&mut self, clock: impl Clock, out: &mut impl Outlet) -> Result<Step, Failure> {
        Self::next(self, clock, out)
    }

    fn deadline(&mut self, clock: impl Clock, out: &mut impl Outlet) -> Timestamp {
        self.lifecycle().deadline(clock, out)
    }

    fn half_closed(&mut self, out: &mut impl Outlet) {
        self.lifecycle().half_closed(out);
    }

    fn drained(&mut self, count: usize, out: &mut impl Outlet) {
        self.lifecycle().drained(count, out);
    }

    fn failure(&self) -> Option<Failure> {
        Self::failure(self)
    }
}
