use alloc::vec::Vec;

use super::{MessageKind, compression::DeflatedFrames};
#[cfg(feature = "deflate")]
use crate::deflate::{Config, Deflater};
use crate::{
    frame::{FrameHeader, Rsv, len_u64},
    redacted::Redacted,
};

/// A message encoded once, to be sent on many connections (fan-out, chat rooms, tickers).
///
/// A server's frame is the same for every client, so that sending it is one copy. A client masks
/// each frame with a fresh key (RFC 6455 5.3), so that it gains nothing, but may send it too.
/// To share one between threads, put it into an `Arc`.
///
/// ```
/// use sansocket::connection::Connection;
/// use sansocket::{Limits, PreparedMessage};
///
/// let message = PreparedMessage::text("Hello");
/// let mut out = Vec::new();
/// for _ in 0..2 {
///     Connection::server(&Limits::default()).sender.send_prepared(&message, &mut out)?;
/// }
/// assert_eq!(out, b"\x81\x05Hello\x81\x05Hello");
/// # Ok::<(), sansocket::connection::SendError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreparedMessage {
    kind: MessageKind,
    frame: Redacted<Vec<u8>>,
    header_len: usize,
    pub(super) deflated: DeflatedFrames,
}

impl PreparedMessage {
    /// A text message.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::new(MessageKind::Text, text.as_bytes())
    }

    /// A binary message.
    #[must_use]
    pub fn binary(data: &[u8]) -> Self {
        Self::new(MessageKind::Binary, data)
    }

    /// Whether the message is text or binary.
    #[must_use]
    pub const fn kind(&self) -> MessageKind {
        self.kind
    }

    /// The message itself.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        self.frame.get(self.header_len..).unwrap_or_default()
    }

    /// The bytes that a server puts on the wire.
    pub(crate) fn frame(&self) -> &[u8] {
        &self.frame
    }

    fn new(kind: MessageKind, payload: &[u8]) -> Self {
        let (frame, header_len) = encode(kind, Rsv::NONE, payload);
        Self { kind, frame: frame.into(), header_len, deflated: DeflatedFrames::default() }
    }
}

#[cfg(feature = "deflate")]
impl PreparedMessage {
    /// Adds a compressed frame, for connections that have agreed on compression with a window of
    /// at least [`server_max_window_bits`](Config::server_max_window_bits) of `config`.
    ///
    /// It refers to no message before it, and none after it on the same connection refers to it.
    /// Call it again with other settings for connections with smaller windows.
    #[must_use]
    pub fn with_deflate(mut self, config: &Config) -> Self {
        let window_bits = config.server_max_window_bits;
        let mut compressed = Vec::new();
        Deflater::new(config, window_bits, true).compress(self.payload(), true, &mut compressed);
        if compressed.len() < self.payload().len() {
            let (frame, _) = encode(self.kind(), Rsv::RSV1, &compressed);
            self.deflated.push(window_bits, frame);
        }
        self
    }
}

/// A text message.
impl From<&str> for PreparedMessage {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

/// A binary message.
impl From<&[u8]> for PreparedMessage {
    fn from(data: &[u8]) -> Self {
        Self::binary(data)
    }
}

/// A server's frame, and the length of its header.
fn encode(kind: MessageKind, rsv: Rsv, payload: &[u8]) -> (Vec<u8>, usize) {
    let payload_len = len_u64(payload);
    let header = FrameHeader { fin: true, rsv, opcode: kind.opcode(), mask: None, payload_len };
    let header = header.encode();
    ([&*header, payload].concat(), header.len())
}
