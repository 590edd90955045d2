use sansocket::MessageKind;

use crate::excerpt::Excerpt;

/// The message whose frames are being read.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) kind: MessageKind,
    pub(super) is_compressed: bool,
    /// Whether its content is known. That of a compressed message is not if it cannot be inflated.
    pub(super) is_readable: bool,
    /// Whether a text so far is known to end with a whole character.
    pub(super) is_between_characters: bool,
    pub(super) fragments: u32,
    /// The length of its frames' payloads.
    pub(super) wire_len: u64,
    /// The content, inflated.
    pub(super) content: Excerpt,
}

impl Message {
    pub(super) const fn new(kind: MessageKind, is_compressed: bool, kept: usize) -> Self {
        Self {
            kind,
            is_compressed,
            is_readable: true,
            is_between_characters: true,
            fragments: 0,
            wire_len: 0,
            content: Excerpt::new(kept),
        }
    }

    pub(super) fn is_text(&self) -> bool {
        self.kind == MessageKind::Text
    }

    /// Returns the content, if it is known and has at most `max_len` bytes.
    pub(super) fn known_content(&self, max_len: usize) -> Option<&[u8]> {
        let content = self.content.whole().filter(|_| self.is_readable)?;
        (content.len() <= max_len).then_some(content)
    }

    pub(super) const fn kind_name(&self) -> &'static str {
        match self.kind {
            MessageKind::Text => "text",
            MessageKind::Binary => "binary",
        }
    }
}
