mod lending;

use alloc::{boxed::Box, vec::Vec};
use core::ops::Range;

use super::{Message, Progress, inflated_message::InflatedMessage, storage::Storage};
use crate::connection::{Chunk, ChunkMut, Event, MessageKind, ProtocolError, Receiver, Reply};

/// The size of a buffer at first use, and what it shrinks to.
const MIN_LEN: usize = 4 << 10;
/// How large a buffer becomes because reads fill it. Larger ones belong to large messages.
const MAX_READ_LEN: usize = 256 << 10;
/// Below this much room a read is not worth its system call.
const MIN_ROOM: usize = 2 << 10;

/// Reads bytes, and makes whole messages of them in place.
///
/// ```text
///  storage: | used up | the message so far | headers | not received yet | unfilled |
/// ```
///
/// A frame's payload stays where it was read. The fragments of a message are moved together over
/// the headers between them, and a message that is larger than the buffer makes the buffer grow,
/// to at most twice of what has arrived. Nothing is allocated per message once the buffer fits: it
/// keeps up to 256 KiB, and what a larger message needed is freed before the next read.
///
/// **Call** [`advance`](Self::advance) until it wants input, then read into
/// [`unfilled`](Self::unfilled) and tell [`filled`](Self::filled).
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
    /// What was read and is not received yet.
    start: usize,
    end: usize,
    /// The message, or the chunk of one, that was announced or is being gathered.
    message_start: usize,
    message_end: usize,
    kind: MessageKind,
    is_first: bool,
    is_last: bool,
    stage: MessageStage,
    /// What was inflated of a compressed message; it cannot stand in place.
    inflated: Option<Box<InflatedMessage>>,
    /// Whether the message is in `inflated`.
    is_inflated: bool,
    /// Whether the last read filled all of the room it had.
    is_read_full: bool,
    /// Whether the storage is no more than what is held.
    is_detached: bool,
}

/// What the message range stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MessageStage {
    /// Nothing that is needed after the next call.
    Between,
    /// The start of a message whose rest is to come.
    Gathering,
    /// Nothing either; but of the message that was handed out in chunks, more is to come.
    Streaming,
    /// The same, and nobody wants the rest.
    Skipping,
}

/// What the receiver found in the unread bytes.
enum ReadStep {
    NeedInput,
    Closed,
    /// A chunk of so many bytes, which ends where the unread bytes now begin.
    Chunk(usize),
}

impl Default for ReadBuffer {
    fn default() -> Self {
        Self::from(Vec::new())
    }
}

impl From<Vec<u8>> for ReadBuffer {
    /// A buffer with bytes that were read before, such as those behind a handshake.
    fn from(unread: Vec<u8>) -> Self {
        Self {
            start: 0,
            end: unread.len(),
            storage: unread.into(),
            message_start: 0,
            message_end: 0,
            kind: MessageKind::Binary,
            is_first: true,
            is_last: true,
            stage: MessageStage::Between,
            inflated: None,
            is_inflated: false,
            is_read_full: false,
            is_detached: true,
        }
    }
}

