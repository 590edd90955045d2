use core::ops::DerefMut;

use super::transport::Transport;

/// A way to the transport, which may be behind a lock.
pub(super) trait Access {
    type Stream;

    fn transport(&mut self) -> impl DerefMut<Target = Transport<Self::Stream>>;
}

impl<S> Access for Transport<S> {
    type Stream = S;

    #[inline(always)]
    fn transport(&mut self) -> impl DerefMut<Target = Self> {
        self
    }
}
