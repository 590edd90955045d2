use core::{
    ops::{Deref, DerefMut},
    time::Duration,
};
use std::io::{self, IoSlice, Read, Write};

use rustls::{ConnectionCommon, SideData, Writer};

use super::Socket;

/// A TLS stream over a blocking stream, with timeouts that hold.
///
/// rustls's own `StreamOwned` reads until it has a complete record, and does the whole TLS
/// handshake in one call. The timeout of its socket restarts with each byte, so a peer that sends a
/// byte now and then blocks such a call for ever. This type reads and writes the stream below at
/// most once in each call, and returns `Interrupted` if it needs more: then the caller checks its
/// timeout, and calls again. Methods of the standard library such as `read_exact` and `write_all`
/// do that automatically; after `flush`, check for it.
///
/// ```no_run
/// # use std::{net::TcpStream, sync::Arc};
/// # use sansocket::rustls;
/// # fn accept(tcp: TcpStream, config: Arc<rustls::ServerConfig>)
/// # -> Result<(), Box<dyn std::error::Error>> {
/// use sansocket::blocking::{Acceptor, TlsStream};
///
/// // Without this, a small message waits for the acknowledgement of the one before.
/// tcp.set_nodelay(true)?;
/// let tls = TlsStream::new(rustls::ServerConnection::new(config)?, tcp);
/// let socket = Acceptor::new().accept_over(tls)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TlsStream<C, T> {
    connection: C,
    stream: T,
    /// Whether the session still has to send something because of its input.
    is_owing: bool,
    /// The timeouts that were set.
    read_timeout: Option<Duration>,
    write_timeout: Option<Duration>,
}

impl<C, T> TlsStream<C, T> {
    /// Creates a stream of `connection`, rustls's `ClientConnection` or `ServerConnection`, over `stream`.
    /// The TLS handshake happens when the first bytes are read or written.
    pub const fn new(connection: C, stream: T) -> Self {
        Self { connection, stream, is_owing: false, read_timeout: None, write_timeout: None }
    }

    /// Returns the TLS session and the stream below it.
    pub const fn get_ref(&self) -> (&C, &T) {
        (&self.connection, &self.stream)
    }

    /// Returns the TLS session and the stream below it.
    pub const fn get_mut(&mut self) -> (&mut C, &mut T) {
        (&mut self.connection, &mut self.stream)
    }

    /// Returns the parts. The session may hold bytes that were not read or not sent.
    pub fn into_parts(self) -> (C, T) {
        (self.connection, self.stream)
    }
}

impl<C, T, D> TlsStream<C, T>
where
    C: DerefMut + Deref<Target = ConnectionCommon<D>>,
    T: Socket,
    D: SideData,
{
    /// Writes the output of the session once.
    fn write_tls(&mut self) -> io::Result<()> {
        if self.connection.write_tls(&mut self.stream)? == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        self.is_owing &= self.connection.wants_write();
        Ok(())
    }

    /// Reads input for the session once.
    fn read_tls(&mut self) -> io::Result<()> {
        let is_handshaking = self.connection.is_handshaking();
        let count = self.connection.read_tls(&mut self.stream)?;
        let had_output = self.connection.wants_write();
        if let Err(error) = self.connection.process_new_packets() {
            // Sends the alert with the reason. The error takes precedence.
            let _ = self.connection.write_tls(&mut self.stream);
            return Err(io::Error::new(io::ErrorKind::InvalidData, error));
        }
        if count == 0 && is_handshaking {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if !had_output && self.connection.wants_write() {
            self.is_owing = true;
            // If it fails, so does the next call.
            let _ = self.write_tls();
        }
        Ok(())
    }

    /// Does one step of what must be done before the session accepts more output: the handshake,
    /// and writing earlier output.
    fn make_way(&mut self) -> io::Result<()> {
        if self.connection.wants_write() {
            self.write_tls()?;
        } else if self.connection.is_handshaking() {
            // A write that has to read waits no longer than any other write.
            self.stream.set_read_timeout(self.write_timeout)?;
            let result = self.read_tls();
            self.stream.set_read_timeout(self.read_timeout)?;
            result?;
        }
        if self.connection.wants_write() || self.connection.is_handshaking() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        Ok(())
    }

    fn write_with(
        &mut self,
        write: impl FnOnce(&mut Writer<'_>) -> io::Result<usize>,
    ) -> io::Result<usize> {
        self.make_way()?;
        let count = write(&mut self.connection.writer())?;
        if self.connection.wants_write() {
            // The bytes are accepted even if this fails: then the next call fails, too.
            let _ = self.write_tls();
        }
        Ok(count)
    }
}

impl<C, T, D> Read for TlsStream<C, T>
where
    C: DerefMut + Deref<Target = ConnectionCommon<D>>,
    T: Socket,
    D: SideData,
{
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.connection.reader().read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            result => return result,
        }
        let is_handshaking = self.connection.is_handshaking();
        if self.is_owing || is_handshaking && self.connection.wants_write() {
            let result = self.write_tls();
            if is_handshaking {
                result?;
                if self.connection.wants_write() {
                    return Err(io::ErrorKind::Interrupted.into());
                }
            }
        }
        self.read_tls()?;
        match self.connection.reader().read(buffer) {
            // A record is incomplete, or has no data.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                Err(io::ErrorKind::Interrupted.into())
            }
            result => result,
        }
    }
}

impl<C, T, D> Write for TlsStream<C, T>
where
    C: DerefMut + Deref<Target = ConnectionCommon<D>>,
    T: Socket,
    D: SideData,
{
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_with(|writer| writer.write(bytes))
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.write_with(|writer| writer.write_vectored(slices))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.make_way()?;
        self.stream.flush()?;
        self.connection.writer().flush()
    }
}

impl<C, T, D> Socket for TlsStream<C, T>
where
    C: DerefMut + Deref<Target = ConnectionCommon<D>>,
    T: Socket,
    D: SideData,
{
    fn has_timeouts(&self) -> bool {
        self.stream.has_timeouts()
    }

    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.read_timeout = timeout;
        self.stream.set_read_timeout(timeout)
    }

    fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.write_timeout = timeout;
        self.stream.set_write_timeout(timeout)
    }

    fn set_nonblocking(&mut self, nonblocking: bool) -> io::Result<()> {
        self.stream.set_nonblocking(nonblocking)
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        // RFC 6455 7.1.1: the TLS session is closed cleanly before TCP is.
        self.connection.send_close_notify();
        // Only once, so that a peer that reads a byte now and then does not block us.
        let told = self.write_tls();
        self.stream.shutdown_write()?;
        told
    }
}
