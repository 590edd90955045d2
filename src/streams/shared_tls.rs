use alloc::vec::Vec;
use core::fmt;
use std::{
    io::{self, Read as _, Write as _},
    net::TcpStream,
    sync::{Mutex, MutexGuard, PoisonError, TryLockError},
};

use rustls::{ClientConnection, Writer};

use super::{Socket, client_tls::invalid};

/// How much ciphertext is read at a time: nearly a record of 16 KiB.
const READ_SIZE: usize = 16 << 10;

/// A TLS session over TCP, after the handshake, for a thread that reads and one that writes.
///
/// Neither waits for the peer while it holds the session:
///
/// - The session is locked only briefly: to decrypt input, and to encrypt output.
/// - The reader waits for ciphertext under the lock of `incoming`, which nobody else takes.
/// - The writer holds the lock of `outgoing` from before its bytes are encrypted until the stream has
///   accepted or refused them. So records are sent in the order in which they were encrypted, which the
///   peer's decryption depends on.
///
/// Locks are taken in the order `incoming`, `outgoing`, `session`. The reader may have to write an
/// alert with the reason why the session has failed. It only tries to lock `outgoing`: if another
/// thread is writing, the alert is sent with the next bytes. Nothing else depends on it, since a
/// request for new keys is answered together with the next bytes (RFC 8446 4.6.3).
///
/// Each call reads and writes the stream at most once, and returns `Interrupted` if that was not
/// enough, so that the caller can check its timeout.
#[derive(Debug)]
pub(super) struct SharedTls {
    stream: TcpStream,
    session: Mutex<ClientConnection>,
    incoming: Mutex<Ciphertext>,
    outgoing: Mutex<Ciphertext>,
}

/// Bytes between the stream and the session.
#[derive(Default)]
struct Ciphertext {
    bytes: Vec<u8>,
    /// How many of them were passed on.
    done: usize,
}

impl SharedTls {
    /// The handshake of the session must be complete, with all of its output sent.
    pub(super) fn new(session: ClientConnection, stream: TcpStream) -> Self {
        Self {
            stream,
            session: Mutex::new(session),
            incoming: Mutex::default(),
            outgoing: Mutex::default(),
        }
    }

    pub(super) const fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Returns the session, which nobody else can use while the guard lives.
    pub(super) fn session(&self) -> MutexGuard<'_, ClientConnection> {
        lock(&self.session)
    }

    pub(super) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let incoming = &mut *lock(&self.incoming);
        let mut has_called = false;
        loop {
            let mut session = self.session();
            match session.reader().read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => return result,
            }
            if incoming.is_empty() {
                drop(session);
                if has_called {
                    // A record is incomplete, or has no data.
                    return Err(io::ErrorKind::Interrupted.into());
                }
                has_called = true;
                if incoming.fill_from(&self.stream)? > 0 {
                    continue;
                }
                // A read without bytes signals the end to the session.
                session = self.session();
            }
            // It accepts only as much as it has room for: the plaintext is read in between.
            incoming.done = incoming.done.saturating_add(session.read_tls(&mut incoming.left())?);
            let processed = session.process_new_packets();
            let is_owing = session.wants_write();
            drop(session);
            if is_owing {
                self.attempt();
            }
            processed.map_err(invalid)?;
        }
    }

    /// Sends the pending output of the session, unless another thread is writing.
    fn attempt(&self) {
        let mut outgoing = match self.outgoing.try_lock() {
            Ok(outgoing) => outgoing,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        // If it fails, so does the next call.
        let _ = self.make_way(&mut outgoing);
    }

    /// Writes the rest of earlier records and the pending output of the session, before more is
    /// encrypted.
    fn make_way(&self, outgoing: &mut Ciphertext) -> io::Result<()> {
        outgoing.append_from(&mut self.session())?;
        if !outgoing.is_empty() {
            outgoing.write_to(&self.stream)?;
        }
        if outgoing.is_empty() { Ok(()) } else { Err(io::ErrorKind::Interrupted.into()) }
    }

    /// Encrypts what `write` passes to the session, and sends it.
    pub(super) fn write_with(
        &self,
        write: impl FnOnce(&mut Writer<'_>) -> io::Result<usize>,
    ) -> io::Result<usize> {
        let outgoing = &mut *lock(&self.outgoing);
        self.make_way(outgoing)?;
        let mut session = self.session();
        let count = write(&mut session.writer())?;
        outgoing.append_from(&mut session)?;
        drop(session);
        if !outgoing.is_empty() {
            // The bytes are accepted even if this fails: then the next call fails, too.
            let _ = outgoing.write_to(&self.stream);
        }
        Ok(count)
    }

    pub(super) fn flush(&self) -> io::Result<()> {
        self.make_way(&mut lock(&self.outgoing))
    }

    pub(super) fn shutdown_write(&self) -> io::Result<()> {
        let outgoing = &mut *lock(&self.outgoing);
        // RFC 6455 7.1.1: the TLS session is closed cleanly before TCP is.
        self.session().send_close_notify();
        // Only once, so that a peer that reads a byte now and then does not block us.
        let told = self.make_way(outgoing);
        (&self.stream).shutdown_write()?;
        told
    }
}

impl Ciphertext {
    fn left(&self) -> &[u8] {
        self.bytes.get(self.done..).unwrap_or_default()
    }

    fn is_empty(&self) -> bool {
        self.left().is_empty()
    }

    /// Reads once from the stream, when nothing is left.
    fn fill_from(&mut self, mut stream: &TcpStream) -> io::Result<usize> {
        self.bytes.resize(READ_SIZE, 0);
        let result = stream.read(&mut self.bytes);
        self.bytes.truncate(*result.as_ref().unwrap_or(&0));
        self.done = 0;
        result
    }

    /// Takes the output of the session.
    fn append_from(&mut self, session: &mut ClientConnection) -> io::Result<()> {
        while session.wants_write() {
            session.write_tls(&mut self.bytes)?;
        }
        Ok(())
    }

    /// Writes once to the stream, when there is something.
    fn write_to(&mut self, mut stream: &TcpStream) -> io::Result<()> {
        let count = stream.write(self.left())?;
        if count == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        self.done = self.done.saturating_add(count);
        if self.is_empty() {
            *self = Self::default();
        }
        Ok(())
    }
}

/// Shows only the number of bytes, since they are encrypted.
impl fmt::Debug for Ciphertext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.left().len())
    }
}

/// The locked values are always valid, as far as rustls is: bytes were passed on, or they are left.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
