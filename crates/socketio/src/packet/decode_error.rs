use alloc::string::String;

use super::NamespaceError;

/// The peer sent an invalid Socket.IO packet, or broke a limit. The connection must be closed.
///
/// Bytes are counted from the start of the packet, after the type of the Engine.IO packet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The packet is empty: it has no type.
    #[error("the peer sent an empty packet, without a type")]
    Empty,
    /// The first character is no packet type.
    #[error("the peer sent a packet of the unknown type {0:?} at byte 0")]
    UnknownType(char),
    /// A packet with attachments does not have their number, followed by a dash.
    #[error("the peer sent no valid number of attachments at byte 1, such as `1-`")]
    AttachmentCount,
    /// The packet has more attachments than [`max_attachments`](super::Limits::max_attachments).
    #[error(
        "the peer sent a packet with {count} attachments; the limit `max_attachments` is {max}"
    )]
    TooManyAttachments {
        /// The number.
        count: u64,
        /// The limit.
        max: usize,
    },
    /// The namespace is invalid.
    #[error("the peer sent an invalid namespace at byte {at}: {error}")]
    Namespace {
        /// The first byte of the namespace.
        at: usize,
        /// What is wrong.
        error: NamespaceError,
    },
    /// The id is greater than 64 bits can hold.
    #[error("the peer sent an acknowledgement id at byte {at} that exceeds 64 bits")]
    Id {
        /// The first byte of the id.
        at: usize,
    },
    /// An acknowledgement does not have the id of an event.
    #[error("the peer sent an acknowledgement without an id, which belongs at byte {at}")]
    MissingId {
        /// The byte where the id belongs.
        at: usize,
    },
    /// The payload is invalid JSON.
    #[error("the peer sent invalid JSON at byte {at}: {reason}")]
    Json {
        /// The byte.
        at: usize,
        /// What is wrong.
        reason: String,
    },
    /// The payload is valid JSON, or empty, but this type of packet needs another one.
    #[error("the peer sent a payload at byte {at} that is not {expected}")]
    Payload {
        /// The first byte of the payload.
        at: usize,
        /// What the packet needs.
        expected: &'static str,
    },
    /// The name of the event is reserved.
    #[error("the peer sent an event with the reserved name {0:?}")]
    ReservedEvent(String),
    /// A placeholder has no valid number, or that of another placeholder.
    #[error(
        "the peer sent a placeholder whose `num` is not below {attachments}, the number of \
         attachments, or that another placeholder has"
    )]
    Placeholder {
        /// The number of attachments.
        attachments: usize,
    },
    /// An attachment has no placeholder.
    #[error("the peer sent a packet without a placeholder for its attachment {num}")]
    UnusedAttachment {
        /// The attachment, counted from 0.
        num: usize,
    },
    /// A text message arrived instead of an attachment.
    #[error("the peer sent a text instead of an attachment, of which {missing} are missing")]
    MissingAttachments {
        /// The number of missing attachments.
        missing: usize,
    },
    /// A binary message arrived that belongs to no packet.
    #[error("the peer sent an attachment that belongs to no packet")]
    UnexpectedAttachment,
    /// The packet exceeds [`max_len`](super::Limits::max_len).
    #[error("the peer sent a packet of {len} bytes or more; the limit `max_len` is {max}")]
    TooLong {
        /// The bytes that arrived.
        len: usize,
        /// The limit in bytes.
        max: usize,
    },
}
