use alloc::boxed::Box;
use core::time::Duration;
use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpStream},
};

/// A stream that blocks, with timeouts and a graceful end, which `Read` and `Write` lack.
///
/// `TcpStream` and `UnixStream` implement it, and with the feature `rustls` so does `TlsStream` over
/// one of them. Implement it for a stream of your own, or wrap one whose waits nothing can limit in
/// [`Untimed`](super::Untimed).
///
/// A TLS stream must be a `Socket` itself: it has to end its session before TCP ends, and it may
/// read in order to write, for no longer than a write may wait. For timeouts to hold, one call of
/// such a stream must wait for the stream below only once, and return `Interrupted` if it needs
/// more. Otherwise a peer that sends a byte now and then blocks the call for ever.
///
/// If `&S` is a `Socket` too, like `&TcpStream`, two threads can share the stream, and a connection
/// over it can be [split](crate::blocking::WebSocket::split).
pub trait Socket: Read + Write {
    /// Returns whether the timeouts work. If not, the connection has no timeouts either, and its
    /// calls may return `WouldBlock` or `TimedOut`, depending on how the application has set up the
    /// stream.
    fn has_timeouts(&self) -> bool {
        true
    }

    /// Sets how long one read may wait, which is never zero; with `None`, for ever.
    ///
    /// # Errors
    ///
    /// The system refused.
    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()>;

    /// Sets how long one write may wait, which is never zero; with `None`, for ever.
    ///
    /// # Errors
    ///
    /// The system refused.
    fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()>;

    /// Sets whether reads and writes return at once when they would block.
    ///
    /// # Errors
    ///
    /// The system refused.
    fn set_nonblocking(&mut self, nonblocking: bool) -> io::Result<()>;

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

/// Implements the trait for a stream of the standard library, using its own methods, and for a
/// reference to it.
macro_rules! impl_socket {
    ($stream:ident: $($of:ty),*) => {
        $(impl Socket for $of {
            fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
                $stream::set_read_timeout(self, timeout)
            }

            fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
                $stream::set_write_timeout(self, timeout)
            }

            fn set_nonblocking(&mut self, nonblocking: bool) -> io::Result<()> {
                $stream::set_nonblocking(self, nonblocking)
            }

            fn shutdown_write(&mut self) -> io::Result<()> {
                $stream::shutdown(self, Shutdown::Write)
            }
        })*
    };
}

impl_socket!(TcpStream: TcpStream, &TcpStream);
#[cfg(unix)]
use std::os::unix::net::UnixStream;
#[cfg(unix)]
impl_socket!(UnixStream: UnixStream, &UnixStream);

/// So a program can use one connection type, over `Box<dyn Socket>`, for `ws` and `wss`.
impl<T: Socket + ?Sized> Socket for Box<T> {
    fn has_timeouts(&self) -> bool {
        (**self).has_timeouts()
    }

    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        (**self).set_read_timeout(timeout)
    }

    fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        (**self).set_write_timeout(timeout)
    }

    fn set_nonblocking(&mut self, nonblocking: bool) -> io::Result<()> {
        (**self).set_nonblocking(nonblocking)
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        (**self).shutdown_write()
    }
}
