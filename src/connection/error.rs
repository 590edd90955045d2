use alloc::string::String;
use core::fmt::Write as _;

use thiserror::Error;

use super::MessageKind;
use crate::{close::CloseCode, frame::FrameError};

/// The peer broke a rule or a limit. The connection is failed (RFC 6455 7.1.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// A header that no frame may have.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// A client's frame without a mask (RFC 6455 5.1).
    #[error("unmasked frame from a client")]
    UnmaskedFrame,
    /// A server's frame with a mask (RFC 6455 5.1).
    #[error("masked frame from a server")]
    MaskedFrame,
    /// A reserved bit that no agreed extension owns (RFC 6455 5.2).
    #[error("reserved bit set without an extension")]
    ReservedBits,
    /// A continuation frame, but no message is unfinished (RFC 6455 5.4).
    #[error("continuation frame outside a message")]
    UnexpectedContinuation,
    /// A text or binary frame while a message is unfinished (RFC 6455 5.4).
    #[error("new message before the last one was finished")]
    UnfinishedMessage,
    /// A frame above [`Limits::max_frame_len`](super::Limits::max_frame_len), where that is set.
    #[error("frame of {len} bytes, the limit is {limit}")]
    FrameTooLong {
        /// The payload length that its header declares.
        len: u64,
        /// The limit in force.
        limit: u64,
    },
    /// A message above [`Limits::max_message_len`](super::Limits::max_message_len).
    #[error("message of at least {len} bytes, the limit is {limit}")]
    MessageTooLong {
        /// The length with the frame that exceeds the limit.
        len: u64,
        /// The limit in force.
        limit: u64,
    },
    /// A message above [`Limits::max_fragments`](super::Limits::max_fragments).
    #[error("message of more than {limit} fragments")]
    TooManyFragments {
        /// The limit in force.
        limit: u32,
    },
    /// More control frames inside one message than
    /// [`Limits::max_controls_per_message`](super::Limits::max_controls_per_message).
    #[error("more than {limit} control frames inside a message")]
    TooManyControls {
        /// The limit in force.
        limit: u32,
    },
    /// A text message that is not UTF-8 (RFC 6455 8.1).
    #[error("text is not UTF-8")]
    InvalidUtf8,
    /// Compressed data that is no DEFLATE stream, is cut off, refers to before the window (RFC 7692
    /// 7.2.2), or has more blocks that are marked as the last, or more references past them, than
    /// messages of its length need.
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
    /// The transport ended without a Close frame (RFC 6455 7.1.5).
    #[error("the transport ended without a Close frame")]
    ConnectionLost,
}

impl ProtocolError {
    /// The code that the Close frame for this error carries (RFC 6455 7.4.1).
    ///
    /// [`CloseCode::ABNORMAL`] for [`ProtocolError::ConnectionLost`], for which there is nobody
    /// left to send one to.
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

    /// The reason that the Close frame for this error carries.
    pub(super) fn reason(&self) -> String {
        let mut reason = String::new();
        // A string takes all.
        let _ = write!(reason, "{self}");
        reason
    }
}

/// The application asked for something that may not be sent. Nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SendError {
    /// A Close frame was sent, which no message may follow (RFC 6455 5.5.1), be it as the answer to
    /// the peer's; or the transport is lost. Go on reading, to the end, which tells how the
    /// connection has ended.
    #[error("the connection is closed for sending")]
    Closed,
    /// A Ping or Pong with more than 125 bytes (RFC 6455 5.5).
    #[error("a control frame carries at most 125 bytes, not {len}")]
    ControlTooLong {
        /// The length that was asked for.
        len: usize,
    },
    /// A close code that may not stand on the wire (RFC 6455 7.4).
    #[error("close code {0} may not be sent")]
    InvalidCloseCode(CloseCode),
    /// A close reason of more than 123 bytes (RFC 6455 5.5.1).
    #[error("a close reason has at most 123 bytes, not {len}")]
    CloseReasonTooLong {
        /// The length that was asked for.
        len: usize,
    },
    /// A new message while another is being sent in chunks (RFC 6455 5.4).
    #[error("finish the {kind:?} message that is being sent in chunks first")]
    MessageUnfinished {
        /// The kind of the unfinished message.
        kind: MessageKind,
    },
    /// A chunk that must be framed in place, of a message that is being compressed.
    #[cfg(feature = "deflate")]
    #[error("a compressed message goes on with send_chunk")]
    Compressed,
    /// Chunks of a text message that are not UTF-8 together (RFC 6455 5.6).
    #[error("the chunks of a text message must be UTF-8")]
    InvalidUtf8,
}
