use clap::Args;

use crate::Failure;

/// Which connections are shown: an argument that commands share.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Selection {
    /// Show this connection alone
    #[arg(long, value_name = "N")]
    connection: Option<u64>,
}

impl Selection {
    /// Returns whether a connection was asked for.
    pub(crate) fn includes(self, connection: u64) -> bool {
        self.connection.is_none_or(|only| only == connection)
    }

    /// Fails if the connection that was asked for is not among `count`. It would print nothing, as a
    /// connection without messages does.
    pub(crate) fn check(self, count: u64) -> Result<(), Failure> {
        match self.connection {
            Some(only) if only == 0 || only > count => {
                let problem = match count {
                    0 => format!("there is no connection {only}; there is none at all"),
                    1 => format!("there is no connection {only}; there is 1"),
                    count => format!("there is no connection {only}; there are {count}"),
                };
                Err(Failure::Argument(problem))
            }
            _ => Ok(()),
        }
    }
}
