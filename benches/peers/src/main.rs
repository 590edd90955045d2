//! Compares what a message costs through us and through others. `README.md` says what is measured.

mod codec;
mod goal;
mod rounds;
mod table;
#[path = "../../wire/mod.rs"]
mod wire;

use std::env;
use std::process::ExitCode;

use goal::Goal;

const USAGE: &str = "\
usage: sansocket-peers [codec [ROUNDS]] [--check]

codec        CPU time per message, in process
--check      fail if a goal does not hold";

fn main() -> ExitCode {
    let (flags, words): (Vec<_>, Vec<_>) = env::args().skip(1).partition(|word| word == "--check");
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let Some(goals) = measure(&words) else {
        eprintln!("{USAGE}");
        return ExitCode::FAILURE;
    };
    println!("| goal | at most | is | holds |\n| --- | ---: | ---: | --- |");
    for goal in &goals {
        println!("{goal}");
    }
    if flags.is_empty() || goals.iter().all(Goal::holds) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Does what the words say, if they say anything.
fn measure(words: &[&str]) -> Option<Vec<Goal>> {
    let (command, rest) = words.split_first().unwrap_or((&"codec", &[]));
    match *command {
        "codec" => Some(codec::measure(number(rest, 9)?)),
        _ => None,
    }
}

/// The number behind a command.
fn number(rest: &[&str], default: usize) -> Option<usize> {
    match rest {
        [] => Some(default),
        [number] => number.parse().ok().filter(|number| *number > 0),
        _ => None,
    }
}
