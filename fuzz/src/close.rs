use sansocket::{
    Chunk, CloseCode, CloseFrame, CloseInfo, Initiator, Limits, MessageKind, OwnedCloseFrame, Role,
    Seed,
    connection::{Connection, Event, ProtocolError, SendError, TransportAction},
};

use crate::{
    allocations,
    inbox::{Inbox, Received},
    input::Input,
    wire::{self, BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, RSV1, Sent},
};

/// How many bytes receiving may hold, besides its output: a control frame, and what two Close
/// frames have said.
const MAX_HELD: usize = 512;

/// An end whose peer closes with any payload, in any frame and at any time, while its application
/// sends and closes as it likes. What goes out, what is received, and what is said of the end is
/// that of a model of RFC 6455 5.5.1, 7.1 and 7.4.
///
/// Input: role, operations.
pub fn close(data: &[u8]) {
    let mut input = Input::new(data);
    let role = if input.byte() & 1 == 0 { Role::Server } else { Role::Client };
    let mut end = End::new(role);
    while let Some(choice) = input.next_byte() {
        end.operate(choice % 8, choice / 8, &mut input);
        end.check();
    }
}

/// What the peer has come to, in the model.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Peer {
    Open,
    Closed(OwnedCloseFrame),
    Failed(ProtocolError),
    Lost,
}

/// The connection, and the model of it.
struct End {
    connection: Connection,
    /// What was sent, and is not checked yet.
    out: Vec<u8>,
    peer: Peer,
    /// Whether the peer has a message to finish, and we.
    is_peers_unfinished: bool,
    is_unfinished: bool,
    close_sent: Option<OwnedCloseFrame>,
    is_answer: bool,
}

impl End {
    fn new(role: Role) -> Self {
        let limits = Limits::default();
        Self {
            connection: match role {
                Role::Client => Connection::client(&limits, Seed::from([7; 32])),
                Role::Server => Connection::server(&limits),
            },
            out: Vec::new(),
            peer: Peer::Open,
            is_peers_unfinished: false,
            is_unfinished: false,
            close_sent: None,
            is_answer: false,
        }
    }

    fn operate(&mut self, choice: u8, variant: u8, input: &mut Input<'_>) {
        match choice {
            0 | 1 => {
                let len = input.byte() % 128;
                self.receive_close(variant, input.bytes(len.into()));
            }
            2 => {
                let code = u16::from_be_bytes([input.byte(), input.byte()]);
                let len = input.byte() % 124;
                let payload = wire::close_payload(code, input.bytes(len.into()));
                self.receive_close(variant, &payload);
            }
            3 => {
                let len = input.byte() % 126;
                self.receive_ping(variant, input.bytes(len.into()));
            }
            4 => {
                let len = input.byte() % 126;
                self.receive_chunk(variant, input.bytes(len.into()));
            }
            5 => self.send_close(variant, input),
            6 => self.send(variant, input.bytes(1)),
            _ => self.receive_eof(),
        }
    }

    fn receive_close(&mut self, variant: u8, payload: &[u8]) {
        let mut key = wire::key_to(self.role());
        let mut first = FIN | CLOSE;
        let mut is_frame = payload.len() <= 125;
        match variant / 2 {
            0 => {
                first &= !FIN;
                is_frame = false;
            }
            1 => {
                key = wire::key_to(self.role().peer());
                is_frame = false;
            }
            2 => {
                first |= RSV1;
                is_frame = false;
            }
            _ => {}
        }
        // RFC 6455 5.5.1, 7.1.5 and 7.4: what it says, or the code for what is wrong with it.
        let close = match payload {
            _ if !is_frame => Err(CloseCode::PROTOCOL_ERROR),
            [] => Ok((CloseCode::NO_STATUS, "")),
            [_] => Err(CloseCode::PROTOCOL_ERROR),
            &[high, low, ref reason @ ..] => {
                let code = u16::from_be_bytes([high, low]);
                match str::from_utf8(reason) {
                    _ if !is_allowed(code) => Err(CloseCode::PROTOCOL_ERROR),
                    Ok(reason) => Ok((CloseCode::from(code), reason)),
                    Err(_) => Err(CloseCode::INVALID_PAYLOAD),
                }
            }
        };
        let frame = wire::frame(first, payload, key);
        let Some((received, sent)) = self.receive(variant, &frame, close.err()) else {
            return;
        };
        let (code, reason) = close.expect("else it has failed");
        let content = (code != CloseCode::NO_STATUS).then(|| (code, reason.to_owned()));
        assert_eq!(received, [Received::Close(content)]);
        let close = OwnedCloseFrame { code, reason: reason.to_owned() };
        self.peer = Peer::Closed(close.clone());
        // RFC 6455 5.5.1: a Close is answered unless one was sent; here with what it said.
        if self.close_sent.is_none() {
            assert_eq!(contents(&sent), [(FIN | CLOSE, payload)]);
            self.close_sent = Some(close);
            self.is_answer = true;
        } else {
            assert_eq!(sent, []);
        }
    }

