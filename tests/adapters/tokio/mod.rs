//! The async adapter: what every adapter does, and what only futures can do.

mod adapter;
mod peer;
mod stingy;
mod tasks;

#[path = "../apart.rs"]
#[expect(clippy::duplicate_mod, reason = "the same tests for every adapter")]
mod apart;
#[path = "../batching.rs"]
#[expect(clippy::duplicate_mod, reason = "the same tests for every adapter")]
mod batching;
#[path = "../faults.rs"]
#[expect(clippy::duplicate_mod, reason = "the same tests for every adapter")]
mod faults;

mod back_pressure;
mod cancelling;
mod deadlines;
mod echo;
mod fairness;
mod scheduled;
