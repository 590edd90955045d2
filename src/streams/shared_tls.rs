use alloc::vec::Vec;
use core::fmt;
use std::{
    io::{self, Read as _, Write as _},
    net::TcpStream,
    sync::{Mutex, MutexGuard, PoisonError, TryLockError},
};

use rustls::{ClientConnection, Writer};

use super::{Socket, client_tls::invalid};

/// How much ciphertext is read at a time: a record of 16 KiB, nearly.
const READ_SIZE: usize = 16 << 10;

/// A TLS session whose handshake is done, over TCP, for a thread that reads and one that writes.
///
/// Neither waits for the peer while it holds the session:
///
/// - The session is locked for moments: to decrypt what has been read, and to encrypt what is to be
///   written.
/// - Who reads waits for ciphertext under the lock of `incoming`, which nobody else takes.
/// - Who writes holds the lock of `outgoing` from before its bytes are encrypted until the stream has
///   taken or refused them. So records leave in the order in which they were encrypted, on which the
///   peer's decryption depends.
///
/// Locks are taken in the order `incoming`, `outgoing`, `session`. Who reads may have to write: an alert
/// says why the session has failed. It only tries to get `outgoing`: if another thread is writing, the
/// alert leaves with what is written next. Nothing else depends on it, since a request for new keys is
/// answered together with the next bytes that are sent (RFC 8446 4.6.3).
///
/// The stream is called once to read and once to write by each call, which returns `Interrupted` if
/// that was not enough, so that whoever called looks at the time.
#[derive(Debug)]
pub(super) struct SharedTls {
    stream: TcpStream,
    session: Mutex<ClientConnection>,
    incoming: Mutex<Ciphertext>,
    outgoing: Mutex<Ciphertext>,
}

/// Bytes on their way between the stream and the session.
#[derive(Default)]
struct Ciphertext {
    bytes: Vec<u8>,
    /// How many of them have gone on.
    done: usize,
}

impl SharedTls {
    /// The handshake of the session is done, and all that it had to send has left.
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

    /// The session, which nobody else uses as long as the guard lives.
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
                    // A record has come in part, or one without data.
                    return Err(io::ErrorKind::Interrupted.into());
                }
                has_called = true;
                if incoming.fill_from(&self.stream)? > 0 {
                    continue;
                }
                // The session is told of the end by nothing that was read.
                session = self.session();
            }
            // It takes no more than it has room for: the plaintext is fetched in between.
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

    /// Sends what the session owes the peer, unless another thread is writing.
    fn attempt(&self) {
        let mut outgoing = match self.outgoing.try_lock() {
            Ok(outgoing) => outgoing,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        // If it fails, so does the next call.
        let _ = self.make_way(&mut outgoing);
    }

    /// Writes what is left of former records and what the session owes, before more is encrypted.
    fn make_way(&self, outgoing: &mut Ciphertext) -> io::Result<()> {
        outgoing.append_from(&mut self.session())?;
        if !outgoing.is_empty() {
            outgoing.write_to(&self.stream)?;
        }
        if outgoing.is_empty() { Ok(()) } else { Err(io::ErrorKind::Interrupted.into()) }
    }

    /// Encrypts what `write` hands to the session, and sends it.
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
            // The bytes are taken, whatever comes of it. If it fails, so does the next call.
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
        // Once: a peer that takes a byte now and then does not hold us.
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

    /// Takes all that the session has to send.
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

/// Bytes that nobody can read; how many there are is enough.
impl fmt::Debug for Ciphertext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.left().len())
    }
}

/// What is locked is sound at any time, as far as rustls is: bytes have gone on, or they are left.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
