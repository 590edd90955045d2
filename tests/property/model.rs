//! What an endpoint must receive from a stream of bytes: a naive model of RFC 6455 that copies
//! everything and keeps no state between calls.

use sansocket::Role;

use crate::endpoint::Received;
use crate::wire::{self, BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, TEXT};

/// The default limit on frames and messages.
const LIMIT: u64 = 16 << 20;

/// Everything that is received, and the code with which the connection fails, if it does.
pub(crate) fn receive(role: Role, bytes: &[u8]) -> (Vec<Received>, Option<u16>) {
    let mut received = Vec::new();
    let failure = read_frames(role, bytes, &mut received).err();
    (received, failure)
}

fn read_frames(role: Role, mut bytes: &[u8], received: &mut Vec<Received>) -> Result<(), u16> {
    let mut message: Option<(u8, Vec<u8>)> = None;
    while let [first, second, ..] = *bytes {
        let is_fin = first & FIN != 0;
        let opcode = first & 0x0F;
        let is_control = opcode >= CLOSE;
        // RFC 6455 5.2: unknown opcodes.
        if ![CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG].contains(&opcode) {
            return Err(1002);
        }
        // RFC 6455 5.5: control frames are whole and short.
        if is_control && (!is_fin || second & 0x7F > 125) {
            return Err(1002);
        }
        let len_len = match second & 0x7F {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        if bytes.len() < 2 + len_len {
            return Ok(());
        }
        // RFC 6455 5.2: the shortest form, without the top bit.
        let len = match len_len {
            0 => u64::from(second & 0x7F),
            _ => (bytes[2..2 + len_len].iter()).fold(0, |len, &byte| len << 8 | u64::from(byte)),
        };
        let is_shortest = match len_len {
            2 => len > 125,
            8 => len > 65535 && len < 1 << 63,
            _ => true,
        };
        if !is_shortest {
            return Err(1002);
        }
        let is_masked = second & 0x80 != 0;
        let header_len = 2 + len_len + if is_masked { 4 } else { 0 };
        if bytes.len() < header_len {
            return Ok(());
        }
        let key = is_masked.then(|| bytes[header_len - 4..header_len].try_into().unwrap());
        // RFC 6455 5.1: who masks. RFC 6455 5.2: reserved bits.
        if is_masked != (role == Role::Server) || first & 0x70 != 0 {
            return Err(1002);
        }
        // RFC 6455 5.4: the order of fragments. RFC 6455 10.4: limits.
        if !is_control {
            if (opcode == CONTINUATION) != message.is_some() {
                return Err(1002);
            }
            let so_far = message.as_ref().map_or(0, |(_, payload)| payload.len());
            if len + u64::try_from(so_far).unwrap() > LIMIT {
                return Err(1009);
            }
        }

        let rest = &bytes[header_len..];
        let available = usize::try_from(len).map_or(rest.len(), |len| len.min(rest.len()));
        let is_whole = u64::try_from(available) == Ok(len);
        let payload = &rest[..available];
        let payload = key.map_or_else(|| payload.to_vec(), |key| wire::masked(payload, key));
        bytes = &rest[available..];

        if is_control {
            if !is_whole {
                return Ok(());
            }
            match opcode {
                PING => received.push(Received::Ping(payload)),
                PONG => received.push(Received::Pong(payload)),
                _ => {
                    received.push(Received::Close(read_close(&payload)?));
                    return Ok(());
                }
            }
            continue;
        }
        let (kind, text) = message.get_or_insert((opcode, Vec::new()));
        text.extend(payload);
        let is_end = is_whole && is_fin;
        if *kind == TEXT
            && let Err(error) = core::str::from_utf8(text)
            && (error.error_len().is_some() || is_end)
        {
            return Err(1007);
        }
        if is_end {
            let (kind, payload) = message.take().unwrap();
            received.push(match kind {
                TEXT => Received::Text(String::from_utf8(payload).unwrap()),
                _ => Received::Binary(payload),
            });
        }
    }
    Ok(())
}

/// RFC 6455 5.5.1 and 7.4.
fn read_close(payload: &[u8]) -> Result<Option<(u16, String)>, u16> {
    match *payload {
        [] => Ok(None),
        [_] => Err(1002),
        [high, low, ref reason @ ..] => {
            let code = u16::from_be_bytes([high, low]);
            if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
                return Err(1002);
            }
            let reason = core::str::from_utf8(reason).map_err(|_| 1007_u16)?;
            Ok(Some((code, reason.to_owned())))
        }
    }
}
