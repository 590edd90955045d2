use core::fmt;

/// The halves belong to different connections. Returns them, the read half first.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "made to be taken apart")]
pub struct ReuniteError<R, W>(pub R, pub W);

impl<R, W> fmt::Display for ReuniteError<R, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the halves are not of the same connection")
    }
}

impl<R: fmt::Debug, W: fmt::Debug> core::error::Error for ReuniteError<R, W> {}
