use alloc::vec::Vec;
use core::time::Duration;
use std::io::{self, Read, Write};

use super::{
    SocketOf, WebSocket,
    countdown::Countdown,
    link::{Link, Until, is_timeout},
    stall::SLICE,
};
use crate::{
    buffered::{ReadBuffer, WriteBuffer},
    connection::Connection,
    error::Error,
    handshake::HandshakeError,
    opening::client::refusal_or,
    options::Options,
    time::TimeoutKind,
};

/// A stream during the opening handshake, for which there is one limit in time in all.
#[derive(Debug)]
pub(super) struct Opening<S: Read + Write> {
    link: Link<S>,
    input: ReadBuffer,
    countdown: Countdown,
}

impl<S: Read + Write> Opening<S> {
    pub(super) fn new(
        stream: S,
        socket: Option<SocketOf<S>>,
        countdown: Countdown,
        options: &Options,
    ) -> io::Result<Self> {
        let buffer = WriteBuffer::default();
        let mut link = Link::new(stream, buffer, options.write_timeout);
        link.set_socket(socket)?;
        Ok(Self { link, input: ReadBuffer::default(), countdown })
    }

    /// All that was read.
    pub(super) fn input(&self) -> &[u8] {
        self.input.unread()
    }

    /// Where to append what is to be sent.
    pub(super) fn out(&mut self) -> &mut Vec<u8> {
        self.link.buffer.out()
    }

    /// What was read, and where to append what is to be sent.
    pub(super) fn input_and_out(&mut self) -> (&[u8], &mut Vec<u8>) {
        (self.input.unread(), self.link.buffer.out())
    }

    /// Takes `count` bytes off the front of what was read.
    pub(super) fn consume(&mut self, count: usize) {
        self.input.consume(count);
    }

    /// Writes all, within what is left of the time; for one turn at least, so that a peer that is
    /// late can be told so.
    pub(super) fn flush(&mut self) -> Result<(), Error> {
        loop {
            self.link.flush(Until::Turn(self.countdown.left().unwrap_or(SLICE).min(SLICE)))?;
            if self.link.is_written() {
                return Ok(());
            }
            if self.countdown.left().is_none() {
                return Err(Error::Timeout(TimeoutKind::Handshake));
            }
        }
    }

    /// Reads more. `false`: the stream has ended.
    pub(super) fn read(&mut self) -> Result<bool, Error> {
        loop {
            if self.link.has_socket() {
                let left = self.countdown.left().ok_or(Error::Timeout(TimeoutKind::Handshake))?;
                self.link.set_read_timeout(Some(left))?;
            }
            match self.link.read(self.input.unfilled()) {
                Ok(count) => {
                    self.input.filled(count);
                    return Ok(count > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // With a socket, the time is looked at again.
                Err(error) if is_timeout(&error) && self.link.has_socket() => {}
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
        self.link.drain(limit);
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
        Ok(WebSocket::new(self.link, connection, self.input, subprotocol, options))
    }
}
