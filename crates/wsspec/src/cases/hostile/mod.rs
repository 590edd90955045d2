//! Peers that claim, flood, drip, or fall silent. All loads are bounded.

mod bombs;
mod claims;
mod drips;
mod floods;
mod heads;
mod strangers;

use crate::case::Case;

pub(super) fn cases() -> Vec<Case> {
    [
        claims::cases(),
        floods::cases(),
        drips::cases(),
        bombs::cases(),
        heads::cases(),
        strangers::cases(),
    ]
    .concat()
}
