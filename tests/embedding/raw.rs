//! A connection whose frames the test reads and writes one by one.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use sansocket::Role;
use sansocket::blocking::WebSocket;
use sansocket::buffered::ReadBuffer;

use crate::wire::{self, Sent};

pub(crate) struct Raw {
    pub(crate) stream: TcpStream,
    peer: Role,
    read: Vec<u8>,
}

impl Raw {
    pub(crate) fn connect(url: &str) -> Self {
        let parts = WebSocket::connect(url).unwrap().into_parts();
        let stream = parts.stream.tcp_stream().try_clone().unwrap();
        Self::of(stream, &parts.read_buffer, Role::Server)
    }

    pub(crate) fn accept(stream: TcpStream) -> Self {
        let parts = WebSocket::accept(stream).unwrap().into_parts();
        Self::of(parts.stream, &parts.read_buffer, Role::Client)
    }

    fn of(stream: TcpStream, read_buffer: &ReadBuffer, peer: Role) -> Self {
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        Self { stream, peer, read: read_buffer.unread().to_vec() }
    }

    pub(crate) fn send(&mut self, first: u8, payload: &[u8]) {
        self.stream.write_all(&wire::to(self.peer, first, payload)).unwrap();
    }

    /// Returns the next frame, its first byte and its payload, or `None` if the stream has ended.
    pub(crate) fn next(&mut self) -> Option<(u8, Vec<u8>)> {
        loop {
            if let Some((Sent { first, payload, .. }, rest)) = wire::first_frame(&self.read) {
                self.read = rest.to_vec();
                return Some((first, payload));
            }
            let mut bytes = [0; 4096];
            match self.stream.read(&mut bytes) {
                Ok(0) => return None,
                Ok(count) => self.read.extend_from_slice(&bytes[..count]),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// Writes as long as the peer reads. Returns how much that is.
    pub(crate) fn flood(&mut self, bytes: &[u8], most: usize) -> usize {
        self.stream.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
        let mut taken = 0;
        while taken < most {
            match self.stream.write(&bytes[taken % bytes.len()..]) {
                Ok(count) => taken += count,
                Err(_) => break,
            }
        }
        taken
    }
}
