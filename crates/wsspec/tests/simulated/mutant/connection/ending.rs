//! How a connection ends (RFC 6455 5.5.1 and 7.1).

use sansocket::Role;

use super::{Connection, State};
use crate::mutant::{
    closing,
    frame::{CLOSE, PING},
    messages::STALL,
    mutation::Mutation,
};

impl Connection {
    pub(super) fn close(&mut self, payload: &[u8]) {
        if closing::is_ignored(payload, &self.conduct) {
            return;
        }
        if let Err(code) = closing::check(payload, &self.conduct) {
            return self.fail(code);
        }
        if self.does(Mutation::IgnoresClose)
            || self.message.is_some() && self.does(Mutation::IgnoresCloseBetweenFragments)
        {
            return;
        }
        if payload.starts_with(&1002_u16.to_be_bytes()) && self.does(Mutation::EndsAtProtocolError)
        {
            self.state = State::Closed;
            self.has_ended = true;
            return;
        }
        if self.does(Mutation::HoldsClose) || self.does(Mutation::WaitsAfterClose) {
            self.held_close = Some(payload.to_vec());
            return;
        }
        self.answer_close(payload);
    }

    pub(super) fn answer_close(&mut self, payload: &[u8]) {
        self.state = State::Closed;
        if self.does(Mutation::EndsWithoutClose) {
            self.has_ended = true;
            return;
        }
        let answer = closing::answer(payload, &self.conduct);
        self.send(0x80 | CLOSE, &answer);
        if self.does(Mutation::AnswersTwice) {
            self.send(0x80 | CLOSE, &answer);
        }
        if self.does(Mutation::SendsAfterClose) {
            self.send(0x80 | PING, b"");
        }
        self.goes_on =
            self.does(Mutation::EchoesAfterClose) || self.does(Mutation::AnswersPingsAfterClose);
        // The server ends TCP first (RFC 6455 7.1.1).
        self.has_ended = match self.role {
            Role::Server => !self.goes_on && !self.does(Mutation::StaysAfterClose),
            Role::Client => self.does(Mutation::EndsAtOnce),
        };
    }

    /// Fails the connection (RFC 6455 7.1.7): a Close frame with a code, then the end.
    pub(super) fn fail(&mut self, code: u16) {
        if self.state != State::Open {
            return;
        }
        if code == STALL {
            self.state = State::Stalled;
            return;
        }
        self.state = State::Closed;
        self.has_failed = true;
        let code = match code {
            _ if self.does(Mutation::FailsNormally) => 1000,
            _ if self.does(Mutation::FailsWith1006) => 1006,
            1007 if self.does(Mutation::SaysProtocolErrorForText) => 1002,
            1009 if self.does(Mutation::SaysProtocolErrorForSize) => 1002,
            code => code,
        };
        if !self.does(Mutation::FailsSilently) {
            self.send(0x80 | CLOSE, &code.to_be_bytes());
        }
        self.message = None;
        self.goes_on = self.does(Mutation::ProcessesAfterFailure);
        if let Some(frame) = &mut self.frame {
            frame.is_skipped = true;
        }
        self.has_ended = !self.goes_on && !self.does(Mutation::FailsWithoutEnd);
    }

    /// Fails at a header. Returns how much a mutant skips that goes on.
    pub(super) fn fail_at_header(&mut self, bytes: &[u8]) -> usize {
        let short = usize::from(bytes[1] & 0x7F);
        let masked = if bytes[1] & 0x80 != 0 { 4 } else { 0 };
        let length = (2 + masked + short).min(bytes.len());
        let is_close_next = bytes.get(length).is_some_and(|first| first & 0x0F == CLOSE);
        if is_close_next && self.does(Mutation::PrefersLaterClose) {
            return length;
        }
        self.fail(1002);
        if self.goes_on { length } else { bytes.len() }
    }
}
