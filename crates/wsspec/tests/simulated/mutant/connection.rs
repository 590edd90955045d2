//! An open connection: frames in, frames out.

mod ending;

use std::collections::VecDeque;

use sansocket::Role;

use super::{
    agreement::Agreement,
    compression::{Deflater, Inflater},
    frame::{self, BINARY, CLOSE, CONTINUATION, Header, PING, PONG, TEXT},
    messages::{Message, STALL},
    mutation::{Conduct, Mutation},
};

#[derive(Debug)]
pub(crate) struct Connection {
    role: Role,
    conduct: Conduct,
    output: Vec<u8>,
    compression: Option<(Deflater, Inflater)>,
    frame: Option<Frame>,
    message: Option<Message>,
    /// The keys of the first message, and of the last one that has begun.
    first_key: Option<[u8; 4]>,
    message_key: Option<[u8; 4]>,
    keys_used: u64,
    pings_in_piece: usize,
    /// Pongs that a mutant holds back.
    held_pongs: VecDeque<Vec<u8>>,
    /// The Close frame that a mutant answers later.
    held_close: Option<Vec<u8>>,
    messages: usize,
    controls: usize,
    controls_in_message: usize,
    /// Whether a mutant skips continuations, after a control frame without FIN.
    skips_continuations: bool,
    state: State,
    /// Whether a mutant reads what is left of the piece, though the connection is closed.
    goes_on: bool,
    has_failed: bool,
    has_ended: bool,
}

/// The frame whose payload comes.
#[derive(Debug)]
struct Frame {
    header: Header,
    read: u64,
    /// The payload of a control frame.
    control: Vec<u8>,
    /// Whether a mutant skips it.
    is_skipped: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Open,
    /// Close frames have gone in both directions, or the connection has failed.
    Closed,
    /// As a mutant that says nothing more, and reads nothing.
    Stalled,
}

impl Connection {
    pub(crate) fn new(role: Role, agreement: Option<Agreement>, conduct: &Conduct) -> Self {
        let compression = agreement.map(|agreement| {
            let ((own, peers), ignores) = match role {
                Role::Server => (
                    (agreement.server, agreement.client),
                    (Mutation::SendsFarReferences, Mutation::IgnoresNoContextTakeover),
                ),
                Role::Client => (
                    (agreement.client, agreement.server),
                    (
                        Mutation::SendsFarReferencesAsClient,
                        Mutation::IgnoresClientNoContextTakeover,
                    ),
                ),
            };
            (Deflater::new(own, ignores, conduct), Inflater::new(peers))
        });
        Self {
            role,
            conduct: conduct.clone(),
            output: Vec::new(),
            compression,
            frame: None,
            message: None,
            first_key: None,
            message_key: None,
            keys_used: 0,
            pings_in_piece: 0,
            held_pongs: VecDeque::new(),
            held_close: None,
            messages: 0,
            controls: 0,
            controls_in_message: 0,
            skips_continuations: false,
            state: State::Open,
            goes_on: false,
            has_failed: false,
            has_ended: false,
        }
    }

    fn does(&self, mutation: Mutation) -> bool {
        self.conduct.does(mutation)
    }

    pub(crate) fn state(&self) -> State {
        self.state
    }

    /// Ends the stream, as the peer has done or because it takes too long.
    pub(crate) fn finish(&mut self) {
        let stays = match self.state {
            State::Open => self.does(Mutation::StaysAfterEnd),
            State::Closed if self.has_failed => self.does(Mutation::FailsWithoutEnd),
            State::Stalled => true,
            State::Closed => self.does(Mutation::NeverEnds) || self.does(Mutation::StaysAfterClose),
        };
        if !stays {
            self.has_ended = true;
            self.state = State::Closed;
        }
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended
    }

