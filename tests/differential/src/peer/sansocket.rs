use sansocket::{
    Limits, MessageKind, Role, Seed,
    connection::{Connection, Event},
    deflate::{self, Offer, Params},
};

use crate::{
    input::{Agreement, Input, MAX_LEN},
    outcome::{End, Outcome, Received},
};

pub fn receive(input: &Input) -> Outcome {
    let mut connection = connection(input);
    let (mut received, mut message, mut out) = (Vec::new(), Vec::new(), Vec::new());
    for read in input.reads() {
        let mut read = read.to_vec();
        let mut rest = &mut read[..];
        loop {
            match connection.receive(&mut rest, &mut out) {
                Ok(Some(Event::Chunk(chunk))) => {
                    if chunk.is_first {
                        message.clear();
                    }
                    message.extend_from_slice(chunk.payload);
                    if chunk.is_last {
                        received.push(match chunk.kind {
                            MessageKind::Text => Received::Text(message.clone()),
                            MessageKind::Binary => Received::Binary(message.clone()),
                        });
                    }
                }
                Ok(Some(Event::Ping(data))) => received.push(Received::Ping(data.to_vec())),
                Ok(Some(Event::Pong(data))) => received.push(Received::Pong(data.to_vec())),
                Ok(Some(Event::Close(close))) => {
                    let close = close.map(|it| (it.code.into(), it.reason.as_bytes().to_vec()));
                    return Outcome { received, end: End::Closed(close) };
                }
                Ok(None) => break,
                Err(_) => {
                    let sent = connection.close_info().and_then(|info| info.sent);
                    let code = sent.map_or(0, |sent| sent.code.into());
                    return Outcome { received, end: End::Failed(code) };
                }
            }
        }
    }
    Outcome { received, end: End::Open }
}

fn connection(input: &Input) -> Connection {
    let max = MAX_LEN as u64;
    let config = Limits::default().max_message_len(max);
    let connection = match input.role {
        Role::Client => Connection::client(&config, Seed::from([7; 32])),
        Role::Server => Connection::server(&config),
    };
    match input.deflate {
        Some(agreement) => {
            let config = deflate::Config::default();
            connection.with_deflate(&params(agreement), &config)
        }
        None => connection,
    }
}

/// The same in both directions.
fn params(Agreement { window_bits, no_context_takeover }: Agreement) -> Params {
    let config = deflate::Config::default()
        .server_max_window_bits(window_bits)
        .client_max_window_bits(window_bits)
        .server_no_context_takeover(no_context_takeover)
        .client_no_context_takeover(no_context_takeover);
    Offer::new(&config).answer(&config).1
}
