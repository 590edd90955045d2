use std::collections::VecDeque;

use sansocket::{
    Chunk, CloseCode, CloseFrame, CloseInfo, Initiator, Limits, MessageKind, PreparedMessage, Role,
    Seed,
    connection::{ChunkMut, Connection, ProtocolError, SendError, Sender, TransportAction},
    deflate::Compression,
};

use crate::{
    agreement::{self, Agreement},
    allocations,
    inbox::{Inbox, Received},
    input::Input,
};

/// How many bytes of payload one end may handle, so that a run is short.
const MAX_HANDLED: usize = 128 << 10;

/// The choice of an operation that ends the stream for both, whatever is on its way.
const LOSE: u8 = 0xFF;

/// A client and a server do what the input says, and its bytes cross in portions that it names.
/// What each receives and refuses is what a simple model says: messages whole, in order and once,
/// and a clean end exactly if both Close frames crossed.
///
/// Input: high-water mark, agreement on compression if it is not zero, operations.
pub fn connection_pair(data: &[u8]) {
    let mut input = Input::new(data);
    let mark = input.size();
    let agreement = match input.byte() {
        0 => None,
        choice => Some(Agreement::new(agreement::config(choice))),
    };
    let limits = Limits::default().high_water_mark(mark);
    let client = Connection::client(&limits, Seed::from([7; 32]));
    let mut client = End::new(client, mark, agreement.clone());
    let mut server = End::new(Connection::server(&limits), mark, agreement);

    while client.handled.max(server.handled) < MAX_HANDLED {
        let choice = match input.next_byte() {
            None => break,
            Some(LOSE) => return end_streams([client, server]),
            Some(choice) => choice,
        };
        let (us, peer) = match choice & 1 {
            0 => (&mut client, &mut server),
            _ => (&mut server, &mut client),
        };
        us.operate(peer, choice >> 1, &mut input);
        us.check_end();
        peer.check_end();
    }

    // All that was sent arrives, and nothing else. The second time takes the replies, and the
    // third what was kept back.
    for _ in 0..3 {
        client.deliver(&mut server, usize::MAX);
        server.deliver(&mut client, usize::MAX);
        client.send_deferred(&mut server);
        server.send_deferred(&mut client);
    }
    for end in [&client, &server] {
        assert_eq!((end.wire.len(), end.expected.len()), (0, 0));
    }
    end_streams([client, server]);
}

/// RFC 6455 7.1.4 and 7.1.5: clean if both Close frames crossed, else lost.
fn end_streams(ends: [End; 2]) {
    for mut end in ends {
        let result = match end.close_received {
            Some(_) => Ok(()),
            None => Err(ProtocolError::ConnectionLost),
        };
        assert_eq!(end.connection.receiver.receive_eof(), result);
        end.check_close_info(&end.connection.close_info().expect("the end"));
    }
}

/// One end of the connection, and the model of it.
struct End {
    connection: Connection,
    agreement: Option<Agreement>,
    inbox: Inbox,
    /// What was sent and has not reached the peer.
    wire: Vec<u8>,
    /// What the peer has sent and is to be received here.
    expected: VecDeque<Received>,
    high_water_mark: usize,
    compression: Compression,
    /// The message that is sent in chunks, and whether they are compressed.
    unfinished: Option<(MessageKind, Vec<u8>)>,
    is_compressed: bool,
    /// RFC 6455 5.5.3: the latest Ping's data, while the wire is above the mark.
    deferred: Option<Vec<u8>>,
    close_sent: Option<Received>,
    close_received: Option<Received>,
    /// Who closed first, as seen from here.
    began: Option<Initiator>,
    /// How many bytes of payload were made and copied.
    handled: usize,
}

