use fastwebsockets::{FragmentCollector, Frame, Payload as FramePayload, Role, WebSocket};

use super::{Run, now};
use crate::codec::case::Payload;
use crate::codec::memory::Memory;

pub fn read(memory: Memory, len: usize) -> Run<'static> {
    let mut socket = FragmentCollector::new(WebSocket::after_handshake(memory, Role::Server));
    Box::new(move |messages| {
        now(async {
            for _ in 0..messages {
                let frame = socket.read_frame().await.unwrap();
                assert_eq!(frame.payload.len(), len);
            }
        });
    })
}

pub fn write(memory: Memory, payload: &Payload) -> Run<'_> {
    let mut socket = WebSocket::after_handshake(memory, Role::Server);
    Box::new(move |messages| {
        now(async {
            for _ in 0..messages {
                let frame = match payload {
                    Payload::Text(text) => Frame::text(FramePayload::Borrowed(text.as_bytes())),
                    Payload::Binary(data) => Frame::binary(FramePayload::Borrowed(data)),
                };
                socket.write_frame(frame).await.unwrap();
            }
        });
    })
}
