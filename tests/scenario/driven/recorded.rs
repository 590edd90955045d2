//! A session with every kind of frame, as a peer sends it.

use sansocket::buffered::OwnedMessage;
use sansocket::connection::{Chunk, Connection, Limits, MessageKind, Sender};
use sansocket::session::{Failure, Session};
use sansocket::{CloseCode, CloseFrame, CloseInfo, Role};

use super::driver::{Driver, Transport};
use crate::endpoint::Endpoint;
use crate::pair::peer_of;
use crate::wire::{self, RSV1};

/// Without and, if it is there, with compression.
pub(crate) const COMPRESSION: &[bool] =
    if cfg!(feature = "deflate") { &[false, true] } else { &[false] };

/// The end of this role.
pub(crate) fn endpoint(role: Role, is_compressed: bool) -> Endpoint {
    let config = Limits::default();
    #[cfg(feature = "deflate")]
    if is_compressed {
        return crate::agreement::endpoint(role, &config, &sansocket::deflate::Config::default());
    }
    assert!(!is_compressed);
    Endpoint::with(role, &config)
}

pub(crate) fn connection(role: Role, is_compressed: bool) -> Connection {
    endpoint(role, is_compressed).connection
}

/// What a peer sends from its first frame to its Close frame.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) role: Role,
    pub(crate) is_compressed: bool,
    pub(crate) input: Vec<u8>,
    /// Each message, and the place in the input at which it is complete.
    messages: Vec<(usize, OwnedMessage)>,
}

/// The result of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) received: Vec<OwnedMessage>,
    pub(crate) end: Result<(), Failure>,
    pub(crate) info: CloseInfo,
}

impl Recorded {
    /// A session with the end of this role.
    pub(crate) fn new(role: Role, is_compressed: bool) -> Self {
        let Endpoint { connection, mut out, .. } = endpoint(peer_of(role), is_compressed);
        let Connection { mut sender, .. } = connection;
        let mut recorded = Self { role, is_compressed, input: Vec::new(), messages: Vec::new() };
        let long = "the same again and again, ".repeat(8);
        for text in ["one", &long] {
            sender.send_text(text, &mut out).unwrap();
            recorded.messages.push((out.len(), OwnedMessage::Text(text.into())));
            sender.send_ping(b"1", &mut out).unwrap();
        }
        recorded.send_fragments(long.as_bytes(), &mut sender, &mut out);
        sender.send_binary(&[7; 200], &mut out).unwrap();
        recorded.messages.push((out.len(), OwnedMessage::Binary(vec![7; 200])));
        let frame = CloseFrame { code: CloseCode::NORMAL, reason: "bye" };
        sender.send_close(Some(frame), &mut out).unwrap();
        let has_compressed = wire::frames(&out).iter().any(|frame| frame.first & RSV1 != 0);
        assert_eq!(has_compressed, is_compressed);
        recorded.input = out;
        recorded
    }

    fn send_fragments(&mut self, data: &[u8], sender: &mut Sender, out: &mut Vec<u8>) {
        let kind = MessageKind::Binary;
        for fragment in data.chunks(90) {
            sender.send_chunk(Chunk::more(kind, fragment), out).unwrap();
            sender.send_ping(b"between", out).unwrap();
        }
        sender.send_chunk(Chunk::last(kind, b""), out).unwrap();
        self.messages.push((out.len(), OwnedMessage::Binary(data.into())));
    }

    /// Returns the messages that are complete after `count` bytes.
    pub(crate) fn messages(&self, count: usize) -> Vec<OwnedMessage> {
        let whole = self.messages.iter().filter(|(end, _)| *end <= count);
        whole.map(|(_, message)| message.clone()).collect()
    }

    pub(crate) fn driver<T: Transport>(&self, transport: T) -> Driver<T> {
        let connection = connection(self.role, self.is_compressed);
        Driver::new(Session::new(connection), transport).echo()
    }
}

impl Outcome {
    /// Runs the rest of a session.
    #[track_caller]
    pub(crate) fn of<T: Transport>(driver: &mut Driver<T>) -> Self {
        let end = driver.run();
        driver.assert_is_over(end.clone());
        let Session { reading, writing } = &driver.session;
        let info = reading.close_info(writing).unwrap();
        Self { received: driver.received.clone(), end, info }
    }
}
