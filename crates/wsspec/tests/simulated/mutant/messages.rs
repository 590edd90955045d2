//! Messages out of frames (RFC 6455 5.4, 5.6 and 6.2).

use super::{
    compression::{Failure, Inflater},
    frame::{BINARY, CONTINUATION, Header, TEXT},
    mutation::{Conduct, Mutation},
    utf8,
};

/// No message may be longer.
pub(crate) const MAX_MESSAGE: usize = 16 << 20;

/// What mutants take for many fragments.
const MANY: usize = 1000;

/// In place of a code: a mutant says nothing more.
pub(crate) const STALL: u16 = 0;

const PROTOCOL_ERROR: u16 = 1002;
const INVALID_DATA: u16 = 1007;
const TOO_BIG: u16 = 1009;

/// The message that comes.
#[derive(Debug)]
pub(crate) struct Message {
    opcode: u8,
    is_compressed: bool,
    bytes: Vec<u8>,
    check: utf8::Check,
    /// Whether it is known not to be UTF-8.
    is_invalid: bool,
    fragments: usize,
}

impl Message {
    /// Takes the header of a data frame. The code is that of the Close frame if it breaks a rule.
    pub(crate) fn begin(
        message: &mut Option<Self>,
        header: &Header,
        conduct: &Conduct,
    ) -> Result<(), u16> {
        let does = |mutation| conduct.does(mutation);
        let begins = match (message.is_some(), header.opcode) {
            (true, CONTINUATION) => false,
            (true, _) if does(Mutation::AcceptsInterleaved) => false,
            (true, _) if does(Mutation::RestartsInside) => true,
            (false, CONTINUATION) if does(Mutation::AcceptsStrayContinuation) => true,
            (false, CONTINUATION) if !header.fin && does(Mutation::IgnoresStrayFragment) => {
                return Ok(());
            }
            (false, CONTINUATION) if does(Mutation::IgnoresStrayContinuation) => true,
            (true, _) | (false, CONTINUATION) => return Err(PROTOCOL_ERROR),
            (false, _) => true,
        };
        if begins {
            let opcode = if header.opcode == TEXT { TEXT } else { BINARY };
            *message = Some(Self {
                opcode,
                is_compressed: header.rsv1,
                bytes: Vec::new(),
                check: utf8::Check::default(),
                is_invalid: false,
                fragments: 0,
            });
        }
        let Some(message) = message else { return Ok(()) };
        message.fragments += 1;
        if message.fragments > MANY && conduct.does(Mutation::StallsAtFragments) {
            return Err(STALL);
        }
        message.check_length(header.length as usize, conduct)
    }

    fn check_length(&self, more: usize, conduct: &Conduct) -> Result<(), u16> {
        let length = self.bytes.len().saturating_add(more);
        let is_accepted = match length {
            0..=0x8000 => true,
            0x8001..=MAX_MESSAGE => !conduct.does(Mutation::HasSmallLimit),
            _ if self.is_compressed && conduct.does(Mutation::CutsWhatInflates) => true,
            _ => conduct.does(Mutation::HasNoLimit),
        };
        if is_accepted { Ok(()) } else { Err(TOO_BIG) }
    }

    /// Takes payload. `is_end` is whether the message ends with it.
    pub(crate) fn push(
        &mut self,
        payload: &[u8],
        is_end: bool,
        inflater: Option<&mut Inflater>,
        conduct: &Conduct,
    ) -> Result<(), u16> {
        let start = self.bytes.len();
        if is_end && self.fragments > 1 && conduct.does(Mutation::LosesLastFragment)
            || self.fragments > MANY && conduct.does(Mutation::LosesLaterFragments)
        {
            return Ok(());
        }
        match inflater {
            Some(inflater)
                if self.is_compressed && !conduct.does(Mutation::DoesNotInflate)
                    || !self.is_compressed && conduct.does(Mutation::InflatesEverything) =>
            {
                let inflated = inflater.inflate(payload, &mut self.bytes, MAX_MESSAGE, conduct);
                inflated.map_err(code)?;
                let is_nothing = payload.len() > 10_000 && self.bytes.is_empty();
                if is_nothing && conduct.does(Mutation::StallsAtEmptyBlocks) {
                    return Err(STALL);
                }
            }
            _ => self.bytes.extend(payload),
        }
        self.check_text(start, is_end, conduct)
    }

    /// Text is checked as it comes (RFC 6455 8.1).
    fn check_text(&mut self, start: usize, is_end: bool, conduct: &Conduct) -> Result<(), u16> {
        let does = |mutation| conduct.does(mutation);
        if self.opcode != TEXT || self.is_invalid {
            return Ok(());
        }
        if !self.check.push(&self.bytes[start..], conduct) {
            if does(Mutation::ChecksNoText)
                || self.fragments > 1 && does(Mutation::ChecksNoFragments)
                || self.is_compressed && does(Mutation::ChecksNoInflatedText)
                || !is_end && does(Mutation::ChecksAtTheEnd)
            {
                self.is_invalid = true;
                return Ok(());
            }
            return Err(INVALID_DATA);
        }
        Ok(())
    }

    /// Further payload of the frame is still to be read.
    pub(crate) fn piece_ended(
        &mut self,
        inflater: &mut Inflater,
        conduct: &Conduct,
    ) -> Result<(), u16> {
        if self.is_compressed && conduct.does(Mutation::InflatesPieces) {
            inflater.end(&mut self.bytes, MAX_MESSAGE, conduct).map_err(code)?;
        }
        Ok(())
    }

