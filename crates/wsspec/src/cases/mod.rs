//! The cases, a file or folder for each subject. To add one, add it to the list of its file.

mod answers;
mod autobahn_ids;
mod client_opening;
mod closing;
mod control;
mod deflate;
mod echo;
mod fragmentation;
mod framing;
mod hostile;
mod masking;
mod server_opening;
mod speed;
mod utf8;

use crate::case::Case;

pub use autobahn_ids::autobahn_ids;

/// Returns all cases, in the order of their ids' sections.
#[must_use]
pub fn cases() -> Vec<Case> {
    let frames = [
        masking::cases(),
        framing::cases(),
        fragmentation::cases(),
        control::cases(),
        echo::cases(),
        utf8::cases(),
        closing::cases(),
    ];
    let frames = frames.concat().into_iter().map(Case::readable).collect();
    [
        server_opening::cases(),
        client_opening::cases(),
        frames,
        deflate::cases(),
        hostile::cases(),
        speed::cases(),
    ]
    .concat()
}
