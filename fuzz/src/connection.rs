use std::iter;

use sansocket::{
    CloseInfo, Limits, Role, Seed,
    buffered::{Progress, ReadBuffer},
    connection::{Connection, ProtocolError, Receiver, Reply, TransportAction},
};

use crate::{
    agreement::{self, Agreement},
    allocations,
    frame_decoder::decode,
    inbox::{Inbox, Received},
    input::{Cuts, Input},
};

/// The longest control frame.
const MAX_CONTROL_FRAME: usize = 2 + 4 + 125;

/// A server that receives any bytes in any reads, see [`connection`].
pub fn server_connection(data: &[u8]) {
    connection(Role::Server, data);
}

/// A client that receives any bytes in any reads, see [`connection`].
pub fn client_connection(data: &[u8]) {
    connection(Role::Client, data);
}

/// Any bytes in any reads, see [`check_received`]; with and without an agreement on compression.
///
/// Input: limits, agreement and repetitions, [cuts](Input::cuts), bytes.
fn connection(role: Role, data: &[u8]) {
    let mut input = Input::new(data);
    let choice = input.byte();
    let (agreement, repetitions) = match input.byte() {
        // Buffers grow and shrink only where there is much to hold.
        repetitions @ ..64 => (None, repetitions),
        // Inflated messages are long anyway. Both windows are large, small, or not kept.
        other => (Some([0x3F, 0x08, 0xFF][usize::from(other / 64 - 1)]), other % 4),
    };
    let agreement = agreement.map(|choice| Agreement::new(agreement::config(choice)));
    let limits = Bounds::new(choice, agreement);
    let cuts = input.cuts();
    let bytes = &input.rest().repeat(1 + usize::from(repetitions))[..];
    check_received(role, &limits, bytes, cuts);
}

/// However the bytes are cut, and whether they go to [`Connection::receive`] or through a
/// [`ReadBuffer`]: the same messages, control frames, replies, error and end. The replies are what
/// is owed, a peer understands them, and memory is bounded. Returns the messages and the end.
pub(crate) fn check_received(role: Role, limits: &Bounds, bytes: &[u8], cuts: Cuts<'_>) -> Outcome {
    let connection = || limits.connection(role);

    let whole = receive(connection(), iter::once(bytes));
    assert_eq!(receive(connection(), cuts.pieces(bytes)), whole);
    check_messages(limits, &whole);
    check_output(role, limits, &whole);

    let messages = whole.without_control_frames();
    assert_eq!(receive_buffered(connection(), iter::once(bytes)), messages);
    assert_eq!(receive_buffered(connection(), cuts.pieces(bytes)), messages);

    check_memory(role, limits, iter::once(bytes));
    check_memory(role, limits, cuts.pieces(bytes));
    messages
}

/// The defaults, or limits that a few bytes exceed.
pub(crate) struct Bounds {
    max_message_len: usize,
    high_water_mark: usize,
    config: Limits,
    agreement: Option<Agreement>,
}

impl Bounds {
    fn new(choice: u8, agreement: Option<Agreement>) -> Self {
        match (choice, agreement) {
            (0, None) => Self {
                max_message_len: 16 << 20,
                high_water_mark: 128 << 10,
                config: Limits::default(),
                agreement: None,
            },
            (0, Some(agreement)) => Self::inflating(64 << 10, agreement),
            (limit, agreement) => {
                let (frame_len, message_len) = match limit & 1 {
                    0 => (limit / 2, limit),
                    _ => (limit, limit / 2),
                };
                Self {
                    max_message_len: message_len.into(),
                    high_water_mark: limit.into(),
                    config: Limits::default()
                        .max_frame_len(frame_len.into())
                        .max_message_len(message_len.into())
                        .max_fragments(u32::from(limit) / 16)
                        .max_controls_per_message(u32::from(limit) / 16)
                        .high_water_mark(limit.into()),
                    agreement,
                }
            }
        }
    }

    /// The defaults but for the longest message: a few bytes can be inflated to many.
    pub(crate) fn inflating(max_message_len: usize, agreement: Agreement) -> Self {
        Self {
            max_message_len,
            config: Limits::default().max_message_len(max_message_len.try_into().unwrap()),
            agreement: Some(agreement),
            ..Self::new(0, None)
        }
    }

    fn connection(&self, role: Role) -> Connection {
        let connection = match role {
            Role::Client => Connection::client(&self.config, Seed::from([7; 32])),
            Role::Server => Connection::server(&self.config),
        };
        match &self.agreement {
            Some(agreement) => agreement.apply(connection),
            None => connection,
        }
    }
}

