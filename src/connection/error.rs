use alloc::string::String;
use core::fmt::Write as _;

use thiserror::Error;

use super::MessageKind;
use crate::{close::CloseCode, frame::FrameError};

/// A violation of a rule or a limit by the peer. It fails the connection (RFC 6455 7.1.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// The frame header is invalid.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// A client's frame without a mask (RFC 6455 5.1).
    #[error("unmasked frame from a client")]
    UnmaskedFrame,
    /// A server's frame with a mask (RFC 6455 5.1).
    #[error("masked frame from a server")]
    MaskedFrame,
    /// A reserved bit that belongs to no negotiated extension (RFC 6455 5.2).
    #[error("reserved bit set without an extension")]
    ReservedBits,
    /// A continuation frame without an unfinished message (RFC 6455 5.4).
    #[error("continuation frame outside a message")]
    UnexpectedContinuation,
    /// A text or binary frame while a message is unfinished (RFC 6455 5.4).
    #[error("new message before the last one was finished")]
    UnfinishedMessage,
    /// A frame longer than [`Limits::max_frame_len`](super::Limits::max_frame_len).
    #[error("frame of {len} bytes, the limit is {limit}")]
    FrameTooLong {
        /// The payload length in its header.
        len: u64,
        /// The limit.
        limit: u64,
    },
    /// A message longer than [`Limits::max_message_len`](super::Limits::max_message_len).
    #[error("message of at least {len} bytes, the limit is {limit}")]
    MessageTooLong {
        /// The length including the frame that exceeds the limit.
        len: u64,
        /// The limit.
        limit: u64,
    },
    /// A message with more than [`Limits::max_fragments`](super::Limits::max_fragments).
    #[error("message of more than {limit} fragments")]
    TooManyFragments {
        /// The limit.
        limit: u32,
    },
    /// More control frames inside one message than
    /// [`Limits::max_controls_per_message`](super::Limits::max_controls_per_message).
    #[error("more than {limit} control frames inside a message")]
    TooManyControls {
        /// The limit.
        limit: u32,
    },
    /// A text message that is not UTF-8 (RFC 6455 8.1).
    #[error("text is not UTF-8")]
    InvalidUtf8,
    /// Compressed data that is invalid DEFLATE, is cut off, or refers to bytes before the window
    /// (RFC 7692 7.2.2).
    #[cfg(feature = "deflate")]
    #[error("compressed message is corrupt")]
    InvalidDeflate,
    /// A Close frame with a single byte of payload (RFC 6455 5.5.1).
    #[error("Close frame with one byte of payload")]
    TruncatedCloseCode,
    /// A Close frame with a code that may not be sent (RFC 6455 7.4).
    #[error("close code {0} may not be sent")]
    InvalidCloseCode(CloseCode),
    /// A Close frame whose reason is not UTF-8 (RFC 6455 5.5.1).
    #[error("close reason is not UTF-8")]
    InvalidCloseReason,
    /// The transport ended without a Close frame (RFC 6455 7.1.5). This breaks no rule; the error of
    /// the adapters has a variant of its own for it.
    #[error("the transport ended without a Close frame")]
    ConnectionLost,
}

impl ProtocolError {
    /// Returns the code of the Close frame for this error (RFC 6455 7.4.1).
    ///
    /// For [`ProtocolError::ConnectionLost`] it is [`CloseCode::ABNORMAL`], since no Close frame
    /// can be sent then.
    #[must_use]
    pub const fn close_code(&self) -> CloseCode {
        match self {
            Self::InvalidUtf8 | Self::InvalidCloseReason => CloseCode::INVALID_PAYLOAD,
            #[cfg(feature = "deflate")]
            Self::InvalidDeflate => CloseCode::INVALID_PAYLOAD,
            Self::FrameTooLong { .. } | Self::MessageTooLong { .. } => CloseCode::MESSAGE_TOO_BIG,
            Self::TooManyFragments { .. } | Self::TooManyControls { .. } => {
                CloseCode::POLICY_VIOLATION
            }
            Self::ConnectionLost => CloseCode::ABNORMAL,
            _ => CloseCode::PROTOCOL_ERROR,
        }
    }

    /// Returns the reason in the Close frame for this error.
    pub(super) fn reason(&self) -> String {
        let mut reason = String::new();
        // Writing to a string cannot fail.
        let _ = write!(reason, "{self}");
        reason
    }
}

/// The reason why an item cannot be sent. Nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SendError {
    /// The transport is lost, or a Close frame was sent, after which no message may follow (RFC
    /// 6455 5.5.1). Read until the end to learn how the connection ended.
    #[error("the connection is closed for sending")]
    Closed,
    /// A Ping or Pong with more than 125 bytes (RFC 6455 5.5).
    #[error("a control frame carries at most 125 bytes, not {len}")]
    ControlTooLong {
        /// The length of the rejected item.
        len: usize,
    },
    /// A close code that may not be sent (RFC 6455 7.4).
    #[error("close code {0} may not be sent")]
    InvalidCloseCode(CloseCode),
    /// A close reason of more than 123 bytes (RFC 6455 5.5.1).
    #[error("a close reason has at most 123 bytes, not {len}")]
    CloseReasonTooLong {
        /// The length of the rejected item.
        len: usize,
    },
    /// A new message while another is being sent in chunks (RFC 6455 5.4).
    #[error("finish the {kind:?} message that is being sent in chunks first")]
    MessageUnfinished {
        /// The kind of the unfinished message.
        kind: MessageKind,
    },
    /// A chunk to be framed in place, of a message that is being compressed.
    #[cfg(feature = "deflate")]
    #[error("a compressed message must be continued with send_chunk")]
    Compressed,
    /// Chunks of a text message that are not valid UTF-8 together (RFC 6455 5.6).
    #[error("the chunks of a text message must be UTF-8")]
    InvalidUtf8,
}
