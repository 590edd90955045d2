use futures_util::{SinkExt as _, StreamExt as _};
use tokio_websockets::{Message, ServerBuilder};

use super::{Run, now};
use crate::codec::case::Payload;
use crate::codec::memory::Memory;

pub fn read(memory: Memory, len: usize) -> Run<'static> {
    let mut socket = ServerBuilder::new().serve(memory);
    Box::new(move |messages| {
        now(async {
            for _ in 0..messages {
                let message = socket.next().await.unwrap().unwrap();
                assert_eq!(message.as_payload().len(), len);
            }
        });
    })
}

pub fn write(memory: Memory, payload: &Payload) -> Run<'_> {
    let mut socket = ServerBuilder::new().serve(memory);
    let message = match payload {
        Payload::Text(text) => Message::text(text.clone()),
        Payload::Binary(data) => Message::binary(data.clone()),
    };
    Box::new(move |messages| {
        now(async {
            for _ in 0..messages {
                // A clone shares the payload.
                socket.send(message.clone()).await.unwrap();
            }
        });
    })
}
