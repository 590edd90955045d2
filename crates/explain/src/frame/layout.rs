use sansocket::frame::MaskKey;

/// Where the fields of a header are, whatever they hold. The second byte decides.
///
/// The engine's parser stops at a broken rule. The layout is known even then, so that a frame that
/// breaks a rule can be explained to its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    pub(super) extended_len: usize,
    is_masked: bool,
}

impl Layout {
    pub(super) const fn of(second: u8) -> Self {
        let extended_len = match second & 0x7F {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        Self { extended_len, is_masked: second & 0x80 != 0 }
    }

    pub(super) const fn header_len(self) -> usize {
        let unmasked: usize = self.extended_len.saturating_add(2);
        if self.is_masked { unmasked.saturating_add(4) } else { unmasked }
    }

    /// Returns the length of the payload in a complete header.
    pub(super) fn payload_len(self, header: &[u8]) -> u64 {
        let short = header.get(1).map_or(0, |second| u64::from(second & 0x7F));
        if self.extended_len == 0 {
            return short;
        }
        let extended = header.iter().skip(2).take(self.extended_len);
        extended.fold(0, |len, &byte| len << 8 | u64::from(byte))
    }

    pub(super) fn key(self, header: &[u8]) -> Option<MaskKey> {
        let key = header.get(self.extended_len.saturating_add(2)..)?.first_chunk::<4>()?;
        self.is_masked.then_some(MaskKey(*key))
    }
}

#[cfg(test)]
mod tests {
    use sansocket::{Parsed, frame::FrameHeader};

    use super::Layout;

    #[test]
    fn section_5_2_all_two_byte_heads_have_the_layout_that_the_engine_parses() {
        for head in 0..=u16::MAX {
            let mut header = head.to_be_bytes().to_vec();
            header.extend([0, 0, 0, 0, 1, 0, 0, 0, 9, 8, 7, 6]);
            if header[1] & 0x7F == 126 {
                header[2] = 1;
            }
            let layout = Layout::of(header[1]);
            if let Ok(parsed) = FrameHeader::parse(&header) {
                let Parsed::Complete { value, consumed } = parsed else { panic!("{header:x?}") };
                assert_eq!(layout.header_len(), consumed, "{header:x?}");
                assert_eq!(layout.payload_len(&header), value.payload_len, "{header:x?}");
                assert_eq!(layout.key(&header[..consumed]), value.mask, "{header:x?}");
            }
        }
    }
}
