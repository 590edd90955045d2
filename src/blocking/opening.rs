use alloc::vec::Vec;
use core::time::Duration;
use std::io::{self, Read, Write};

use super::{
    SocketOf, WebSocket,
    countdown::Countdown,
    link::{Link, SLICE, is_vain},
};
use crate::{
    buffered::{ReadBuffer, WriteBuffer},
    connection::{Connection, MAX_DRAIN},
    error::Error,
    handshake::HandshakeError,
    opening::client::refusal_or,
    options::Options,
    time::Deadline,
};

/// A stream during the opening handshake, for which there is one limit in time in all.
#[derive(Debug)]
pub(super) struct Opening<S: Read + Write> {
    link: Link<S>,
    input: ReadBuffer,
    output: WriteBuffer,
    countdown: Countdown,
}

impl<S: Read + Write> Opening<S> {
    pub(super) fn new(
        stream: S,
        socket: Option<SocketOf<S>>,
        countdown: Countdown,
        options: &Options,
    ) -> io::Result<Self> {
        let mut link = Link::new(stream);
        link.set_socket(socket)?;
        let output = WriteBuffer::new(&options.config);
        Ok(Self { link, input: ReadBuffer::default(), output, countdown })
    }

    /// All that was read.
    pub(super) fn input(&self) -> &[u8] {
        self.input.unread()
    }

    /// Where to append what is to be sent.
    pub(super) fn out(&mut self) -> &mut Vec<u8> {
        self.output.out()
    }

    /// What was read, and where to append what is to be sent.
    pub(super) fn input_and_out(&mut self) -> (&[u8], &mut Vec<u8>) {
        (self.input.unread(), self.output.out())
    }

    /// Takes `count` bytes off the front of what was read.
    pub(super) fn consume(&mut self, count: usize) {
        self.input.consume(count);
    }

    /// Writes all, within what is left of the time; for one turn at least, so that a peer that is
    /// late can be told so.
    pub(super) fn flush(&mut self) -> Result<(), Error> {
        loop {
            let patience = self.countdown.left().unwrap_or(SLICE).min(SLICE);
            let result = match self.output.unwritten() {
                [] => self.link.flush(patience).map(|()| 0),
                unwritten => self.link.write(unwritten, &[], patience),
            };
            match result {
                Ok(0) => return Ok(()),
                Ok(count) => self.output.written(count),
                Err(error) if self.is_worth_another(&error) => {
                    if self.countdown.left().is_none() {
                        return Err(Error::Timeout(Deadline::Handshake));
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Reads more. `false`: the stream has ended.
    pub(super) fn read(&mut self) -> Result<bool, Error> {
        loop {
            let left = self.countdown.left();
            if left.is_none() && self.link.has_socket() {
                return Err(Error::Timeout(Deadline::Handshake));
            }
            match self.link.read(self.input.unfilled(), left) {
                Ok(count) => {
                    self.input.filled(count);
                    return Ok(count > 0);
                }
                Err(error) if self.is_worth_another(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Reads more of a response. `so_far` is what the handshake failed with if nothing more comes.
    pub(super) fn read_or(
        &mut self,
        so_far: impl FnOnce(&[u8]) -> HandshakeError,
    ) -> Result<(), Error> {
        match self.read() {
            Ok(true) => Ok(()),
            Ok(false) => Err(so_far(self.input()).into()),
            Err(failure) => Err(refusal_or(failure, so_far(self.input()))),
        }
    }

    /// Writes the refusal that was queued, and ends the stream.
    pub(super) fn refuse(mut self, limit: Duration) {
        // What counts is why it was refused.
        let _ = self.flush();
        self.link.shutdown_write();
        let countdown = Countdown::start(limit);
        let mut drained = 0_usize;
        // RFC 6455 10.7: what we wrote last is not lost to a reset, and nobody makes us wait for ever.
        while let Some(left) = countdown.left().filter(|_| drained < MAX_DRAIN) {
            match self.link.discard(left) {
                Some(0) => return,
                count => drained = drained.saturating_add(count.unwrap_or_default()),
            }
        }
    }

    /// Whether the call that has failed can be made again: with a socket, the time is looked at.
    fn is_worth_another(&self, error: &io::Error) -> bool {
        error.kind() == io::ErrorKind::Interrupted || self.link.has_socket() && is_vain(error)
    }

    /// Ends the stream, of which nothing more is wanted.
    pub(super) fn end(mut self) {
        self.link.shutdown_write();
    }

    /// Goes over to frames, which begin where the input now does.
    pub(super) fn finish(
        mut self,
        connection: Connection,
        subprotocol: Option<&str>,
        options: &Options,
    ) -> Result<WebSocket<S>, Error> {
        self.flush()?;
        self.link.set_read_timeout(None)?;
        let Self { link, input, output, .. } = self;
        Ok(WebSocket::new(link, connection, input, output, subprotocol, options))
    }
}