impl ReadBuffer {
    /// Receives until a message is whole. What is to be replied to control frames goes to `reply`,
    /// in the order of the stream.
    ///
    /// Of a message whose beginning was handed out by [`advance_chunk`](Self::advance_chunk), the
    /// rest is skipped.
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
        if self.start == self.end && receiver.needs_input() {
            return Ok(Progress::NeedInput);
        }
        if self.advance_whole(receiver) {
            return Ok(Progress::Message);
        }
        self.gather(receiver, reply)
    }

    /// The short way of [`advance`](Self::advance), for the usual case: a whole message in one
    /// frame. `false`: nothing was done.
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
        self.start = self.message_end;
        true
    }

    /// Receives until some of a message is there, however little: for messages that are too large
    /// to be held, or that are passed on as they come.
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
                ReadStep::Chunk(len) => {
                    self.message_start = self.start.saturating_sub(len);
                    self.message_end = self.start;
                }
            }
        }
        self.stage = if self.is_last { MessageStage::Between } else { MessageStage::Streaming };
        Ok(Progress::Message)
    }

    /// The message that [`advance`](Self::advance) announced. A text is validated here.
    ///
    /// # Errors
    ///
    /// [`ProtocolError::InvalidUtf8`]: the text is not UTF-8 (RFC 6455 8.1). Tell
    /// [`Receiver::fail`], so that nothing more is received.
    #[inline]
    pub fn message(&self) -> Result<Message<'_>, ProtocolError> {
        let payload = self.payload();
        match self.kind {
            MessageKind::Binary => Ok(Message::Binary(payload)),
            MessageKind::Text => simdutf8::basic::from_utf8(payload)
                .map(Message::Text)
                .map_err(|_| ProtocolError::InvalidUtf8),
        }
    }

    /// Returns the chunk of a message that [`advance_chunk`](Self::advance_chunk) announced.
    #[must_use]
    pub fn chunk(&self) -> Chunk<'_> {
        let Self { kind, is_first, is_last, .. } = *self;
        Chunk { kind, payload: self.payload(), is_first, is_last }
    }

    /// Returns the same chunk as [`chunk`](Self::chunk), to change it in place.
    pub fn chunk_mut(&mut self) -> ChunkMut<'_> {
        let Self { kind, is_first, is_last, .. } = *self;
        let payload = match &mut self.inflated {
            Some(inflated) if self.is_inflated => inflated.as_bytes_mut(),
            _ => self.storage.get_mut(self.message_start..self.message_end),
        };
        ChunkMut { kind, payload, is_first, is_last }
    }

    /// Whether the message after the announced one has been read in full, in one frame.
    #[inline]
    #[must_use]
    pub fn has_message(&self) -> bool {
        // Only between messages does a header stand at the front of what is unread.
        self.stage == MessageStage::Between && Receiver::has_whole(self.unread())
    }

    /// The bytes that were read and are not received yet.
    #[inline]
    #[must_use]
    pub fn unread(&self) -> &[u8] {
        self.storage.get(self.start..self.end)
    }

    /// Takes `count` bytes off the front of [`unread`](Self::unread): a head that preceded the
    /// frames.
    pub fn consume(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.end);
    }

    /// Room for what is read next, never empty. An announced message is gone after this call.
    ///
    /// Between messages, what only a large message needs is freed, such as storage above 256 KiB.
    pub fn unfilled(&mut self) -> &mut [u8] {
        let is_gathering = self.is_gathering_in_place();
        self.is_detached = false;
        if self.start == self.end {
            // What comes next lands right behind the message so far, so that it need not move.
            self.start = if is_gathering { self.message_end } else { 0 };
            self.end = self.start;
        }
        self.free_inflated();
        if self.storage.len() > MAX_READ_LEN {
            self.shrink();
        }
        let room = self.storage.len().saturating_sub(self.end);
        if self.is_read_full || room < MIN_ROOM {
            self.make_room(self.held_start());
        }
        self.is_read_full = false;
        self.storage.room(self.end)
    }

    /// Says that `count` bytes were read into the front of [`unfilled`](Self::unfilled).
    #[inline]
    pub fn filled(&mut self, count: usize) {
        let room = self.storage.len().saturating_sub(self.end);
        self.is_read_full = count >= room;
        self.end = self.end.saturating_add(count.min(room));
        self.storage.note_input(self.end);
    }

    /// Gives the memory back if nothing is held: for a connection that has fallen silent.
    pub fn release(&mut self) {
        if self.start == self.end && self.stage != MessageStage::Gathering && !self.is_lent() {
            *self = Self { stage: self.stage, ..Self::default() };
        }
    }

    /// Receives chunks and moves them together until the message is whole.
    fn gather(
        &mut self,
        receiver: &mut Receiver,
        mut reply: impl FnMut(Reply),
    ) -> Result<Progress, ProtocolError> {
        loop {
            let len = match self.receive(receiver, &mut reply)? {
                ReadStep::NeedInput => return Ok(Progress::NeedInput),
                ReadStep::Closed => return Ok(Progress::Closed),
                ReadStep::Chunk(len) => len,
            };
            let at = self.start.saturating_sub(len);
            if self.stage == MessageStage::Gathering {
                let gap = at.saturating_sub(self.message_end);
                self.storage.close_gap(self.message_end..self.start, gap);
                self.message_end = self.message_end.saturating_add(len);
            } else {
                self.message_start = at;
                self.message_end = self.start;
                self.stage = MessageStage::Gathering;
            }
            if self.is_last {
                self.stage = MessageStage::Between;
                return Ok(Progress::Message);
            }
            // Of a compressed message there may be more without more input.
            if self.start == self.end && !self.is_inflated {
                return Ok(Progress::NeedInput);
            }
        }
    }

    /// Receives until there is a chunk that is wanted. Takes notes of it and of its length only, so
    /// that nothing stays borrowed.
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
            let step = match receiver.receive(&mut input)? {
                None if has_close => Some(ReadStep::Closed),
                None => Some(ReadStep::NeedInput),
                Some(Event::Chunk(ChunkMut { kind, payload, is_first, is_last })) => {
                    let len = payload.len();
                    (self.kind, self.is_first, self.is_last) = (kind, is_first, is_last);
                    let is_wanted = self.stage != MessageStage::Skipping;
                    if !is_wanted && is_last {
                        self.stage = MessageStage::Between;
                    }
                    is_wanted.then_some(ReadStep::Chunk(len))
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
                Some(ReadStep::Chunk(len)) => {
                    return Ok(ReadStep::Chunk(self.take_inflated(receiver, len)));
                }
                Some(step) => return Ok(step),
                None => {}
            }
        }
    }

    /// Takes over a chunk of `len` bytes that does not stand in the input because it was inflated.
    /// Returns how many bytes the chunk has in the input.
    fn take_inflated(&mut self, receiver: &mut Receiver, len: usize) -> usize {
        self.is_inflated = receiver.is_compressed();
        if !self.is_inflated {
            return len;
        }
        let message = self.inflated.get_or_insert_default();
        if self.stage != MessageStage::Gathering {
            message.begin(MAX_READ_LEN);
        }
        message.append(receiver, len);
        // What is held of the input begins behind the compressed bytes.
        self.message_start = self.start;
        self.message_end = self.start;
        0
    }

    #[inline]
    fn payload(&self) -> &[u8] {
        match &self.inflated {
            Some(inflated) if self.is_inflated => inflated.as_bytes(),
            _ => self.storage.get(self.message_start..self.message_end),
        }
    }

    /// Whether the start of a message is held in the storage.
    fn is_gathering_in_place(&self) -> bool {
        self.stage == MessageStage::Gathering && !self.is_inflated
    }

    /// Where what is held begins. It goes on to the end of what was read.
    fn held_start(&self) -> usize {
        if self.is_gathering_in_place() { self.message_start } else { self.start }
    }

    /// Takes note that all has moved `count` bytes to the front.
    fn shift(&mut self, count: usize) {
        for position in
            [&mut self.start, &mut self.end, &mut self.message_start, &mut self.message_end]
        {
            *position = position.saturating_sub(count);
        }
    }

    /// Makes room behind what is held, which begins at `held_start`.
    #[cold]
    fn make_room(&mut self, held_start: usize) {
        let len = self.storage.len();
        let held = self.end.saturating_sub(held_start);
        // Then moving costs no more than was used up since the last move: linear in all.
        let is_move_cheap = held <= held_start;
        let used = if is_move_cheap { held } else { self.end };
        let doubled = len.saturating_mul(2).min(MAX_READ_LEN);
        let mut target = if self.is_read_full { doubled.max(len) } else { len };
        if len.saturating_sub(used) < MIN_ROOM {
            // Twice, so that growing and a dear move, which comes with it, are linear in all, too.
            target = target.max(held.saturating_mul(2).saturating_add(MIN_LEN));
        }
        self.storage.close_gap(0..self.end, held_start);
        self.shift(held_start);
        self.storage.grow(target);
    }

    /// Frees what a large compressed message has needed, unless one is being gathered.
    fn free_inflated(&mut self) {
        let is_gathering = self.stage == MessageStage::Gathering && self.is_inflated;
        let capacity = self.inflated.as_ref().map_or(0, |inflated| inflated.capacity());
        if capacity > MAX_READ_LEN && !is_gathering {
            self.inflated = None;
        }
    }

    /// Frees what a large message has needed, unless more than a little is held.
    #[cold]
    fn shrink(&mut self) {
        let held_start = self.held_start();
        let held = self.end.saturating_sub(held_start);
        // Where messages follow each other, the rest of a read is most often more than that, so
        // that the storage of one serves the next.
        if held <= self.storage.len() / 64 {
            self.storage.close_gap(0..self.end, held_start);
            self.shift(held_start);
            self.storage.shrink(held.saturating_mul(2).max(MAX_READ_LEN));
        }
    }
}
