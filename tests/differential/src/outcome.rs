//! What is compared.

use std::fmt;

/// The result of an endpoint for the bytes of its peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// In the order in which they came.
    pub received: Vec<Received>,
    pub end: End,
}

/// A whole message, or a control frame that is no Close.
#[derive(Clone, PartialEq, Eq)]
pub enum Received {
    Text(Vec<u8>),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
}

/// The state of the connection after the last byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// More may come.
    Open,
    /// The peer closed it, with a code and a reason or without.
    Closed(Option<(u16, Vec<u8>)>),
    /// The peer broke a rule; the code is that of the Close frame for it.
    Failed(u16),
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, data) = match self {
            Self::Text(data) => ("Text", data),
            Self::Binary(data) => ("Binary", data),
            Self::Ping(data) => ("Ping", data),
            Self::Pong(data) => ("Pong", data),
        };
        write!(
            f,
            "{kind}({} B, {:?})",
            data.len(),
            String::from_utf8_lossy(&data[..data.len().min(32)])
        )
    }
}