/// All that is to be seen of a connection.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) inbox: Inbox,
    out: Vec<u8>,
    pub(crate) result: Result<(), ProtocolError>,
    transport: TransportAction,
    /// What the end of the stream then gives.
    eof: Result<(), ProtocolError>,
    close_info: Option<CloseInfo>,
}

impl Outcome {
    fn new(
        mut connection: Connection,
        mut inbox: Inbox,
        mut out: Vec<u8>,
        result: Result<(), ProtocolError>,
    ) -> Self {
        if let Err(error) = result {
            // How much of the spoilt message came before the error depends on the reads.
            inbox.unfinished = None;
            let len = out.len();
            let mut frame = [0x82, 0];
            let again = connection.receive(&mut &mut frame[..], &mut out);
            assert_eq!((again, out.len()), (Err(error), len), "nothing more is processed");
        }
        Self {
            inbox,
            out,
            result,
            transport: connection.transport(),
            eof: connection.receiver.receive_eof(),
            close_info: connection.close_info(),
        }
    }

    /// The same as a [`ReadBuffer`] shows it: whole messages alone.
    fn without_control_frames(mut self) -> Self {
        let is_message = |received: &Received| matches!(received, Received::Message(_));
        self.inbox.received.retain(is_message);
        self.inbox.unfinished = None;
        self
    }
}

/// Receives with [`Connection::receive`].
fn receive<'a>(mut connection: Connection, mut reads: impl Iterator<Item = &'a [u8]>) -> Outcome {
    let (mut inbox, mut out) = (Inbox::default(), Vec::new());
    let mut receive = |read: &[u8]| {
        let mut read = read.to_vec();
        let mut input = &mut read[..];
        while let Some(event) = connection.receive(&mut input, &mut out)? {
            inbox.take(event);
        }
        assert!(input.is_empty(), "no event, but {} bytes are left", input.len());
        Ok(())
    };
    let result = reads.try_for_each(&mut receive);
    Outcome::new(connection, inbox, out, result)
}

/// Receives with a [`ReadBuffer`].
fn receive_buffered<'a>(connection: Connection, reads: impl Iterator<Item = &'a [u8]>) -> Outcome {
    let Connection { mut receiver, mut sender } = connection;
    let (mut inbox, mut out) = (Inbox::default(), Vec::new());
    let reply = |reply| sender.reply(reply, &mut out);
    let result = drive(&mut receiver, reads, reply, Some(&mut inbox));
    if let Err(error) = result {
        sender.fail(&error, &mut out);
    }
    inbox.unfinished = None;
    Outcome::new(Connection { receiver, sender }, inbox, out, result)
}

/// Puts reads into a [`ReadBuffer`], and takes what it makes of them.
///
/// What is done with a read depends on its length, so that it is the fuzzer's choice: messages are
/// taken in chunks or as a whole, and the memory is given back or not.
fn drive<'a>(
    receiver: &mut Receiver,
    reads: impl Iterator<Item = &'a [u8]>,
    mut reply: impl FnMut(Reply),
    mut inbox: Option<&mut Inbox>,
) -> Result<(), ProtocolError> {
    let mut buffer = ReadBuffer::default();
    let mut is_inside_chunks = false;
    for read in reads {
        let mut unread = read;
        while !unread.is_empty() {
            let room = buffer.unfilled();
            let count = room.len().min(unread.len());
            assert_ne!(count, 0);
            room[..count].copy_from_slice(&unread[..count]);
            buffer.filled(count);
            unread = &unread[count..];

            let mut was_announced = false;
            loop {
                let in_chunks = is_inside_chunks || read.len() % 2 == 1;
                let progress = if in_chunks {
                    buffer.advance_chunk(receiver, &mut reply)?
                } else {
                    buffer.advance(receiver, &mut reply)?
                };
                assert!(progress == Progress::Message || !was_announced);
                was_announced = buffer.has_message();
                match progress {
                    Progress::Message if in_chunks => {
                        let chunk = buffer.chunk();
                        is_inside_chunks = !chunk.is_last;
                        if let Some(inbox) = &mut inbox {
                            inbox.take_chunk(chunk);
                        }
                    }
                    Progress::Message => {
                        let message = buffer.message().map_err(|error| receiver.fail(error))?;
                        if let Some(inbox) = &mut inbox {
                            inbox.received.push(Received::Message(message.into_owned()));
                        }
                    }
                    Progress::NeedInput | Progress::Closed => break,
                }
            }
        }
        if read.len() % 3 == 0 {
            buffer.release();
            receiver.release();
        }
    }
    Ok(())
}