    pub(crate) fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    /// Takes what has come. Returns how many bytes of it were read.
    pub(crate) fn receive(&mut self, input: &[u8]) -> usize {
        let read = self.read(input);
        let waits = self.held_close.is_some()
            && (self.frame.is_some() || read < input.len())
            && self.does(Mutation::WaitsAfterClose);
        if !waits
            && let Some(payload) = self.held_close.take()
            && self.state == State::Open
        {
            self.answer_close(&payload);
        }
        if self.goes_on {
            self.goes_on = false;
            self.frame = None;
            self.has_ended |= self.has_failed || self.role == Role::Server;
        }
        read
    }

    fn read(&mut self, input: &[u8]) -> usize {
        self.pings_in_piece = 0;
        let mut start = 0;
        while self.is_reading() {
            let rest = &input[start..];
            match self.frame.take() {
                None => {
                    let has_deflate = self.compression.is_some();
                    match frame::read(rest, self.role, has_deflate, &self.conduct) {
                        Ok(Some((header, length))) => {
                            start += length;
                            self.header(header);
                        }
                        Ok(None) if !rest.is_empty() && self.does(Mutation::WaitsForOneRead) => {
                            self.fail(1002);
                        }
                        Ok(None) => return start,
                        Err(frame::Violation) => {
                            start += self.fail_at_header(rest);
                        }
                    }
                }
                Some(frame) => {
                    let missing = frame.header.length - frame.read;
                    let length = rest.len().min(usize::try_from(missing).unwrap_or(usize::MAX));
                    start += length;
                    let ended_message = self.payload(frame, rest[..length].to_vec());
                    let next = input.get(start).map(|first| first & 0x0F);
                    if ended_message
                        && matches!(next, Some(TEXT | BINARY))
                        && self.does(Mutation::LosesMessagesTogether)
                    {
                        return input.len();
                    }
                    if self.frame.is_some() && start == input.len() {
                        return start;
                    }
                }
            }
        }
        input.len()
    }

    /// After both Close frames, or a failure, nothing is read any more (RFC 6455 5.5.1, 7.1.7).
    fn is_reading(&self) -> bool {
        self.state == State::Open || self.goes_on
    }

    fn header(&mut self, header: Header) {
        if matches!(header.opcode, TEXT | BINARY) {
            self.first_key.get_or_insert(header.key);
            self.message_key = Some(header.key);
        }
        let is_data = header.opcode < 8;
        self.skips_continuations |= !is_data && !header.fin;
        let is_skipped = header.opcode == CONTINUATION
            && self.message.is_none()
            && self.skips_continuations
            && self.does(Mutation::AcceptsFragmentedControls);
        let begun = match header.opcode {
            _ if is_skipped => Ok(()),
            _ if self.held_close.is_some() && self.does(Mutation::WaitsAfterClose) => Ok(()),
            _ if header.length > 1 << 30 && self.does(Mutation::MakesRoomForClaims) => Err(STALL),
            3..8 if !self.does(Mutation::AcceptsReservedData) => Ok(()),
            _ if is_data => Message::begin(&mut self.message, &header, &self.conduct),
            _ => Ok(()),
        };
        self.frame = Some(Frame { header, read: 0, control: Vec::new(), is_skipped });
        match begun {
            Err(code) => self.fail(code),
            // There may be no payload to wait for.
            Ok(()) if header.length == 0 => {
                if let Some(frame) = self.frame.take() {
                    self.payload(frame, Vec::new());
                }
            }
            Ok(()) => {}
        }
    }

    /// Takes payload of a frame. Returns whether it ended a message.
    fn payload(&mut self, mut frame: Frame, mut piece: Vec<u8>) -> bool {
        let header = frame.header;
        self.unmask(&frame, &mut piece);
        frame.read += piece.len() as u64;
        let is_end = frame.read == header.length;
        let is_ignored = frame.is_skipped
            || self.held_close.is_some() && self.does(Mutation::WaitsAfterClose)
            || matches!(header.opcode, 11..)
            || matches!(header.opcode, 3..8) && !self.does(Mutation::AcceptsReservedData);
        if is_ignored {
            if !is_end {
                self.frame = Some(frame);
            }
            return false;
        }
        if header.opcode >= 8 {
            frame.control.extend(&piece);
            match is_end {
                true => self.control(header.opcode, frame.control),
                false => self.frame = Some(frame),
            }
            return false;
        }
        self.frame = (!is_end).then_some(frame);
        match self.data(&header, &piece, is_end) {
            Ok(None) => false,
            Ok(Some((opcode, message))) => {
                self.deliver(opcode, &message);
                true
            }
            Err(code) => {
                self.fail(code);
                false
            }
        }
    }

