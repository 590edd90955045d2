mod whole_messages;

use alloc::{boxed::Box, vec::Vec};

use super::{
    ChunkMut, Event, Limits, Liveness, MessageKind, ProtocolError,
    compression::{Apart, Inflating, InflatingChunk},
    control::{ControlPayload, parse_close},
    inbound::Inbound,
    limits::MessageLimits,
    liveness::ReceivedCounts,
    traffic::Traffic,
    unfinished_message::UnfinishedMessage,
};
use crate::{
    close::OwnedCloseFrame,
    frame::{Decoder, FrameError, FrameHeader, MaskedPiece, Masker, OpCode, Rsv},
    role::Role,
};

/// The receiving half of a connection: bytes in, events out (RFC 6455 6.2).
///
/// It enforces every rule about what a peer may send, and every limit. It sends nothing: pass each
/// [`Reply`](super::Reply) to the sending half, and each error to
/// [`Sender::fail`](super::Sender::fail).
///
/// **Call** [`receive`](Self::receive) until it returns `None`, then read more from the transport.
/// At the end of the stream call [`receive_eof`](Self::receive_eof).
///
/// **Bounds:** it holds at most an unfinished header (14 bytes), an unfinished control frame (125)
/// and the start of a cut character (3). It does not gather messages.
#[derive(Debug)]
pub struct Receiver {
    role: Role,
    limits: MessageLimits,
    decoder: Decoder,
    /// The opcode and FIN of the frame whose payload comes next.
    opcode: OpCode,
    fin: bool,
    message: Option<UnfinishedMessage>,
    /// The payload of a control frame that arrives in more than one piece.
    control: Option<Box<ControlPayload>>,
    inbound: Inbound,
    end: Option<Box<InboundEnd>>,
    counts: ReceivedCounts,
    /// Between frames: how long the input must be before it is received, and how long it is. Bytes
    /// that wait are signs of life, too.
    awaited: u16,
    waiting: u16,
    traffic: Traffic,
    /// The decompressor, if compression was negotiated.
    pub(super) inflating: Option<Apart<Inflating>>,
}

/// The reason why nothing more is received. It is boxed, so that an open connection reserves no
/// space for it.
#[derive(Clone, Debug, Default)]
struct InboundEnd {
    close: Option<OwnedCloseFrame>,
    /// The error that failed the connection.
    error: Option<ProtocolError>,
}

