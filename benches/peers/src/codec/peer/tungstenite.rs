use bytes::Bytes;
use tungstenite::protocol::{Role, WebSocket};
use tungstenite::{Message, Utf8Bytes};

use super::Run;
use crate::codec::case::Payload;
use crate::codec::memory::Memory;

pub fn read(memory: Memory, len: usize) -> Run<'static> {
    let mut socket = WebSocket::from_raw_socket(memory, Role::Server, None);
    Box::new(move |messages| {
        for _ in 0..messages {
            assert_eq!(socket.read().unwrap().len(), len);
        }
    })
}

pub fn write(memory: Memory, payload: &Payload) -> Run<'_> {
    let mut socket = WebSocket::from_raw_socket(memory, Role::Server, None);
    let message = match payload {
        Payload::Text(text) => Message::Text(Utf8Bytes::from(text)),
        Payload::Binary(data) => Message::Binary(Bytes::copy_from_slice(data)),
    };
    Box::new(move |messages| {
        for _ in 0..messages {
            // A clone shares the payload.
            socket.send(message.clone()).unwrap();
        }
    })
}