impl End {
    fn new(connection: Connection, high_water_mark: usize, agreement: Option<Agreement>) -> Self {
        let connection = match &agreement {
            Some(agreement) => agreement.apply(connection),
            None => connection,
        };
        Self {
            connection,
            agreement,
            inbox: Inbox::default(),
            wire: Vec::new(),
            expected: VecDeque::new(),
            high_water_mark,
            compression: Compression::Auto,
            unfinished: None,
            is_compressed: false,
            deferred: None,
            close_sent: None,
            close_received: None,
            began: None,
            handled: 0,
        }
    }

    fn operate(&mut self, peer: &mut Self, choice: u8, input: &mut Input<'_>) {
        let variant = choice / 8;
        match choice % 8 {
            0 => self.send_whole(peer, MessageKind::Text, variant, input),
            1 => self.send_whole(peer, MessageKind::Binary, variant, input),
            2 => self.send_chunk(peer, MessageKind::Text, variant, input),
            3 => self.send_chunk(peer, MessageKind::Binary, variant, input),
            4 => self.send_control(peer, variant, input),
            5 => self.send_close(peer, input),
            6 => self.send_deferred(peer),
            _ => {
                if variant & 1 != 0 {
                    self.connection.sender.release();
                    peer.connection.receiver.release();
                }
                self.deliver(peer, input.size());
            }
        }
    }

    fn set_compression(&mut self, variant: u8) {
        self.compression = match variant & 3 {
            0 | 1 => Compression::Auto,
            2 => Compression::Always,
            _ => Compression::Never,
        };
        self.connection.sender.set_compression(self.compression);
    }

    /// A short payload from the input, or a long one that follows from a byte of it.
    fn payload(&mut self, input: &mut Input<'_>) -> Vec<u8> {
        let payload = match input.size() {
            len @ ..128 => input.bytes(len).to_vec(),
            // A character of two bytes, which an odd length cuts.
            len => "\u{E4}".bytes().cycle().take(len).collect(),
        };
        self.handled += payload.len();
        payload
    }

    fn send_whole(
        &mut self,
        peer: &mut Self,
        kind: MessageKind,
        variant: u8,
        input: &mut Input<'_>,
    ) {
        let payload = match (kind, self.payload(input)) {
            (MessageKind::Text, payload) => String::from_utf8_lossy(&payload).into_owned().into(),
            (MessageKind::Binary, payload) => payload,
        };
        let expected = match &self.unfinished {
            _ if self.close_sent.is_some() => Err(SendError::Closed),
            &Some((kind, _)) => Err(SendError::MessageUnfinished { kind }),
            None => Ok(()),
        };
        self.set_compression(variant >> 2);
        let prepare = |message: PreparedMessage| match &self.agreement {
            Some(agreement) if variant & 2 != 0 => message.with_deflate(&agreement.config),
            _ => message,
        };
        let prepared = (variant & 1 != 0).then(|| match kind {
            MessageKind::Text => prepare(PreparedMessage::text(str::from_utf8(&payload).unwrap())),
            MessageKind::Binary => prepare(PreparedMessage::binary(&payload)),
        });
        self.send(peer, expected, |sender, out| match (prepared, kind) {
            (Some(message), _) => sender.send_prepared(&message, out),
            (None, MessageKind::Text) => sender.send_text(str::from_utf8(&payload).unwrap(), out),
            (None, MessageKind::Binary) => sender.send_binary(&payload, out),
        });
        if expected.is_ok() {
            peer.expected.push_back(Received::message(kind, payload));
        }
    }