/// The result of [`Receiver::find`].
enum Found<'b> {
    /// A chunk, and what unmasks it.
    Chunk(ChunkMut<'b>, Masker),
    /// A chunk of a compressed message, which is in [`Receiver::inflating`].
    Inflated(InflatingChunk),
    /// A control frame's payload, if it arrived in one piece; otherwise it is in
    /// [`Receiver::control`].
    Control(&'b [u8]),
}

impl Receiver {
    pub(crate) fn new(role: Role, limits: &Limits) -> Self {
        Self {
            role,
            limits: limits.message_limits,
            decoder: Decoder::new(),
            opcode: OpCode::Continuation,
            fin: true,
            message: None,
            control: None,
            inbound: Inbound::Open,
            end: None,
            counts: ReceivedCounts::default(),
            awaited: 1,
            waiting: 0,
            traffic: Traffic::NONE,
            inflating: None,
        }
    }

    /// Takes the next event off the front of `input`, which shrinks by the bytes consumed.
    ///
    /// `None` means that `input` is consumed and more is needed. The same bytes give the same
    /// messages, control frames and errors, however they are chunked. After the peer's Close frame,
    /// input is discarded.
    ///
    /// `&mut &mut [u8]` is a slice that moves forward: keep it in a variable and pass `&mut` of
    /// that. Receiving is zero-copy: the payload of an event is unmasked in place and borrowed from
    /// `input`, unless it is compressed or a control frame in pieces.
    ///
    /// # Errors
    ///
    /// The peer broke a rule or a limit. Every later call returns the same error, as further input
    /// must not be processed (RFC 6455 7.1.7). Send the Close frame for it with
    /// [`Sender::fail`](super::Sender::fail).
    ///
    /// ```
    /// use sansocket::Limits;
    /// use sansocket::connection::{Connection, Event};
    ///
    /// let mut receiver = Connection::server(&Limits::default()).receiver;
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
        let mut masker = Masker::NONE;
        let mut event = self.receive_masked(input, &mut masker)?;
        if let Some(Event::Chunk(chunk)) = &mut event {
            masker.apply(chunk.payload);
        }
        Ok(event)
    }

    /// Works like [`receive`](Self::receive), but may leave a chunk masked, for a caller that moves it
    /// anyway. Then it sets `masker`, which unmasks the chunk.
    #[inline]
    pub(crate) fn receive_masked<'a, 'b: 'a>(
        &'a mut self,
        input: &mut &'b mut [u8],
        masker: &mut Masker,
    ) -> Result<Option<Event<'a>>, ProtocolError> {
        match self.inbound {
            Inbound::Open => {}
            // RFC 6455 5.5.1: no data may follow a Close frame, so it is ignored.
            Inbound::Closed => {
                *input = &mut [];
                return Ok(None);
            }
            Inbound::Failed | Inbound::Lost => return Err(self.error()),
        }
        (self.awaited, self.waiting) = (1, 0);
        let before = input.len();
        let found = self.find(input);
        self.counts.count_bytes(before.saturating_sub(input.len()));
        self.traffic.count_bytes(before.saturating_sub(input.len()));
        match found {
            Ok(None) => Ok(None),
            Ok(Some(Found::Chunk(chunk, chunk_masker))) => {
                *masker = chunk_masker;
                Ok(Some(Event::Chunk(chunk)))
            }
            Ok(Some(Found::Inflated(chunk))) => {
                Ok(Some(Event::Chunk(chunk.of(&mut self.inflating))))
            }
            Ok(Some(Found::Control(in_place))) => Ok(Some(self.control_event(in_place))),
            Err(error) => Err(self.fail(error)),
        }
    }

    /// Signals the end of the stream: no more input will follow.
    ///
    /// # Errors
    ///
    /// [`ProtocolError::ConnectionLost`] if no Close frame arrived before, or the error that failed
    /// the connection.
    pub fn receive_eof(&mut self) -> Result<(), ProtocolError> {
        match self.inbound {
            Inbound::Closed => Ok(()),
            Inbound::Failed | Inbound::Lost => Err(self.error()),
            Inbound::Open => {
                self.inbound = Inbound::Lost;
                Err(self.error())
            }
        }
    }

    /// Returns the number of bytes of the current frame's payload that have not arrived yet, or
    /// `None` between frames.
    ///
    /// A caller can use it to read a large payload straight to its destination. The peer chooses
    /// the number: do not allocate that much at once.
    #[must_use]
    pub fn payload_remaining(&self) -> Option<u64> {
        self.decoder.payload_remaining()
    }

    /// Returns the signs of life so far, for a [`Watchdog`](super::Watchdog).
    #[must_use]
    pub fn liveness(&self) -> Liveness {
        let mut counts = self.counts;
        counts.bytes = counts.bytes.wrapping_add(self.waiting.into());
        counts.into()
    }

    /// Returns counts of what was received.
    ///
    /// After an error they may lack a part of the frame that broke the rule.
    #[cfg(feature = "stats")]
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.received()
    }

    /// Returns the same counts, or nothing in builds without the feature.
    pub(crate) fn received(&self) -> Traffic {
        self.traffic.with_bytes(self.waiting.into())
    }

    /// Returns whether the peer's Close frame has arrived. No event follows it.
    #[inline]
    #[must_use]
    pub fn has_close(&self) -> bool {
        self.inbound == Inbound::Closed
    }

    /// Fails the connection because of invalid input, unless it has failed or is lost already.
    /// Returns the first error, which is the one that counts.
    pub fn fail(&mut self, error: ProtocolError) -> ProtocolError {
        match self.inbound {
            Inbound::Failed | Inbound::Lost => self.error(),
            Inbound::Open | Inbound::Closed => {
                self.inbound = Inbound::Failed;
                self.end.get_or_insert_default().error = Some(error);
                error
            }
        }
    }

    /// Returns the error that failed the connection. Without one, the connection is lost.
    fn error(&self) -> ProtocolError {
        let error = self.end.as_ref().and_then(|end| end.error);
        error.unwrap_or(ProtocolError::ConnectionLost)
    }

    /// Appends the last chunk from [`receive`](Self::receive), of `len` bytes, to the first
    /// `message_len` bytes of `message`, if it was inflated and so is not in the input.
    pub(crate) fn take_inflated(&mut self, len: usize, message: &mut Vec<u8>, message_len: usize) {
        if let Some(inflating) = &mut self.inflating
            && inflating.is_compressed()
        {
            inflating.take_output(len, message, message_len);
        }
    }

    /// Frees the memory that is needed only while messages arrive. Call it when a connection has
    /// become idle. The window of compression is kept, as the peer may refer to it.
    pub fn release(&mut self) {
        // Inside a control frame it holds the part that has arrived.
        if self.decoder.payload_remaining().is_none() {
            self.control = None;
        }
        if let Some(inflating) = &mut self.inflating {
            inflating.release();
        }
    }

    pub(crate) const fn role(&self) -> Role {
        self.role
    }

    pub(crate) const fn inbound(&self) -> Inbound {
        self.inbound
    }

    pub(crate) fn close_received(&self) -> Option<&OwnedCloseFrame> {
        self.end.as_ref()?.close.as_ref()
    }

    /// Returns whether a compressed message is unfinished.
    #[inline]
    fn is_inflating(&self) -> bool {
        self.inflating.as_ref().is_some_and(|inflating| inflating.is_active())
    }

    /// Finds the next event. The result does not borrow from `self`, so that the search can loop.
    #[inline]
    fn find<'b>(&mut self, input: &mut &'b mut [u8]) -> Result<Option<Found<'b>>, ProtocolError> {
        loop {
            if let Some(inflating) = &mut self.inflating
                && let Some(chunk) =
                    inflating.next(&mut self.message, self.limits.max_message_len)?
            {
                self.traffic.count_messages(chunk.is_last());
                self.counts.count_data();
                return Ok(Some(Found::Inflated(chunk)));
            }
            let (bytes, mut masker, is_last) = match self.decode(input)? {
                None => return Ok(None),
                Some(MaskedPiece::Header(header)) => {
                    self.begin_frame(&header)?;
                    continue;
                }
                Some(MaskedPiece::Payload { bytes, masker, is_last }) => (bytes, masker, is_last),
            };
            let is_data = !self.opcode.is_control();
            if is_data && !self.is_inflating() {
                return self.chunk(bytes, masker, is_last).map(Some);
            }
            masker.apply(bytes);
            if is_data && let Some(inflating) = &mut self.inflating {
                inflating.push(bytes, is_last && self.fin);
                continue;
            }
            if is_last && self.control_payload(&[]).is_empty() {
                self.note_control(bytes)?;
                return Ok(Some(Found::Control(bytes)));
            }
            self.control.get_or_insert_with(|| Box::new(ControlPayload::EMPTY)).append(bytes);
            if is_last {
                self.note_control(&[])?;
                return Ok(Some(Found::Control(&[])));
            }
        }
    }

    /// Decodes the next piece of a frame. A piece of a compressed payload is at most as long as one
    /// step of the decompressor accepts.
    #[inline]
    fn decode<'b>(
        &mut self,
        input: &mut &'b mut [u8],
    ) -> Result<Option<MaskedPiece<'b>>, FrameError> {
        if let Some(inflating) = &self.inflating
            && inflating.is_active()
        {
            return self.decoder.decode_masked(input, inflating.max_input());
        }
        self.decoder.decode_masked(input, usize::MAX)
    }

    /// Checks the rules that depend on the role, the limits and earlier frames.
    #[inline]
    fn begin_frame(&mut self, header: &FrameHeader) -> Result<(), ProtocolError> {
        // RFC 6455 5.1: a client masks every frame, a server none.
        match (self.role, header.mask) {
            (Role::Server, None) => return Err(ProtocolError::UnmaskedFrame),
            (Role::Client, Some(_)) => return Err(ProtocolError::MaskedFrame),
            _ => {}
        }
        // RFC 6455 5.2 and 5.8: reserved bits are zero unless a negotiated extension defines them.
        if header.rsv != Rsv::NONE && !self.is_compressed_start(header) {
            return Err(ProtocolError::ReservedBits);
        }
        if matches!(header.opcode, OpCode::Text | OpCode::Binary)
            && let Some(inflating) = &mut self.inflating
        {
            // RFC 7692 6.2: RSV1 of the first frame marks a compressed message.
            inflating.begin(header.rsv == Rsv::RSV1);
        }
        self.opcode = header.opcode;
        self.fin = header.fin;
        let is_compressed = self.is_compressed();
        // RFC 6455 5.4 and 6.2: the first frame names the type of a message. Messages are not
        // interleaved; control frames may come inside one.
        let message = match (header.opcode, &mut self.message) {
            (OpCode::Continuation, None) => return Err(ProtocolError::UnexpectedContinuation),
            (OpCode::Continuation, Some(message)) => message,
            (OpCode::Text, message @ None) => {
                message.insert(UnfinishedMessage::new(MessageKind::Text))
            }
            (OpCode::Binary, message @ None) => {
                message.insert(UnfinishedMessage::new(MessageKind::Binary))
            }
            (OpCode::Text | OpCode::Binary, Some(_)) => {
                return Err(ProtocolError::UnfinishedMessage);
            }
            (OpCode::Close | OpCode::Ping | OpCode::Pong, message) => {
                if let Some(control) = &mut self.control {
                    **control = ControlPayload::EMPTY;
                }
                return message
                    .as_mut()
                    .map_or(Ok(()), |message| message.add_control(&self.limits));
            }
        };
        message.add_fragment(header.payload_len, is_compressed, &self.limits)
    }

    /// Returns whether the message that is being received is compressed.
    pub(crate) fn is_compressed(&self) -> bool {
        self.inflating.as_ref().is_some_and(|inflating| inflating.is_compressed())
    }

    /// Returns whether a frame may have RSV1. RFC 7692 6: it marks the first frame of a compressed
    /// message, and is set in no other frame.
    fn is_compressed_start(&self, header: &FrameHeader) -> bool {
        self.inflating.is_some()
            && header.rsv == Rsv::RSV1
            && matches!(header.opcode, OpCode::Text | OpCode::Binary)
    }

    #[inline]
    fn chunk<'b>(
        &mut self,
        payload: &'b mut [u8],
        mut masker: Masker,
        is_last_of_frame: bool,
    ) -> Result<Found<'b>, ProtocolError> {
        let is_last = is_last_of_frame && self.fin;
        self.traffic.count_messages(is_last);
        let mut ascii_len = 0;
        if self.message.as_ref().is_some_and(UnfinishedMessage::is_text) {
            // Text is validated at once, so it must be unmasked.
            ascii_len = core::mem::replace(&mut masker, Masker::NONE).apply_to_text(payload);
        }
        let (kind, is_first) =
            UnfinishedMessage::add_chunk(&mut self.message, payload, ascii_len, is_last)?;
        self.counts.count_data();
        Ok(Found::Chunk(ChunkMut { kind, payload, is_first, is_last }, masker))
    }

    /// Returns the payload of the control frame that has just been completed.
    #[inline]
    fn control_payload<'a>(&'a self, in_place: &'a [u8]) -> &'a [u8] {
        match &self.control {
            Some(control) if !control.as_bytes().is_empty() => control.as_bytes(),
            _ => in_place,
        }
    }

    /// Records a control frame; a Close frame is also validated.
    fn note_control(&mut self, in_place: &[u8]) -> Result<(), ProtocolError> {
        self.traffic.count_control(self.opcode);
        match self.opcode {
            OpCode::Close => {
                let frame = parse_close(self.control_payload(in_place))?;
                self.end.get_or_insert_default().close = Some(frame.into());
                self.inbound = Inbound::Closed;
            }
            OpCode::Pong => {
                let data = self.control_payload(in_place).try_into().map(u64::from_be_bytes);
                self.counts.note_pong(data.ok());
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
            _ => Event::Close(self.close_received().and_then(OwnedCloseFrame::frame)),
        }
    }
}
