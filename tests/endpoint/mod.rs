//! One end of a connection, with what it received gathered into whole messages.

#![allow(dead_code, reason = "each test target uses a part of it")]

use sansocket::buffered::{Progress, ReadBuffer};
use sansocket::connection::{Connection, Event, ProtocolError, SendError, Sender};
use sansocket::{Limits, Message, MessageKind, Role, Seed};

/// What an application sees, independent of how it was chunked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Received {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<(u16, String)>),
}

impl Received {
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    pub(crate) fn close(code: u16, reason: &str) -> Self {
        Self::Close(Some((code, reason.to_owned())))
    }
}

#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) role: Role,
    pub(crate) limits: Limits,
    pub(crate) connection: Connection,
    /// All bytes that it was given, for who judges them too.
    pub(crate) input: Vec<u8>,
    /// The output.
    pub(crate) out: Vec<u8>,
    pub(crate) received: Vec<Received>,
    /// The incomplete message.
    message: Option<(MessageKind, Vec<u8>)>,
    buffer: ReadBuffer,
}

impl Endpoint {
    pub(crate) fn new(role: Role) -> Self {
        Self::with(role, &Limits::default())
    }

    pub(crate) fn with(role: Role, limits: &Limits) -> Self {
        let connection = match role {
            Role::Client => Connection::client(limits, Seed::from([7; 32])),
            Role::Server => Connection::server(limits),
        };
        Self {
            role,
            limits: limits.clone(),
            connection,
            input: Vec::new(),
            out: Vec::new(),
            received: Vec::new(),
            message: None,
            buffer: ReadBuffer::default(),
        }
    }

    /// Receives the bytes of one read.
    pub(crate) fn receive(&mut self, bytes: &[u8]) -> Result<(), ProtocolError> {
        self.input.extend_from_slice(bytes);
        let mut bytes = bytes.to_vec();
        let mut input = &mut bytes[..];
        while let Some(event) = self.connection.receive(&mut input, &mut self.out)? {
            gather(event, &mut self.message, &mut self.received);
        }
        assert!(input.is_empty(), "no event, but {} bytes are left over", input.len());
        Ok(())
    }

    /// Receives the bytes in reads of the given lengths, repeated.
    pub(crate) fn receive_in(&mut self, bytes: &[u8], lens: &[usize]) -> Result<(), ProtocolError> {
        let mut rest = bytes;
        for &len in lens.iter().cycle() {
            let (read, unread) = rest.split_at(len.min(rest.len()));
            self.receive(read)?;
            rest = unread;
            if rest.is_empty() {
                break;
            }
        }
        Ok(())
    }

    /// The same through a read buffer, which returns only messages.
    pub(crate) fn receive_buffered_in(
        &mut self,
        bytes: &[u8],
        lens: &[usize],
    ) -> Result<(), ProtocolError> {
        let mut rest = bytes;
        for &len in lens.iter().cycle() {
            let unfilled = self.buffer.unfilled();
            let (read, unread) = rest.split_at(len.min(rest.len()).min(unfilled.len()));
            unfilled[..read.len()].copy_from_slice(read);
            self.input.extend_from_slice(read);
            self.buffer.filled(read.len());
            self.advance()?;
            rest = unread;
            if rest.is_empty() {
                break;
            }
        }
        Ok(())
    }

    fn advance(&mut self) -> Result<(), ProtocolError> {
        let Connection { receiver, sender } = &mut self.connection;
        let mut reply = |reply| sender.reply(reply, &mut self.out);
        let error = loop {
            let message = match self.buffer.advance(receiver, &mut reply) {
                Ok(Progress::Message) => self.buffer.message(),
                Ok(Progress::NeedInput | Progress::Closed) => return Ok(()),
                Err(error) => break error,
            };
            self.received.push(match message {
                Ok(Message::Text(text)) => Received::text(text),
                Ok(Message::Binary(data)) => Received::Binary(data.to_vec()),
                Err(error) => break receiver.fail(error),
            });
        };
        sender.fail(&error, &mut self.out);
        Err(error)
    }

    /// The transport has ended.
    pub(crate) fn receive_eof(&mut self) -> Result<(), ProtocolError> {
        self.connection.receiver.receive_eof()
    }

    /// Sends what `send` sends.
    pub(crate) fn send(
        &mut self,
        send: impl FnOnce(&mut Sender, &mut Vec<u8>) -> Result<(), SendError>,
    ) -> Result<(), SendError> {
        send(&mut self.connection.sender, &mut self.out)
    }

    /// Writes `out` to the transport.
    pub(crate) fn take_out(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.out)
    }

    /// Returns whether there is an incomplete message.
    pub(crate) fn is_inside_message(&self) -> bool {
        self.message.is_some()
    }
}

fn gather(
    event: Event<'_>,
    message: &mut Option<(MessageKind, Vec<u8>)>,
    received: &mut Vec<Received>,
) {
    let chunk = match event {
        Event::Chunk(chunk) => chunk,
        Event::Ping(data) => return received.push(Received::Ping(data.to_vec())),
        Event::Pong(data) => return received.push(Received::Pong(data.to_vec())),
        Event::Close(frame) => {
            let frame = frame.map(|frame| (u16::from(frame.code), frame.reason.to_owned()));
            return received.push(Received::Close(frame));
        }
    };
    assert_eq!(chunk.is_first, message.is_none(), "`is_first` begins a message");
    let (kind, payload) = message.get_or_insert((chunk.kind, Vec::new()));
    assert_eq!(chunk.kind, *kind, "a message is of one kind");
    payload.extend_from_slice(chunk.payload);
    if chunk.is_last {
        let payload = core::mem::take(payload);
        received.push(match kind {
            MessageKind::Text => Received::Text(String::from_utf8(payload).expect("UTF-8")),
            MessageKind::Binary => Received::Binary(payload),
        });
        *message = None;
    }
}
