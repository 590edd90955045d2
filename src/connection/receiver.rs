use alloc::{boxed::Box, vec::Vec};

use super::{
    Chunk, Config, Event, Liveness, MessageKind, Part, ProtocolError, closing::Inbound,
    control::parse_close, utf8::Utf8Validator,
};
use crate::{
    close::CloseReason,
    frame::{Decoder, FrameHeader, Masker, OpCode, Piece, Rsv, Status},
    role::Role,
};

/// The receiving half of a connection: bytes in, events out (RFC 6455 6.2).
///
/// It enforces every rule about what a peer may send, and every limit. It sends nothing: what an
/// event obliges us to send is its [`Reply`](super::Reply), and for an error the sending half has
/// [`Sender::fail`](super::Sender::fail).
///
/// **Call** [`receive`](Self::receive) until it returns `None`, then read more from the transport.
/// At the end of the stream call [`receive_eof`](Self::receive_eof).
///
/// **Bounds:** it holds at most an unfinished header (14 bytes), an unfinished control frame (125)
/// and the start of a cut character (3). Messages are not gathered here.
#[derive(Debug)]
pub struct Receiver {
    role: Role,
    config: Config,
    decoder: Decoder,
    /// The frame whose payload comes next.
    opcode: OpCode,
    fin: bool,
    message: Option<Unfinished>,
    utf8: Utf8Validator,
    /// The payload of a control frame that came in more than one piece.
    control: Vec<u8>,
    inbound: Inbound,
    close_received: Option<Box<CloseReason>>,
    liveness: Liveness,
}

/// A message whose last frame has not been received in full.
#[derive(Clone, Copy, Debug)]
struct Unfinished {
    kind: MessageKind,
    /// Bytes that its frames so far declare.
    len: u64,
    fragments: u32,
    controls: u32,
    has_chunks: bool,
}

/// What [`Receiver::find`] found in the input.
enum Found<'b> {
    Chunk(Chunk<'b>),
    /// A control frame's payload, if it came in one piece; else it is in [`Receiver::control`].
    Control(&'b [u8]),
}

/// A whole message in one frame: where its payload stands, and how much of the input it took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WholeMessage {
    pub(crate) kind: MessageKind,
    pub(crate) header_len: usize,
    pub(crate) payload_len: usize,
}

impl Receiver {
    pub(crate) fn new(role: Role, config: &Config) -> Self {
        Self {
            role,
            config: config.clone(),
            decoder: Decoder::new(),
            opcode: OpCode::Continuation,
            fin: true,
            message: None,
            utf8: Utf8Validator::default(),
            control: Vec::new(),
            inbound: Inbound::Open,
            close_received: None,
            liveness: Liveness::default(),
        }
    }

