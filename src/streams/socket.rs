use core::time::Duration;
use std::{
    io,
    net::{Shutdown, TcpStream},
};

/// Timeouts and a graceful end of a stream, which `Read` and `Write` lack.
///
/// `TcpStream` and `UnixStream` implement it, and with the feature `rustls` so does `TlsStream` over
/// one of them. A stream of another kind is wrapped by a type of your own that implements `Read`,
/// `Write` and `Socket`.
///
/// A TLS stream is a `Socket` itself, rather than to have one: it has to end its session before TCP
/// ends, and it may read in order to write. For limits in time to hold, one call of such a stream
/// waits for the one below once, and returns `Interrupted` if it needs more; else a peer that sends a
/// byte now and then holds the call for ever.
pub trait Socket {
    /// Sets how long one read may wait, never zero; `None`: for ever.
    ///
    /// # Errors
    ///
    /// The system refused.
    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()>;

    /// Sets how long one write may wait, never zero; `None`: for ever.
    ///
    /// # Errors
    ///
    /// The system refused.
    fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()>;

    /// Sets whether reads and writes return at once when they cannot go on.
    ///
    /// # Errors
    ///
    /// The system refused.
    fn set_nonblocking(&mut self, nonblocking: bool) -> io::Result<()>;

    /// Whether a write may also read now, as that of a TLS stream does during the TLS handshake: then
    /// reads have a timeout while writing lasts. Asked before each write.
    fn reads_to_write(&self) -> bool {
        false
    }

    /// Ends the sending direction; the peer reads the end of the stream after the last byte. Called
    /// at most once, after everything was written.
    ///
    /// A TLS stream sends its alert `close_notify`, and then ends the direction of its own socket
    /// (RFC 6455 7.1.1).
    ///
    /// # Errors
    ///
    /// The system refused, usually because the connection is gone.
    fn shutdown_write(&mut self) -> io::Result<()>;
}

/// Finds the [`Socket`] of a stream.
pub type SocketOf<S> = fn(&mut S) -> &mut dyn Socket;

macro_rules! impl_socket {
    ($stream:ty) => {
        impl Socket for $stream {
            fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
                <$stream>::set_read_timeout(self, timeout)
            }

            fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
                <$stream>::set_write_timeout(self, timeout)
            }

            fn set_nonblocking(&mut self, nonblocking: bool) -> io::Result<()> {
                <$stream>::set_nonblocking(self, nonblocking)
            }

            fn shutdown_write(&mut self) -> io::Result<()> {
                self.shutdown(Shutdown::Write)
            }
        }
    };
}

impl_socket!(TcpStream);
#[cfg(unix)]
impl_socket!(std::os::unix::net::UnixStream);
