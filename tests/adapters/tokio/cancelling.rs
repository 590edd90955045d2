//! Futures that are dropped, each at each of its polls, over streams that need many polls. Then the
//! connection continues, and no message is lost, duplicated or incomplete.

use std::ops::RangeInclusive;

use sansocket::connection::SendError;
use sansocket::tokio::{ReadHalf, WebSocket, WriteHalf};
use sansocket::{
    Chunk, CloseCode, CloseFrame, Error, Limits, MessageKind, Options, OwnedMessage, Ping,
    PreparedMessage, Role,
};

use super::adapter::RUNTIME;
use super::peer::{self, ROLES};
use super::stingy::Stingy;
use super::tasks::{finish, poll_times};
use crate::session::Session;
use crate::wire::{self, BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, TEXT, close_payload};

/// The future that is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Recv,
    Read,
    ReadChunk,
    /// With this many bytes.
    Send(usize),
    Feed(usize),
    SendChunk,
    SendRest,
    SendPrepared,
    SendPing,
    SendClose,
    Flush,
    Close,
}

const OPS: [Op; 13] = [
    Op::Recv,
    Op::Read,
    Op::ReadChunk,
    Op::Send(10),
    Op::Send(60_000),
    Op::Send(200_000),
    Op::Feed(10),
    Op::SendChunk,
    Op::SendPrepared,
    Op::SendPing,
    Op::SendClose,
    Op::Flush,
    Op::Close,
];

impl Op {
    /// The number of messages before it; a future that reads is used for each message, and for the
    /// end.
    fn skips(self) -> RangeInclusive<usize> {
        match self {
            Self::Recv | Self::Read | Self::ReadChunk => 0..=MESSAGES,
            _ => 0..=0,
        }
    }
}

/// How many bytes the streams move with a read, and with a write.
const PACES: [(usize, usize); 5] = [(1, 4096), (7, 1), (1000, 5), (7, 0), (100_000, 70_000)];

/// The number of messages in a session.
const MESSAGES: usize = 5;

/// The default, and one that the queue reaches before.
const MARKS: [usize; 2] = [128 << 10, 8];

const BYE: CloseFrame<'_> = CloseFrame { code: CloseCode::GOING_AWAY, reason: "bye" };

#[derive(Clone, Copy, Debug)]
struct Case {
    /// The number of messages that are received before.
    skip: usize,
    op: Op,
    role: Role,
    chunk: usize,
    take: usize,
    mark: usize,
}

/// The messages received so far.
#[derive(Debug, Default)]
struct Received {
    messages: Vec<OwnedMessage>,
    /// The chunks received so far of the current message.
    begun: Option<Vec<u8>>,
    is_ended: bool,
}

impl Received {
    fn message(&mut self, message: Option<OwnedMessage>) {
        self.is_ended = message.is_none();
        self.messages.extend(message);
    }

    fn chunk(&mut self, chunk: Option<Chunk<'_>>) {
        let Some(Chunk { kind, payload, is_first, is_last }) = chunk else {
            self.is_ended = true;
            return;
        };
        assert_eq!(is_first, self.begun.is_none());
        let mut message = self.begun.take().unwrap_or_default();
        message.extend_from_slice(payload);
        if !is_last {
            self.begun = Some(message);
            return;
        }
        self.messages.push(match kind {
            MessageKind::Text => OwnedMessage::Text(String::from_utf8(message).unwrap()),
            MessageKind::Binary => OwnedMessage::Binary(message),
        });
    }
}

/// A connection, in one piece or two.
trait End {
    async fn perform(&mut self, op: Op, received: &mut Received) -> Result<(), Error>;
}