    /// A frame has ended, but not the message. Returns whether it ends all the same.
    pub(crate) fn fragment_ended(
        &mut self,
        header: &Header,
        inflater: Option<&mut Inflater>,
        conduct: &Conduct,
    ) -> Result<bool, u16> {
        let does = |mutation| conduct.does(mutation);
        if self.opcode == TEXT && !self.check.is_whole() && does(Mutation::ResetsAtFragments) {
            return Err(INVALID_DATA);
        }
        if self.is_compressed
            && let Some(inflater) = inflater
            && does(Mutation::InflatesEachFragment)
        {
            inflater.end(&mut self.bytes, MAX_MESSAGE, conduct).map_err(code)?;
        }
        Ok(header.length == 0 && does(Mutation::EndsAtEmptyFragment))
    }

    /// Ends the message: its opcode and payload.
    pub(crate) fn end(
        mut self,
        header: &Header,
        inflater: Option<&mut Inflater>,
        conduct: &Conduct,
    ) -> Result<Option<(u8, Vec<u8>)>, u16> {
        let does = |mutation| conduct.does(mutation);
        if let Some(inflater) = inflater {
            let is_inflated = match self.is_compressed {
                true => !does(Mutation::DoesNotInflate),
                false => does(Mutation::InflatesEverything),
            };
            if is_inflated {
                let start = self.bytes.len();
                inflater.end(&mut self.bytes, MAX_MESSAGE, conduct).map_err(code)?;
                self.check_text(start, true, conduct)?;
            } else if does(Mutation::ForgetsWindowAtPlain) {
                inflater.forget();
            }
        }
        if !self.is_text_accepted(conduct) {
            return Err(INVALID_DATA);
        }
        let opcode = match self.opcode {
            TEXT if self.fragments > 2 && does(Mutation::TakesTypeOfLastFragment) => BINARY,
            TEXT if does(Mutation::DeliversTextAsBinary) => BINARY,
            BINARY if does(Mutation::DeliversBinaryAsText) => TEXT,
            opcode => opcode,
        };
        let wrong_at = match self.bytes.len() {
            1 => Some(Mutation::WrongAt1),
            125 => Some(Mutation::WrongAt125),
            126 => Some(Mutation::WrongAt126),
            127 | 128 => Some(Mutation::WrongAt127),
            65_535 => Some(Mutation::WrongAt65535),
            65_536 => Some(Mutation::WrongAt65536),
            _ => None,
        };
        if wrong_at.is_some_and(does) {
            self.bytes.pop();
        }
        let is_lost = self.bytes.is_empty() && does(Mutation::DropsEmptyMessages)
            || self.fragments == 1
                && header.opcode == CONTINUATION
                && does(Mutation::IgnoresStrayContinuation);
        if self.bytes.len() > 512 << 10 && does(Mutation::CutsLongMessages) {
            self.bytes.truncate(512 << 10);
        }
        if self.is_compressed
            && self.opcode == TEXT
            && !self.bytes.is_ascii()
            && does(Mutation::TakesInflatedTextForLatin1)
        {
            self.bytes = latin1(self.bytes);
        }
        let type_of_message = self.opcode;
        Ok((!is_lost).then(|| (opcode, change(type_of_message, self.bytes, conduct))))
    }

    /// Whether the type of the whole message fits its data.
    fn is_text_accepted(&self, conduct: &Conduct) -> bool {
        let does = |mutation| conduct.does(mutation);
        if self.opcode == BINARY {
            let is_checked = does(Mutation::ChecksBinary)
                || self.is_compressed && does(Mutation::ChecksInflatedBinary);
            return !is_checked || core::str::from_utf8(&self.bytes).is_ok();
        }
        // That it was accepted until now is the doing of a mutant.
        if self.is_invalid {
            return !does(Mutation::ChecksAtTheEnd);
        }
        self.check.is_whole()
            || does(Mutation::AcceptsTruncated)
            || does(Mutation::ChecksNoText)
            || self.fragments > 1 && does(Mutation::ChecksNoFragments)
            || self.is_compressed && does(Mutation::ChecksNoInflatedText)
    }

    /// A Ping has come between the fragments.
    pub(crate) fn interrupted(&mut self, conduct: &Conduct) {
        if conduct.does(Mutation::LosesFragmentsAtPing) {
            self.bytes.clear();
        }
    }
}

/// What mutants do to data.
fn change(opcode: u8, mut bytes: Vec<u8>, conduct: &Conduct) -> Vec<u8> {
    let does = |mutation| conduct.does(mutation);
    if opcode == BINARY {
        let nul = bytes.iter().position(|byte| *byte == 0);
        if let Some(at) = nul.filter(|_| does(Mutation::EndsAtNul)) {
            bytes.truncate(at);
        }
        return bytes;
    }
    if !bytes.is_ascii() && does(Mutation::TakesTextForLatin1) {
        return latin1(bytes);
    }
    if bytes.iter().any(u8::is_ascii_control) && does(Mutation::DropsControlCharacters) {
        bytes.retain(|byte| !byte.is_ascii_control());
    }
    bytes
}

/// Bytes that are taken for Latin 1, as UTF-8.
fn latin1(bytes: Vec<u8>) -> Vec<u8> {
    bytes.into_iter().map(char::from).collect::<String>().into_bytes()
}

fn code(failure: Failure) -> u16 {
    match failure {
        Failure::Invalid => INVALID_DATA,
        Failure::TooBig => TOO_BIG,
    }
}
