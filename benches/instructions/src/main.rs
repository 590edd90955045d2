//! Does the work of one of the hot paths, while Callgrind counts the instructions of `counted`: see
//! `.ci/instructions`. Without an argument it prints the names, and the number of times of each.

mod cases;
#[path = "../../memory/mod.rs"]
mod memory;
#[path = "../../wire/mod.rs"]
mod wire;

use std::env;
use std::hint::black_box;
use std::process::ExitCode;

use tokio::runtime::Builder;

use cases::{CASES, Run};

fn main() -> ExitCode {
    let Some(name) = env::args().nth(1) else {
        for case in &CASES {
            println!("{}\t{}", case.name, case.times);
        }
        return ExitCode::SUCCESS;
    };
    let Some(case) = CASES.iter().find(|case| case.name == name) else {
        eprintln!("there is no case '{name}'");
        return ExitCode::FAILURE;
    };
    // Sockets arm timers, which need a runtime.
    let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime starts");
    let _context = runtime.enter();
    let mut run = (case.prepare)();
    // So that buffers have grown.
    run(case.times);
    counted(&mut run, case.times);
    ExitCode::SUCCESS
}

/// Callgrind counts in here.
#[inline(never)]
fn counted(run: &mut Run, times: usize) {
    black_box(run)(black_box(times));
}
