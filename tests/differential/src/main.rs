//! Feeds the same bytes to sansocket and to other implementations, and compares what they make of
//! them. See the README.

mod compressor;
mod frame;
mod input;
mod outcome;
mod peer;
mod rule;
mod run;

use std::{error::Error, process::ExitCode};

use lexopt::{Arg, ValueExt as _};
use peer::wsproto::Wsproto;
use run::Run;

const HELP: &str = "\
Usage: sansocket-differential [OPTION]...

  --inputs N       how many inputs (100000)
  --seed N         from which they are made (1)
  --only N         only the input with that number
  --python PATH    an interpreter that has wsproto; without it wsproto is left out";

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let (mut first, mut count, mut seed, mut wsproto) = (0, 100_000, 1, None);
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("inputs") => count = arguments.value()?.parse()?,
            Arg::Long("seed") => seed = arguments.value()?.parse()?,
            Arg::Long("only") => (first, count) = (arguments.value()?.parse()?, 1),
            Arg::Long("python") => wsproto = Some(Wsproto::start(&arguments.value()?)?),
            Arg::Long("help") => {
                println!("{HELP}");
                return Ok(ExitCode::SUCCESS);
            }
            _ => return Err(argument.unexpected().into()),
        }
    }
    let mut run = Run::new(seed, wsproto);
    run.compare(first, count)?;
    print!("{run}");
    Ok(if run.has_unexplained() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
