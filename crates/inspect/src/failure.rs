use std::{fmt, io, path::PathBuf};

/// Why a command could not do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Standard output cannot be written.
    Output(io::Error),
    /// The workbench cannot be served.
    Listen(io::Error),
    /// A file cannot be opened or read.
    File { path: PathBuf, error: io::Error },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Output(error) => write!(f, "standard output: {error}"),
            Self::Listen(error) => write!(f, "the workbench cannot be served: {error}"),
            Self::File { path, error } => write!(f, "{}: {error}", path.display()),
        }
    }
}
