//! The read buffer: bytes of the transport in, complete messages or chunks out, in place.
//!
//! ```text
//!  0         message_start   message_end   start    end          storage.len()
//!  | used up | message range | headers     | unread | unfilled   |
//! ```
//!
//! | stage | message range | next stage |
//! | --- | --- | --- |
//! | `Between` | an announced message or last chunk | first chunk of a message: see below |
//! | `Gathering` | the start of a message | last chunk: `Between` |
//! | `Streaming` | an announced chunk that is not the last | last chunk: `Between` |
//! | `Skipping` | nothing | last chunk: `Between` |
//!
//! 1. The first chunk leads to `Gathering` in `advance`, and to `Streaming` in `advance_chunk`. In
//!    the middle of a message, `advance_chunk` announces the gathered start as a chunk, and
//!    `advance` skips what remains of a streamed message.
//! 2. A read must preserve the held bytes: those from `start` to `end`, and those from
//!    `message_start` on while a message is gathered. Everything else is free after the next call.
//! 3. Gathering moves each further chunk down over the headers before it. If nothing is unread, the
//!    next read goes to `message_end`, so that a large message need not move.
//! 4. A read gets room for at least 2 KiB. If there is less, or if the last read filled its room,
//!    the held bytes move to the front. If room is still short, or if it was short and the held
//!    bytes are longer than the used-up bytes before them, the storage also grows, to twice the
//!    held bytes plus 4 KiB. A read that filled its room doubles it, up to 256 KiB.
//! 5. `advance` leaves a binary message in a single frame below 64 KiB unread until the frame is
//!    complete, so that a read that does not complete it costs next to nothing.
//! 6. A whole message of 2 KiB or more, and a binary one in pieces, stay masked until they are
//!    fetched, so that a copy of them is unmasked by the pass that makes it. Of pieces only up to
//!    64 KiB: then chunks are unmasked as they arrive, while they are in the cache.
//! 7. A compressed message is in `inflated`, and its range is empty.
//! 8. A detached buffer has storage for the held bytes only. During a read by the kernel the
//!    storage is lent: it is empty, and the unread bytes are not received meanwhile.
//!
//! Consequences: all moves together are linear in the bytes received, and a message that fits does
//! not allocate. Above 256 KiB, the storage is never longer than twice the part of a message that
//! has arrived, plus 4 KiB. It is freed before the next read, unless more than 1/64 of it is held.

mod lending;
mod message_range;
mod read_lens;
mod sizing;

use alloc::{boxed::Box, vec::Vec};
use core::ops::{Range, RangeInclusive};

use self::read_lens::ReadLens;
use super::{Message, OwnedMessage, Progress, inflated_message::InflatedMessage, storage::Storage};
use crate::{
    connection::{Chunk, ChunkMut, Event, MessageKind, ProtocolError, Receiver, Reply},
    frame::Masker,
};

/// The lengths unless [`set_read_len`](ReadBuffer::set_read_len) is called.
const READ_LENS: ReadLens = ReadLens::new(4 << 10, 256 << 10);

/// A buffer to read into, which makes complete messages in place.
///
/// ```text
///  storage: | used up | the message so far | headers | unread | unfilled |
/// ```
///
/// Messages are zero-copy: the payload of a frame stays where it was read. The fragments of a
/// message are moved together, over the headers between them. A message that is larger than the
/// buffer makes it grow, to at most twice the bytes that have arrived, plus 4 KiB. Once the buffer
/// is large enough, no message allocates: up to 256 KiB are kept, and what a larger message needed
/// is freed before the next read.
///
/// **Call** [`advance`](Self::advance) until it returns [`Progress::NeedInput`], then read into
/// [`unfilled`](Self::unfilled) and report the length to [`filled`](Self::filled).
///
/// ```
/// use sansocket::buffered::{Progress, ReadBuffer};
/// use sansocket::connection::Connection;
/// use sansocket::{Limits, Message};
///
/// let Connection { mut receiver, mut sender } = Connection::server(&Limits::default());
/// let mut out = Vec::new();
/// let mut buffer = ReadBuffer::default();
/// // "Hel", a Ping, "lo".
/// let wire = b"\x01\x83\0\0\0\0Hel\x89\x80\0\0\0\0\x80\x82\0\0\0\0lo";
/// buffer.unfilled()[..wire.len()].copy_from_slice(wire);
/// buffer.filled(wire.len());
///
/// let progress = buffer.advance(&mut receiver, |reply| sender.reply(reply, &mut out))?;
/// assert_eq!(progress, Progress::Message);
/// assert_eq!(buffer.message()?, Message::Text("Hello"));
/// assert_eq!(out, [0x8A, 0x00]);
/// # Ok::<(), sansocket::connection::ProtocolError>(())
/// ```
#[derive(Debug)]
pub struct ReadBuffer {
    storage: Storage,
    /// The unread bytes: they were read from the transport and not received yet.
    start: usize,
    end: usize,
    /// The message or chunk that was announced, or the message that is being gathered.
    message_start: usize,
    message_end: usize,
    /// What unmasks the message range.
    masker: Masker,
    kind: MessageKind,
    is_first: bool,
    is_last: bool,
    stage: MessageStage,
    /// The inflated bytes of a compressed message, which cannot be in place.
    inflated: Option<Box<InflatedMessage>>,
    /// Whether the message is in `inflated`.
    is_inflated: bool,
    /// Whether the last read filled all of its room.
    is_read_full: bool,
    purpose: Purpose,
    /// See [`set_read_len`](Self::set_read_len).
    read_lens: ReadLens,
}

