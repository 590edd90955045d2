//! The log and a node, with a real Redis: `cargo test --test redis -- --ignored`.

mod directory;
mod log;
mod node;
