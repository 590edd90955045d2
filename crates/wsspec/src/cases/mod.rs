//! The cases, a file or folder for each subject. To add one, add it to the list of its file.

mod answers;
mod closing;
mod control;
mod echo;
mod fragmentation;
mod framing;
mod masking;
mod utf8;

use crate::case::Case;

/// Returns all cases, in the order of their ids' sections.
#[must_use]
pub fn cases() -> Vec<Case> {
    [
        masking::cases(),
        framing::cases(),
        fragmentation::cases(),
        control::cases(),
        echo::cases(),
        utf8::cases(),
        closing::cases(),
    ]
    .concat()
    .into_iter()
    .map(Case::readable)
    .collect()
}
