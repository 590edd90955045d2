//! Payloads that compress well, badly, or with references of a given distance.

/// Bytes that do not compress: the same ones for the same seed.
pub(crate) fn random(len: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let bytes = core::iter::repeat_with(|| {
        // xorshift*
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        state.wrapping_mul(0x2545_F491_4F6C_DD1D).to_be_bytes()[0]
    });
    bytes.take(len).collect()
}

/// Bytes that repeat at this distance, and in general at no other.
pub(crate) fn periodic(period: usize, len: usize, seed: u64) -> Vec<u8> {
    random(period, seed).into_iter().cycle().take(len).collect()
}

/// Text that compresses like documents.
pub(crate) fn json(len: usize) -> String {
    let words = ["temperature", "pressure", "ok", "sensor", "Z\u{FC}rich", "null"];
    let choices = random(len, 7);
    let mut text = String::new();
    for (index, choice) in choices.iter().enumerate() {
        let word = words[usize::from(*choice) % words.len()];
        text += &format!("{{\"id\":{index},\"name\":\"{word}\",\"value\":{choice}}},");
        if text.len() >= len {
            break;
        }
    }
    while !text.is_char_boundary(len) {
        text.insert(0, ' ');
    }
    text.truncate(len);
    text
}

/// Messages that compress a little better one after the other; the first one does not compress.
pub(crate) fn ever_more_compressible() -> impl Iterator<Item = Vec<u8>> {
    (0..40).map(|zeros| [random(64, 6), vec![0; zeros]].concat())
}
