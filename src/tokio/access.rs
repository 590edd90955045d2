use core::ops::DerefMut;

use ::tokio::io::AsyncWrite;

use super::transport::Transport;

/// Access to the transport, which may need a lock.
pub(super) trait Access {
    type Stream: AsyncWrite + Unpin;

    fn transport(&mut self) -> impl DerefMut<Target = Transport<Self::Stream>>;
}

impl<S: AsyncWrite + Unpin> Access for Transport<S> {
    type Stream = S;

    #[inline(always)]
    fn transport(&mut self) -> impl DerefMut<Target = Self> {
        self
    }
}
