//! RFC 7692: compression.

mod answers;
mod exchanges;
mod invalid;
mod messages;
mod offers;
mod parameters;
mod windows;

use crate::case::Case;

pub(super) fn cases() -> Vec<Case> {
    [
        offers::cases(),
        answers::cases(),
        messages::cases(),
        invalid::cases(),
        windows::cases(),
        exchanges::cases(),
    ]
    .concat()
}

const DEFLATE: &str = "permessage-deflate";