    /// Takes the next event off the front of `input`, which shrinks by what was consumed.
    ///
    /// `None` means that all of `input` was consumed and more is needed. Any chunking of the same
    /// bytes gives the same messages, control frames and errors. After the peer's Close frame,
    /// input is consumed and gives nothing.
    ///
    /// `&mut &mut [u8]` is a slice that moves forward: keep it in a variable and pass `&mut` of
    /// that. The payload of an event is a part of the slice, unmasked in place.
    ///
    /// # Errors
    ///
    /// The peer broke a rule or a limit. Every later call returns the same error: what follows is
    /// not processed (RFC 6455 7.1.7). Send the Close frame that it deserves with
    /// [`Sender::fail`](super::Sender::fail).
    ///
    /// ```
    /// use sansocket::connection::{Config, Connection, Event};
    ///
    /// let mut receiver = Connection::server(&Config::default()).receiver;
    /// // A masked Ping with the data "Hello" (RFC 6455 5.7).
    /// let mut bytes = [0x89, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    /// let mut input = &mut bytes[..];
    /// assert_eq!(receiver.receive(&mut input)?, Some(Event::Ping(b"Hello")));
    /// assert_eq!(receiver.receive(&mut input)?, None);
    /// # Ok::<(), sansocket::connection::ProtocolError>(())
    /// ```
    #[inline]
    pub fn receive<'a, 'b: 'a>(
        &'a mut self,
        input: &mut &'b mut [u8],
    ) -> Result<Option<Event<'a>>, ProtocolError> {
        match self.inbound {
            Inbound::Open => {}
            // RFC 6455 5.5.1: after a Close frame no data is valid, so there is none to process.
            Inbound::Closed => {
                *input = &mut [];
                return Ok(None);
            }
            Inbound::Failed(error) => return Err(error),
            Inbound::Lost => return Err(ProtocolError::ConnectionLost),
        }
        let before = input.len();
        let found = self.find(input);
        self.liveness.count_bytes(before.saturating_sub(input.len()));
        match found {
            Ok(None) => Ok(None),
            Ok(Some(Found::Chunk(chunk))) => Ok(Some(Event::Chunk(chunk))),
            Ok(Some(Found::Control(in_place))) => Ok(Some(self.control_event(in_place))),
            Err(error) => Err(self.fail(error)),
        }
    }

    /// Says that the transport has ended: no more input will come.
    ///
    /// # Errors
    ///
    /// [`ProtocolError::ConnectionLost`] if no Close frame came before, or the error that the
    /// connection was failed with.
    pub fn receive_eof(&mut self) -> Result<(), ProtocolError> {
        match self.inbound {
            Inbound::Closed => Ok(()),
            Inbound::Failed(error) => Err(error),
            Inbound::Open | Inbound::Lost => {
                self.inbound = Inbound::Lost;
                Err(ProtocolError::ConnectionLost)
            }
        }
    }

    /// How many bytes of the current frame's payload are still to come; `None` between frames.
    ///
    /// Lets a caller read a large payload straight to where it shall go. The number is what the
    /// peer claims: allocate nothing from it alone.
    #[must_use]
    pub fn payload_remaining(&self) -> Option<u64> {
        self.decoder.payload_remaining()
    }

    /// Signs of life, for a [`Watchdog`](super::Watchdog).
    #[must_use]
    pub const fn liveness(&self) -> Liveness {
        self.liveness
    }

    /// Whether the peer's Close frame has come, so that nothing more will.
    #[inline]
    #[must_use]
    pub fn has_close(&self) -> bool {
        self.inbound == Inbound::Closed
    }

    /// Fails the connection because of what was received, unless it was failed before. Returns the
    /// error that counts, the first one.
    pub fn fail(&mut self, error: ProtocolError) -> ProtocolError {
        match self.inbound {
            Inbound::Failed(first) => first,
            _ => {
                self.inbound = Inbound::Failed(error);
                error
            }
        }
    }

    pub(crate) const fn role(&self) -> Role {
        self.role
    }

    pub(crate) const fn inbound(&self) -> Inbound {
        self.inbound
    }

    pub(crate) fn close_received(&self) -> Option<&CloseReason> {
        self.close_received.as_deref()
    }

    /// The short way for the usual case: a whole message in one frame at the start of `input`.
    ///
    /// Unmasks it; whether a text is UTF-8 is left to the caller, who calls
    /// [`fail`](Self::fail) if not. `None` is anything else, for [`receive`](Self::receive).
    #[inline]
    pub(crate) fn receive_whole(&mut self, input: &mut [u8]) -> Option<WholeMessage> {
        if self.inbound != Inbound::Open
            || self.message.is_some()
            || !self.decoder.is_between_frames()
        {
            return None;
        }
        let (header, header_len, payload_len) = whole_message(input)?;
        if header.mask.is_some() != (self.role == Role::Server)
            || header.payload_len > self.config.max_frame_len
            || header.payload_len > self.config.max_message_len
        {
            return None;
        }
        let kind = match header.opcode {
            OpCode::Text => MessageKind::Text,
            _ => MessageKind::Binary,
        };
        let len = header_len.checked_add(payload_len)?;
        if let Some(key) = header.mask {
            Masker::new(key).apply(input.get_mut(header_len..len)?);
        }
        self.liveness.count_bytes(len);
        self.liveness.count_data();
        Some(WholeMessage { kind, header_len, payload_len })
    }

    /// Whether a whole message in one frame stands at the start of `input`.
    #[inline]
    pub(crate) fn has_whole(input: &[u8]) -> bool {
        whole_message(input).is_some()
    }

    /// What comes next. Nothing in it borrows from `self`, so that the search can loop.
    #[inline]
    fn find<'b>(&mut self, input: &mut &'b mut [u8]) -> Result<Option<Found<'b>>, ProtocolError> {
        loop {
            let (bytes, is_last) = match self.decoder.decode(input)? {
                None => return Ok(None),
                Some(Piece::Header(header)) => {
                    self.begin_frame(&header)?;
                    continue;
                }
                Some(Piece::Payload { bytes, is_last }) => (bytes, is_last),
            };
            if !self.opcode.is_control() {
                return Ok(Some(Found::Chunk(self.chunk(bytes, is_last)?)));
            }
            if is_last && self.control.is_empty() {
                self.note_control(bytes)?;
                return Ok(Some(Found::Control(bytes)));
            }
            self.control.extend_from_slice(bytes);
            if is_last {
                self.note_control(&[])?;
                return Ok(Some(Found::Control(&[])));
            }
        }
    }

    /// The rules that depend on the role, the limits and the frames before.
    #[inline]
    fn begin_frame(&mut self, header: &FrameHeader) -> Result<(), ProtocolError> {
        // RFC 6455 5.1: a client masks every frame, a server none.
        match (self.role, header.mask) {
            (Role::Server, None) => return Err(ProtocolError::UnmaskedFrame),
            (Role::Client, Some(_)) => return Err(ProtocolError::MaskedFrame),
            _ => {}
        }
        // RFC 6455 5.2: reserved bits are zero unless an extension was agreed that defines them.
        if header.rsv != Rsv::NONE {
            return Err(ProtocolError::ReservedBits);
        }
        self.opcode = header.opcode;
        self.fin = header.fin;
        // RFC 6455 5.4: messages are not interleaved, control frames may stand inside one.
        let message = match (header.opcode, &mut self.message) {
            (OpCode::Continuation, None) => return Err(ProtocolError::UnexpectedContinuation),
            (OpCode::Continuation, Some(message)) => message,
            (OpCode::Text, message @ None) => message.insert(Unfinished::new(MessageKind::Text)),
            (OpCode::Binary, message @ None) => {
                message.insert(Unfinished::new(MessageKind::Binary))
            }
            (OpCode::Text | OpCode::Binary, Some(_)) => {
                return Err(ProtocolError::UnfinishedMessage);
            }
            (OpCode::Close | OpCode::Ping | OpCode::Pong, message) => {
                self.control.clear();
                return message
                    .as_mut()
                    .map_or(Ok(()), |message| message.add_control(&self.config));
            }
        };
        message.add_fragment(header.payload_len, &self.config)
    }

    #[inline]
    fn chunk<'b>(
        &mut self,
        payload: &'b mut [u8],
        is_last_of_frame: bool,
    ) -> Result<Chunk<'b>, ProtocolError> {
        let Some(message) = &mut self.message else {
            return Err(ProtocolError::UnexpectedContinuation);
        };
        let kind = message.kind;
        let is_first = !message.has_chunks;
        message.has_chunks = true;
        let part = if is_last_of_frame && self.fin { Part::Last } else { Part::More };
        if kind == MessageKind::Text {
            // RFC 6455 8.1: text that is not UTF-8 fails the connection, here at its first byte.
            self.utf8.feed(payload).map_err(|_| ProtocolError::InvalidUtf8)?;
            if part == Part::Last {
                self.utf8.finish().map_err(|_| ProtocolError::InvalidUtf8)?;
            }
        }
        if part == Part::Last {
            self.message = None;
        }
        self.liveness.count_data();
        Ok(Chunk { kind, payload, is_first, part })
    }

    /// The payload of the control frame that has just been received in whole.
    #[inline]
    fn control_payload<'a>(&'a self, in_place: &'a [u8]) -> &'a [u8] {
        if self.control.is_empty() { in_place } else { &self.control }
    }

    /// What a control frame changes here; a Close frame is also checked.
    fn note_control(&mut self, in_place: &[u8]) -> Result<(), ProtocolError> {
        match self.opcode {
            OpCode::Close => {
                let frame = parse_close(self.control_payload(in_place))?;
                self.close_received = Some(Box::new(frame.into()));
                self.inbound = Inbound::Closed;
            }
            OpCode::Pong => {
                let data = self.control_payload(in_place).try_into().map(u64::from_be_bytes);
                self.liveness.note_pong(data.ok());
            }
            _ => {}
        }
        Ok(())
    }

    fn control_event<'a>(&'a self, in_place: &'a [u8]) -> Event<'a> {
        let payload = self.control_payload(in_place);
        match self.opcode {
            OpCode::Ping => Event::Ping(payload),
            OpCode::Pong => Event::Pong(payload),
            _ => Event::Close(parse_close(payload).unwrap_or_default()),
        }
    }
}

