//! The explanations: their agreement with the engine, and how they read.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

mod after_close;
mod agreement;
mod chunking;
mod clauses;
mod cloning;
mod envelopes;
mod escaping;
mod faults;
mod generator;
mod handshakes;
mod heads;
mod readme;
mod resuming;
mod snapshots;
mod turns;
mod verdict;

use sansocket::Role;
use sansocket_explain::{Element, Explainer, Options};

/// Returns the elements of what one end sends, with its end.
fn elements(options: &Options, sender: Role, bytes: &[u8]) -> Vec<Element> {
    conversation(options, &[(sender, bytes)])
}

/// Returns the elements of what both ends send in turn, with their ends.
fn conversation(options: &Options, turns: &[(Role, &[u8])]) -> Vec<Element> {
    let mut explainer = Explainer::new(options);
    let mut elements = Vec::new();
    for (sender, bytes) in turns {
        let mut input = *bytes;
        while let Some(element) = explainer.explain(*sender, &mut input) {
            elements.push(element);
        }
    }
    for sender in [Role::Client, Role::Server] {
        if turns.iter().any(|(other, _)| *other == sender) {
            elements.extend(std::iter::from_fn(|| explainer.end(sender)));
        }
    }
    elements
}
