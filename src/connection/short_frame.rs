use core::ops::Deref;

use crate::frame::{FrameHeader, InlineBytes, Masker};

/// Room for a complete frame with a short payload, on the stack. Dereferences to its bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ShortFrame(InlineBytes<{ 2 + 4 + Self::MAX_PAYLOAD_LEN }>);

impl ShortFrame {
    /// The longest payload whose length is in the second byte of the header (RFC 6455 5.2).
    pub(crate) const MAX_PAYLOAD_LEN: usize = 125;

    pub(crate) const EMPTY: Self = Self(InlineBytes::EMPTY);

    /// Encodes the header and the payload, which it masks if the header has a key.
    #[inline(always)]
    pub(super) fn encode(&mut self, header: &FrameHeader, payload: &[u8]) {
        let Self(frame) = self;
        header.put_parts(|part| frame.push(part));
        let header_len = frame.len();
        frame.push(payload);
        if let Some(key) = header.mask {
            Masker::new(key).apply(frame.get_mut(header_len..).unwrap_or_default());
        }
    }
}

impl Deref for ShortFrame {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        &self.0
    }
}
