use super::control::ControlPayload;
use crate::close::OwnedCloseFrame;

/// The reply that a received frame requires: a Pong for a Ping, a Close for a Close.
///
/// It is a value, so that the thread that reads can send it to the one that writes. Pass it to
/// [`Sender::reply`](super::Sender::reply).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply(pub(super) ReplyKind);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ReplyKind {
    /// RFC 6455 5.5.3: a Pong carries the data of its Ping.
    Pong(ControlPayload),
    /// RFC 6455 5.5.1: a Close is answered with a Close, typically with the same code.
    Close(OwnedCloseFrame),
}
