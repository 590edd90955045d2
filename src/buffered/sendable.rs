use alloc::{borrow::Cow, boxed::Box, rc::Rc, string::String, vec::Vec};

use super::{Message, OwnedMessage};
use crate::{
    close::CloseFrame,
    connection::{Chunk, PreparedMessage},
};

/// Payloads from this length on are written from where they are; below, a copy is cheaper than
/// telling the system of two places.
#[cfg(feature = "std")]
pub(crate) const DIRECT_LEN: usize = 16 << 10;

/// All that can be sent: `send` and `feed` of the adapters take it, and so does
/// [`WriteBuffer::send`](super::WriteBuffer::send).
///
/// | type | is sent as |
/// | --- | --- |
/// | [`str`], [`String`], `Cow<str>` | a text message |
/// | `[u8]`, `[u8; N]`, [`Vec<u8>`], `Cow<[u8]>`, `bytes::Bytes` | a binary message |
/// | [`Message`], [`OwnedMessage`] | the message |
/// | [`PreparedMessage`] | a message that was encoded before, for many connections |
/// | [`Chunk`] | the next frame of a message that is sent in several |
/// | [`Ping`], [`Pong`] | a control frame with up to 125 bytes of data |
/// | [`CloseFrame`] | a Close frame, which begins the closing handshake |
/// | [`CloseFrame::EMPTY`], or any `Option<CloseFrame>` | a Close frame, without a code if `None` |
/// | `&M`, `Box<M>`, `Rc<M>`, `Arc<M>` | what `M` is |
///
/// The type decides, not the content: bytes go as a binary message, even if they are UTF-8. Most
/// serializers of JSON have a function that returns a [`String`], and a browser receives that as
/// text. JSON in a [`Vec<u8>`] becomes text by [`String::from_utf8`] or [`core::str::from_utf8`].
///
/// ```
/// use sansocket::{Message, Outgoing, Ping, Sendable as _};
///
/// let json = br#"{"price":42}"#.to_vec();
/// assert_eq!(json.as_outgoing(), Outgoing::Message(Message::Binary(br#"{"price":42}"#)));
/// let text = String::from_utf8(json)?;
/// assert_eq!(text.as_outgoing(), Outgoing::Message(Message::Text(r#"{"price":42}"#)));
/// assert_eq!(Ping(b"now").as_outgoing(), Outgoing::Ping(b"now"));
/// # Ok::<(), std::string::FromUtf8Error>(())
/// ```
///
/// Implement it for a type of your own to send that:
///
/// ```
/// use sansocket::buffered::WriteBuffer;
/// use sansocket::connection::Connection;
/// use sansocket::{Limits, Message, Outgoing, Sendable};
///
/// struct Price {
///     json: String,
/// }
///
/// impl Sendable for Price {
///     fn as_outgoing(&self) -> Outgoing<'_> {
///         Outgoing::Message(Message::Text(&self.json))
///     }
/// }
///
/// let limits = Limits::default();
/// let mut buffer = WriteBuffer::default();
/// let price = Price { json: "42".to_owned() };
/// buffer.send(&mut Connection::server(&limits).sender, price)?;
/// assert_eq!(buffer.unwritten(), b"\x81\x0242");
/// # Ok::<(), sansocket::connection::SendError>(())
/// ```
pub trait Sendable {
    /// Returns what to send, borrowed.
    ///
    /// It is asked for again when a `send` of the async adapter is polled again, and must not
    /// change.
    fn as_outgoing(&self) -> Outgoing<'_>;
}

