//! Bytes from a peer, for the benches here and in `peers`.

#![allow(dead_code, reason = "each bench uses a part of it")]
#![allow(clippy::as_conversions, clippy::indexing_slicing, reason = "no bytes of a peer here")]

use sansocket::frame::{FrameHeader, MaskKey, Masker, OpCode, Rsv};

/// No byte of it is zero, so that a mask changes every byte.
const KEY: MaskKey = MaskKey([0x37, 0xfa, 0x21, 0x3d]);

/// What a browser asks for.
pub(crate) const REQUEST: &str = "GET /chat?room=7 HTTP/1.1\r\n\
    Host: server.example.com\r\n\
    Connection: Upgrade\r\n\
    Pragma: no-cache\r\n\
    Cache-Control: no-cache\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0\r\n\
    Upgrade: websocket\r\n\
    Origin: https://server.example.com\r\n\
    Sec-WebSocket-Version: 13\r\n\
    Accept-Encoding: gzip, deflate, br, zstd\r\n\
    Accept-Language: en-GB,en;q=0.7\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\
    \r\n";

/// One frame, masked as a client's if `masked`.
pub(crate) fn frame(opcode: OpCode, fin: bool, masked: bool, payload: &[u8]) -> Vec<u8> {
    let header = FrameHeader {
        fin,
        rsv: Rsv::NONE,
        opcode,
        mask: masked.then_some(KEY),
        payload_len: payload.len() as u64,
    };
    let mut bytes = [&*header.encode(), payload].concat();
    if masked {
        let at = bytes.len() - payload.len();
        Masker::new(KEY).apply(&mut bytes[at..]);
    }
    bytes
}

/// A client's message in one frame.
pub(crate) fn message(opcode: OpCode, payload: &[u8]) -> Vec<u8> {
    frame(opcode, true, true, payload)
}

/// A client's message in `fragments` frames, each with the same payload.
pub(crate) fn fragmented(opcode: OpCode, payload: &[u8], fragments: usize) -> Vec<u8> {
    (0..fragments)
        .flat_map(|index| {
            let opcode = if index == 0 { opcode } else { OpCode::Continuation };
            frame(opcode, index + 1 == fragments, true, payload)
        })
        .collect()
}

/// Binary data of `len` bytes.
pub(crate) fn binary(len: usize) -> Vec<u8> {
    (0..=u8::MAX).cycle().take(len).collect()
}

/// Text of `len` bytes, all ASCII.
pub(crate) fn ascii(len: usize) -> String {
    repeat("The quick brown fox jumps over the lazy dog. ", len)
}

/// Text of `len` bytes, with characters of one to four bytes.
pub(crate) fn mixed(len: usize) -> String {
    repeat("plain Grüße Ελληνικά текст 日本語 🦀 ", len)
}

/// JSON of `len` bytes, as an API answers with it; cut off at the end.
pub(crate) fn json(len: usize) -> String {
    let words = ["temperature", "pressure", "humidity", "offline", "ok", "north wing"];
    let mut text = String::new();
    let mut state = 1_u32;
    for id in 0.. {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let word = words[(state >> 16) as usize % words.len()];
        let value = state >> 12;
        text += &format!("{{\"id\":{id},\"name\":\"{word}\",\"value\":{value}}},");
        if text.len() >= len {
            break;
        }
    }
    text.truncate(len);
    text
}

/// As many whole characters of `pattern`, again and again, as fit; filled up with dots.
fn repeat(pattern: &str, len: usize) -> String {
    let mut text = String::with_capacity(len);
    for character in pattern.chars().cycle() {
        if text.len() + character.len_utf8() > len {
            break;
        }
        text.push(character);
    }
    text.extend(core::iter::repeat_n('.', len - text.len()));
    text
}
