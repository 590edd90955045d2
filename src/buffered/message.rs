use core::fmt;

use crate::connection::{MessageKind, PreparedMessage};

/// A whole message that borrows its payload, such as from the buffer it was received in.
///
/// ```
/// use sansocket::{Message, MessageKind};
///
/// let message = Message::from("Hello");
/// assert_eq!(message, Message::Text("Hello"));
/// assert_eq!((message.kind(), message.len()), (MessageKind::Text, 5));
/// assert_eq!(message.as_text(), Some("Hello"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 6455 5.6 knows two kinds of messages")]
pub enum Message<'a> {
    /// Text.
    Text(&'a str),
    /// Any bytes.
    Binary(&'a [u8]),
}

impl<'a> Message<'a> {
    /// Returns whether the message is text or binary.
    #[inline]
    #[must_use]
    pub const fn kind(&self) -> MessageKind {
        match self {
            Self::Text(_) => MessageKind::Text,
            Self::Binary(_) => MessageKind::Binary,
        }
    }

    /// Returns the length of the payload in bytes.
    #[inline]
    #[must_use]
    pub const fn len(&self) -> usize {
        self.as_bytes().len()
    }

    /// Returns `true` if the payload has no bytes. Such a message is sent and received as any other.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.as_bytes().is_empty()
    }

    /// Returns the text, or `None` if the message is binary.
    ///
    /// ```
    /// use sansocket::Message;
    ///
    /// assert_eq!(Message::Text("Hello").as_text(), Some("Hello"));
    /// assert_eq!(Message::Binary(b"Hello").as_text(), None);
    /// ```
    #[inline]
    #[must_use]
    pub const fn as_text(&self) -> Option<&'a str> {
        match *self {
            Self::Text(text) => Some(text),
            Self::Binary(_) => None,
        }
    }

    /// Returns the payload, of either kind, as it is sent.
    ///
    /// ```
    /// use sansocket::Message;
    ///
    /// // The bytes outlive the message that they were taken from.
    /// let bytes = { Message::Text("Hello").as_bytes() };
    /// assert_eq!(bytes, b"Hello");
    /// ```
    #[inline]
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        match *self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(data) => data,
        }
    }
}

/// A text message.
impl<'a> From<&'a str> for Message<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

/// A binary message.
impl<'a> From<&'a [u8]> for Message<'a> {
    fn from(data: &'a [u8]) -> Self {
        Self::Binary(data)
    }
}

/// A binary message.
impl<'a, const N: usize> From<&'a [u8; N]> for Message<'a> {
    fn from(data: &'a [u8; N]) -> Self {
        Self::Binary(data)
    }
}

/// The payload of either kind.
impl<'a> From<Message<'a>> for &'a [u8] {
    fn from(message: Message<'a>) -> Self {
        message.as_bytes()
    }
}

/// The text.
///
/// ```
/// use sansocket::Message;
///
/// assert_eq!(<&str>::try_from(Message::Text("Hello")), Ok("Hello"));
/// let error = <&str>::try_from(Message::Binary(b"Hello")).unwrap_err();
/// assert_eq!(error.into_message(), Message::Binary(b"Hello"));
/// ```
impl<'a> TryFrom<Message<'a>> for &'a str {
    type Error = NotText<Message<'a>>;

    fn try_from(message: Message<'a>) -> Result<Self, Self::Error> {
        message.as_text().ok_or(NotText(message))
    }
}

/// ```
/// use sansocket::{Message, PreparedMessage};
///
/// let message = PreparedMessage::from(Message::Binary(b"\x00\x01"));
/// assert_eq!(message.payload(), b"\x00\x01");
/// ```
impl From<Message<'_>> for PreparedMessage {
    fn from(message: Message<'_>) -> Self {
        match message {
            Message::Text(text) => Self::text(text),
            Message::Binary(data) => Self::binary(data),
        }
    }
}

/// A binary message where a text was asked for. It gives the message back.
///
/// ```
/// use sansocket::OwnedMessage;
///
/// let message = OwnedMessage::from([1, 2, 3]);
/// let error = String::try_from(message).unwrap_err();
/// assert_eq!(error.to_string(), "a binary message, not text");
/// assert_eq!(error.into_message(), OwnedMessage::from([1, 2, 3]));
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct NotText<M>(pub(super) M);

impl<M> NotText<M> {
    /// Returns the message.
    pub fn into_message(self) -> M {
        self.0
    }
}

impl<M> fmt::Debug for NotText<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Errors are logged, and payloads must not be.
        f.debug_struct("NotText").finish_non_exhaustive()
    }
}

impl<M> fmt::Display for NotText<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a binary message, not text")
    }
}

impl<M> core::error::Error for NotText<M> {}