impl End for WebSocket<Stingy> {
    async fn perform(&mut self, op: Op, received: &mut Received) -> Result<(), Error> {
        match op {
            Op::Recv => received.message(self.recv().await?),
            Op::Read => {
                let next = self.read().await?;
                received.message(next.map(|(message, _)| message.into_owned()));
            }
            Op::ReadChunk => received.chunk(self.read_chunk().await?.map(|(chunk, _)| chunk)),
            Op::Send(len) => self.send(vec![7; len]).await?,
            Op::Feed(len) => self.feed(vec![7; len]).await?,
            Op::SendChunk => self.send(Chunk::more(MessageKind::Binary, b"chunk")).await?,
            Op::SendRest => self.send(Chunk::last(MessageKind::Binary, b"rest")).await?,
            Op::SendPrepared => self.send(PreparedMessage::text("prepared")).await?,
            Op::SendPing => self.send(Ping(b"ping")).await?,
            Op::SendClose => self.send(BYE).await?,
            Op::Flush => self.flush().await?,
            Op::Close => drop(self.close(BYE.code, BYE.reason).await?),
        }
        Ok(())
    }
}

struct Halves(ReadHalf<Stingy>, WriteHalf<Stingy>);

impl Halves {
    fn of(socket: WebSocket<Stingy>) -> Self {
        let (writer, reader) = socket.split();
        Self(reader, writer)
    }
}

impl End for Halves {
    async fn perform(&mut self, op: Op, received: &mut Received) -> Result<(), Error> {
        let Self(reader, writer) = self;
        match op {
            Op::Recv => received.message(reader.recv().await?),
            Op::Read => {
                let next = reader.read().await?;
                received.message(next.map(|message| message.into_owned()));
            }
            Op::ReadChunk => received.chunk(reader.read_chunk().await?),
            Op::Send(len) => writer.send(vec![7; len]).await?,
            Op::Feed(len) => writer.feed(vec![7; len]).await?,
            Op::SendChunk => writer.send(Chunk::more(MessageKind::Binary, b"chunk")).await?,
            Op::SendRest => writer.send(Chunk::last(MessageKind::Binary, b"rest")).await?,
            Op::SendPrepared => writer.send(PreparedMessage::text("prepared")).await?,
            Op::SendPing => writer.send(Ping(b"ping")).await?,
            Op::SendClose => writer.send(BYE).await?,
            Op::Flush => writer.flush().await?,
            Op::Close => drop(reader.close(BYE.code, BYE.reason).await?),
        }
        Ok(())
    }
}

impl Case {
    /// Polls the future this many times, drops it, continues, and checks the result. Returns
    /// whether the future was ready before.
    fn pass<E: End>(self, polls: usize, halve: impl Fn(WebSocket<Stingy>) -> E) -> bool {
        let session = Session::new(self.role);
        let stream = Stingy::new(&session.input, self.chunk, self.take);
        let socket = {
            let _entered = RUNTIME.enter();
            let config = Limits::default().high_water_mark(self.mark);
            let connection = peer::connection(self.role, &config);
            let options = Options::default().limits(config);
            WebSocket::from_upgraded(stream.clone(), connection, Vec::new(), &options)
        };
        let mut end = halve(socket);
        let mut received = Received::default();
        finish(end.perform(Op::Feed(3), &mut received)).unwrap();
        for _ in 0..self.skip {
            finish(end.perform(Op::Recv, &mut received)).unwrap();
        }

        let result = poll_times(polls, end.perform(self.op, &mut received));
        let is_done = result.map(Result::unwrap).is_some();
        if self.take == 0 {
            stream.set_take(4096);
        }
        finish(self.go_on(&mut end, &mut received));
        drop(end);

        let expected = session.messages();
        match self.op {
            // It has discarded what arrived meanwhile.
            Op::Close => assert!(expected.ends_with(&received.messages), "{self:?} {polls}"),
            _ => assert_eq!(received.messages, expected, "{self:?} {polls}"),
        }
        self.judge(polls, is_done, &session, &stream);
        is_done
    }

    async fn go_on(self, end: &mut impl End, received: &mut Received) {
        if self.op == Op::SendChunk {
            end.perform(Op::SendRest, received).await.unwrap();
        }
        if !self.is_last() {
            match end.perform(Op::Send(5), received).await {
                Err(Error::Send(SendError::Closed)) if self.is_close() => {}
                result => result.unwrap(),
            }
        }
        while received.begun.is_some() {
            end.perform(Op::ReadChunk, received).await.unwrap();
        }
        while !received.is_ended {
            end.perform(Op::Recv, received).await.unwrap();
        }
    }

