//! RFC 6455 5.5.1 and 7: Close frames, and the end of the stream.

mod after;
mod codes;
mod failures;
mod reasons;
mod stream;

use crate::case::Case;

pub(super) fn cases() -> Vec<Case> {
    [reasons::cases(), after::cases(), codes::cases(), failures::cases(), stream::cases()].concat()
}
