use alloc::{string::String, sync::Arc};
use std::net::TcpStream;

use super::{Received, WebSocket};
use crate::{
    adapter::{
        Error, Log, Options,
        server_settings::{ServerSettings, acceptor_settings},
    },
    handshake::OriginPolicy,
    streams::Socket,
};

/// Answers upgrade requests: the server's side of the opening handshake (RFC 6455 4.2).
///
/// Every rejected request gets an HTTP response with the reason.
///
/// ```no_run
/// use sansocket::blocking::Acceptor;
/// use sansocket::handshake::OriginPolicy;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let acceptor = Acceptor::new().subprotocol("chat.v1").origin_policy(OriginPolicy::Any);
/// let listener = std::net::TcpListener::bind("127.0.0.1:9001")?;
/// for stream in listener.incoming() {
///     let Ok(stream) = stream else {
///         // Probably out of descriptors: connections that end will free some.
///         std::thread::sleep(std::time::Duration::from_millis(100));
///         continue;
///     };
///     let acceptor = acceptor.clone();
///     std::thread::spawn(move || {
///         let mut socket = acceptor.accept(stream)?;
///         while let Some(message) = socket.recv()? {
///             socket.feed(message)?;
///         }
///         Ok::<(), sansocket::Error>(())
///     });
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Acceptor {
    settings: Arc<ServerSettings>,
}

impl Acceptor {
    /// Creates an acceptor with the default [`Options`]. It accepts pages of its own host, and
    /// clients other than browsers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    acceptor_settings!();

    /// Answers the request on a TCP stream. Sets `TCP_NODELAY`, which turns Nagle's algorithm off.
    ///
    /// # Errors
    ///
    /// The handshake failed, and the client got a response with the reason; or the stream failed.
    pub fn accept(&self, stream: TcpStream) -> Result<WebSocket<TcpStream>, Error> {
        self.receive(stream)?.accept()
    }

    /// Answers the request on any stream, like [`accept`](Self::accept).
    ///
    /// If it is a stream over TCP, set `TCP_NODELAY` first: otherwise Nagle's algorithm makes a
    /// small message wait for the acknowledgement of the previous one. The address of the peer is
    /// not known, so [events](crate::events) do not have it.
    ///
    /// # Errors
    ///
    /// As for [`accept`](Self::accept).
    pub fn accept_over<S: Socket>(&self, stream: S) -> Result<WebSocket<S>, Error> {
        self.receive_over(stream)?.accept()
    }

    /// Reads a request of any kind from a TCP stream. Sets `TCP_NODELAY`. The
    /// application decides later whether to accept it, for example after a query to a database. The
    /// time until then does not count towards the handshake timeout.
    ///
    /// ```no_run
    /// # fn may_enter(user: &str) -> bool { true }
    /// # fn serve(stream: std::net::TcpStream) -> Result<(), sansocket::Error> {
    /// use sansocket::{blocking::Acceptor, handshake::server::Rejection};
    ///
    /// let received = Acceptor::new().receive(stream)?;
    /// let target = String::from(received.request()?.target());
    /// if target == "/health" {
    ///     return received.reject(Rejection::new(200).body("fine"));
    /// }
    /// if !may_enter(&target) {
    ///     return received.reject(Rejection::new(403));
    /// }
    /// let socket = received.header("X-Served-By", "sansocket").accept()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`accept`](Self::accept), except that a request other than an upgrade is not an error
    /// yet.
    pub fn receive(&self, stream: TcpStream) -> Result<Received<TcpStream>, Error> {
        // Without this, a small message waits for the acknowledgement of the one before.
        stream.set_nodelay(true)?;
        let log = Log::server(|| stream.peer_addr().ok());
        Received::read(Arc::clone(&self.settings), stream, log)
    }

    /// Reads a request from any stream, like [`receive`](Self::receive). About TCP and the address
    /// of the peer, see [`accept_over`](Self::accept_over).
    ///
    /// # Errors
    ///
    /// As for [`receive`](Self::receive).
    pub fn receive_over<S: Socket>(&self, stream: S) -> Result<Received<S>, Error> {
        Received::read(Arc::clone(&self.settings), stream, Log::server(|| None))
    }
}

impl WebSocket<TcpStream> {
    /// Answers an upgrade request on `stream` with the defaults of [`Acceptor`].
    ///
    /// # Errors
    ///
    /// The handshake failed, and the client got a response with the reason; or the stream failed.
    pub fn accept(stream: TcpStream) -> Result<Self, Error> {
        Acceptor::new().accept(stream)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;
    use std::io::{self, Read, Write};

    use super::Acceptor;
    use crate::{adapter::server_settings::long_request, handshake::HeadScanner, streams::Untimed};

    /// Gives one byte with each read, and takes whatever is written.
    struct ByteByByte(Vec<u8>);

    impl Read for ByteByByte {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Ok(0);
            }
            buffer[0] = self.0.remove(0);
            Ok(1)
        }
    }

    impl Write for ByteByByte {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    // Shows own-server-16.
    #[test]
    fn a_head_that_comes_byte_by_byte_is_scanned_once() {
        let request = long_request();
        let before = HeadScanner::looked_at();
        let stream = ByteByByte(request.clone().into());
        Acceptor::new().accept_over(Untimed(stream)).unwrap();
        assert_eq!(HeadScanner::looked_at() - before, request.len());
    }
}
