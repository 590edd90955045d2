use std::io::{Read as _, Write as _};

use sansocket::blocking::{Untimed, WebSocket};
use sansocket::buffered::{Progress, ReadBuffer, WriteBuffer};
use sansocket::connection::Connection;
use sansocket::{Limits, Message, Options};

use super::Run;
use crate::codec::case::Payload;
use crate::codec::memory::Memory;

/// Messages lent by the buffer, without an adapter.
pub fn read(mut memory: Memory, len: usize) -> Run<'static> {
    let Connection { mut receiver, .. } = Connection::server(&Limits::default());
    let mut buffer = ReadBuffer::default();
    Box::new(move |messages| {
        let mut left = messages;
        while left > 0 {
            match buffer.advance(&mut receiver, |_| ()).unwrap() {
                Progress::Message => {
                    assert_eq!(buffer.message().unwrap().as_bytes().len(), len);
                    left -= 1;
                }
                Progress::NeedInput => {
                    let count = memory.read(buffer.unfilled()).unwrap();
                    buffer.filled(count);
                }
                Progress::Closed => unreachable!("nobody closes"),
            }
        }
    })
}

pub fn write(mut memory: Memory, payload: &Payload) -> Run<'_> {
    let limits = Limits::default();
    let Connection { mut sender, .. } = Connection::server(&limits);
    let mut buffer = WriteBuffer::default();
    let message = message(payload);
    Box::new(move |messages| {
        for _ in 0..messages {
            buffer.send(&mut sender, message).unwrap();
            while !buffer.unwritten().is_empty() {
                let count = memory.write(buffer.unwritten()).unwrap();
                buffer.written(count);
            }
        }
    })
}

pub fn read_blocking(memory: Memory, len: usize) -> Run<'static> {
    let mut socket = socket(memory);
    Box::new(move |messages| {
        for _ in 0..messages {
            let (message, _) = socket.read().unwrap().unwrap();
            assert_eq!(message.as_bytes().len(), len);
        }
    })
}

pub fn write_blocking(memory: Memory, payload: &Payload) -> Run<'_> {
    let mut socket = socket(memory);
    let message = message(payload);
    Box::new(move |messages| {
        for _ in 0..messages {
            socket.send(message).unwrap();
        }
    })
}

fn socket(memory: Memory) -> WebSocket<Untimed<Memory>> {
    let connection = Connection::server(&Limits::default());
    WebSocket::from_upgraded(Untimed(memory), connection, Vec::new(), &Options::default())
}

fn message(payload: &Payload) -> Message<'_> {
    match payload {
        Payload::Text(text) => Message::Text(text),
        Payload::Binary(data) => Message::Binary(data),
    }
}