    fn send_chunk(
        &mut self,
        peer: &mut Self,
        kind: MessageKind,
        variant: u8,
        input: &mut Input<'_>,
    ) {
        let is_last = variant & 1 != 0;
        let mut data = self.payload(input);
        let mut message = match &self.unfinished {
            Some((_, message)) => message.clone(),
            None => Vec::new(),
        };
        self.handled += message.len();
        message.extend_from_slice(&data);
        let is_in_place = variant & 8 != 0;
        let expected = match &self.unfinished {
            _ if is_in_place && self.is_compressed => Err(SendError::Compressed),
            _ if self.close_sent.is_some() => Err(SendError::Closed),
            &Some((unfinished, _)) if unfinished != kind => {
                Err(SendError::MessageUnfinished { kind: unfinished })
            }
            _ if kind == MessageKind::Text && !is_text(&message, is_last) => {
                Err(SendError::InvalidUtf8)
            }
            _ => Ok(()),
        };
        if is_in_place {
            let frame = self
                .connection
                .sender
                .frame_in_place(ChunkMut { is_last, ..ChunkMut::more(kind, &mut data) });
            assert_eq!(frame.as_ref().map(|_| ()).map_err(|error| *error), expected);
            if let Ok(frame) = frame {
                self.wire.extend_from_slice(&frame.header);
                self.wire.extend_from_slice(frame.payload);
            }
        } else {
            self.set_compression(variant >> 1);
            self.send(peer, expected, |sender, out| {
                sender.send_chunk(Chunk { is_last, ..Chunk::more(kind, &data) }, out)
            });
            if expected.is_ok() && self.unfinished.is_none() {
                self.is_compressed =
                    self.agreement.is_some() && self.compression != Compression::Never;
            }
        }
        match (expected, is_last) {
            (Err(_), _) => {}
            (Ok(()), false) => self.unfinished = Some((kind, message)),
            (Ok(()), true) => {
                self.unfinished = None;
                self.is_compressed = false;
                peer.expected.push_back(Received::message(kind, message));
            }
        }
    }

    fn send_control(&mut self, peer: &mut Self, variant: u8, input: &mut Input<'_>) {
        let data = self.payload(input);
        let expected = match data.len() {
            _ if self.close_sent.is_some() => Err(SendError::Closed),
            len @ 126.. => Err(SendError::ControlTooLong { len }),
            _ => Ok(()),
        };
        let is_ping = variant & 1 == 0;
        self.send(peer, expected, |sender, out| match is_ping {
            true => sender.send_ping(&data, out),
            false => sender.send_pong(&data, out),
        });
        if expected.is_ok() {
            let control = if is_ping { Received::Ping(data) } else { Received::Pong(data) };
            peer.expected.push_back(control);
        }
    }

    fn send_close(&mut self, peer: &mut Self, input: &mut Input<'_>) {
        let code = match u16::from(input.byte()) {
            0 => None,
            choice @ ..16 => Some(1000 + choice),
            choice => Some(3000 + choice),
        };
        let code = code.map(CloseCode::from);
        let reason = String::from_utf8_lossy(&self.payload(input)).into_owned();
        let frame = code.map(|code| CloseFrame { code, reason: &reason });
        let expected = match code {
            _ if self.close_sent.is_some() => Err(SendError::Closed),
            Some(code) if !code.is_allowed_on_wire() => Err(SendError::InvalidCloseCode(code)),
            Some(_) if reason.len() > 123 => {
                Err(SendError::CloseReasonTooLong { len: reason.len() })
            }
            _ => Ok(()),
        };
        if expected.is_ok() {
            self.note_close(peer, Received::close(frame), Initiator::Local);
        }
        let result = self.connection.sender.send_close(frame, &mut self.wire);
        assert_eq!(result, expected);
    }

    fn send_deferred(&mut self, peer: &mut Self) {
        self.note_deferred(peer, self.has_room());
        self.connection.sender.send_deferred(&mut self.wire);
    }

    /// Sends as the model expects it to end; a Pong that was kept back goes first.
    fn send(
        &mut self,
        peer: &mut Self,
        expected: Result<(), SendError>,
        send: impl FnOnce(&mut Sender, &mut Vec<u8>) -> Result<(), SendError>,
    ) {
        let len = self.wire.len();
        if expected.is_ok() {
            self.note_deferred(peer, self.has_room());
        }
        assert_eq!(send(&mut self.connection.sender, &mut self.wire), expected);
        assert_eq!(self.wire.len() == len, expected.is_err(), "nothing was sent on an error");
    }

