use core::time::Duration;
use std::{
    io,
    net::{Shutdown, TcpStream},
};

/// What a stream needs beside `Read` and `Write` for limits in time and a graceful end.
///
/// `TcpStream` and `UnixStream` have it. A stream that wraps one of them, such as a TLS stream,
/// says where it is with [`WebSocket::with_socket`](super::WebSocket::with_socket).
pub trait Socket {
    /// How long one read may wait; `None`: for ever.
    ///
    /// # Errors
    ///
    /// The system refused.
    fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()>;

    /// How long one write may wait; `None`: for ever.
    ///
    /// # Errors
    ///
    /// The system refused.
    fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()>;

    /// Whether reads and writes return at once when they cannot go on.
    ///
    /// # Errors
    ///
    /// The system refused.
    fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()>;

    /// Ends the sending direction; the peer reads the end of the stream after the last byte.
    ///
    /// # Errors
    ///
    /// The system refused, usually because the connection is gone.
    fn shutdown_write(&self) -> io::Result<()>;
}

/// Finds the [`Socket`] of a stream.
pub type SocketOf<S> = fn(&S) -> &dyn Socket;

macro_rules! impl_socket {
    ($stream:ty) => {
        impl Socket for $stream {
            fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
                <$stream>::set_read_timeout(self, timeout)
            }

            fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
                <$stream>::set_write_timeout(self, timeout)
            }

            fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
                <$stream>::set_nonblocking(self, nonblocking)
            }

            fn shutdown_write(&self) -> io::Result<()> {
                self.shutdown(Shutdown::Write)
            }
        }
    };
}

impl_socket!(TcpStream);
#[cfg(unix)]
impl_socket!(std::os::unix::net::UnixStream);
