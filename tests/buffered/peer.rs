//! A client that sends messages, and a server's buffer that reads them.

use core::fmt;

use sansocket::buffered::{Progress, ReadBuffer};
use sansocket::connection::{Connection, ProtocolError, Receiver, Sender};
use sansocket::{Limits, Message, MessageKind, Role};

use crate::wire::{self, BINARY, CONTINUATION, FIN, PING, TEXT};

/// A message to send.
#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) kind: MessageKind,
    pub(crate) payload: Vec<u8>,
    /// Where its fragments end, before the last one.
    pub(crate) cuts: Vec<usize>,
    /// Whether there is a Ping before each of its frames.
    pub(crate) has_pings: bool,
}

impl fmt::Debug for Sent {
    // The length is enough to describe the payload.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sent")
            .field("kind", &self.kind)
            .field("len", &self.payload.len())
            .field("cuts", &self.cuts)
            .field("has_pings", &self.has_pings)
            .finish_non_exhaustive()
    }
}

impl Sent {
    pub(crate) fn binary(len: usize) -> Self {
        let payload = (0..=250).cycle().take(len).collect();
        Self::new(MessageKind::Binary, payload)
    }

    /// Text whose characters have one to four bytes.
    pub(crate) fn text(len: usize) -> Self {
        let mut text = String::new();
        for character in "aä€🦀".chars().cycle() {
            if text.len() + character.len_utf8() > len {
                break;
            }
            text.push(character);
        }
        while text.len() < len {
            text.push('.');
        }
        Self::new(MessageKind::Text, text.into_bytes())
    }

    fn new(kind: MessageKind, payload: Vec<u8>) -> Self {
        Self { kind, payload, cuts: Vec::new(), has_pings: false }
    }

    pub(crate) fn fragments_of(self, len: usize) -> Self {
        let cuts = (len..self.payload.len()).step_by(len).collect();
        Self { cuts, ..self }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut opcode = match self.kind {
            MessageKind::Text => TEXT,
            MessageKind::Binary => BINARY,
        };
        let mut start = 0;
        for (index, &end) in self.cuts.iter().chain([&self.payload.len()]).enumerate() {
            if self.has_pings {
                bytes.extend(wire::to(Role::Server, FIN | PING, &ping_data(index)));
            }
            let fin = if index == self.cuts.len() { FIN } else { 0 };
            let fragment = &self.payload[start..end];
            bytes.extend(wire::to(Role::Server, fin | opcode, fragment));
            opcode = CONTINUATION;
            start = end;
        }
        bytes
    }

    /// Returns the Pongs for its Pings.
    pub(crate) fn pongs(&self) -> Vec<Vec<u8>> {
        let frames = if self.has_pings { self.cuts.len() + 1 } else { 0 };
        (0..frames).map(ping_data).collect()
    }

    #[track_caller]
    pub(crate) fn assert_is(&self, message: Message<'_>) {
        assert_eq!(message.kind(), self.kind);
        // Not `assert_eq`, which would print all of it.
        assert!(message.as_bytes() == self.payload, "another payload");
    }
}

fn ping_data(index: usize) -> Vec<u8> {
    format!("ping {index}").into_bytes()
}

/// The server's endpoint.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) buffer: ReadBuffer,
    pub(crate) receiver: Receiver,
    sender: Sender,
    pub(crate) out: Vec<u8>,
}

impl Server {
    pub(crate) fn new(limits: &Limits) -> Self {
        let Connection { receiver, sender } = Connection::server(limits);
        Self { buffer: ReadBuffer::default(), receiver, sender, out: Vec::new() }
    }

    pub(crate) fn advance(&mut self) -> Result<Progress, ProtocolError> {
        let (sender, out) = (&mut self.sender, &mut self.out);
        self.buffer.advance(&mut self.receiver, |reply| sender.reply(reply, out))
    }

    pub(crate) fn advance_chunk(&mut self) -> Result<Progress, ProtocolError> {
        let (sender, out) = (&mut self.sender, &mut self.out);
        self.buffer.advance_chunk(&mut self.receiver, |reply| sender.reply(reply, out))
    }

    /// Reads the front of `bytes`, at most `len` of it.
    pub(crate) fn read(&mut self, bytes: &mut &[u8], len: usize) {
        let unfilled = self.buffer.unfilled();
        assert!(!unfilled.is_empty(), "no room to read into");
        let (read, rest) = bytes.split_at(len.min(bytes.len()).min(unfilled.len()));
        unfilled[..read.len()].copy_from_slice(read);
        self.buffer.filled(read.len());
        *bytes = rest;
    }

    /// Reads `bytes`, `len` at a time, and calls `each` for every whole message.
    pub(crate) fn read_messages(
        &mut self,
        mut bytes: &[u8],
        len: usize,
        mut each: impl FnMut(Message<'_>),
    ) {
        loop {
            while self.advance() == Ok(Progress::Message) {
                each(self.buffer.message().expect("UTF-8"));
            }
            if bytes.is_empty() {
                break;
            }
            self.read(&mut bytes, len);
        }
    }

    /// The payloads of the Pongs that were sent.
    pub(crate) fn pongs(&self) -> Vec<Vec<u8>> {
        let frames = wire::contents(&self.out).into_iter();
        frames.map(|(_, payload)| payload).collect()
    }
}