    const fn is_close(self) -> bool {
        matches!(self.op, Op::SendClose | Op::Close)
    }

    /// Returns whether the peer's Close frame is answered before there is anything else to send.
    const fn is_last(self) -> bool {
        self.skip == MESSAGES
    }

    fn judge(self, polls: usize, is_done: bool, session: &Session, stream: &Stingy) {
        let (pongs, others): (Vec<_>, Vec<_>) = wire::contents(&stream.written())
            .into_iter()
            .partition(|(first, _)| *first == FIN | PONG);

        let is_sent = others == self.expected(true);
        assert!(is_sent || others == self.expected(false), "{others:?} {self:?} {polls}");
        let is_full = self.mark < 128 << 10;
        // A close does not wait for room.
        if is_done || (!is_full || self.op == Op::Close) && polls > 0 {
            assert!(is_sent, "{self:?} {polls}");
        } else if polls == 0 {
            assert_eq!(others, self.expected(false), "{self:?}");
        }

        let mut due = session.control_answers().into_iter();
        if is_full {
            // Only the latest of several Pings must be answered, and each at most once.
            assert!(pongs.iter().all(|pong| due.any(|due| due == *pong)), "{self:?} {polls}");
        } else {
            let due: Vec<_> = due.filter(|(first, _)| *first == FIN | PONG).collect();
            let is_whole = pongs == due;
            assert!(is_whole || self.is_close() && due.starts_with(&pongs), "{self:?} {polls}");
        }
    }

    /// Returns what must be on the wire besides Pongs.
    fn expected(self, is_sent: bool) -> Vec<(u8, Vec<u8>)> {
        let binary = |len| (FIN | BINARY, vec![7; len]);
        let mut frames = vec![binary(3)];
        if is_sent {
            match self.op {
                Op::Send(len) | Op::Feed(len) => frames.push(binary(len)),
                Op::SendChunk => frames.push((BINARY, b"chunk".into())),
                Op::SendPrepared => frames.push((FIN | TEXT, b"prepared".into())),
                Op::SendPing => frames.push((FIN | PING, b"ping".into())),
                Op::SendClose | Op::Close => {
                    frames.push((FIN | CLOSE, close_payload(1001, "bye")));
                    return frames;
                }
                _ => {}
            }
        }
        if self.op == Op::SendChunk {
            frames.push((FIN | if is_sent { CONTINUATION } else { BINARY }, b"rest".into()));
        }
        if !self.is_last() {
            frames.push(binary(5));
        }
        frames.push((FIN | CLOSE, close_payload(1000, "bye")));
        frames
    }
}

/// Drops each future at each of its polls, and returns how many were dropped.
fn enumerate<E: End>(halve: impl Fn(WebSocket<Stingy>) -> E) -> usize {
    let mut dropped = 0;
    for role in ROLES {
        for (chunk, take) in PACES {
            for mark in MARKS {
                for (op, skip) in OPS.iter().flat_map(|op| op.skips().map(|skip| (*op, skip))) {
                    let case = Case { skip, op, role, chunk, take, mark };
                    // Moving a large message a few bytes at a time would take too long.
                    if matches!(op, Op::Send(len) if (1..1000).contains(&take) && len > 1000) {
                        continue;
                    }
                    // If nothing can be written, a future that writes is never ready.
                    let last = if take == 0 { 5 } else { usize::MAX };
                    let polls = (0..=last).find(|polls| case.pass(*polls, &halve));
                    dropped += polls.unwrap_or_else(|| last + 1);
                }
            }
        }
    }
    println!("{dropped} futures dropped");
    dropped
}

#[test]
fn a_connection_continues_after_any_future_was_dropped_at_any_poll() {
    assert!(enumerate(|socket| socket) > 5_000);
}

#[test]
fn halves_continue_after_any_future_was_dropped_at_any_poll() {
    assert!(enumerate(Halves::of) > 5_000);
}