    fn receive_ping(&mut self, variant: u8, data: &[u8]) {
        let ping = wire::to(self.role(), FIN | PING, data);
        let Some((received, sent)) = self.receive(variant, &ping, None) else {
            return;
        };
        assert_eq!(received, [Received::Ping(data.to_vec())]);
        // RFC 6455 5.5.2: after one's own Close frame, too.
        assert_eq!(contents(&sent), [(FIN | PONG, data)]);
    }

    /// A Close frame may come inside of a message.
    fn receive_chunk(&mut self, variant: u8, data: &[u8]) {
        let is_last = variant & 2 == 0;
        let fin = if is_last { FIN } else { 0 };
        let opcode = if self.is_peers_unfinished { CONTINUATION } else { BINARY };
        let part = wire::to(self.role(), fin | opcode, data);
        let Some((received, sent)) = self.receive(variant, &part, None) else {
            return;
        };
        self.is_peers_unfinished = !is_last;
        assert_eq!((received, sent), (Vec::new(), Vec::new()));
    }

    /// Receives a frame. If the connection was open and does not fail, returns what was sent, and
    /// what was received except for chunks. With `fault` it must fail, with a Close of that code.
    fn receive(
        &mut self,
        variant: u8,
        frame: &[u8],
        fault: Option<CloseCode>,
    ) -> Option<(Vec<Received>, Vec<Sent>)> {
        let mut inbox = Inbox::default();
        let mut result = Ok(());
        let mut bytes = frame.to_vec();
        let read_len = if variant & 1 == 0 { bytes.len() } else { 1 };
        for mut read in bytes.chunks_mut(read_len) {
            while result.is_ok() {
                let (event, held) =
                    allocations::peak(|| self.connection.receive(&mut read, &mut self.out));
                assert!(held <= MAX_HELD + 2 * self.out.len(), "{held} bytes held");
                match event {
                    Ok(Some(Event::Chunk(_))) => {}
                    Ok(Some(event)) => inbox.take(event),
                    Ok(None) => break,
                    Err(error) => result = Err(error),
                }
            }
        }
        let sent = wire::frames(&self.out);
        self.out.clear();
        for frame in &sent {
            // RFC 6455 5.1 and 5.3: a client masks.
            assert_eq!(frame.key.is_some(), self.role() == Role::Client);
        }
        let nothing = (Vec::new(), Vec::new());
        match &self.peer {
            Peer::Open => {}
            // RFC 6455 5.5.1 and 7.1.7: nothing more is processed.
            Peer::Closed(_) => {
                assert_eq!((result, (inbox.received, sent)), (Ok(()), nothing));
                return None;
            }
            Peer::Failed(error) => {
                assert_eq!((result, (inbox.received, sent)), (Err(*error), nothing));
                return None;
            }
            Peer::Lost => {
                let lost = Err(ProtocolError::ConnectionLost);
                assert_eq!((result, (inbox.received, sent)), (lost, nothing));
                return None;
            }
        }
        let Some(code) = fault else {
            assert_eq!(result, Ok(()));
            return Some((inbox.received, sent));
        };
        let error = result.expect_err("a rule was broken");
        assert_eq!((error.close_code(), inbox.received.len()), (code, 0));
        self.peer = Peer::Failed(error);
        // RFC 6455 7.1.7: an error is told, unless a Close frame was sent.
        if self.close_sent.is_some() {
            assert_eq!(sent, []);
        } else {
            let [Sent { first: 0x88, payload, .. }] = &sent[..] else {
                panic!("{sent:?} is no Close frame")
            };
            let (own, reason) = payload.split_first_chunk().expect("a code");
            assert_eq!((u16::from_be_bytes(*own), reason.is_empty()), (code.into(), false));
            let reason = str::from_utf8(reason).expect("a reason").to_owned();
            self.close_sent = Some(OwnedCloseFrame { code, reason });
        }
        None
    }

