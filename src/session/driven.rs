use super::{Clock, Exchange, Failure, InvalidText, Opening, Outlet, Reading, Step, Writing};
use crate::{buffered::ReadBuffer, close::CloseInfo, time::Timestamp};

/// The interface of a driver: an [`Opening`], and a [`Reading`] once the connection is open. So one
/// loop drives both, and also an [`InvalidText`], which ends the transport before the driver
/// returns an error.
///
/// ```
/// use sansocket::session::{Driven, Failure, Outlet, Step};
/// use sansocket::Timestamp;
///
/// /// Records the end of the stream, and decides the next step.
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
    /// Decides the next step.
    ///
    /// # Errors
    ///
    /// As for [`Opening::next`] and [`Reading::next`].
    fn next(&mut self, clock: impl Clock, out: &mut impl Outlet) -> Result<Step, Failure>;

    /// Returns the time until which [`Step::Read`] and [`Step::Drain`] may block, for a driver
    /// whose reads block.
    fn deadline(&mut self, clock: impl Clock, out: &mut impl Outlet) -> Timestamp;

    /// Records that our direction has ended, after [`Step::HalfClose`]. Call it even if that
    /// failed, which means that the peer was faster.
    fn half_closed(&mut self, out: &mut impl Outlet);

    /// Records that `count` bytes of input were discarded, after [`Step::Drain`]. Zero means that
    /// the peer has ended its direction, or that the transport has failed.
    fn drained(&mut self, count: usize, out: &mut impl Outlet);

    /// Returns why the connection failed, possibly before its transport has ended.
    fn failure(&self) -> Option<Failure> {
        None
    }

    /// Returns how the connection ended; `None` while more may come, or if it was never open.
    fn close_info(&self, _writing: &Writing) -> Option<CloseInfo> {
        None
    }

    /// Tells the half that writes what was received so far, for the counts that it returns.
    fn note_received(&self, _out: &mut impl Outlet) {}

    /// Returns the buffer, to lend it storage or to get that back. A head that arrives in several
    /// reads stays in storage of its own, since moving it to lent storage for each read would not
    /// take linear time.
    fn buffer(&mut self) -> Option<&mut ReadBuffer> {
        None
    }

    /// Returns how many bytes at least complete something. A driver may read several times until it
    /// has so many, and [fill](Self::filled) them all at once. But before it waits, and before it
    /// records an end or a failure, it must fill what it has, since any byte is a sign of life.
    fn needed(&mut self) -> usize {
        1
    }

    /// Returns the room for the next read. It is empty if nothing is read.
    fn unfilled(&mut self) -> &mut [u8] {
        &mut []
    }

    /// Records that `count` bytes were read into the front of [`unfilled`](Self::unfilled), at
    /// least 1.
    fn filled(&mut self, _count: usize) {}

    /// Records that a read has blocked without input, until [`deadline`](Self::deadline) or for
    /// some time.
    fn waited(&mut self) {}

    /// Records that the input has ended: a read returned no bytes.
    fn end_of_stream(&mut self) {}

    /// Records that a read has failed: the transport cannot be used any more.
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

    fn buffer(&mut self) -> Option<&mut ReadBuffer> {
        self.lendable()
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

    fn close_info(&self, writing: &Writing) -> Option<CloseInfo> {
        Self::close_info(self, writing)
    }

    fn note_received(&self, out: &mut impl Outlet) {
        Self::note_received(self, out);
    }

    fn failure(&self) -> Option<Failure> {
        Self::failure(self)
    }

    fn buffer(&mut self) -> Option<&mut ReadBuffer> {
        Some(Self::buffer(self))
    }

    fn needed(&mut self) -> usize {
        Self::needed(self)
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

/// It reads nothing, and only ends the transport.
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

    fn close_info(&self, writing: &Writing) -> Option<CloseInfo> {
        Self::close_info(self, writing)
    }

    fn failure(&self) -> Option<Failure> {
        Self::failure(self)
    }

    fn failed(&mut self, out: &mut impl Outlet) {
        Self::failed(self, out);
    }
}
