//! The reference of all kernels, and the cases to compare them with.

use alloc::vec::Vec;

const WORD: u64 = u64::from_le_bytes([0x37, 0xFA, 0x21, 0x3D, 0x37, 0xFA, 0x21, 0x3D]);

/// RFC 6455 5.3, byte by byte.
pub(super) fn masked(word: u64, bytes: &[u8]) -> Vec<u8> {
    let key = word.to_le_bytes();
    bytes.iter().enumerate().map(|(index, byte)| byte ^ key[index % 4]).collect()
}

/// Calls `check` with a word of key, memory, and the position in it where the bytes to mask begin:
/// for each short length, and some that have many blocks, at each alignment to 64 bytes.
pub(super) fn for_each_case(mut check: impl FnMut(u64, &[u8], usize)) {
    let memory: Vec<u8> =
        (0_u32..5000).map(|i| i.wrapping_mul(0x9E37_79B1).to_be_bytes()[0]).collect();
    let aligned = memory.as_ptr().align_offset(64);
    for len in (0..=300).chain([511, 512, 513, 1024, 4099]) {
        for alignment in 0..64 {
            let start = aligned + alignment;
            check(WORD, &memory[..start + len], start);
        }
    }
}
