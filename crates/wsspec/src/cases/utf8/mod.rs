//! RFC 6455 5.6 and 8.1: texts are UTF-8.

mod cuts;
mod early;
mod invalid;
mod valid;

use crate::case::Case;

/// Five Greek letters, the second of three bytes, the others of two.
const GREEK: &str = "κ\u{1F79}σμε";

pub(super) fn cases() -> Vec<Case> {
    [valid::cases(), invalid::cases(), cuts::cases(), early::cases()].concat()
}
