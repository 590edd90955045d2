use alloc::{string::String, vec::Vec};

use super::{Message, message::NotText};
use crate::connection::MessageKind;

/// A whole message that owns its payload.
///
/// ```
/// use sansocket::{Message, MessageKind, OwnedMessage};
///
/// let message = OwnedMessage::from("Hello");
/// assert_eq!(message.as_message(), Message::Text("Hello"));
/// assert_eq!((message.kind(), message.len()), (MessageKind::Text, 5));
/// assert_eq!(message.into_text().unwrap(), "Hello");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 6455 5.6 knows two kinds of messages")]
pub enum OwnedMessage {
    /// Text.
    Text(String),
    /// Any bytes.
    Binary(Vec<u8>),
}

impl OwnedMessage {
    /// Returns whether the message is text or binary.
    #[must_use]
    pub const fn kind(&self) -> MessageKind {
        self.as_message().kind()
    }

    /// Returns the length of the payload in bytes.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.as_message().len()
    }

    /// Returns `true` if the payload has no bytes. Such a message is sent and received as any other.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.as_message().is_empty()
    }

    /// Returns the text, or `None` if the message is binary.
    #[must_use]
    pub const fn as_text(&self) -> Option<&str> {
        self.as_message().as_text()
    }

    /// Returns the payload, of either kind, as it is sent.
    ///
    /// ```
    /// use sansocket::OwnedMessage;
    ///
    /// assert_eq!(OwnedMessage::from("Hello").as_bytes(), b"Hello");
    /// ```
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        self.as_message().as_bytes()
    }

    /// Borrows the message.
    #[inline]
    #[must_use]
    pub const fn as_message(&self) -> Message<'_> {
        match self {
            Self::Text(text) => Message::Text(text.as_str()),
            Self::Binary(data) => Message::Binary(data.as_slice()),
        }
    }

    /// Takes the text out of the message, without a copy.
    ///
    /// ```
    /// use sansocket::OwnedMessage;
    ///
    /// assert_eq!(OwnedMessage::from("Hello").into_text().unwrap(), "Hello");
    /// assert!(OwnedMessage::from([1, 2, 3]).into_text().is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// The message is binary. The error gives it back.
    pub fn into_text(self) -> Result<String, NotText<Self>> {
        match self {
            Self::Text(text) => Ok(text),
            Self::Binary(_) => Err(NotText(self)),
        }
    }

    /// Takes the payload, of either kind, out of the message, without a copy.
    ///
    /// ```
    /// use sansocket::OwnedMessage;
    ///
    /// assert_eq!(OwnedMessage::from("Hello").into_bytes(), b"Hello");
    /// ```
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.into_bytes(),
            Self::Binary(data) => data,
        }
    }
}

impl Message<'_> {
    /// Copies the payload into a message that owns it.
    ///
    /// ```
    /// use sansocket::{Message, OwnedMessage};
    ///
    /// assert_eq!(Message::Text("Hello").into_owned(), OwnedMessage::Text("Hello".to_owned()));
    /// ```
    #[must_use]
    pub fn into_owned(self) -> OwnedMessage {
        match self {
            Self::Text(text) => OwnedMessage::Text(text.into()),
            Self::Binary(data) => OwnedMessage::Binary(data.into()),
        }
    }
}

/// The same message, borrowed.
impl<'a> From<&'a OwnedMessage> for Message<'a> {
    fn from(message: &'a OwnedMessage) -> Self {
        message.as_message()
    }
}

/// A text message.
impl From<&str> for OwnedMessage {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

/// A text message.
impl From<String> for OwnedMessage {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// A binary message.
impl From<&[u8]> for OwnedMessage {
    fn from(data: &[u8]) -> Self {
        Self::Binary(data.into())
    }
}

/// A binary message.
impl From<Vec<u8>> for OwnedMessage {
    fn from(data: Vec<u8>) -> Self {
        Self::Binary(data)
    }
}

/// A binary message.
impl<const N: usize> From<[u8; N]> for OwnedMessage {
    fn from(data: [u8; N]) -> Self {
        Self::Binary(data.into())
    }
}

/// A binary message.
impl<const N: usize> From<&[u8; N]> for OwnedMessage {
    fn from(data: &[u8; N]) -> Self {
        Self::Binary(data.into())
    }
}

/// A copy.
impl From<Message<'_>> for OwnedMessage {
    fn from(message: Message<'_>) -> Self {
        message.into_owned()
    }
}

/// The payload of either kind, without a copy.
impl From<OwnedMessage> for Vec<u8> {
    fn from(message: OwnedMessage) -> Self {
        message.into_bytes()
    }
}

/// The text, without a copy.
impl TryFrom<OwnedMessage> for String {
    type Error = NotText<OwnedMessage>;

    fn try_from(message: OwnedMessage) -> Result<Self, Self::Error> {
        message.into_text()
    }
}

/// The payload of either kind, without a copy.
#[cfg(feature = "bytes")]
impl From<OwnedMessage> for bytes::Bytes {
    fn from(message: OwnedMessage) -> Self {
        message.into_bytes().into()
    }
}

/// A binary message; without a copy if the bytes are not shared.
#[cfg(feature = "bytes")]
impl From<bytes::Bytes> for OwnedMessage {
    fn from(data: bytes::Bytes) -> Self {
        Self::Binary(data.into())
    }
}
