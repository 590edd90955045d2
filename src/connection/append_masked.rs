use alloc::vec::Vec;

use crate::frame::Masker;

/// Appends a payload and masks it, or unmasks it: in one pass where it is long.
#[inline]
pub(crate) fn append_masked(mut masker: Masker, payload: &[u8], out: &mut Vec<u8>) {
    out.reserve(payload.len());
    let rest = masker.copy_blocks(payload, |block| out.extend_from_slice(block));
    let start = out.len();
    out.extend_from_slice(rest);
    masker.apply(out.get_mut(start..).unwrap_or_default());
}
