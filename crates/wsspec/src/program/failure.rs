use std::{fmt, io, path::PathBuf, process::ExitCode};

/// Why a command could not do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Standard output cannot be written.
    Output(io::Error),
    /// A file cannot be read, written or understood.
    File { path: PathBuf, problem: String },
    /// An argument cannot be used.
    Argument(String),
    /// The target is not there, or does not do what is needed for any case.
    Target(String),
    /// A signal has asked to stop.
    Stopped,
    /// The runtime cannot be started.
    Runtime(io::Error),
}

impl Failure {
    /// 2 after a usage error, 3 if the target is to blame, 130 after a signal, as in a shell.
    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Target(_) => 3,
            Self::Stopped => 130,
            _ => 2,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Output(error) => write!(f, "standard output: {error}"),
            Self::File { path, problem } => write!(f, "{}: {problem}", path.display()),
            Self::Argument(problem) | Self::Target(problem) => f.write_str(problem),
            Self::Stopped => f.write_str("stopped by a signal"),
            Self::Runtime(error) => write!(f, "the runtime cannot be started: {error}"),
        }
    }
}
