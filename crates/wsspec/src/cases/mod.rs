//! The cases, a file for each subject. To add one, add it to the list of its file.

mod client_opening;
mod deflate;
mod hostile;
mod masking;
mod server_opening;
mod speed;

use crate::case::Case;

/// Returns all cases, in the order of their ids' sections.
#[must_use]
pub fn cases() -> Vec<Case> {
    [
        masking::cases(),
        server_opening::cases(),
        client_opening::cases(),
        deflate::cases(),
        hostile::cases(),
        speed::cases(),
    ]
    .concat()
}
