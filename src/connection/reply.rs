use super::control::{ControlPayload, parse_close};
use crate::close::CloseFrame;

/// What a received frame obliges us to send: a Pong for a Ping, a Close for a Close.
///
/// A value of its own, so that the thread that reads can hand it to the one that writes.
/// Give it to [`Sender::reply`](super::Sender::reply).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    kind: ReplyKind,
    payload: ControlPayload,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ReplyKind {
    Pong,
    Close,
}

impl Reply {
    /// RFC 6455 5.5.3: a Pong carries the data of its Ping.
    pub(crate) fn pong(ping: &[u8]) -> Self {
        Self { kind: ReplyKind::Pong, payload: ControlPayload::copy_of(ping) }
    }

    /// RFC 6455 5.5.1: a Close is answered with a Close, typically with the code it came with.
    pub(crate) fn close(frame: Option<CloseFrame<'_>>) -> Self {
        Self { kind: ReplyKind::Close, payload: ControlPayload::close(frame) }
    }

    /// What the Close frame shall say, if the reply is one.
    pub(crate) fn close_frame(&self) -> Option<Option<CloseFrame<'_>>> {
        match self.kind {
            ReplyKind::Pong => None,
            // It was made from a valid frame.
            ReplyKind::Close => Some(parse_close(self.payload()).unwrap_or_default()),
        }
    }

    pub(crate) fn payload(&self) -> &[u8] {
        self.payload.as_bytes()
    }
}
