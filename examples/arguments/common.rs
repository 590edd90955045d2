//! The options that servers and clients have in common.

use std::process;

use lexopt::{Error, Parser, prelude::*};
#[cfg(feature = "deflate")]
use sansocket::deflate;
use sansocket::{Limits, Options};

pub(super) const USAGE: &str = "
  --max-message BYTES          the longest message to accept (16777216)
  --deflate, --no-deflate      whether to agree on compression, with the feature (yes)";

/// The defaults of the options.
pub(super) fn options() -> Options {
    let options = Options::default();
    #[cfg(feature = "deflate")]
    let options = options.deflate(Some(deflate::Config::default()));
    options
}

/// Parses the value of the option `name`. Returns `false` if it is not one of the common options.
pub(super) fn take(options: &mut Options, name: &str, parser: &mut Parser) -> Result<bool, Error> {
    *options = match name {
        "max-message" => {
            let len = parser.value()?.parse()?;
            options.clone().limits(Limits::default().max_message_len(len))
        }
        #[cfg(feature = "deflate")]
        "deflate" => options.clone().deflate(Some(deflate::Config::default())),
        #[cfg(feature = "deflate")]
        "no-deflate" => options.clone().deflate(None),
        _ => return Ok(false),
    };
    Ok(true)
}

/// Returns the parsed arguments. Exits after an error, and after `None`, which is a request for
/// help.
pub(super) fn or_exit<A>(parsed: Result<Option<A>, Error>, usage: &str) -> A {
    match parsed {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            println!("{usage}");
            process::exit(0)
        }
        Err(error) => {
            eprintln!("{error}\n\n{usage}");
            process::exit(3)
        }
    }
}