impl Unfinished {
    const fn new(kind: MessageKind) -> Self {
        Self { kind, len: 0, fragments: 0, controls: 0, has_chunks: false }
    }

    fn add_fragment(&mut self, len: u64, config: &Config) -> Result<(), ProtocolError> {
        // RFC 6455 10.4: limits hold for a frame and for the message. Both are decided here, from
        // the declared length, before any of the payload is kept.
        if len > config.max_frame_len {
            return Err(ProtocolError::FrameTooLong { len, limit: config.max_frame_len });
        }
        self.len = self.len.saturating_add(len);
        if self.len > config.max_message_len {
            let limit = config.max_message_len;
            return Err(ProtocolError::MessageTooLong { len: self.len, limit });
        }
        self.fragments = self.fragments.saturating_add(1);
        if self.fragments > config.max_fragments {
            return Err(ProtocolError::TooManyFragments { limit: config.max_fragments });
        }
        Ok(())
    }

    fn add_control(&mut self, config: &Config) -> Result<(), ProtocolError> {
        self.controls = self.controls.saturating_add(1);
        if self.controls > config.max_controls_per_message {
            return Err(ProtocolError::TooManyControls { limit: config.max_controls_per_message });
        }
        Ok(())
    }
}

/// The header, its length and the payload's, if an unfragmented data frame is there in whole.
#[inline]
fn whole_message(input: &[u8]) -> Option<(FrameHeader, usize, usize)> {
    // FIN, no reserved bit, text or binary: known from the first byte, before the rest is parsed.
    let (0x81 | 0x82) = *input.first()? else {
        return None;
    };
    let Ok(Status::Complete { value: header, consumed }) = FrameHeader::parse(input) else {
        return None;
    };
    let payload_len = usize::try_from(header.payload_len).ok()?;
    if payload_len > input.len().saturating_sub(consumed) {
        return None;
    }
    Some((header, consumed, payload_len))
}
