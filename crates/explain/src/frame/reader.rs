use sansocket::{Role, frame::OpCode};

use super::{
    context::FrameContext, fault::Fault, judge::Judge, message::Message, open_frame::OpenFrame,
};
use crate::{
    Element, Options, conversation::Conversation, envelope::EnvelopeReader, excerpt::len_u64,
};

/// The largest piece of a payload that is copied at a time.
const PIECE: usize = 4 << 10;

/// The frames of one direction.
///
/// Each byte goes to the judge and into the open frame. The judge knows the rules. The open frame knows
/// only where it ends, so that it can be finished after the judge has failed.
#[derive(Debug)]
pub(crate) struct FrameReader {
    sender: Role,
    shown: usize,
    kept: usize,
    max_envelope: usize,
    judge: Judge,
    frame: Option<OpenFrame>,
    message: Option<Message>,
    envelopes: EnvelopeReader,
    last_key: Option<[u8; 4]>,
    /// Whether the last frame declared a length that no frame can have, so that its end is unknown.
    is_stuck: bool,
    scratch: Vec<u8>,
}

impl FrameReader {
    pub(crate) fn new(sender: Role, options: &Options, conversation: &Conversation) -> Self {
        Self {
            sender,
            shown: options.shown,
            max_envelope: options.max_envelope,
            kept: options.max_envelope.max(options.shown),
            judge: Judge::new(sender, &options.limits, conversation.negotiated),
            frame: None,
            message: None,
            envelopes: EnvelopeReader::new(sender),
            last_key: None,
            is_stuck: false,
            scratch: Vec::new(),
        }
    }

    /// Returns a reader in the same state, unless a frame or a message has begun.
    pub(crate) fn try_clone(&self) -> Option<Self> {
        let is_between_messages = self.frame.is_none() && self.message.is_none();
        is_between_messages.then(|| Self {
            sender: self.sender,
            shown: self.shown,
            kept: self.kept,
            max_envelope: self.max_envelope,
            judge: self.judge.clone_between_messages(),
            frame: None,
            message: None,
            envelopes: self.envelopes.clone(),
            last_key: self.last_key,
            is_stuck: self.is_stuck,
            scratch: Vec::new(),
        })
    }

    pub(crate) const fn is_stuck(&self) -> bool {
        self.is_stuck
    }

    pub(crate) const fn is_between_frames(&self) -> bool {
        self.frame.is_none()
    }

    /// Reads up to the end of the next frame.
    pub(crate) fn read(
        &mut self,
        position: u64,
        input: &mut &[u8],
        conversation: &mut Conversation,
    ) -> Option<Element> {
        while let Some((&byte, rest)) = input.split_first() {
            let shown = self.shown;
            let mut frame = self.frame.take().unwrap_or_else(|| OpenFrame::new(position, shown));
            if frame.is_header_complete() {
                let missing = usize::try_from(frame.missing_payload()).unwrap_or(usize::MAX);
                let (piece, rest) = input.split_at_checked(missing).unwrap_or((input, &[]));
                *input = rest;
                self.read_payload(&mut frame, piece);
            } else {
                *input = rest;
                self.read_header(&mut frame, byte, conversation);
            }
            let is_endless = frame.is_header_complete() && frame.payload_len >> 63 != 0;
            if frame.is_complete() || is_endless {
                self.is_stuck = is_endless;
                return Some(self.finish(&frame, conversation));
            }
            self.frame = Some(frame);
        }
        None
    }

    /// Returns the frame that the stream has cut off.
    pub(crate) fn end(&mut self, conversation: &mut Conversation) -> Option<Element> {
        let frame = self.frame.take()?;
        Some(self.finish(&frame, conversation))
    }

    fn read_header(&mut self, frame: &mut OpenFrame, byte: u8, conversation: &Conversation) {
        let is_complete = frame.push_header(byte);
        let mut judged = byte;
        if frame.header.len() == 1 {
            frame.is_after_close = conversation.end(self.sender).has_closed;
            if self.message.is_none() {
                self.judge.learn(conversation.negotiated);
            }
            let is_begin = frame.begun_kind().is_some();
            let reserved = frame.first() & 0x70;
            let is_compressed = reserved == 0x40 && is_begin && self.judge.may_compress();
            frame.is_disguised = match self.judge.is_known() {
                true => is_compressed && !self.judge.can_inflate(),
                false => reserved != 0,
            };
            if frame.is_disguised {
                judged = byte & !0x70;
                if is_begin {
                    judged = byte & 0x80 | OpCode::Binary.to_bits();
                }
            } else if is_compressed && self.message.is_none() {
                self.judge.prepare_to_inflate();
            }
        }
        if is_complete {
            self.begin(frame);
        }
        let at = frame.payload_start().saturating_sub(1);
        self.judge(frame, &mut [judged], at);
    }

