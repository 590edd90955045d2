mod control_frames;

use alloc::{boxed::Box, vec::Vec};

#[cfg(feature = "stats")]
use super::Traffic;
#[cfg(feature = "tokio")]
use super::short_frame::ShortFrame;
use super::{
    Chunk, ChunkMut, EncodedFrame, Limits, MessageKind, PreparedMessage, SendError,
    compression::{Apart, Deflating},
    control::ControlPayload,
    frame_writer::FrameWriter,
    outbound::{CloseSent, Outbound},
    utf8::Utf8Validator,
};
#[cfg(feature = "deflate")]
use crate::deflate::{Compression, Params};
use crate::{
    close::OwnedCloseFrame,
    frame::{HeaderBytes, Masker, OpCode, Rsv},
    random::Seed,
    role::Role,
};

/// The sending half of a connection: messages in, bytes out (RFC 6455 6.1).
///
/// Every method that sends appends complete frames to `out`, a buffer of the caller. Remove written
/// bytes from its front: its length is the measure for backpressure, like `bufferedAmount` in
/// browsers.
///
/// A client's frames are masked, each with a fresh key (RFC 6455 5.3). After our Close frame, only
/// Pongs are sent, until the peer's Close frame (RFC 6455 5.5.1, 5.5.2). After the transport is
/// [lost](Self::lose), nothing is.
///
/// **Bounds:** it holds at most one Pong, and that only while `out` is above
/// [`Limits::high_water_mark`].
#[derive(Debug)]
pub struct Sender {
    writer: FrameWriter,
    high_water_mark: usize,
    /// The kind of the message that is being sent in chunks.
    unfinished: Option<MessageKind>,
    utf8: Utf8Validator,
    outbound: Outbound,
    close_sent: Option<Box<CloseSent>>,
    /// RFC 6455 5.5.3: of several Pings the latest may be answered alone.
    deferred_pong: Option<Box<ControlPayload>>,
    /// The compressor, if compression was negotiated.
    pub(super) deflating: Option<Apart<Deflating>>,
}

impl Sender {
    pub(crate) fn server(limits: &Limits) -> Self {
        Self::new(limits, FrameWriter::server())
    }

    pub(crate) fn client(limits: &Limits, seed: Seed) -> Self {
        Self::new(limits, FrameWriter::client(seed))
    }

    fn new(limits: &Limits, writer: FrameWriter) -> Self {
        Self {
            writer,
            high_water_mark: limits.high_water_mark,
            unfinished: None,
            utf8: Utf8Validator::default(),
            outbound: Outbound::Open,
            close_sent: None,
            deferred_pong: None,
            deflating: None,
        }
    }

    /// Sends a text message in one frame.
    ///
    /// # Errors
    ///
    /// A Close frame was sent, or a message is being sent in chunks.
    ///
    /// ```
    /// use sansocket::Limits;
    /// use sansocket::connection::Connection;
    ///
    /// let mut out = Vec::new();
    /// Connection::server(&Limits::default()).sender.send_text("Hello", &mut out)?;
    /// assert_eq!(out, [0x81, 0x05, b'H', b'e', b'l', b'l', b'o']);
    /// # Ok::<(), sansocket::connection::SendError>(())
    /// ```
    #[inline]
    pub fn send_text(&mut self, text: &str, out: &mut Vec<u8>) -> Result<(), SendError> {
        self.send_whole(MessageKind::Text, text.as_bytes(), out)
    }