/// The stage of the current message: the meaning of the message range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MessageStage {
    /// It is a complete message or a last chunk, which is not needed after the next call.
    Between,
    /// It is the start of a message that is being gathered.
    Gathering,
    /// It is a chunk, which is not needed after the next call; more chunks of the message will
    /// follow.
    Streaming,
    /// The same, but the rest of the message is skipped.
    Skipping,
}

/// What the storage is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// It consists of the held bytes only.
    Holding,
    /// To wait with the start of a long message, and to read on.
    Waiting,
    /// To read into. Another buffer can use it as well.
    Reading,
}

/// The result of receiving from the unread bytes.
enum ReadStep {
    NeedInput,
    Closed,
    /// A chunk of this many bytes, and what unmasks it. It ends where the unread bytes now begin.
    Chunk(usize, Masker),
}

impl Default for ReadBuffer {
    fn default() -> Self {
        Self::from(Vec::new())
    }
}

impl From<Vec<u8>> for ReadBuffer {
    /// Creates a buffer with bytes that were read before, such as those after a handshake.
    fn from(unread: Vec<u8>) -> Self {
        Self {
            start: 0,
            end: unread.len(),
            storage: unread.into(),
            message_start: 0,
            message_end: 0,
            masker: Masker::NONE,
            kind: MessageKind::Binary,
            is_first: true,
            is_last: true,
            stage: MessageStage::Between,
            inflated: None,
            is_inflated: false,
            is_read_full: false,
            purpose: Purpose::Holding,
            read_lens: READ_LENS,
        }
    }
}

impl ReadBuffer {
    /// Sets the size of the storage at first use, and the size up to which it grows because reads
    /// fill it: 4 KiB and 256 KiB by default. Both are rounded up to powers of two, the first to at
    /// most 64 KiB. Each read gets at least half of the first as room.
    ///
    /// This is for chips with little memory. Small storage takes more reads. A message that needs more
    /// still makes it grow, up to the [limits](crate::Limits); storage above the second size is freed
    /// before the next message is read.
    ///
    /// ```
    /// use sansocket::buffered::ReadBuffer;
    ///
    /// let mut buffer = ReadBuffer::default();
    /// buffer.set_read_len(256..=1024);
    /// assert_eq!(buffer.unfilled().len(), 256);
    /// ```
    pub const fn set_read_len(&mut self, len: RangeInclusive<usize>) {
        self.read_lens = ReadLens::new(*len.start(), *len.end());
    }

    /// Receives until a message is complete. The replies to control frames are passed to `reply`,
    /// in the order of the stream.
    ///
    /// If [`advance_chunk`](Self::advance_chunk) returned the beginning of a message, the rest of
    /// it is skipped.
    ///
    /// # Errors
    ///
    /// As for [`Receiver::receive`].
    #[inline]
    pub fn advance(
        &mut self,
        receiver: &mut Receiver,
        reply: impl FnMut(Reply),
    ) -> Result<Progress, ProtocolError> {
        if self.stage == MessageStage::Streaming {
            self.stage = MessageStage::Skipping;
        }
        if self.waits_for_more(receiver) {
            return Ok(Progress::NeedInput);
        }
        if self.advance_whole(receiver) {
            return Ok(Progress::Message);
        }
        let may_wait = self.stage == MessageStage::Between && !self.is_lent();
        if may_wait && receiver.await_whole(self.unread()) {
            return Ok(Progress::NeedInput);
        }
        self.gather(receiver, reply)
    }

    /// Returns whether the unread bytes complete nothing, so that [`advance`](Self::advance) would do
    /// nothing.
    #[inline]
    pub(crate) fn waits_for_more(&self, receiver: &mut Receiver) -> bool {
        receiver.waits_for_more(self.end.saturating_sub(self.start))
    }

    /// Returns how many more bytes at least complete something.
    pub(crate) fn needed(&self, receiver: &Receiver) -> usize {
        receiver.needed(self.end.saturating_sub(self.start))
    }