/// What is sent: a message, a chunk of one, or a control frame. Made by [`Sendable::as_outgoing`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "RFC 6455 11.8 has no other frames")]
pub enum Outgoing<'a> {
    /// A whole message.
    Message(Message<'a>),
    /// A whole message that was encoded before.
    Prepared(&'a PreparedMessage),
    /// A chunk of a message.
    Chunk(Chunk<'a>),
    /// A Ping and its data.
    Ping(&'a [u8]),
    /// A Pong and its data.
    Pong(&'a [u8]),
    /// A Close frame, empty if `None`.
    Close(Option<CloseFrame<'a>>),
}

impl<'a> Outgoing<'a> {
    /// Returns the message if it is one that is written from where it is, see
    /// [`DIRECT_LEN`].
    #[cfg(feature = "std")]
    #[inline(always)]
    pub(crate) const fn as_large_message(&self) -> Option<Message<'a>> {
        match *self {
            Self::Message(message) if message.len() >= DIRECT_LEN => Some(message),
            _ => None,
        }
    }
}

/// A Ping with up to 125 bytes of data, to be [sent](Sendable). The peer answers with a Pong that
/// has the same data, which the adapters do not report.
///
/// ```
/// use sansocket::buffered::WriteBuffer;
/// use sansocket::connection::Connection;
/// use sansocket::{Limits, Ping};
///
/// let limits = Limits::default();
/// let mut buffer = WriteBuffer::default();
/// buffer.send(&mut Connection::server(&limits).sender, Ping(b"now"))?;
/// assert_eq!(buffer.unwritten(), b"\x89\x03now");
/// # Ok::<(), sansocket::connection::SendError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "RFC 6455 5.5.2 gives a Ping data and no more")]
pub struct Ping<'a>(pub &'a [u8]);

/// A Pong that nobody asked for, with up to 125 bytes of data, to be [sent](Sendable) as a
/// heartbeat in one direction (RFC 6455 5.5.3). Pings of the peer are answered automatically.
///
/// ```
/// use sansocket::buffered::WriteBuffer;
/// use sansocket::connection::Connection;
/// use sansocket::{Limits, Pong};
///
/// let limits = Limits::default();
/// let mut buffer = WriteBuffer::default();
/// buffer.send(&mut Connection::server(&limits).sender, Pong(b"alive"))?;
/// assert_eq!(buffer.unwritten(), b"\x8A\x05alive");
/// # Ok::<(), sansocket::connection::SendError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "RFC 6455 5.5.3 gives a Pong data and no more")]
pub struct Pong<'a>(pub &'a [u8]);

/// Implements [`Sendable`]. Each is inlined, so that the compiler knows the variant where a message
/// is queued.
macro_rules! impl_sendable {
    ($([$($generics:tt)*] $type:ty: $this:ident => $outgoing:expr;)*) => {$(
        impl<$($generics)*> Sendable for $type {
            #[inline(always)]
            fn as_outgoing(&self) -> Outgoing<'_> {
                let $this = self;
                $outgoing
            }
        }
    )*};
}

impl_sendable! {
    [] str: text => Outgoing::Message(Message::Text(text));
    [] String: text => Outgoing::Message(Message::Text(text));
    [] Cow<'_, str>: text => Outgoing::Message(Message::Text(text));
    [] [u8]: data => Outgoing::Message(Message::Binary(data));
    [const N: usize] [u8; N]: data => Outgoing::Message(Message::Binary(data));
    [] Vec<u8>: data => Outgoing::Message(Message::Binary(data));
    [] Cow<'_, [u8]>: data => Outgoing::Message(Message::Binary(data));
    [] Message<'_>: message => Outgoing::Message(*message);
    [] OwnedMessage: message => Outgoing::Message(message.as_message());
    [] PreparedMessage: message => Outgoing::Prepared(message);
    [] Chunk<'_>: chunk => Outgoing::Chunk(*chunk);
    [] Ping<'_>: ping => Outgoing::Ping(ping.0);
    [] Pong<'_>: pong => Outgoing::Pong(pong.0);
    [] CloseFrame<'_>: frame => Outgoing::Close(Some(*frame));
    [] Option<CloseFrame<'_>>: frame => Outgoing::Close(*frame);
    [] Outgoing<'_>: outgoing => *outgoing;
    [M: Sendable + ?Sized] &M: item => (**item).as_outgoing();
    [M: Sendable + ?Sized] Box<M>: item => (**item).as_outgoing();
    [M: Sendable + ?Sized] Rc<M>: item => (**item).as_outgoing();
}

#[cfg(feature = "bytes")]
impl_sendable! {
    [] bytes::Bytes: data => Outgoing::Message(Message::Binary(data));
}

// The engine has no `Arc`, for processors without an atomic compare-and-swap.
#[cfg(feature = "std")]
#[expect(clippy::std_instead_of_alloc, reason = "only what has std needs it")]
impl<M: Sendable + ?Sized> Sendable for std::sync::Arc<M> {
    #[inline(always)]
    fn as_outgoing(&self) -> Outgoing<'_> {
        (**self).as_outgoing()
    }
}