    /// Byte i of the payload is combined with byte i mod 4 of the key (RFC 6455 5.3).
    fn unmask(&self, frame: &Frame, piece: &mut [u8]) {
        let Header { opcode, key, fin, .. } = frame.header;
        let first = self.first_key.filter(|first| *first != key).unwrap_or(key);
        let of_message = self.message_key.filter(|first| *first != key).unwrap_or(key);
        let key = match opcode {
            TEXT | BINARY if first != key && self.does(Mutation::KeepsTheFirstKey) => first,
            CONTINUATION
                if fin && of_message != key && self.does(Mutation::KeepsTheKeyAtFragments) =>
            {
                of_message
            }
            PING if self.message.is_some() && self.does(Mutation::KeepsTheKeyAtPings) => of_message,
            _ => key,
        };
        let mut at = (frame.read % 4) as usize;
        if at != 0 && opcode < CLOSE && self.does(Mutation::RestartsTheKey) {
            at = 0;
        }
        let count = match opcode {
            BINARY if self.does(Mutation::UnmasksWords) => piece.len() & !3,
            _ => piece.len(),
        };
        if frame.read > 0 && piece.len() > 512 && self.does(Mutation::SpoilsLongPieces) {
            piece[0] ^= 1;
        }
        for (byte, key) in piece[..count].iter_mut().zip(key.iter().cycle().skip(at)) {
            *byte ^= key;
        }
        if opcode < CLOSE && piece.is_ascii() && self.does(Mutation::UnmasksWrongly) {
            piece.iter_mut().for_each(|byte| *byte ^= 1);
        }
    }

    /// Takes payload of a data frame. Returns the message if it ends with it.
    fn data(
        &mut self,
        header: &Header,
        piece: &[u8],
        is_end: bool,
    ) -> Result<Option<(u8, Vec<u8>)>, u16> {
        let Self { conduct, message: slot, compression, .. } = self;
        let mut inflater = compression.as_mut().map(|(_, inflater)| inflater);
        let Some(message) = slot else { return Ok(None) };
        message.push(piece, is_end && header.fin, inflater.as_deref_mut(), conduct)?;
        if !is_end && let Some(inflater) = inflater.as_deref_mut() {
            message.piece_ended(inflater, conduct)?;
        }
        let is_empty_end = header.fin && header.length == 0 && header.opcode == CONTINUATION;
        if is_empty_end && conduct.does(Mutation::WaitsAfterEmptyFragment) {
            return Ok(None);
        }
        let ends = is_end
            && (header.fin || message.fragment_ended(header, inflater.as_deref_mut(), conduct)?);
        match slot.take() {
            Some(message) if ends => message.end(header, inflater, conduct),
            message => {
                *slot = message;
                Ok(None)
            }
        }
    }

    /// An echo endpoint: what comes goes back.
    fn deliver(&mut self, opcode: u8, message: &[u8]) {
        if self.goes_on && self.does(Mutation::AnswersPingsAfterClose) {
            return;
        }
        self.messages += 1;
        if self.messages == 3 && self.does(Mutation::LosesThirdMessage) {
            return;
        }
        self.send_message(opcode, message);
        for pong in std::mem::take(&mut self.held_pongs) {
            self.send(0x80 | PONG, &pong);
        }
    }