    /// Receives a complete message in one frame: the fast path of [`advance`](Self::advance) for
    /// the usual case. Returns `false` if it did nothing.
    #[inline]
    pub(crate) fn advance_whole(&mut self, receiver: &mut Receiver) -> bool {
        let input = self.storage.get_mut(self.start..self.end);
        let Some(whole) = receiver.receive_whole(input) else {
            return false;
        };
        let Range { start, end } = whole.payload();
        self.kind = whole.kind();
        self.is_inflated = false;
        self.message_start = self.start.saturating_add(start);
        self.message_end = self.start.saturating_add(end);
        self.masker = whole.masker();
        self.start = self.message_end;
        true
    }

    /// Receives until any part of a message is available, for messages that are too large for
    /// memory, or that are relayed as they arrive.
    ///
    /// # Errors
    ///
    /// As for [`Receiver::receive`].
    pub fn advance_chunk(
        &mut self,
        receiver: &mut Receiver,
        mut reply: impl FnMut(Reply),
    ) -> Result<Progress, ProtocolError> {
        if self.stage == MessageStage::Gathering {
            self.is_first = true;
            self.is_last = false;
        } else {
            match self.receive(receiver, &mut reply)? {
                ReadStep::NeedInput => return Ok(Progress::NeedInput),
                ReadStep::Closed => return Ok(Progress::Closed),
                ReadStep::Chunk(len, masker) => self.place_chunk(len, masker),
            }
        }
        self.stage = if self.is_last { MessageStage::Between } else { MessageStage::Streaming };
        Ok(Progress::Message)
    }

