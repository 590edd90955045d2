//! Prints what a message costs a server, through us and through others, in CPU time.
//!
//!     cargo run --release
//!     cargo run --release -- ROUNDS
//!
//! See `README.md` for what is measured.

mod codec;
#[path = "../../wire/mod.rs"]
mod wire;

use std::process::ExitCode;

fn main() -> ExitCode {
    let rounds = match std::env::args().nth(1).map(|rounds| rounds.parse()) {
        None => 9,
        Some(Ok(rounds)) if rounds > 0 => rounds,
        Some(_) => {
            eprintln!("usage: sansocket-peers [ROUNDS]");
            return ExitCode::FAILURE;
        }
    };
    codec::measure(rounds)
}
