use super::{MessageKind, ProtocolError, limits::MessageLimits, utf8::Utf8Validator};

/// A message whose last frame is not complete yet, and its counters for the limits.
#[derive(Clone, Copy, Debug)]
pub(super) struct UnfinishedMessage {
    kind: MessageKind,
    utf8: Utf8Validator,
    /// The number of bytes that its frames so far declare.
    len: u64,
    fragments: u32,
    controls: u32,
    has_chunks: bool,
}

impl UnfinishedMessage {
    pub(super) fn new(kind: MessageKind) -> Self {
        let utf8 = Utf8Validator::default();
        Self { kind, utf8, len: 0, fragments: 0, controls: 0, has_chunks: false }
    }

    /// Adds a frame of `len` bytes, and checks the limits.
    #[inline]
    pub(super) fn add_fragment(
        &mut self,
        len: u64,
        is_compressed: bool,
        limits: &MessageLimits,
    ) -> Result<(), ProtocolError> {
        // RFC 6455 10.4: limits apply to a frame and to the message. Both are checked here, against
        // the declared length, before any payload is buffered.
        let limit = allowance(limits.max_frame_len, is_compressed);
        if len > limit {
            return Err(ProtocolError::FrameTooLong { len, limit });
        }
        let limit = allowance(limits.max_message_len, is_compressed);
        self.len = self.len.saturating_add(len);
        if self.len > limit {
            return Err(ProtocolError::MessageTooLong { len: self.len, limit });
        }
        self.fragments = self.fragments.saturating_add(1);
        if self.fragments > limits.max_fragments {
            return Err(ProtocolError::TooManyFragments { limit: limits.max_fragments });
        }
        Ok(())
    }

    /// Adds a control frame between the fragments, and checks the limits.
    pub(super) fn add_control(&mut self, limits: &MessageLimits) -> Result<(), ProtocolError> {
        self.controls = self.controls.saturating_add(1);
        if self.controls > limits.max_controls_per_message {
            return Err(ProtocolError::TooManyControls { limit: limits.max_controls_per_message });
        }
        Ok(())
    }

    pub(super) fn is_text(&self) -> bool {
        self.kind == MessageKind::Text
    }

    /// Checks the next chunk of the message, which starts with `ascii_len` bytes that are known to
    /// be ASCII. Returns its kind, and whether the message begins with it. The last chunk removes
    /// the message.
    #[inline]
    pub(super) fn add_chunk(
        unfinished: &mut Option<Self>,
        payload: &[u8],
        ascii_len: usize,
        is_last: bool,
    ) -> Result<(MessageKind, bool), ProtocolError> {
        let Some(message) = unfinished else {
            return Err(ProtocolError::UnexpectedContinuation);
        };
        let kind = message.kind;
        let is_first = !core::mem::replace(&mut message.has_chunks, true);
        if kind == MessageKind::Text {
            // RFC 6455 8.1: invalid UTF-8 fails the connection, at the first invalid byte.
            message
                .utf8
                .feed_after_ascii(payload, ascii_len)
                .map_err(|_| ProtocolError::InvalidUtf8)?;
            if is_last {
                message.utf8.finish().map_err(|_| ProtocolError::InvalidUtf8)?;
            }
        }
        if is_last {
            *unfinished = None;
        }
        Ok((kind, is_first))
    }
}

/// Returns how many bytes the frames may declare. The limit of a compressed message applies to the
/// inflated bytes; incompressible data is longer on the wire, by the headers of its blocks.
const fn allowance(limit: u64, is_compressed: bool) -> u64 {
    if is_compressed { limit.saturating_mul(2).saturating_add(1024) } else { limit }
}
