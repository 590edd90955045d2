use core::fmt;

/// The halves are not of the same connection. Here they are again: that which reads is first.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "made to be taken apart")]
pub struct ReuniteError<R, W>(pub R, pub W);

impl<R, W> fmt::Display for ReuniteError<R, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the halves are not of the same connection")
    }
}

impl<R: fmt::Debug, W: fmt::Debug> core::error::Error for ReuniteError<R, W> {}
