use alloc::vec::Vec;

use crate::frame::Masker;

/// From this length on, unmasked payload is copied in blocks too. Some processors copy such a length
/// with a string instruction, which takes up to twenty times longer if the copy begins less than 64 bytes
/// further in its page than the original. Behind the header of a frame it usually does.
const LONG_LEN: usize = 4 << 10;

/// Appends a payload and masks it, or unmasks it: in one pass where it is long.
#[inline]
pub(crate) fn append_payload(masker: Masker, payload: &[u8], out: &mut Vec<u8>) {
    if masker.is_none() && payload.len() < LONG_LEN {
        out.extend_from_slice(payload);
    } else {
        append_blocks(masker, payload, out);
    }
}

/// Appends bytes as they are.
#[inline]
pub(crate) fn append_unmasked(bytes: &[u8], out: &mut Vec<u8>) {
    append_payload(Masker::NONE, bytes, out);
}

#[inline(never)]
fn append_blocks(mut masker: Masker, payload: &[u8], out: &mut Vec<u8>) {
    out.reserve(payload.len());
    let rest = masker.copy_blocks(payload, |block| out.extend_from_slice(block));
    let start = out.len();
    out.extend_from_slice(rest);
    masker.apply(out.get_mut(start..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use alloc::{vec, vec::Vec};

    use super::{LONG_LEN, append_payload};
    use crate::frame::{MaskKey, Masker};

    #[test]
    fn every_length_is_appended_as_byte_by_byte() {
        let bytes: Vec<u8> = (0..=250).cycle().take(LONG_LEN + 300).collect();
        for len in (0..300).chain(LONG_LEN - 65..LONG_LEN + 300) {
            let payload = &bytes[bytes.len() - len..];
            for key in [[0; 4], [1, 2, 3, 4]] {
                let mut out = vec![7; len % 5];
                append_payload(Masker::new(MaskKey(key)), payload, &mut out);
                let masked = payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key);
                let expected: Vec<u8> = core::iter::repeat_n(7, len % 5).chain(masked).collect();
                assert_eq!(out, expected, "{len} {key:?}");
            }
        }
    }
}