    fn send_message(&mut self, opcode: u8, message: &[u8]) {
        if self.does(Mutation::SendsReservedControls) {
            self.send(0x8B, b"");
        }
        if self.does(Mutation::BeginsTwice) {
            self.send(opcode, b"");
        }
        let rsv3 = if self.does(Mutation::SendsRsv3) { 0x10 } else { 0 };
        let Self { compression, conduct, .. } = self;
        let Some((deflater, _)) = compression else {
            return self.send(0x80 | rsv3 | opcode, message);
        };
        let compressed = deflater.deflate(message, conduct);
        if self.does(Mutation::SendsRsv1OnFragments) {
            self.send(0x40 | opcode, &compressed);
            return self.send(0xC0, b"");
        }
        self.send(0xC0 | rsv3 | opcode, &compressed);
    }

    fn control(&mut self, opcode: u8, payload: Vec<u8>) {
        self.controls += 1;
        self.controls_in_message =
            if self.message.is_some() { self.controls_in_message + 1 } else { 0 };
        if self.controls > 1500 && self.does(Mutation::StallsAtControls)
            || self.controls_in_message > 500 && self.does(Mutation::StallsAtControlsInside)
        {
            return self.fail(STALL);
        }
        match opcode {
            PING => self.ping(payload),
            PONG => self.pong(&payload),
            CLOSE if self.state == State::Open => self.close(&payload),
            _ => {}
        }
    }

    fn ping(&mut self, payload: Vec<u8>) {
        if self.state != State::Open && !self.does(Mutation::AnswersPingsAfterClose) {
            return;
        }
        self.pings_in_piece += 1;
        if self.does(Mutation::AnswersNoPing)
            || payload.is_empty() && self.does(Mutation::AnswersNoEmptyPing)
            || self.pings_in_piece > 1 && self.does(Mutation::AnswersTheFirstPing)
        {
            return;
        }
        if let Some(message) = &mut self.message {
            message.interrupted(&self.conduct);
            if self.does(Mutation::DelaysPongs) {
                return self.held_pongs.push_back(payload);
            }
        }
        if self.does(Mutation::AnswersPingsLate) {
            return self.held_pongs.push_back(payload);
        }
        let length = match payload.len() {
            1.. if self.does(Mutation::AnswersEmpty) => 0,
            125 if self.does(Mutation::AnswersTruncated) => 124,
            length if !payload.is_ascii() && self.does(Mutation::AnswersAsText) => {
                payload.iter().position(|byte| !byte.is_ascii()).unwrap_or(length)
            }
            length => length,
        };
        let rsv1 = self.compression.is_some() && self.does(Mutation::SendsRsv1OnPongs);
        let first = match () {
            () if rsv1 => 0xC0 | PONG,
            () if self.does(Mutation::AnswersWithPings) => 0x80 | PING,
            () if self.does(Mutation::SendsPongsWithoutFin) => PONG,
            () => 0x80 | PONG,
        };
        self.send(first, &payload[..length]);
        if self.does(Mutation::SendsLongControls) {
            self.send(0x80 | PONG, &[b'*'; 126]);
        }
    }

    fn pong(&mut self, payload: &[u8]) {
        if self.state != State::Open {
            return;
        }
        if self.does(Mutation::FailsAtPong)
            || self.message.is_some() && self.does(Mutation::RefusesControlsBetweenFragments)
        {
            return self.fail(1002);
        }
        if self.does(Mutation::AnswersPongs) {
            self.send(0x80 | PONG, payload);
        }
    }

    fn send(&mut self, first: u8, payload: &[u8]) {
        let opcode = first & 0x0F;
        let is_masked = match self.role {
            Role::Server => self.does(Mutation::Masks),
            Role::Client => {
                !(self.does(Mutation::DoesNotMask)
                    || opcode == PONG && self.does(Mutation::DoesNotMaskPongs)
                    || opcode == CLOSE && self.does(Mutation::DoesNotMaskClose))
            }
        };
        let is_reused = is_masked && self.does(Mutation::ReusesItsKey);
        if !is_reused {
            self.keys_used += 1;
        }
        // All that matters here is that no two are the same.
        let key = (self.keys_used as u32).wrapping_mul(0x9E37_79B9) ^ 0xA5A5_A5A5;
        let key = is_masked.then_some(key.to_be_bytes());
        let frame = frame::write(first, payload, key, &self.conduct);
        self.output.extend(frame);
    }
}
