//! The cases, a file for each subject. To add one, add it to the list of its file.

mod masking;
mod server_opening;

use crate::case::Case;

/// Returns all cases, in the order of their ids' sections.
#[must_use]
pub fn cases() -> Vec<Case> {
    [masking::cases(), server_opening::cases()].concat()
}
