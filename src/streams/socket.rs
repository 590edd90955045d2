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
/// A TLS stream is a `Socket` itself, rather than to have one: it has to end its session before TCP
/// ends, and it may read in order to write, for no longer than a write may wait. For timeouts to
/// hold, one call of such a stream waits for the one below once, and returns `Interrupted` if it needs
/// more; else a peer that sends a byte now and then holds the call for ever.
///
/// If `&S` is a `Socket` too, as `&TcpStream` is, two threads can share the stream: then a connection
/// over it can be [split](crate::blocking::WebSocket::split).
pub trait Socket: Read + Write {
    /// Whether the timeouts hold. If not, no timeout of the connection does, and the calls may
    /// return `WouldBlock` or `TimedOut` as the application has set the stream up.
    fn has_timeouts(&self) -> bool {
        true
    }

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

/// Implements the trait for a stream of the standard library, whose own methods it names, and for a
/// reference to one.
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

/// So a program can have one type of connections for `ws` and `wss`: over `Box<dyn Socket>`.
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
