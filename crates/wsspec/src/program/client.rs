use std::process::ExitCode;

use super::{command_line::ClientArguments, failure::Failure};

/// Judges a client.
pub(crate) async fn run(_: ClientArguments) -> Result<ExitCode, Failure> {
    Err(Failure::Argument("not yet".to_owned()))
}