    /// Returns the message that [`advance`](Self::advance) announced, borrowed. Text is validated
    /// here.
    ///
    /// # Errors
    ///
    /// [`ProtocolError::InvalidUtf8`]: the text is not UTF-8 (RFC 6455 8.1). Pass the error to
    /// [`Receiver::fail`], so that nothing more is received.
    #[inline]
    pub fn message(&mut self) -> Result<Message<'_>, ProtocolError> {
        self.ensure_unmasked();
        let payload = self.payload();
        match self.kind {
            MessageKind::Binary => Ok(Message::Binary(payload)),
            MessageKind::Text => simdutf8::basic::from_utf8(payload)
                .map(Message::Text)
                .map_err(|_| ProtocolError::InvalidUtf8),
        }
    }

    /// Returns a copy of the message that [`advance`](Self::advance) announced. It costs less than a
    /// copy of what [`message`](Self::message) returns.
    ///
    /// # Errors
    ///
    /// As for [`message`](Self::message).
    #[inline]
    pub fn owned_message(&mut self) -> Result<OwnedMessage, ProtocolError> {
        if self.kind == MessageKind::Binary && !self.masker.is_none() {
            return Ok(OwnedMessage::Binary(self.unmasked_copy()));
        }
        self.message().map(OwnedMessage::from)
    }

    /// Returns the chunk of a message that [`advance_chunk`](Self::advance_chunk) announced.
    pub fn chunk(&mut self) -> Chunk<'_> {
        self.chunk_mut().into()
    }

    /// Returns the same chunk as [`chunk`](Self::chunk), borrowed mutably.
    pub fn chunk_mut(&mut self) -> ChunkMut<'_> {
        self.ensure_unmasked();
        let Self { kind, is_first, is_last, .. } = *self;
        let payload = match &mut self.inflated {
            Some(inflated) if self.is_inflated => inflated.as_bytes_mut(),
            _ => self.storage.get_mut(self.message_start..self.message_end),
        };
        ChunkMut { kind, payload, is_first, is_last }
    }

    /// Returns whether the message after the announced one is complete in the buffer, in one frame.
    #[inline]
    #[must_use]
    pub fn has_message(&self) -> bool {
        // Only between messages do the unread bytes start with the header of a message.
        self.stage == MessageStage::Between && Receiver::has_whole(self.unread())
    }

    /// Returns the bytes that were read from the transport and not received yet.
    #[inline]
    #[must_use]
    pub fn unread(&self) -> &[u8] {
        self.storage.get(self.start..self.end)
    }

    /// Removes `count` bytes from the front of [`unread`](Self::unread), such as a head that
    /// precedes the frames.
    pub fn consume(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.end);
    }

    /// Returns the room for the next read. It is never empty. This call discards an announced
    /// message.
    ///
    /// Between messages, this frees the memory that only a large message needs, such as storage
    /// above 256 KiB.
    pub fn unfilled(&mut self) -> &mut [u8] {
        let is_gathering = self.is_gathering_in_place();
        if self.is_detached() {
            self.purpose = Purpose::Reading;
        }
        if self.start == self.end {
            // The next read goes directly after the message so far, so that nothing needs to move.
            self.start = if is_gathering { self.message_end } else { 0 };
            self.end = self.start;
            if !is_gathering {
                // What is read next must not be taken for an announced message.
                self.place_chunk(0, Masker::NONE);
            }
        }
        self.free_inflated();
        if self.storage.len() > self.read_lens.max() {
            self.shrink();
        }
        let room = self.storage.len().saturating_sub(self.end);
        if self.is_read_full || room < self.min_room() {
            self.make_room(self.held_start());
        }
        self.is_read_full = false;
        self.storage.room(self.end)
    }

    /// Records that `count` bytes were read into the front of [`unfilled`](Self::unfilled).
    #[inline]
    pub fn filled(&mut self, count: usize) {
        let room = self.storage.len().saturating_sub(self.end);
        self.is_read_full = count >= room;
        self.end = self.end.saturating_add(count.min(room));
        self.storage.note_input(self.end);
    }

    /// Frees the memory if nothing is held. Call it when a connection has become idle.
    pub fn release(&mut self) {
        if self.start == self.end && self.stage != MessageStage::Gathering && !self.is_lent() {
            *self = Self { stage: self.stage, read_lens: self.read_lens, ..Self::default() };
        }
    }

    /// Receives chunks and moves them together until the message is complete.
    fn gather(
        &mut self,
        receiver: &mut Receiver,
        mut reply: impl FnMut(Reply),
    ) -> Result<Progress, ProtocolError> {
        loop {
            let (len, masker) = match self.receive(receiver, &mut reply)? {
                ReadStep::NeedInput => return Ok(Progress::NeedInput),
                ReadStep::Closed => return Ok(Progress::Closed),
                ReadStep::Chunk(len, masker) => (len, masker),
            };
            if self.stage == MessageStage::Gathering {
                self.append_chunk(len, masker);
            } else {
                self.place_chunk(len, masker);
                self.stage = MessageStage::Gathering;
            }
            if self.is_last {
                self.stage = MessageStage::Between;
                return Ok(Progress::Message);
            }
            // A compressed message may have more without more input.
            if self.start == self.end && !self.is_inflated {
                return Ok(Progress::NeedInput);
            }
        }
    }

    /// Receives until there is a chunk that is not skipped. It stores only the position of the
    /// chunk, so that nothing stays borrowed.
    fn receive(
        &mut self,
        receiver: &mut Receiver,
        reply: &mut impl FnMut(Reply),
    ) -> Result<ReadStep, ProtocolError> {
        loop {
            if self.start < self.end && self.is_lent() {
                return Ok(ReadStep::NeedInput);
            }
            let mut input = self.storage.get_mut(self.start..self.end);
            let has_close = receiver.has_close();
            let mut masker = Masker::NONE;
            let step = match receiver.receive_masked(&mut input, &mut masker)? {
                None if has_close => Some(ReadStep::Closed),
                None => Some(ReadStep::NeedInput),
                Some(Event::Chunk(ChunkMut { kind, payload, is_first, is_last })) => {
                    let len = payload.len();
                    (self.kind, self.is_first, self.is_last) = (kind, is_first, is_last);
                    let is_wanted = self.stage != MessageStage::Skipping;
                    if !is_wanted && is_last {
                        self.stage = MessageStage::Between;
                    }
                    is_wanted.then_some(ReadStep::Chunk(len, masker))
                }
                Some(event) => {
                    if let Some(owed) = event.reply() {
                        reply(owed);
                    }
                    matches!(event, Event::Close(_)).then_some(ReadStep::Closed)
                }
            };
            self.start = self.end.saturating_sub(input.len());
            match step {
                Some(ReadStep::Chunk(len, masker)) => {
                    self.is_inflated = receiver.is_compressed();
                    if !self.is_inflated {
                        return Ok(ReadStep::Chunk(len, masker));
                    }
                    self.take_inflated(receiver, len);
                    return Ok(ReadStep::Chunk(0, masker));
                }
                Some(step) => return Ok(step),
                None => {}
            }
        }
    }

    /// Returns whether the storage holds the start of a message.
    fn is_gathering_in_place(&self) -> bool {
        self.stage == MessageStage::Gathering && !self.is_inflated
    }

    /// Returns the start of the held bytes, which a read must preserve. They end at `end`.
    fn held_start(&self) -> usize {
        if self.is_gathering_in_place() { self.message_start } else { self.start }
    }

    /// Adjusts all positions after the bytes have moved `count` bytes to the front.
    fn shift(&mut self, count: usize) {
        for position in
            [&mut self.start, &mut self.end, &mut self.message_start, &mut self.message_end]
        {
            *position = position.saturating_sub(count);
        }
    }
}
