//! The explanation of a frame, put together.

use sansocket::{Role, frame::OpCode};

use super::{
    context::FrameContext,
    header_spans::header_spans,
    message::Message,
    message_spans::{deflate_spans, is_worth_showing, message_span},
    payload_spans::payload_span,
};
use crate::{
    Action, Element, Field, Place, Span, Violation, conversation::Conversation, opening::Opening,
    role_name,
};

impl FrameContext<'_> {
    /// Explains the frame.
    pub(super) fn element(&self, conversation: &mut Conversation) -> Element {
        let frame = self.frame;
        let mut root = Span::new(Place::Bytes(frame.start..frame.end()), Field::Frame)
            .value(self.kind())
            .note(self.summary());
        root.children = header_spans(self);
        self.remark_key(&mut root);
        if let Some(payload) = payload_span(frame, self.shown, self.shows_text()) {
            root.children.push(payload);
        }
        let is_compressed = self.message.is_some_and(|message| message.is_compressed);
        if frame.fragment > 0 && is_compressed && self.is_known {
            let inside = root.find_mut(Field::Unmasked).map(|_| Field::Unmasked);
            if let Some(payload) = root.find_mut(inside.unwrap_or(Field::Payload)) {
                payload.children.extend(deflate_spans(frame));
            }
        }
        if frame.is_complete() && frame.is_control() {
            self.note_control(&mut root, conversation);
        }
        if let Some(message) = self.message
            && self.is_message_complete
            && frame.fault.is_none()
            && is_worth_showing(message)
        {
            root.children.push(message_span(message, self.keeps_window, self.shown));
        }
        if !frame.is_complete() {
            self.remark_cut(&mut root);
        }
        match conversation.opening {
            Opening::Requested if self.sender == Role::Client => {
                let note = "sent before the response of the server was seen";
                root.push_remark(note, "6455-4.1-22");
            }
            Opening::Refused => {
                root.push_remark("the server has not opened the connection", "6455-4.1-23");
            }
            _ => {}
        }
        let violations = self.mark_violations(&mut root);
        let shown = frame.wire.bytes().get(..self.shown).unwrap_or(frame.wire.bytes());
        let bytes = [frame.header.as_slice(), shown].concat();
        Element { sender: self.sender, root, bytes, violations }
    }

    /// Returns whether the payload can be read as text: that of a text message as it is, and the data
    /// of a Ping or Pong, which often is text.
    fn shows_text(&self) -> bool {
        match self.frame.opcode() {
            Some(OpCode::Ping | OpCode::Pong) => {
                self.frame.plain.bytes().iter().all(|byte| (b' '..=b'~').contains(byte))
            }
            Some(OpCode::Text | OpCode::Continuation) if self.frame.fragment > 0 => {
                self.message.is_some_and(|message| message.is_text() && !message.is_compressed)
            }
            _ => false,
        }
    }

    fn kind(&self) -> String {
        match self.frame.opcode() {
            Some(OpCode::Continuation) => "continuation".into(),
            Some(OpCode::Text) => "text".into(),
            Some(OpCode::Binary) => "binary".into(),
            Some(OpCode::Close) => "Close".into(),
            Some(OpCode::Ping) => "Ping".into(),
            Some(OpCode::Pong) => "Pong".into(),
            None => format!("opcode {}", self.frame.first() & 0x0F),
        }
    }

    fn summary(&self) -> String {
        let frame = self.frame;
        let mut parts = Vec::new();
        if frame.is_after_close {
            parts.push("after the Close frame".into());
        }
        if frame.fragment > 1 || frame.fragment == 1 && !frame.is_fin() {
            let kind = self.message.map_or("", Message::kind_name);
            parts.push(format!("fragment {} of a {kind} message", frame.fragment));
        }
        if frame.has_rsv1() && self.may_be_compressed() && self.is_known {
            parts.push("compressed".into());
        }
        if frame.key().is_some() {
            parts.push("masked".into());
        }
        if frame.is_header_complete() {
            let bytes = if frame.payload_len == 1 { "byte" } else { "bytes" };
            parts.push(format!("{} {bytes} of payload", frame.payload_len));
        }
        parts.join(", ")
    }

    fn remark_key(&self, root: &mut Span) {
        let Some(key) = self.frame.key() else { return };
        let Some(span) = root.find_mut(Field::MaskingKey) else { return };
        if key == [0; 4] {
            span.push_remark("a key of zeros masks nothing", "6455-5.3-3");
        } else if self.last_key == Some(key) {
            span.push_remark(
                "the key of the frame before: each frame needs a fresh one",
                "6455-5.3-2",
            );
        }
    }

    fn remark_cut(&self, root: &mut Span) {
        let frame = self.frame;
        let note = if !frame.is_header_complete() {
            "the header is incomplete".into()
        } else if frame.payload_len >> 63 != 0 {
            "where the frame ends cannot be known".into()
        } else {
            format!("{} bytes of the payload are missing", frame.missing_payload())
        };
        root.push_remark(note, "6455-6.2-1");
    }

    /// Relates a control frame to what the peer has sent.
    fn note_control(&self, root: &mut Span, conversation: &mut Conversation) {
        let (frame, peer) = (self.frame, self.sender.peer());
        let Some(opcode) = root.find_mut(Field::Opcode) else { return };
        match frame.opcode() {
            Some(OpCode::Ping) => {
                conversation.end_mut(self.sender).note_ping(frame.start, frame.plain.bytes());
                opcode.note = "Ping: a Pong with the same data must answer it".into();
                opcode.clause = Some("6455-5.5.2-1");
            }
            Some(OpCode::Pong) => {
                let pinged = conversation.end_mut(peer).answer_ping(frame.plain.bytes());
                (opcode.note, opcode.clause) = match pinged {
                    Some(at) => {
                        let note = format!("Pong: answers the {}'s Ping at {at}", role_name(peer));
                        (note.into(), Some("6455-5.5.3-1"))
                    }
                    None => ("Pong: unsolicited, and not answered".into(), Some("6455-5.5.3-3")),
                };
            }
            Some(OpCode::Close) => {
                let is_answer = conversation.end(peer).has_closed;
                let end = conversation.end_mut(self.sender);
                end.has_closed = true;
                if frame.fault.is_some() {
                    end.has_closed_wrongly = true;
                    return;
                }
                (opcode.note, opcode.clause) = if is_answer {
                    let note = "Close: both ends have sent one; the server closes TCP first";
                    (note.into(), Some("6455-7.1.1-4"))
                } else {
                    let note =
                        format!("Close: the {} must answer it with a Close", role_name(peer));
                    (note.into(), Some("6455-5.5.1-6"))
                };
            }
            _ => {}
        }
    }

    /// Records the rules that the frame breaks, and where the bytes are read again.
    fn mark_violations(&self, root: &mut Span) -> Vec<Violation> {
        let frame = self.frame;
        let mut violations = Vec::new();
        if let Some(fault) = &frame.fault {
            let (field, clause) = fault.blame(frame.first(), self.is_deflate);
            let violation = fault.violation(clause);
            match root.find_mut(field) {
                Some(span) => span.mark(&violation),
                None => root.mark(&violation),
            }
            violations.push(violation);
            if frame.is_complete() {
                root.children.push(self.resumed());
            }
        }
        if frame.is_after_close && !frame.is_control() {
            let violation = Violation {
                at: frame.start,
                clause: "6455-5.5.1-5",
                text: "a data frame after the Close frame".into(),
                action: Action::Discard,
            };
            root.mark(&violation);
            violations.push(violation);
        }
        violations
    }

    fn resumed(&self) -> Span {
        let end = self.frame.end();
        let is_inside = self.message.is_some() && !self.is_message_complete;
        let note = match self.message.filter(|_| is_inside) {
            None => "a receiver stops; this continues with the next frame",
            Some(message) if message.is_compressed => {
                "a receiver stops; this continues with the next frame, counts for the limits anew, and does not inflate the rest of the message"
            }
            Some(message) if message.is_text() => {
                "a receiver stops; this continues with the next frame, counts for the limits anew, and does not check the rest of the message for UTF-8"
            }
            Some(_) => {
                "a receiver stops; this continues with the next frame, and counts for the limits anew"
            }
        };
        let span = Span::new(Place::Bytes(end..end), Field::Resumed).value(end.to_string());
        span.note(note).clause("6455-7.1.7-6")
    }
}
