mod control_frames;

use alloc::{boxed::Box, vec::Vec};

use super::{
    Config, EncodedFrame, MessageKind, Part, PreparedMessage, SendError,
    closing::{CloseSent, Outbound},
    compression::{Apart, Deflating},
    control::ControlPayload,
    frame_writer::FrameWriter,
    utf8::Utf8Validator,
};
#[cfg(feature = "std")]
use crate::frame::HeaderBytes;
use crate::{
    close::CloseReason,
    frame::{Masker, OpCode, Rsv},
    random::Seed,
    role::Role,
};

/// The sending half of a connection: messages in, bytes out (RFC 6455 6.1).
///
/// Every method that sends appends whole frames to `out`, a buffer of the caller's. Written bytes
/// are to be removed from its front, since its length tells how far the peer is behind.
///
/// A client's frames are masked, each with a fresh key (RFC 6455 5.3). Once a Close frame was
/// sent, only Pongs go out, until the peer's Close frame (RFC 6455 5.5.1, 5.5.2). Once the
/// transport is [lost](Self::lose), nothing does.
///
/// **Bounds:** it holds at most one Pong, and that only while `out` is above
/// [`Config::high_water_mark`].
#[derive(Debug)]
pub struct Sender {
    writer: FrameWriter,
    high_water_mark: usize,
    /// The kind of the message that is being sent in parts.
    unfinished: Option<MessageKind>,
    utf8: Utf8Validator,
    outbound: Outbound,
    close_sent: Option<Box<CloseSent>>,
    /// RFC 6455 5.5.3: of several Pings the latest may be answered alone.
    deferred_pong: Option<Box<ControlPayload>>,
    /// What was agreed on to compress messages.
    pub(super) deflating: Option<Apart<Deflating>>,
}

impl Sender {
    pub(crate) fn server(config: &Config) -> Self {
        Self::new(config, FrameWriter::server())
    }

    pub(crate) fn client(config: &Config, seed: Seed) -> Self {
        Self::new(config, FrameWriter::client(seed))
    }