/// No message exceeds the limit.
fn check_messages(limits: &Bounds, outcome: &Outcome) {
    for received in &outcome.inbox.received {
        if let Received::Message(message) = received {
            assert!(message.len() <= limits.max_message_len);
        }
    }
    if let Some((_, payload)) = &outcome.inbox.unfinished {
        assert!(payload.len() <= limits.max_message_len);
    }
}

/// A peer gets every frame of `out`: the Pongs that are owed, and the Close frame for the peer's
/// or for the error.
fn check_output(role: Role, limits: &Bounds, outcome: &Outcome) {
    // A Pong that takes it over the mark, the one that was kept back, and a Close.
    assert!(outcome.out.len() < limits.high_water_mark + 3 * MAX_CONTROL_FRAME);

    let decoded = decode(iter::once(&outcome.out[..]));
    assert!(decoded.error.is_none() && decoded.is_between_frames);
    for frame in &decoded.frames {
        assert_eq!(frame.header.mask.is_some(), role == Role::Client);
    }
    let peer = Bounds::new(0, None).connection(role.peer());
    let peer = receive(peer, iter::once(&outcome.out[..]));
    assert_eq!(peer.result, Ok(()));
    let mut replies = peer.inbox.received;

    let mut pings = Vec::new();
    let mut close = None;
    for received in &outcome.inbox.received {
        match received {
            Received::Ping(data) => pings.push(Received::Pong(data.clone())),
            Received::Close(_) => close = Some(received),
            Received::Message(_) | Received::Pong(_) => {}
        }
    }
    let is_closed = close.is_some() || outcome.result.is_err();
    // RFC 6455 5.5.1: a Close is answered in kind. RFC 6455 7.1.7: an error is told.
    match (outcome.result, close) {
        (Ok(()), None) => {}
        (Ok(()), Some(close)) => assert_eq!(replies.pop().as_ref(), Some(close)),
        (Err(error), _) => {
            let Some(Received::Close(Some((code, _)))) = replies.pop() else {
                panic!("no Close frame for {error}")
            };
            assert_eq!(code, error.close_code());
        }
    }
    // RFC 6455 5.5.3: in order; and all of them, as long as the peer reads.
    if outcome.out.len() < limits.high_water_mark {
        assert_eq!(replies, pings);
    } else {
        let mut rest = pings.iter();
        assert!(replies.iter().all(|pong| rest.any(|ping| ping == pong)));
        if is_closed {
            assert_eq!(replies.last(), pings.last());
        }
    }
    assert_eq!(
        outcome.close_info.as_ref().is_some_and(|info| info.was_clean),
        close.is_some() && outcome.result.is_ok(),
    );
    let is_lost = close.is_none() && outcome.result.is_ok();
    let eof = if is_lost { Err(ProtocolError::ConnectionLost) } else { outcome.result };
    assert_eq!(outcome.eof, eof);
}

/// Nothing but the bytes of an unfinished message is held, twice at most, and what it takes to
/// inflate it.
fn check_memory<'a>(role: Role, limits: &Bounds, reads: impl Iterator<Item = &'a [u8]> + Clone) {
    let Connection { mut receiver, .. } = limits.connection(role);
    // The smallest buffer, the least room for a read, and what the receiver keeps.
    const CONSTANT: usize = (4 << 10) + (2 << 10) + (1 << 10);
    // RFC 1951 3.2.5: two bits are a copy of 258 bytes at most.
    const MAX_INFLATION: usize = 258 * 4;
    let total: usize = reads.clone().map(<[u8]>::len).sum();
    let longest = reads.clone().map(<[u8]>::len).max().unwrap_or_default();
    let held = total.min(longest + limits.max_message_len);
    let max = 2 * held
        + CONSTANT
        + limits.agreement.as_ref().map_or(0, |agreement| {
            let inflated = (MAX_INFLATION * total).min(limits.max_message_len);
            2 * inflated + agreement.max_held_to_receive(role)
        });
    let (_, peak) = allocations::peak(|| drive(&mut receiver, reads, |_| {}, None));
    assert!(peak <= max, "{peak} bytes held for {total} of input, not {max}");
}
