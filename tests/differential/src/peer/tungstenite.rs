use tungstenite::{
    Error, Message,
    protocol::{Role, WebSocket, WebSocketConfig},
};

use super::stream::Stream;
use crate::{
    input::{Input, MAX_LEN},
    outcome::{End, Outcome, Received},
};

/// It sends no Close frame for an error: the code is that of the error's kind.
pub fn receive(input: &Input) -> Outcome {
    let role = match input.role {
        sansocket::Role::Client => Role::Client,
        sansocket::Role::Server => Role::Server,
    };
    let limits =
        WebSocketConfig::default().max_frame_size(Some(MAX_LEN)).max_message_size(Some(MAX_LEN));
    let mut socket = WebSocket::from_raw_socket(Stream::new(input), role, Some(limits));
    let mut received = Vec::new();
    let end = loop {
        received.push(match socket.read() {
            Ok(Message::Text(text)) => Received::Text(text.as_bytes().to_vec()),
            Ok(Message::Binary(data)) => Received::Binary(data.to_vec()),
            Ok(Message::Ping(data)) => Received::Ping(data.to_vec()),
            Ok(Message::Pong(data)) => Received::Pong(data.to_vec()),
            Ok(Message::Close(close)) => {
                break End::Closed(close.map(|it| (it.code.into(), it.reason.as_bytes().to_vec())));
            }
            Ok(Message::Frame(_)) => unreachable!("frames are not read"),
            Err(Error::Io(_)) => break End::Open,
            Err(Error::Utf8(_)) => break End::Failed(1007),
            Err(Error::Capacity(_)) => break End::Failed(1009),
            Err(_) => break End::Failed(1002),
        });
    };
    Outcome { received, end }
}
