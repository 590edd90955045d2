use core::{
    task::{Context, Poll, ready},
    time::Duration,
};

use ::tokio::io::ReadBuf;

use super::{
    reader::{Wire, yield_to_the_driver},
    spare,
};
use crate::{
    connection::{MAX_DRAIN, TransportAction},
    time::Timestamp,
};

/// The end of the transport: flush, half-close, drain (RFC 6455 7.1.1).
///
/// What we wrote last would be lost to a reset if the stream were dropped with input unread. But
/// neither for ever nor more than is reasonable: the time runs from when the stream last took bytes,
/// and is longer by as long as they waited, since the buffers of the system empty as slowly.
#[derive(Debug)]
pub(super) struct Ending {
    step: Step,
    /// RFC 6455 7.1.1: the server closes first, the client waits for it.
    is_peer_first: bool,
    limit: Duration,
    begun_at: Timestamp,
    /// When the stream last took bytes, and how many it had taken then.
    taken_at: Timestamp,
    taken: u32,
    drained: usize,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Flush,
    ShutDown,
    Drain,
    Done,
}

impl Ending {
    /// The end of a transport with which `next` is to be done, from the time `now` on. `taken` is
    /// how many bytes the stream has taken so far.
    pub(super) const fn new(
        limit: Duration,
        next: TransportAction,
        now: Timestamp,
        taken: u32,
    ) -> Self {
        let is_peer_first = matches!(next, TransportAction::AwaitPeerClose);
        Self {
            step: Step::Flush,
            is_peer_first,
            limit,
            begun_at: now,
            taken_at: now,
            taken,
            drained: 0,
        }
    }

    /// The end of a transport that is of no use any more.
    pub(super) fn done() -> Self {
        let now = Timestamp::default();
        Self { step: Step::Done, ..Self::new(Duration::ZERO, TransportAction::CloseNow, now, 0) }
    }

    pub(super) const fn is_done(&self) -> bool {
        matches!(self.step, Step::Done)
    }

    /// Ready once the transport can be dropped. Can be polled again after that.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, wire: &mut impl Wire) -> Poll<()> {
        loop {
            let next = match self.step {
                Step::Flush => match wire.poll_flush(cx) {
                    Poll::Ready(Ok(())) if self.is_peer_first => Poll::Ready(Step::Drain),
                    Poll::Ready(Ok(())) => Poll::Ready(Step::ShutDown),
                    Poll::Ready(Err(_)) => {
                        // The peer need not wait until the application drops the stream.
                        let _ = wire.poll_shutdown(cx);
                        Poll::Ready(Step::Done)
                    }
                    Poll::Pending => Poll::Pending,
                },
                Step::ShutDown => match wire.poll_shutdown(cx) {
                    // If it fails, the peer was faster.
                    Poll::Ready(Ok(())) if !self.is_peer_first => Poll::Ready(Step::Drain),
                    Poll::Ready(_) => Poll::Ready(Step::Done),
                    Poll::Pending => Poll::Pending,
                },
                Step::Drain => self.poll_drain(cx, wire),
                Step::Done => return Poll::Ready(()),
            };
            if let Poll::Ready(step) = next {
                self.step = step;
                continue;
            }
            let due = self.due(wire);
            ready!(wire.alarm().poll(cx, due));
            self.step = Step::Done;
            // The peer need not wait until the application drops the stream.
            let _ = wire.poll_shutdown(cx);
        }
    }

    fn due(&mut self, wire: &mut impl Wire) -> Timestamp {
        let taken = wire.with_output(|output| output.link.taken());
        if core::mem::replace(&mut self.taken, taken) != taken {
            self.taken_at = wire.alarm().now();
        }
        self.taken_at + self.taken_at.since(self.begun_at) + self.limit
    }

    /// Reads to the end of the stream.
    fn poll_drain(&mut self, cx: &mut Context<'_>, wire: &mut impl Wire) -> Poll<Step> {
        let end = if self.is_peer_first { Step::ShutDown } else { Step::Done };
        let mut storage = spare::read_storage();
        let mut buffer = ReadBuf::new(&mut storage);
        let result = wire.poll_read(cx, &mut buffer);
        let count = buffer.filled().len();
        // The storage goes to another connection, which must not see what came.
        buffer.filled_mut().fill(0);
        spare::keep_read_storage(storage);
        match result {
            Poll::Ready(Ok(())) if count > 0 && self.drained < MAX_DRAIN => {
                self.drained = self.drained.saturating_add(count);
                // Once at a time: however much comes, others get their turn.
                yield_to_the_driver(cx);
                Poll::Pending
            }
            Poll::Ready(_) => Poll::Ready(end),
            Poll::Pending => Poll::Pending,
        }
    }
}
