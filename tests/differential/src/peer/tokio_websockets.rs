use futures_util::{FutureExt as _, StreamExt as _};
use sansocket::Role;
use tokio_websockets::{
    ClientBuilder, Error, Limits, Message, ServerBuilder, proto::ProtocolError,
};

use super::stream::Stream;
use crate::{
    input::{Input, MAX_LEN},
    outcome::{End, Outcome, Received},
};

pub fn receive(input: &Input) -> Outcome {
    let limits = Limits::default().max_payload_len(Some(MAX_LEN));
    let stream = Stream::new(input);
    let mut socket = match input.role {
        Role::Client => ClientBuilder::new().limits(limits).take_over(stream),
        Role::Server => ServerBuilder::new().limits(limits).serve(stream),
    };
    let mut received = Vec::new();
    let end = loop {
        match socket.next().now_or_never() {
            None => break End::Open,
            Some(Some(Ok(message))) => match seen(&message) {
                Ok(it) => received.push(it),
                Err(close) => break End::Closed(close),
            },
            Some(Some(Err(Error::PayloadTooLong { .. }))) => break End::Failed(1009),
            Some(Some(Err(Error::Protocol(ProtocolError::InvalidUtf8)))) => {
                break End::Failed(1007);
            }
            Some(_) => break End::Failed(1002),
        }
    };
    Outcome { received, end }
}

fn seen(message: &Message) -> Result<Received, Option<(u16, Vec<u8>)>> {
    let data = message.as_payload().to_vec();
    if message.is_text() {
        Ok(Received::Text(data))
    } else if message.is_binary() {
        Ok(Received::Binary(data))
    } else if message.is_ping() {
        Ok(Received::Ping(data))
    } else if message.is_pong() {
        Ok(Received::Pong(data))
    } else {
        Err((!data.is_empty()).then(|| {
            let (code, reason) = data.split_at(2);
            (u16::from_be_bytes([code[0], code[1]]), reason.to_vec())
        }))
    }
}
