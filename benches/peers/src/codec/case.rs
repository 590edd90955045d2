use std::fmt;

use crate::wire;

/// Which way the messages go, seen from the server.
#[derive(Clone, Copy)]
pub enum Direction {
    Read,
    Write,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Read => "read",
            Self::Write => "write",
        })
    }
}

/// Messages of one kind and size.
pub struct Case {
    pub direction: Direction,
    pub payload: Payload,
    name: &'static str,
}

pub enum Payload {
    Text(String),
    Binary(Vec<u8>),
}

impl Payload {
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(data) => data,
        }
    }

    pub fn len(&self) -> usize {
        self.as_bytes().len()
    }
}

impl Case {
    /// The first one reads binary messages of 16 bytes, or writes them.
    pub fn all(direction: Direction) -> Vec<Self> {
        let binary = |len| Payload::Binary(wire::binary(len));
        [
            ("binary, 16 B", binary(16)),
            ("binary, 125 B", binary(125)),
            ("binary, 1 KiB", binary(1 << 10)),
            ("binary, 64 KiB", binary(64 << 10)),
            ("text, ASCII, 1 KiB", Payload::Text(wire::ascii(1 << 10))),
            ("text, mixed, 1 KiB", Payload::Text(wire::mixed(1 << 10))),
            ("text, ASCII, 64 KiB", Payload::Text(wire::ascii(64 << 10))),
            ("text, mixed, 64 KiB", Payload::Text(wire::mixed(64 << 10))),
        ]
        .into_iter()
        .map(|(name, payload)| Self { direction, payload, name })
        .collect()
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name)
    }
}
