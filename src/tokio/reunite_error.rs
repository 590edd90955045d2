use core::fmt;

use ::tokio::io::AsyncWrite;

use super::{ReadHalf, WriteHalf};

/// The halves are not of the same connection. Here they are again.
#[expect(clippy::exhaustive_structs, reason = "made to be taken apart")]
pub struct ReuniteError<R, W: AsyncWrite + Unpin>(pub ReadHalf<R, W>, pub WriteHalf<W>);

impl<R, W: AsyncWrite + Unpin> fmt::Debug for ReuniteError<R, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReuniteError(..)")
    }
}

impl<R, W: AsyncWrite + Unpin> fmt::Display for ReuniteError<R, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the halves are not of the same connection")
    }
}

impl<R, W: AsyncWrite + Unpin> core::error::Error for ReuniteError<R, W> {}
