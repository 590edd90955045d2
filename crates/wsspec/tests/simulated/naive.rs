//! A small implementation of the protocol on open connections, which can break one rule on request.

use std::time::Duration;

use sansocket::Role;
use wsspec::{Frame, close, frame, pong};

use super::simulation::Peer;

/// A rule that is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Breaks {
    Nothing,
    // What it accepts.
    ReservedBits,
    Opcodes,
    ControlFragments,
    LongControls,
    Masking,
    WideLengths,
    TopBit,
    StrayContinuations,
    MixedMessages,
    InvalidText,
    LateText,
    ShortClose,
    CloseCodes,
    CloseReasons,
    // How it reads.
    StaleKey,
    NoUnmasking,
    UnmasksWords,
    RefusesKeyOfZeros,
    ByteOrder,
    RefusesCutLetters,
    RefusesNonCharacters,
    RefusesNewCodes,
    RefusesPongs,
    ControlsEndMessages,
    CutFrames,
    SecondFrames,
    EmptyFragments,
    ForgetsType,
    GoesOnAfterFailure,
    NeverFails,
    // What it sends.
    OwnMasking,
    SameKey,
    CountedKeys,
    OwnWideLengths,
    OwnByteOrder,
    EchoesPings,
    OwnReservedBits,
    OwnFragments,
    NoPongs,
    EmptyPongs,
    LatePongs,
    PongsForPongs,
    PongFragments,
    NoCloseAnswer,
    LateCloseAnswer,
    EchoesAfterClose,
    AnswersEachClose,
    Sends1005,
    Sends1006,
    FailsWith1000,
    StaysAfterClose,
    StaysAfterFailure,
    EndsFirst,
    StaysAfterEnd,
}

pub(crate) struct Naive {
    role: Role,
    breaks: Breaks,
    input: Vec<u8>,
    is_open: bool,
    message: Option<(u8, Vec<u8>)>,
    has_failed: bool,
    has_closed: bool,
    has_ended: bool,
    last_key: Option<[u8; 4]>,
    frames_sent: u32,
    held_pong: Option<Frame>,
    held_close: Option<Frame>,
    out: Vec<u8>,
}

struct Header {
    fin: bool,
    rsv: u8,
    opcode: u8,
    key: Option<[u8; 4]>,
    length: u64,
    width: usize,
    /// Of the header itself.
    size: usize,
}

fn header(bytes: &[u8]) -> Option<Header> {
    let (first, second) = (*bytes.first()?, *bytes.get(1)?);
    let (length, width) = match second & 0x7F {
        126 => (u64::from(u16::from_be_bytes(*bytes[2..].first_chunk()?)), 2),
        127 => (u64::from_be_bytes(*bytes[2..].first_chunk()?), 8),
        length => (u64::from(length), 0),
    };
    let is_masked = second & 0x80 != 0;
    let key = if is_masked { Some(*bytes[2 + width..].first_chunk()?) } else { None };
    let size = 2 + width + if is_masked { 4 } else { 0 };
    let (fin, rsv, opcode) = (first & 0x80 != 0, first >> 4 & 7, first & 15);
    Some(Header { fin, rsv, opcode, key, length, width, size })
}

/// Whether no more bytes can make it valid.
fn is_hopeless(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_err_and(|error| error.error_len().is_some())
}

impl Naive {
    pub(crate) fn new(role: Role, breaks: Breaks) -> Self {
        Self {
            role,
            breaks,
            input: Vec::new(),
            is_open: false,
            message: None,
            has_failed: false,
            has_closed: false,
            has_ended: false,
            last_key: None,
            frames_sent: 0,
            held_pong: None,
            held_close: None,
            out: Vec::new(),
        }
    }

    fn breaks(&self, breaks: Breaks) -> bool {
        self.breaks == breaks
    }

    /// What is wrong with a header, unless it is what is let pass.
    fn violation(&self, header: &Header) -> Option<u16> {
        let is_control = header.opcode >= 8;
        let needed = match header.length {
            0..126 => 0,
            126..0x1_0000 => 2,
            _ => 8,
        };
        let wrong = [
            (header.rsv != 0, Breaks::ReservedBits),
            (matches!(header.opcode, 3..=7 | 11..=15), Breaks::Opcodes),
            (is_control && !header.fin, Breaks::ControlFragments),
            (is_control && header.length > 125, Breaks::LongControls),
            (header.key.is_some() != (self.role == Role::Server), Breaks::Masking),
            (header.width != needed, Breaks::WideLengths),
            (header.length >> 63 != 0, Breaks::TopBit),
            (header.opcode == 0 && self.message.is_none(), Breaks::StrayContinuations),
            (matches!(header.opcode, 1 | 2) && self.message.is_some(), Breaks::MixedMessages),
        ];
        let refuses = match self.breaks {
            Breaks::RefusesPongs => header.opcode == 10,
            Breaks::RefusesKeyOfZeros => header.key == Some([0; 4]),
            _ => false,
        };
        if refuses {
            return Some(1002);
        }
        wrong.iter().any(|(is_wrong, breaks)| *is_wrong && !self.breaks(*breaks)).then_some(1002)
    }

