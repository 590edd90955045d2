use sansocket::Role;

use crate::case::{Frame, Part};

use super::compression::Deflate;

/// Encodes what a run sends, with masking keys that only its seed decides.
#[derive(Debug)]
pub(super) struct Encoder {
    sender: Role,
    seed: u64,
    frames: u64,
    has_sent_close: bool,
}

impl Encoder {
    pub(super) const fn new(sender: Role, seed: u64) -> Self {
        Self { sender, seed, frames: 0, has_sent_close: false }
    }

    pub(super) const fn has_sent_close(&self) -> bool {
        self.has_sent_close
    }

    pub(super) fn parts(&mut self, parts: &[Part], mut deflate: Option<&mut Deflate>) -> Vec<u8> {
        let mut bytes = Vec::new();
        for part in parts {
            match part {
                Part::Raw(raw) => bytes.extend(raw.to_vec()),
                Part::Frame(frame) => bytes.extend(self.frame(frame, deflate.as_deref_mut())),
            }
        }
        bytes
    }

    pub(super) fn frame(&mut self, frame: &Frame, deflate: Option<&mut Deflate>) -> Vec<u8> {
        self.has_sent_close |= frame.is_close();
        let payload = frame.payload().to_vec();
        let payload = match deflate.filter(|_| frame.is_compressed()) {
            Some(deflate) => deflate.compress(&payload),
            None => payload,
        };
        let mut bytes = Vec::new();
        for fragment in frame.fragments(payload) {
            self.frames += 1;
            let [a, b, c, d, ..] = self.random(self.frames).to_be_bytes();
            bytes.extend(fragment.encode(self.sender, [a, b, c, d]));
        }
        bytes
    }

    /// A number that only seed and index decide.
    pub(super) const fn random(&self, index: u64) -> u64 {
        // SplitMix64.
        let mut z = (self.seed ^ index.rotate_left(32)).wrapping_add(0x9E37_79B9_7F4A_7C15);
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }
}