    /// Finds the message that the frame belongs to. The header is complete.
    fn begin(&mut self, frame: &mut OpenFrame) {
        if let Some(kind) = frame.begun_kind() {
            if self.message.as_ref().is_some_and(|message| message.is_compressed) {
                self.judge.lose_window();
            }
            let is_compressed = frame.has_rsv1() && self.judge.may_compress();
            let mut message = Message::new(kind, is_compressed, self.kept);
            message.is_readable = !frame.is_disguised;
            self.message = Some(message);
        } else if frame.opcode() != Some(OpCode::Continuation) {
            return;
        }
        if let Some(message) = &mut self.message {
            // The judge, which inflates, gets nothing after a Close frame.
            message.is_readable &= !(message.is_compressed && frame.is_after_close);
            message.fragments = message.fragments.saturating_add(1);
            message.wire_len = message.wire_len.saturating_add(frame.payload_len);
            frame.fragment = message.fragments;
            frame.is_inflated = message.is_compressed && message.is_readable;
        }
    }

    fn read_payload(&mut self, frame: &mut OpenFrame, payload: &[u8]) {
        for piece in payload.chunks(PIECE) {
            let start = frame.end();
            let mut plain = std::mem::take(&mut self.scratch);
            plain.clear();
            plain.extend_from_slice(piece);
            frame.push_payload(&mut plain);
            if frame.fragment > 0
                && let Some(message) = &mut self.message
                && !message.is_compressed
            {
                message.content.push(&plain);
            }
            self.judge_payload(frame, &mut piece.to_vec(), &plain, start);
            self.scratch = plain;
        }
    }

    /// Passes payload to the judge in pieces of which only the last byte can be wrong.
    fn judge_payload(
        &mut self,
        frame: &mut OpenFrame,
        mut wire: &mut [u8],
        mut plain: &[u8],
        mut end: u64,
    ) {
        let text = self.message.as_ref().filter(|message| frame.fragment > 0 && message.is_text());
        let is_text = text.is_some();
        let mut is_between_characters = text.is_some_and(|text| text.is_between_characters);
        while !wire.is_empty() && frame.fault.is_none() {
            let count = if frame.is_inflated {
                1
            } else if !is_text {
                wire.len()
            } else if is_between_characters {
                // No byte of whole characters can be wrong.
                valid_len(plain).max(1)
            } else {
                1
            };
            let (piece, rest) = wire.split_at_mut(count.min(wire.len()));
            let (characters, plain_rest) = plain.split_at_checked(count).unwrap_or((plain, &[]));
            // An ASCII byte that the judge accepts is a whole character, and no other is unfinished.
            is_between_characters = count > 1 || characters.first().is_some_and(u8::is_ascii);
            wire = rest;
            plain = plain_rest;
            end = end.saturating_add(len_u64(piece));
            self.judge(frame, piece, end.saturating_sub(1));
        }
        if let Some(message) = self.message.as_mut().filter(|_| is_text) {
            message.is_between_characters = is_between_characters;
        }
    }

    /// Lets the engine judge bytes, the last of which is `at`.
    fn judge(&mut self, frame: &mut OpenFrame, bytes: &mut [u8], at: u64) {
        if frame.fault.is_some() || frame.is_after_close {
            return;
        }
        let message = self.message.as_mut().filter(|_| frame.is_inflated);
        let inflated = message.map(|message| &mut message.content);
        if let Err(error) = self.judge.feed(bytes, inflated) {
            frame.fault = Some(Fault { error, at });
        }
    }

    fn finish(&mut self, frame: &OpenFrame, conversation: &mut Conversation) -> Element {
        let is_last = frame.is_complete() && frame.is_fin() && frame.fragment > 0;
        let message = if is_last { self.message.take() } else { None };
        let context = FrameContext {
            sender: self.sender,
            frame,
            message: message.as_ref().or(self.message.as_ref()),
            is_message_complete: is_last,
            is_deflate: self.judge.may_compress(),
            is_known: self.judge.is_known(),
            keeps_window: self.judge.keeps_window(),
            last_key: self.last_key,
            shown: self.shown,
        };
        let mut element = context.element(conversation);
        if let Some(message) = message {
            let content =
                message.known_content(self.max_envelope).filter(|_| frame.fault.is_none());
            let is_text = message.is_text();
            let envelope = self.envelopes.explain(conversation.envelope, content, is_text);
            element.root.children.extend(envelope);
        }
        self.last_key = frame.key().or(self.last_key);
        if frame.fault.is_some() {
            self.resume(frame);
        }
        element
    }

    /// Makes the judge read on after the frame.
    fn resume(&mut self, frame: &OpenFrame) {
        if frame.is_inflated {
            self.judge.lose_window();
        }
        if let Some(message) = &mut self.message
            && message.is_compressed
        {
            message.is_readable = false;
            self.judge.lose_window();
        }
        self.judge.resume(self.message.is_some());
    }
}

/// Returns how many bytes at the start are whole characters.
fn valid_len(bytes: &[u8]) -> usize {
    match str::from_utf8(bytes) {
        Ok(text) => text.len(),
        Err(error) => error.valid_up_to(),
    }
}
