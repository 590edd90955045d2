use std::{error::Error, fmt, io, path::PathBuf};

/// Why a command could not do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Standard output cannot be written.
    Output(io::Error),
    /// A file cannot be opened, read or written.
    File { path: PathBuf, error: io::Error },
    /// The content of a file is not what the command expects.
    Content { path: PathBuf, place: String, problem: String },
    /// An argument cannot be used.
    Argument(String),
    /// An address cannot be listened on.
    Network { address: String, error: io::Error },
    /// The engine cannot talk with itself.
    Session(Box<dyn Error + Send + Sync>),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Output(error) => write!(f, "standard output: {error}"),
            Self::File { path, error } => write!(f, "{}: {error}", path.display()),
            Self::Content { path, place, problem } => {
                write!(f, "{}: {place}: {problem}", path.display())
            }
            Self::Argument(problem) => f.write_str(problem),
            Self::Network { address, error } => write!(f, "{address}: {error}"),
            Self::Session(error) => write!(f, "the session to illustrate has failed: {error}"),
        }
    }
}