    fn new(config: &Config, writer: FrameWriter) -> Self {
        Self {
            writer,
            high_water_mark: config.high_water_mark,
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
    /// A Close frame was sent, or a message is being sent in parts.
    ///
    /// ```
    /// use sansocket::connection::{Config, Connection};
    ///
    /// let mut out = Vec::new();
    /// Connection::server(&Config::default()).sender.send_text("Hello", &mut out)?;
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
    /// A Close frame was sent, or a message is being sent in parts.
    #[inline]
    pub fn send_binary(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<(), SendError> {
        self.send_whole(MessageKind::Binary, data, out)
    }

    /// Sends the next part of a message as a frame of its own (RFC 6455 5.4).
    ///
    /// All parts up to the one with [`Part::Last`] make one message. A part of a text may cut a
    /// character, the whole may not.
    ///
    /// # Errors
    ///
    /// A Close frame was sent, a message of the other kind is unfinished, or the text is not
    /// UTF-8. Nothing was sent then, and the message can go on.
    ///
    /// ```
    /// use sansocket::connection::{Config, Connection, MessageKind, Part};
    ///
    /// let mut sender = Connection::server(&Config::default()).sender;
    /// let mut out = Vec::new();
    /// sender.send_part(MessageKind::Text, b"Hel", Part::More, &mut out)?;
    /// sender.send_part(MessageKind::Text, b"lo", Part::Last, &mut out)?;
    /// assert_eq!(out, [0x01, 0x03, b'H', b'e', b'l', 0x80, 0x02, b'l', b'o']);
    /// # Ok::<(), sansocket::connection::SendError>(())
    /// ```
    pub fn send_part(
        &mut self,
        kind: MessageKind,
        data: &[u8],
        part: Part,
        out: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        let opcode = self.begin_part(kind, data, part)?;
        self.send_deferred(out);
        let is_last = part == Part::Last;
        if let Some(deflating) = &mut self.deflating
            && deflating.send_part(opcode, data, is_last, &mut self.writer, out)
        {
            return Ok(());
        }
        self.writer.append(opcode, is_last, Rsv::NONE, data, out);
        Ok(())
    }

    /// Makes the next part of a message into a frame without copying it: the payload is masked
    /// where it is. The caller writes header and payload, in this order, after all of its output.
    /// It is not compressed.
    ///
    /// # Errors
    ///
    /// As for [`Sender::send_part`], or the message is compressed. The payload is untouched then.
    pub fn frame_in_place<'p>(
        &mut self,
        kind: MessageKind,
        payload: &'p mut [u8],
        part: Part,
    ) -> Result<EncodedFrame<'p>, SendError> {
        if let Some(deflating) = &self.deflating {
            deflating.check_in_place()?;
        }
        let opcode = self.begin_part(kind, payload, part)?;
        let header = self.writer.header(opcode, part == Part::Last, Rsv::NONE, payload);
        if let Some(key) = header.mask {
            Masker::new(key).apply(payload);
        }
        Ok(EncodedFrame { header: header.encode(), payload })
    }

    /// Sends a message that was encoded before.
    ///
    /// # Errors
    ///
    /// A Close frame was sent, or a message is being sent in parts.
    pub fn send_prepared(
        &mut self,
        message: &PreparedMessage,
        out: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        if self.writer.role() == Role::Client {
            // RFC 6455 5.3: a client's frame needs a key of its own each time.
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

    /// Whether a Close frame was sent or the transport is lost, so that no messages can be sent.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.outbound != Outbound::Open
    }

    /// Gives back memory that is needed only while messages go, for a connection that has fallen
    /// silent. The next compressed message refers to none before it.
    pub fn release(&mut self) {
        if let Some(deflating) = &mut self.deflating {
            deflating.release();
        }
    }

    /// How many data frames were sent, modulo 2^32.
    pub(crate) const fn frames(&self) -> u32 {
        self.writer.data_frames()
    }

    pub(crate) const fn outbound(&self) -> Outbound {
        self.outbound
    }

    pub(crate) fn close_sent(&self) -> Option<&CloseReason> {
        self.close_sent.as_ref().map(|close| &close.frame)
    }

    /// Makes a whole message into a header alone, for a payload that need not be masked and is
    /// written from where it is. `None` if it has to be masked.
    #[cfg(feature = "std")]
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

    /// Whether a Pong need not be kept back. If nothing waits there is no reason to, however low
    /// the mark is.
    #[inline]
    fn has_room(&self, out: &[u8]) -> bool {
        out.is_empty() || out.len() < self.high_water_mark
    }

    #[inline]
    fn check_open(&self) -> Result<(), SendError> {
        // RFC 6455 5.5.1 and 6.1: no data after one's own Close frame.
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

    /// Takes note of the next part of a message and returns the opcode of its frame.
    fn begin_part(
        &mut self,
        kind: MessageKind,
        data: &[u8],
        part: Part,
    ) -> Result<OpCode, SendError> {
        self.check_open()?;
        if let Some(unfinished) = self.unfinished
            && unfinished != kind
        {
            return Err(SendError::MessageUnfinished { kind: unfinished });
        }
        // RFC 6455 5.6: a text is UTF-8 as a whole, and a part of it may cut a character.
        if kind == MessageKind::Text {
            // On a copy, so that a refused part changes nothing.
            let mut utf8 = self.utf8;
            utf8.feed(data).map_err(|_| SendError::InvalidUtf8)?;
            if part == Part::Last {
                utf8.finish().map_err(|_| SendError::InvalidUtf8)?;
            }
            self.utf8 = utf8;
        }
        // RFC 6455 5.4: the first fragment names the kind, the others continue.
        let opcode = match self.unfinished {
            None => kind.opcode(),
            Some(_) => OpCode::Continuation,
        };
        self.unfinished = if part == Part::Last { None } else { Some(kind) };
        Ok(opcode)
    }
}