    fn send_close(&mut self, variant: u8, input: &mut Input<'_>) {
        let (code, reason) = match variant & 1 {
            0 => (u16::from_be_bytes([input.byte(), input.byte()]), input.byte()),
            _ => (0, 0),
        };
        let reason = String::from_utf8_lossy(input.bytes(reason.into()));
        let frame = (code != 0).then(|| CloseFrame { code: code.into(), reason: &reason });
        let expected = match frame {
            _ if self.close_sent.is_some() => Err(SendError::Closed),
            Some(_) if !is_allowed(code) => Err(SendError::InvalidCloseCode(code.into())),
            Some(_) if reason.len() > 123 => {
                Err(SendError::CloseReasonTooLong { len: reason.len() })
            }
            _ => Ok(()),
        };
        assert_eq!(self.connection.sender.send_close(frame, &mut self.out), expected);
        if expected.is_ok() {
            let payload = frame.map(|_| wire::close_payload(code, reason.as_bytes()));
            let payload = payload.unwrap_or_default();
            assert_eq!(contents(&wire::frames(&self.out)), [(FIN | CLOSE, &payload[..])]);
            self.close_sent = Some(frame.into());
        } else {
            assert_eq!(self.out, b"");
        }
        self.out.clear();
    }

    fn send(&mut self, variant: u8, data: &[u8]) {
        let is_last = variant & 4 == 0;
        let (sender, out) = (&mut self.connection.sender, &mut self.out);
        let result = match variant & 3 {
            0 => sender.send_ping(data, out),
            1 => sender.send_pong(data, out),
            2 => sender.send_binary(data, out),
            _ => {
                sender.send_chunk(Chunk { is_last, ..Chunk::more(MessageKind::Binary, data) }, out)
            }
        };
        let is_message = variant & 2 != 0;
        let is_part = variant & 3 == 3;
        let expected = match self.close_sent {
            // RFC 6455 5.5.1: nothing may follow.
            Some(_) => Err(SendError::Closed),
            None if is_message && !is_part && self.is_unfinished => {
                Err(SendError::MessageUnfinished { kind: MessageKind::Binary })
            }
            None => Ok(()),
        };
        assert_eq!((result, self.out.is_empty()), (expected, expected.is_err()));
        if is_part && expected.is_ok() {
            self.is_unfinished = !is_last;
        }
        self.out.clear();
    }

    fn receive_eof(&mut self) {
        let expected = match self.peer {
            Peer::Closed(_) => Ok(()),
            Peer::Failed(error) => Err(error),
            Peer::Open | Peer::Lost => {
                self.peer = Peer::Lost;
                Err(ProtocolError::ConnectionLost)
            }
        };
        assert_eq!(self.connection.receiver.receive_eof(), expected);
    }

    /// What is said of the connection after each step.
    fn check(&self) {
        assert_eq!(self.connection.sender.is_closed(), self.close_sent.is_some());
        assert_eq!(self.connection.receiver.has_close(), matches!(self.peer, Peer::Closed(_)),);
        // RFC 6455 7.1.1: the server closes first.
        let transport = match (&self.peer, self.role()) {
            (Peer::Open, _) => TransportAction::KeepOpen,
            (Peer::Closed(_), Role::Client) => TransportAction::AwaitPeerClose,
            _ => TransportAction::CloseNow,
        };
        assert_eq!(self.connection.transport(), transport);
        let info = self.connection.close_info();
        assert_eq!(info.is_some(), self.peer != Peer::Open);
        let Some(CloseInfo { initiator, received, sent, was_clean, .. }) = &info else {
            return;
        };
        let models_initiator = match (&self.peer, &self.close_sent) {
            (Peer::Lost, None) => Initiator::Transport,
            _ if self.is_answer => Initiator::Peer,
            _ => Initiator::Local,
        };
        assert_eq!((*initiator, sent), (models_initiator, &self.close_sent));
        // RFC 6455 7.1.4: clean if both Close frames crossed.
        assert_eq!(*was_clean, matches!(self.peer, Peer::Closed(_)) && self.close_sent.is_some());
        // RFC 6455 7.1.5 and 7.1.6.
        let models = match &self.peer {
            Peer::Closed(close) => Some(close),
            _ => None,
        };
        assert_eq!(received.as_ref(), models);
        let info = info.expect("it is there");
        assert_eq!(info.code(), models.map_or(CloseCode::ABNORMAL, |close| close.code));
        assert_eq!(info.reason(), models.map_or("", |close| &close.reason));
    }

    fn role(&self) -> Role {
        self.connection.role()
    }
}

/// RFC 6455 7.4.1 and 7.4.2, and what IANA has registered since: what may stand in a Close frame.
fn is_allowed(code: u16) -> bool {
    match code {
        1004..=1006 | 1015 => false,
        1000..=1014 | 3000..=4999 => true,
        _ => false,
    }
}

/// First byte and payload of each frame.
fn contents(frames: &[Sent]) -> Vec<(u8, &[u8])> {
    frames.iter().map(|frame| (frame.first, &frame.payload[..])).collect()
}
