//! RFC 6455 5.2: headers.

mod lengths;
mod opcodes;
mod own_frames;
mod reserved_bits;

use crate::case::Case;

pub(super) fn cases() -> Vec<Case> {
    [reserved_bits::cases(), opcodes::cases(), lengths::cases(), own_frames::cases()].concat()
}
