use alloc::{borrow::Cow, boxed::Box, rc::Rc, string::String, vec::Vec};

use super::{Message, OwnedMessage};
use crate::{
    close::CloseFrame,
    connection::{Chunk, PreparedMessage},
};

/// An item that can be sent: the argument of `send` and `feed` of the adapters, and of
/// [`WriteBuffer::send`](super::WriteBuffer::send).
///
/// | type | is sent as |
/// | --- | --- |
/// | [`str`], [`String`], `Cow<str>` | a text message |
/// | `[u8]`, `[u8; N]`, [`Vec<u8>`], `Cow<[u8]>`, `bytes::Bytes` | a binary message |
/// | [`Message`], [`OwnedMessage`] | the message |
/// | [`PreparedMessage`] | a message that is encoded once, for a broadcast |
/// | [`Chunk`] | the next frame of a message that is sent in several |
/// | [`Ping`], [`Pong`] | a control frame with up to 125 bytes of data |
/// | [`CloseFrame`] | a Close frame, which starts the closing handshake |
/// | [`CloseFrame::EMPTY`], or any `Option<CloseFrame>` | a Close frame, without a code if `None` |
/// | `&M`, `Box<M>`, `Rc<M>`, `Arc<M>` | whatever `M` is sent as |
///
/// The type decides, not the content: bytes are sent as a binary message, even if they are UTF-8.
/// Most JSON serializers can return a [`String`], which a browser receives as text. Convert JSON in
/// a [`Vec<u8>`] to text with [`String::from_utf8`] or [`core::str::from_utf8`].
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
/// Implement it for your own types to send them:
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
    /// Returns the item to send, borrowed.
    ///
    /// The async adapter calls this again each time that a `send` is polled. The result must not
    /// change.
    fn as_outgoing(&self) -> Outgoing<'_>;
}

/// A borrowed item to send: a message, a chunk of one, or a control frame.
/// [`Sendable::as_outgoing`] returns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "RFC 6455 11.8 has no other frames")]
pub enum Outgoing<'a> {
    /// A complete message.
    Message(Message<'a>),
    /// A complete message that was encoded before.
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

/// A Ping with up to 125 bytes of data, to be [sent](Sendable). The peer answers with a Pong that
/// has the same data. The adapters do not report Pongs.
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

/// An unsolicited Pong with up to 125 bytes of data, to be [sent](Sendable) as a heartbeat in one
/// direction (RFC 6455 5.5.3). The peer's Pings are answered automatically.
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

/// Implements [`Sendable`]. Each implementation is inlined, so that the compiler knows the variant
/// where a message is queued.
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

// The engine does without `Arc`, for processors that have no atomic compare-and-swap.
#[cfg(feature = "std")]
#[expect(clippy::std_instead_of_alloc, reason = "only what has std needs it")]
impl<M: Sendable + ?Sized> Sendable for std::sync::Arc<M> {
    #[inline(always)]
    fn as_outgoing(&self) -> Outgoing<'_> {
        (**self).as_outgoing()
    }
}
