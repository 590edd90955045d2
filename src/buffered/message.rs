use alloc::{borrow::ToOwned as _, string::String, vec::Vec};

use crate::connection::MessageKind;

/// A whole message that borrows the buffer it was received in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "RFC 6455 5.6 knows two kinds of messages")]
pub enum Message<'a> {
    /// Text.
    Text(&'a str),
    /// Any bytes.
    Binary(&'a [u8]),
}

impl Message<'_> {
    /// Whether the message is text or binary.
    #[must_use]
    pub const fn kind(&self) -> MessageKind {
        match self {
            Self::Text(_) => MessageKind::Text,
            Self::Binary(_) => MessageKind::Binary,
        }
    }

    /// The payload as it travels.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(data) => data,
        }
    }

    /// A copy that owns its payload.
    #[must_use]
    pub fn to_owned(&self) -> OwnedMessage {
        match *self {
            Self::Text(text) => OwnedMessage::Text(text.to_owned()),
            Self::Binary(data) => OwnedMessage::Binary(data.to_owned()),
        }
    }
}

/// A whole message that owns its payload.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "RFC 6455 5.6 knows two kinds of messages")]
pub enum OwnedMessage {
    /// Text.
    Text(String),
    /// Any bytes.
    Binary(Vec<u8>),
}

/// What can be sent as a message: text, bytes, and messages as they were received.
///
/// ```
/// use sansocket::buffered::{AsMessage as _, Message};
///
/// assert_eq!("text".as_message(), Message::Text("text"));
/// assert_eq!([1, 2].as_message(), Message::Binary(&[1, 2]));
/// ```
pub trait AsMessage {
    /// The message, borrowed.
    fn as_message(&self) -> Message<'_>;
}

impl AsMessage for Message<'_> {
    fn as_message(&self) -> Message<'_> {
        *self
    }
}

impl AsMessage for OwnedMessage {
    fn as_message(&self) -> Message<'_> {
        match self {
            Self::Text(text) => Message::Text(text),
            Self::Binary(data) => Message::Binary(data),
        }
    }
}

impl AsMessage for str {
    fn as_message(&self) -> Message<'_> {
        Message::Text(self)
    }
}

impl AsMessage for String {
    fn as_message(&self) -> Message<'_> {
        Message::Text(self)
    }
}

impl AsMessage for [u8] {
    fn as_message(&self) -> Message<'_> {
        Message::Binary(self)
    }
}

impl<const N: usize> AsMessage for [u8; N] {
    fn as_message(&self) -> Message<'_> {
        Message::Binary(self)
    }
}

impl AsMessage for Vec<u8> {
    fn as_message(&self) -> Message<'_> {
        Message::Binary(self)
    }
}

impl<M: AsMessage + ?Sized> AsMessage for &M {
    fn as_message(&self) -> Message<'_> {
        (**self).as_message()
    }
}

#[cfg(feature = "bytes")]
mod bytes_conversions {
    use bytes::Bytes;

    use super::{AsMessage, Message, OwnedMessage};

    impl AsMessage for Bytes {
        fn as_message(&self) -> Message<'_> {
            Message::Binary(self)
        }
    }

    /// The payload, without a copy.
    impl From<OwnedMessage> for Bytes {
        fn from(message: OwnedMessage) -> Self {
            match message {
                OwnedMessage::Text(text) => text.into(),
                OwnedMessage::Binary(data) => data.into(),
            }
        }
    }

    /// A binary message; without a copy if the bytes are not shared.
    impl From<Bytes> for OwnedMessage {
        fn from(data: Bytes) -> Self {
            Self::Binary(data.into())
        }
    }
}
