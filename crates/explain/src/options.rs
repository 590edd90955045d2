use sansocket::Limits;

use crate::{Envelope, negotiated::Negotiated};

/// What is known before the first byte, and how much is shown.
///
/// ```
/// use sansocket::Role;
/// use sansocket_explain::{Explainer, Field, Options};
///
/// let mut explainer = Explainer::new(&Options::default());
/// let head = explainer.explain(Role::Client, &mut &b"GET / HTTP/1.1\r\n\r\n"[..]).unwrap();
/// assert_eq!(head.root.field, Field::Request);
/// let mut explainer = Explainer::new(&Options::default());
/// let frame = explainer.explain(Role::Server, &mut &b"\x81\x00"[..]).unwrap();
/// assert_eq!(frame.root.field, Field::Frame);
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    pub(crate) start: Start,
    pub(crate) negotiated: Negotiated,
    pub(crate) limits: Limits,
    pub(crate) shown: usize,
    pub(crate) envelope: Option<Envelope>,
    pub(crate) max_envelope: usize,
}

/// Where the bytes begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// The first byte decides: no frame begins with `G` or `H`, and each head that can open a connection
    /// does. What begins otherwise is taken for frames, unless it answers a request.
    Detect,
    Head,
    Frames,
}

/// No limit is part of the protocol: RFC 6455 10.4 leaves them to each receiver.
fn unlimited() -> Limits {
    Limits::default()
        .max_message_len(u64::MAX)
        .max_fragments(u32::MAX)
        .max_controls_per_message(u32::MAX)
}

/// Starts with a head or with a frame, as the first byte of each direction says; after the request of a
/// client, a server starts with a head. If it is a frame, the extensions are unknown.
impl Default for Options {
    fn default() -> Self {
        Self {
            start: Start::Detect,
            negotiated: Negotiated::Unknown,
            limits: unlimited(),
            shown: 32,
            envelope: None,
            max_envelope: 64 << 10,
        }
    }
}

impl Options {
    /// Starts with the opening handshake, whatever the first byte is.
    ///
    /// ```
    /// use sansocket::Role;
    /// use sansocket_explain::{Action, Explainer, Options};
    ///
    /// let mut explainer = Explainer::new(&Options::handshake());
    /// let request = b"POST /chat HTTP/1.1\r\nHost: example.com\r\n\r\n";
    /// let request = explainer.explain(Role::Client, &mut &request[..]).unwrap();
    /// assert_eq!(request.violations[0].action, Action::Reject(405));
    /// ```
    #[must_use]
    pub fn handshake() -> Self {
        Self { start: Start::Head, ..Self::default() }
    }

    /// Starts after a handshake that agreed on no extension.
    ///
    /// ```
    /// use sansocket::Role;
    /// use sansocket_explain::{Explainer, Options};
    ///
    /// let mut explainer = Explainer::new(&Options::frames());
    /// let ping = explainer.explain(Role::Server, &mut &b"\x89\x00"[..]).unwrap();
    /// assert_eq!(ping.root.value, "Ping");
    /// ```
    #[must_use]
    pub fn frames() -> Self {
        Self { start: Start::Frames, negotiated: Negotiated::Nothing, ..Self::default() }
    }

    /// Starts after a handshake that agreed on the extension in `answer`, which is what a server
    /// sends in `Sec-WebSocket-Extensions`. Returns `None` if it is not a valid `permessage-deflate`.
    ///
    /// ```
    /// use sansocket_explain::Options;
    ///
    /// assert!(Options::deflate("permessage-deflate; server_max_window_bits=10").is_some());
    /// assert!(Options::deflate("permessage-deflate; server_max_window_bits=99").is_none());
    /// ```
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn deflate(answer: &str) -> Option<Self> {
        Some(Self { negotiated: Negotiated::parse(answer.as_bytes())?, ..Self::frames() })
    }

    /// Leaves open which extensions were agreed on, so that RSV1 is a remark, not a violation.
    ///
    /// ```
    /// use sansocket::Role;
    /// use sansocket_explain::{Explainer, Level, Options};
    ///
    /// let mut explainer = Explainer::new(&Options::frames().extensions_unknown());
    /// let frame = explainer.explain(Role::Server, &mut &b"\xC1\x01\x00"[..]).unwrap();
    /// assert_eq!(frame.root.worst(), Level::Remark);
    /// ```
    #[must_use]
    pub fn extensions_unknown(self) -> Self {
        Self { negotiated: Negotiated::Unknown, ..self }
    }

    /// Sets the limits of the receiver that judges. Without them a message may have any length.
    ///
    /// ```
    /// use sansocket::{CloseCode, Limits, Role};
    /// use sansocket_explain::{Action, Explainer, Options};
    ///
    /// let limits = Limits::default().max_message_len(4);
    /// let mut explainer = Explainer::new(&Options::frames().limits(limits));
    /// let frame = explainer.explain(Role::Server, &mut &b"\x81\x05Hello"[..]).unwrap();
    /// assert_eq!(frame.violations[0].action, Action::Close(CloseCode::MESSAGE_TOO_BIG));
    /// ```
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Sets how many bytes of a payload are shown, 32 by default.
    ///
    /// ```
    /// use sansocket::Role;
    /// use sansocket_explain::{Explainer, Field, Options};
    ///
    /// let mut explainer = Explainer::new(&Options::frames().shown(2));
    /// let frame = explainer.explain(Role::Server, &mut &b"\x82\x03\x01\x02\x03"[..]).unwrap();
    /// assert_eq!(frame.root.find(Field::Payload).unwrap().value, "01 02 …");
    /// ```
    #[must_use]
    pub fn shown(self, shown: usize) -> Self {
        Self { shown, ..self }
    }

    /// Sets the protocol inside the messages, where no handshake says it.
    ///
    /// ```
    /// use sansocket::Role;
    /// use sansocket_explain::{Envelope, Explainer, Field, Options};
    ///
    /// let mut explainer = Explainer::new(&Options::frames().envelope(Envelope::EngineIo));
    /// let frame = explainer.explain(Role::Server, &mut &b"\x81\x012"[..]).unwrap();
    /// let envelope = frame.root.find(Field::Envelope).unwrap();
    /// assert_eq!(envelope.note, "ping: the server asks for a pong");
    /// ```
    #[must_use]
    pub fn envelope(self, envelope: Envelope) -> Self {
        Self { envelope: Some(envelope), ..self }
    }

    /// Sets up to which length a message is kept, to explain the envelope in it: 64 KiB by default.
    /// With 0, none is explained.
    ///
    /// ```
    /// use sansocket::Role;
    /// use sansocket_explain::{Envelope, Explainer, Field, Options};
    ///
    /// let options = Options::frames().envelope(Envelope::EngineIo).max_envelope(0);
    /// let mut explainer = Explainer::new(&options);
    /// let frame = explainer.explain(Role::Server, &mut &b"\x81\x012"[..]).unwrap();
    /// assert!(frame.root.find(Field::Envelope).is_none());
    /// ```
    #[must_use]
    pub fn max_envelope(self, max_envelope: usize) -> Self {
        Self { max_envelope, ..self }
    }
}