    /// Sends a binary message in one frame.
    ///
    /// # Errors
    ///
    /// A Close frame was sent, or a message is being sent in chunks.
    #[inline]
    pub fn send_binary(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<(), SendError> {
        self.send_whole(MessageKind::Binary, data, out)
    }

    /// Sends the next chunk of a message as a frame of its own (RFC 6455 5.4).
    ///
    /// All chunks up to a [last](Chunk::last) one make one message. A chunk of a text may cut a
    /// character; the complete message must be valid UTF-8.
    ///
    /// # Errors
    ///
    /// A Close frame was sent, a message of the other kind is unfinished, or the text is not UTF-8.
    /// Nothing is sent in that case, and the message can be continued.
    ///
    /// ```
    /// use sansocket::connection::Connection;
    /// use sansocket::{Chunk, Limits, MessageKind};
    ///
    /// let mut sender = Connection::server(&Limits::default()).sender;
    /// let mut out = Vec::new();
    /// sender.send_chunk(Chunk::more(MessageKind::Text, b"Hel"), &mut out)?;
    /// sender.send_chunk(Chunk::last(MessageKind::Text, b"lo"), &mut out)?;
    /// assert_eq!(out, [0x01, 0x03, b'H', b'e', b'l', 0x80, 0x02, b'l', b'o']);
    /// # Ok::<(), sansocket::connection::SendError>(())
    /// ```
    pub fn send_chunk(&mut self, chunk: Chunk<'_>, out: &mut Vec<u8>) -> Result<(), SendError> {
        let opcode = self.begin_chunk(chunk)?;
        self.send_deferred(out);
        let Chunk { payload, is_last, .. } = chunk;
        if let Some(deflating) = &mut self.deflating
            && deflating.send_chunk(opcode, payload, is_last, &mut self.writer, out)
        {
            return Ok(());
        }
        self.writer.append(opcode, is_last, Rsv::NONE, payload, out);
        Ok(())
    }

    /// Frames the next chunk of a message without copying it: the payload is masked in place. After
    /// all other output, the caller writes the header and then the payload. The chunk is not
    /// compressed.
    ///
    /// # Errors
    ///
    /// As for [`Sender::send_chunk`], or the message is compressed. The payload is unchanged in
    /// that case.
    pub fn frame_in_place<'p>(
        &mut self,
        chunk: ChunkMut<'p>,
    ) -> Result<EncodedFrame<'p>, SendError> {
        if let Some(deflating) = &self.deflating {
            deflating.check_in_place()?;
        }
        let opcode = self.begin_chunk(chunk.as_chunk())?;
        let ChunkMut { payload, is_last, .. } = chunk;
        let header = self.writer.header(opcode, is_last, Rsv::NONE, payload);
        if let Some(key) = header.mask {
            Masker::new(key).apply(payload);
        }
        Ok(EncodedFrame { header: header.encode(), payload })
    }

    /// Sends a message that was encoded before.
    ///
    /// # Errors
    ///
    /// A Close frame was sent, or a message is being sent in chunks.
    pub fn send_prepared(
        &mut self,
        message: &PreparedMessage,
        out: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        if self.writer.role() == Role::Client {
            // RFC 6455 5.3: each frame of a client needs a fresh key.
            return self.send_whole(message.kind(), message.payload(), out);
        }
        self.begin_whole()?;
        self.send_deferred(out);
        if let Some(deflating) = &mut self.deflating
            && let Some(frame) = deflating.prepared(&message.deflated, message.payload().len())
        {
            self.writer.append_encoded(frame, out);
            return Ok(());
        }
        self.writer.append_encoded(message.frame(), out);
        Ok(())
    }

    /// Returns whether no more messages can be sent: a Close frame was sent, or the transport is
    /// lost.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.outbound != Outbound::Open
    }

    /// Returns whether `queued` bytes reach the high-water mark ([`Limits::high_water_mark`]). If
    /// so, wait before sending more (backpressure).
    ///
    /// ```
    /// use sansocket::connection::{Limits, Connection};
    ///
    /// let sender = Connection::server(&Limits::default().high_water_mark(1000)).sender;
    /// assert!(!sender.reaches_high_water(999));
    /// assert!(sender.reaches_high_water(1000));
    /// ```
    #[inline]
    #[must_use]
    pub const fn reaches_high_water(&self, queued: usize) -> bool {
        queued >= self.high_water_mark
    }

    /// Frees the memory that is needed only while messages are sent. Call it when a connection has
    /// become idle. The next compressed message refers to none before it.
    pub fn release(&mut self) {
        if let Some(deflating) = &mut self.deflating {
            deflating.release();
        }
    }

    /// Returns counts of what was sent, including what still waits in `out`.
    #[cfg(feature = "stats")]
    #[must_use]
    pub const fn traffic(&self) -> Traffic {
        self.writer.traffic
    }

    /// Whether compression was agreed on.
    #[cfg(feature = "tracing")]
    pub(crate) const fn is_deflating(&self) -> bool {
        self.deflating.is_some()
    }

    /// Returns the number of data frames sent so far, modulo 2^32.
    pub(crate) const fn frames(&self) -> u32 {
        self.writer.data_frames()
    }

    pub(crate) const fn outbound(&self) -> Outbound {
        self.outbound
    }

    pub(crate) fn close_sent(&self) -> Option<&OwnedCloseFrame> {
        self.close_sent.as_ref().map(|close| &close.frame)
    }

    /// Encodes only the header of a complete message, whose payload the caller writes from where it
    /// is. Returns `None` if the payload must be masked or compressed.
    #[inline]
    pub(crate) fn header_of_whole(
        &mut self,
        kind: MessageKind,
        payload: &[u8],
    ) -> Result<Option<HeaderBytes>, SendError> {
        self.begin_whole()?;
        if self.deflating.as_ref().is_some_and(|deflating| deflating.wants(payload.len())) {
            return Ok(None);
        }
        if self.writer.role() == Role::Client {
            return Ok(None);
        }
        Ok(Some(self.writer.header(kind.opcode(), true, Rsv::NONE, payload).encode()))
    }

    /// Encodes a message of at most [`ShortFrame::MAX_PAYLOAD_LEN`], for a caller that has written all
    /// other output. Returns `false` if it must be compressed.
    #[cfg(feature = "tokio")]
    #[inline(always)]
    pub(crate) fn encode_short(
        &mut self,
        kind: MessageKind,
        payload: &[u8],
        out: &mut ShortFrame,
    ) -> Result<bool, SendError> {
        self.begin_whole()?;
        if self.deflating.as_ref().is_some_and(|deflating| deflating.wants(payload.len())) {
            return Ok(false);
        }
        self.writer.encode_short(kind.opcode(), payload, out);
        Ok(true)
    }

    /// Returns whether a Pong may be sent now. If nothing is queued it may, however low the mark
    /// is.
    #[inline]
    fn has_room(&self, out: &[u8]) -> bool {
        out.is_empty() || !self.reaches_high_water(out.len())
    }

    #[inline]
    fn check_open(&self) -> Result<(), SendError> {
        // RFC 6455 5.5.1 and 6.1: no data after our own Close frame.
        if self.outbound == Outbound::Open { Ok(()) } else { Err(SendError::Closed) }
    }

    #[inline]
    fn begin_whole(&self) -> Result<(), SendError> {
        self.check_open()?;
        // RFC 6455 5.4: the fragments of one message are not interleaved with another.
        match self.unfinished {
            None => Ok(()),
            Some(kind) => Err(SendError::MessageUnfinished { kind }),
        }
    }

    /// Sends a message in one frame.
    #[inline(always)]
    pub(crate) fn send_whole(
        &mut self,
        kind: MessageKind,
        payload: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        self.begin_whole()?;
        self.send_deferred(out);
        if let Some(deflating) = &mut self.deflating
            && deflating.wants(payload.len())
            && deflating.send_whole(kind.opcode(), payload, &mut self.writer, out)
        {
            return Ok(());
        }
        self.writer.append_whole(kind.opcode(), payload, out);
        Ok(())
    }

    /// Validates and records the next chunk of a message. Returns the opcode of its frame.
    fn begin_chunk(&mut self, chunk: Chunk<'_>) -> Result<OpCode, SendError> {
        self.check_open()?;
        let Chunk { kind, payload, is_last, .. } = chunk;
        if let Some(unfinished) = self.unfinished
            && unfinished != kind
        {
            return Err(SendError::MessageUnfinished { kind: unfinished });
        }
        // RFC 6455 5.6: a text is UTF-8 as a whole, and a chunk of it may cut a character.
        if kind == MessageKind::Text {
            // Validate with a copy, so that a rejected chunk changes nothing.
            let mut utf8 = self.utf8;
            utf8.feed(payload).map_err(|_| SendError::InvalidUtf8)?;
            if is_last {
                utf8.finish().map_err(|_| SendError::InvalidUtf8)?;
            }
            self.utf8 = utf8;
        }
        // RFC 6455 5.4: the first fragment names the kind, the others continue.
        let opcode = match self.unfinished {
            None => kind.opcode(),
            Some(_) => OpCode::Continuation,
        };
        self.unfinished = if is_last { None } else { Some(kind) };
        Ok(opcode)
    }
}

#[cfg(feature = "deflate")]
impl Sender {
    /// Sets which messages are compressed, from the next one on. Has no effect if compression was
    /// not negotiated.
    pub fn set_compression(&mut self, compression: Compression) {
        if let Some(deflating) = &mut self.deflating {
            deflating.compression = compression;
        }
    }

    /// Returns the negotiated parameters of compression, if any.
    #[must_use]
    pub fn deflate(&self) -> Option<Params> {
        self.deflating.as_ref().map(|deflating| deflating.params)
    }
}