    /// The next `count` bytes reach the peer.
    fn deliver(&mut self, peer: &mut Self, count: usize) {
        let count = count.min(self.wire.len());
        let mut read: Vec<u8> = self.wire.drain(..count).collect();
        let mut input = &mut read[..];
        // A control frame that came in pieces, and two Close frames; and what it takes to inflate.
        let max_held = 512
            + peer
                .agreement
                .as_ref()
                .map_or(0, |agreement| agreement.max_held_to_receive(peer.connection.role()));
        loop {
            let had_room = peer.has_room();
            let (event, held) =
                allocations::peak(|| peer.connection.receive(&mut input, &mut peer.wire));
            assert!(held <= max_held + 2 * peer.wire.len(), "{held} bytes held");
            let Some(event) = event.expect("nothing else was sent") else {
                break;
            };
            peer.inbox.take(event);
            let Some(received) = peer.inbox.received.pop() else {
                continue;
            };
            assert_eq!(Some(&received), peer.expected.pop_front().as_ref());
            peer.note_received(self, received, had_room);
        }
        assert!(input.is_empty());
    }

    /// What was received obliges us to answer.
    fn note_received(&mut self, peer: &mut Self, received: Received, had_room: bool) {
        match received {
            // After our Close frame it is answered, too, but the peer receives nothing any more.
            Received::Ping(data) if self.close_sent.is_none() => {
                if had_room {
                    self.note_deferred(peer, true);
                    peer.expected.push_back(Received::Pong(data));
                } else {
                    self.deferred = Some(data);
                }
            }
            Received::Close(_) => {
                if self.close_sent.is_none() {
                    self.note_close(peer, received.clone(), Initiator::Peer);
                }
                self.close_received = Some(received);
            }
            Received::Ping(_) | Received::Pong(_) | Received::Message(_) => {}
        }
    }

    fn note_close(&mut self, peer: &mut Self, close: Received, began: Initiator) {
        self.note_deferred(peer, true);
        peer.expected.push_back(close.clone());
        self.close_sent = Some(close);
        self.began = Some(began);
    }

    fn note_deferred(&mut self, peer: &mut Self, is_sent: bool) {
        if is_sent && let Some(data) = self.deferred.take() {
            peer.expected.push_back(Received::Pong(data));
        }
    }

    fn has_room(&self) -> bool {
        self.wire.is_empty() || self.wire.len() < self.high_water_mark
    }

    /// RFC 6455 7.1.4: what is said of the end while the stream goes on.
    fn check_end(&self) {
        let transport = self.connection.transport();
        let info = self.connection.close_info();
        if self.close_received.is_none() {
            assert_eq!((transport, info), (TransportAction::KeepOpen, None));
            return;
        }
        // RFC 6455 7.1.1: the server closes first.
        let expected = match self.connection.role() {
            Role::Client => TransportAction::AwaitPeerClose,
            Role::Server => TransportAction::CloseNow,
        };
        assert_eq!(transport, expected);
        self.check_close_info(&info.expect("both Close frames crossed"));
    }

    fn check_close_info(&self, info: &CloseInfo) {
        assert_eq!(info.initiator, self.began.unwrap_or(Initiator::Transport));
        assert_eq!(info.was_clean, self.close_received.is_some());
        for (ours, models) in
            [(&info.sent, &self.close_sent), (&info.received, &self.close_received)]
        {
            let models = models.as_ref().map(|close| match close {
                Received::Close(Some((code, reason))) => (*code, reason.as_str()),
                _ => (CloseCode::NO_STATUS, ""),
            });
            assert_eq!(ours.as_ref().map(|close| (close.code, &*close.reason)), models);
        }
    }
}

/// Whether this is text, or could be the start of one.
fn is_text(bytes: &[u8], is_last: bool) -> bool {
    str::from_utf8(bytes).map_or_else(|error| !is_last && error.error_len().is_none(), |_| true)
}
