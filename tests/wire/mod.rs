//! Frames written and read by hand, straight from RFC 6455 5.2: naive, and independent of the
//! crate's own codec.

#![allow(dead_code, reason = "each test target uses a part of it")]

use sansocket::Role;

pub(crate) const FIN: u8 = 0x80;
pub(crate) const RSV1: u8 = 0x40;
pub(crate) const RSV2: u8 = 0x20;
pub(crate) const RSV3: u8 = 0x10;

pub(crate) const CONTINUATION: u8 = 0x0;
pub(crate) const TEXT: u8 = 0x1;
pub(crate) const BINARY: u8 = 0x2;
pub(crate) const CLOSE: u8 = 0x8;
pub(crate) const PING: u8 = 0x9;
pub(crate) const PONG: u8 = 0xA;

/// The key of the examples in RFC 6455 5.7.
pub(crate) const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A payload length in one of its three forms, which need not be the shortest.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Length {
    Bits7(u8),
    Bits16(u16),
    Bits64(u64),
}

impl Length {
    /// The shortest form.
    pub(crate) fn of(len: u64) -> Self {
        match len {
            0..=125 => Self::Bits7(u8::try_from(len).unwrap()),
            126..=65535 => Self::Bits16(u16::try_from(len).unwrap()),
            _ => Self::Bits64(len),
        }
    }
}

/// A header, byte by byte.
pub(crate) fn header(first: u8, length: Length, key: Option<[u8; 4]>) -> Vec<u8> {
    let masked = if key.is_some() { 0x80 } else { 0x00 };
    let mut bytes = vec![first];
    match length {
        Length::Bits7(len) => bytes.push(masked | len),
        Length::Bits16(len) => {
            bytes.push(masked | 126);
            bytes.extend(len.to_be_bytes());
        }
        Length::Bits64(len) => {
            bytes.push(masked | 127);
            bytes.extend(len.to_be_bytes());
        }
    }
    if let Some(key) = key {
        bytes.extend(key);
    }
    bytes
}

/// RFC 6455 5.3, word for word.
pub(crate) fn masked(payload: &[u8], key: [u8; 4]) -> Vec<u8> {
    (0..payload.len()).map(|i| payload[i] ^ key[i % 4]).collect()
}

/// A frame with the length in its shortest form.
pub(crate) fn frame(first: u8, payload: &[u8], key: Option<[u8; 4]>) -> Vec<u8> {
    let mut bytes = header(first, Length::of(payload.len().try_into().unwrap()), key);
    bytes.extend(key.map_or_else(|| payload.to_vec(), |key| masked(payload, key)));
    bytes
}

/// The mask key of frames to `receiver`, if they are masked (RFC 6455 5.1).
pub(crate) fn key_to(receiver: Role) -> Option<[u8; 4]> {
    match receiver {
        Role::Server => Some(KEY),
        Role::Client => None,
    }
}

/// A frame as the peer of `receiver` sends it.
pub(crate) fn to(receiver: Role, first: u8, payload: &[u8]) -> Vec<u8> {
    frame(first, payload, key_to(receiver))
}

/// The payload of a Close frame.
pub(crate) fn close_payload(code: u16, reason: impl AsRef<[u8]>) -> Vec<u8> {
    [&code.to_be_bytes(), reason.as_ref()].concat()
}

/// A frame from the wire, unmasked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) first: u8,
    pub(crate) key: Option<[u8; 4]>,
    pub(crate) payload: Vec<u8>,
}

impl Sent {
    /// Checks that the frame is masked if `sender` is a client, and only then (RFC 6455 5.1).
    #[track_caller]
    pub(crate) fn assert_is_from(&self, sender: Role) {
        assert_eq!(self.key.is_some(), sender == Role::Client, "from the {sender:?}: {self:?}");
    }
}

/// Reads complete frames, with their lengths in the shortest form, up to the last byte.
pub(crate) fn frames(bytes: &[u8]) -> Vec<Sent> {
    let (frames, rest) = frames_and_rest(bytes);
    assert!(rest.is_empty(), "the last frame is torn: {rest:02x?}");
    frames
}

/// Reads complete frames, with their lengths in the shortest form, and returns the rest.
pub(crate) fn frames_and_rest(mut bytes: &[u8]) -> (Vec<Sent>, &[u8]) {
    let mut frames = Vec::new();
    while let Some((frame, rest)) = first_frame(bytes) {
        frames.push(frame);
        bytes = rest;
    }
    (frames, bytes)
}

/// Returns the frame at the front, if it is complete, and the rest.
pub(crate) fn first_frame(start: &[u8]) -> Option<(Sent, &[u8])> {
    let (&[first, second], bytes) = start.split_first_chunk()?;
    let (len, bytes) = match second & 0x7F {
        126 => {
            let (len, bytes) = bytes.split_first_chunk()?;
            (u64::from(u16::from_be_bytes(*len)), bytes)
        }
        127 => {
            let (len, bytes) = bytes.split_first_chunk()?;
            (u64::from_be_bytes(*len), bytes)
        }
        len => (u64::from(len), bytes),
    };
    let (key, bytes) = match second & 0x80 {
        0 => (None, bytes),
        _ => {
            let (key, bytes) = bytes.split_first_chunk()?;
            (Some(*key), bytes)
        }
    };
    let shortest = header(first, Length::of(len), key);
    assert!(start.starts_with(&shortest), "length {len} is not in its shortest form");
    let (payload, rest) = bytes.split_at_checked(usize::try_from(len).unwrap())?;
    let payload = key.map_or_else(|| payload.to_vec(), |key| masked(payload, key));
    Some((Sent { first, key, payload }, rest))
}

/// The same without the keys: first byte and payload of every frame.
pub(crate) fn contents(bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let frames = frames(bytes).into_iter();
    frames.map(|frame| (frame.first, frame.payload)).collect()
}