    fn read(&mut self) {
        if !self.is_open {
            let Some(end) = self.input.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
                return;
            };
            self.input.drain(..end + 4);
            self.is_open = true;
            if self.role == Role::Server {
                self.out.extend(b"HTTP/1.1 101 Switching Protocols\r\n\r\n");
            }
        }
        while !self.is_over() && self.frame() {}
        if self.is_over() || self.breaks(Breaks::CutFrames) {
            self.input.clear();
        }
    }

    fn is_over(&self) -> bool {
        let reads_after_close =
            matches!(self.breaks, Breaks::EchoesAfterClose | Breaks::AnswersEachClose);
        self.has_failed && !self.breaks(Breaks::GoesOnAfterFailure)
            || self.has_closed && !reads_after_close
    }

    /// Reads a frame. Returns `false` if it is not all there.
    fn frame(&mut self) -> bool {
        let Some(mut header) = header(&self.input) else { return false };
        if self.breaks(Breaks::TopBit) {
            header.length &= u64::MAX >> 1;
        }
        if self.breaks(Breaks::ByteOrder) && header.width == 2 {
            header.length = u64::from((header.length as u16).swap_bytes());
        }
        let violation = self.violation(&header);
        let (size, length) = (header.size, usize::try_from(header.length).unwrap());
        let there = self.input.len().min(size.saturating_add(length));
        let is_complete = there - size == length;
        // A long frame is looked at only when it is there: that is fast enough for tests.
        if violation.is_none() && !is_complete && length > 1000 {
            return false;
        }
        let mut payload = self.input[size..there].to_vec();
        let key = match (self.breaks, self.last_key) {
            (Breaks::StaleKey, Some(key)) if header.key.is_some() => Some(key),
            (Breaks::NoUnmasking, _) => None,
            _ => header.key,
        };
        if let Some(key) = key {
            let count = match self.breaks {
                Breaks::UnmasksWords => payload.len() & !3,
                _ => payload.len(),
            };
            let masked = payload.iter_mut().take(count);
            masked.zip(key.iter().cycle()).for_each(|(byte, key)| *byte ^= key);
        }
        if let Some(code) = violation {
            self.fail(code);
            if !self.breaks(Breaks::NeverFails) && !self.breaks(Breaks::GoesOnAfterFailure) {
                return false;
            }
        } else if header.opcode < 8 && self.is_hopeless_so_far(&header, &payload) {
            self.fail(1007);
            return false;
        }
        if !is_complete {
            return false;
        }
        self.last_key = self.last_key.or(header.key);
        self.input.drain(..size + length);
        if self.breaks(Breaks::SecondFrames) {
            self.input.clear();
        }
        if violation.is_none() {
            self.handle(&header, payload);
        }
        true
    }

    fn is_hopeless_so_far(&self, header: &Header, payload: &[u8]) -> bool {
        let is_whole = payload.len() as u64 == header.length;
        if self.breaks(Breaks::RefusesCutLetters) && is_whole && header.opcode == 1 && !header.fin {
            return std::str::from_utf8(payload).is_err();
        }
        let opcode = self.message.as_ref().map_or(header.opcode, |(opcode, _)| *opcode);
        let before = self.message.as_ref().map(|(_, before)| &before[..]).unwrap_or_default();
        let is_checked = !matches!(self.breaks, Breaks::InvalidText | Breaks::LateText);
        opcode == 1 && is_checked && is_hopeless(&[before, payload].concat())
    }

    fn handle(&mut self, header: &Header, payload: Vec<u8>) {
        let is_ignored = self.has_closed
            && match self.breaks {
                Breaks::EchoesAfterClose => header.opcode > 2,
                _ => header.opcode != 8,
            };
        if header.opcode >= 8 && self.breaks(Breaks::ControlsEndMessages) {
            self.message = None;
        }
        match header.opcode {
            _ if is_ignored => {}
            8 => self.close(payload),
            9 => self.ping(payload),
            10 if self.breaks(Breaks::PongsForPongs) => self.send(&pong(payload)),
            0..=2 => {
                if let Some(pong) = self.held_pong.take() {
                    self.send(&pong);
                }
                self.data(header, payload);
            }
            _ => {}
        }
    }

    fn data(&mut self, header: &Header, payload: Vec<u8>) {
        let is_dropped = self.breaks(Breaks::EmptyFragments) && payload.is_empty() && !header.fin;
        let (opcode, mut all) = match self.message.take() {
            Some(message) if header.opcode == 0 => message,
            _ => (header.opcode, Vec::new()),
        };
        if is_dropped && header.opcode != 0 {
            return;
        }
        all.extend(payload);
        if !header.fin {
            self.message = Some((opcode, all));
            return;
        }
        if let Some(close) = self.held_close.take() {
            self.answer_close(&close);
        }
        if opcode == 1 && std::str::from_utf8(&all).is_err() && !self.breaks(Breaks::InvalidText) {
            return self.fail(1007);
        }
        let is_character = |character: char| u32::from(character) & 0xFFFE != 0xFFFE;
        if self.breaks(Breaks::RefusesNonCharacters)
            && std::str::from_utf8(&all).is_ok_and(|text| !text.chars().all(is_character))
        {
            return self.fail(1007);
        }
        let opcode = if self.breaks(Breaks::ForgetsType) { 2 } else { opcode };
        if self.breaks(Breaks::OwnFragments) {
            self.send(&frame(opcode, "").unfinished());
        }
        self.send(&frame(opcode, all));
    }

    fn ping(&mut self, payload: Vec<u8>) {
        let answer = match self.breaks {
            Breaks::NoPongs => return,
            Breaks::EchoesPings => frame(2, payload),
            Breaks::EmptyPongs => pong(""),
            Breaks::PongFragments => pong(payload).unfinished(),
            _ => pong(payload),
        };
        if self.breaks(Breaks::LatePongs) {
            self.held_pong = Some(answer);
        } else {
            self.send(&answer);
        }
    }

    fn close(&mut self, payload: Vec<u8>) {
        let code = payload.first_chunk().map(|code| u16::from_be_bytes(*code));
        let last = if self.breaks(Breaks::RefusesNewCodes) { 1011 } else { 1014 };
        let is_valid =
            |code| matches!(code, 1000..=1003 | 3000..=4999) || (1007..=last).contains(&code);
        if payload.len() == 1 && !self.breaks(Breaks::ShortClose) {
            return self.fail(1002);
        }
        if code.is_some_and(|code| !is_valid(code)) && !self.breaks(Breaks::CloseCodes) {
            return self.fail(1002);
        }
        let reason = payload.get(2..).unwrap_or_default();
        if std::str::from_utf8(reason).is_err() && !self.breaks(Breaks::CloseReasons) {
            return self.fail(1007);
        }
        let answer = match code {
            _ if self.breaks(Breaks::NoCloseAnswer) => return self.has_closed = true,
            None if self.breaks(Breaks::Sends1005) => close(1005, ""),
            None if payload.is_empty() => frame(8, ""),
            None => close(1000, ""),
            Some(code) => close(code, ""),
        };
        if self.breaks(Breaks::LateCloseAnswer) && self.message.is_some() {
            self.held_close = Some(answer);
        } else {
            self.answer_close(&answer);
        }
    }

    fn answer_close(&mut self, answer: &Frame) {
        self.send(answer);
        self.has_closed = true;
        let ends = match self.role {
            Role::Server => !self.breaks(Breaks::StaysAfterClose),
            Role::Client => self.breaks(Breaks::EndsFirst),
        };
        self.has_ended |= ends;
    }

    fn fail(&mut self, code: u16) {
        if self.has_failed || self.breaks(Breaks::NeverFails) {
            return;
        }
        self.has_failed = true;
        let code = match self.breaks {
            Breaks::FailsWith1000 => 1000,
            Breaks::Sends1006 => 1006,
            _ => code,
        };
        self.send(&close(code, ""));
        let stays = matches!(self.breaks, Breaks::StaysAfterFailure | Breaks::GoesOnAfterFailure);
        self.has_ended |= !stays;
    }

    fn send(&mut self, frame: &Frame) {
        if self.has_ended {
            return;
        }
        self.frames_sent += 1;
        let number = match self.breaks {
            Breaks::SameKey => 7,
            Breaks::CountedKeys => self.frames_sent,
            _ => self.frames_sent.wrapping_pow(3).wrapping_mul(0x9E37_79B9),
        };
        let frame = frame.clone();
        let frame = match self.breaks {
            Breaks::OwnMasking => frame.wrongly_masked(),
            Breaks::OwnWideLengths => frame.length_in_8_bytes(),
            Breaks::OwnReservedBits => frame.rsv(0b010),
            _ => frame,
        };
        let mut bytes = frame.encode(self.role, number.to_be_bytes());
        if self.breaks(Breaks::OwnByteOrder) && bytes[1] & 0x7F == 126 {
            bytes.swap(2, 3);
        }
        self.out.extend(bytes);
    }
}

impl Peer for Naive {
    fn receive(&mut self, bytes: &[u8], _: Duration) -> Vec<u8> {
        self.input.extend(bytes);
        self.read();
        std::mem::take(&mut self.out)
    }

    fn end_of_stream(&mut self, _: Duration) -> Vec<u8> {
        self.has_ended |= !self.breaks(Breaks::StaysAfterEnd);
        Vec::new()
    }

    fn tick(&mut self, now: Duration) -> Vec<u8> {
        if self.role == Role::Client && now == Duration::ZERO && !self.is_open {
            return b"GET / HTTP/1.1\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
                .to_vec();
        }
        Vec::new()
    }

    fn has_ended(&self) -> bool {
        self.has_ended
    }
}
