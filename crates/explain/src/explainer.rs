use sansocket::Role;

use crate::{Element, Options, conversation::Conversation, direction::Direction};

/// The explainer of a connection: bytes in, [`Element`]s out.
///
/// **Call** [`explain`](Self::explain) until it returns `None`, then pass it more bytes. Pass it what
/// both ends have sent in the order in which it crossed the wire, or one direction alone. At the end of
/// a direction call [`end`](Self::end) until it returns `None`.
///
/// **Bounds:** for each direction it holds at most
///
/// - a head of 16 KiB, and of the client's what it offers;
/// - as many bytes of a message as [`Options::max_envelope`] or [`Options::shown`] says, whichever is more,
///   and while the envelope is explained ten times as many for the places in it;
/// - what is shown of a frame, on the wire and unmasked, and the whole of a control frame;
/// - the data of the last 16 Pings without an answer;
/// - if messages are compressed, twice the window, and what the engine holds to inflate.
#[derive(Debug)]
pub struct Explainer {
    conversation: Conversation,
    client: Direction,
    server: Direction,
}

impl Explainer {
    /// Creates an explainer before the first byte.
    ///
    /// ```
    /// use sansocket::Role;
    /// use sansocket_explain::{Explainer, Options};
    ///
    /// let mut explainer = Explainer::new(&Options::default());
    /// assert!(explainer.explain(Role::Client, &mut &b""[..]).is_none());
    /// ```
    #[must_use]
    pub fn new(options: &Options) -> Self {
        Self {
            conversation: Conversation::new(options),
            client: Direction::new(Role::Client, options),
            server: Direction::new(Role::Server, options),
        }
    }

    /// Takes the next element off the front of `input`, which shrinks by the bytes consumed.
    ///
    /// `sender` is the end that has sent them. `None` means that `input` is consumed and more is needed.
    /// After [`end`](Self::end) it is consumed, and explained no more.
    /// The same bytes give the same elements, however they are chunked.
    ///
    /// ```
    /// use sansocket::Role;
    /// use sansocket_explain::{Explainer, Options};
    ///
    /// let mut explainer = Explainer::new(&Options::frames());
    /// let mut input = &b"\x81\x05Hello\x89\x00"[..];
    /// let mut kinds = Vec::new();
    /// while let Some(element) = explainer.explain(Role::Server, &mut input) {
    ///     kinds.push(element.root.value);
    /// }
    /// assert_eq!(kinds, ["text", "Ping"]);
    /// ```
    pub fn explain(&mut self, sender: Role, input: &mut &[u8]) -> Option<Element> {
        let (direction, conversation) = self.direction(sender);
        direction.read(input, conversation)
    }

    /// Signals the end of what `sender` has sent. Returns an unfinished element if there is one, and
    /// then the end.
    ///
    /// ```
    /// use sansocket::Role;
    /// use sansocket_explain::{Explainer, Options};
    ///
    /// let mut explainer = Explainer::new(&Options::frames());
    /// assert!(explainer.explain(Role::Server, &mut &b"\x81\x05Hel"[..]).is_none());
    /// let cut = explainer.end(Role::Server).unwrap();
    /// assert_eq!(cut.root.place.range(), 0..5);
    /// let end = explainer.end(Role::Server).unwrap();
    /// assert_eq!(end.root.note, "no Close frame came before the end: the peer reports 1006");
    /// assert!(explainer.end(Role::Server).is_none());
    /// // What comes after that is dropped.
    /// let mut further = &b"\x81\x00"[..];
    /// assert!(explainer.explain(Role::Server, &mut further).is_none() && further.is_empty());
    /// ```
    pub fn end(&mut self, sender: Role) -> Option<Element> {
        let (direction, conversation) = self.direction(sender);
        direction.end(conversation)
    }

    /// Returns an explainer in the same state, to explain what may follow and what does. `None` if an end
    /// is inside a head, a frame or a message: then pass the copy of an earlier state the bytes since.
    ///
    /// ```
    /// use sansocket::Role;
    /// use sansocket_explain::{Explainer, Field, Options};
    ///
    /// let mut explainer = Explainer::new(&Options::frames());
    /// explainer.explain(Role::Server, &mut &b"\x89\x02hi"[..]).unwrap();
    /// let mut copy = explainer.try_clone().unwrap();
    /// let pong = copy.explain(Role::Client, &mut &b"\x8A\x82\0\0\0\0hi"[..]).unwrap();
    /// let opcode = pong.root.find(Field::Opcode).unwrap();
    /// assert_eq!(opcode.note, "Pong: answers the server's Ping at 0");
    /// explainer.explain(Role::Server, &mut &b"\x01\x02Hi"[..]).unwrap();
    /// assert!(explainer.try_clone().is_none());
    /// ```
    #[must_use]
    pub fn try_clone(&self) -> Option<Self> {
        Some(Self {
            conversation: self.conversation.clone(),
            client: self.client.try_clone()?,
            server: self.server.try_clone()?,
        })
    }

    /// Returns what the handshake has agreed on for compressed messages, once it is known.
    ///
    /// ```
    /// use sansocket_explain::{Explainer, Options};
    ///
    /// let options = Options::deflate("permessage-deflate; server_max_window_bits=10").unwrap();
    /// let params = Explainer::new(&options).deflate().unwrap();
    /// assert_eq!(params.server_max_window_bits, 10);
    /// ```
    #[cfg(feature = "deflate")]
    #[must_use]
    pub const fn deflate(&self) -> Option<sansocket::deflate::Params> {
        match self.conversation.negotiated {
            crate::negotiated::Negotiated::Deflate(params) => Some(params),
            _ => None,
        }
    }

    const fn direction(&mut self, sender: Role) -> (&mut Direction, &mut Conversation) {
        let direction = match sender {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        };
        (direction, &mut self.conversation)
    }
}
