use alloc::{string::String, sync::Arc};
use std::{
    io::{self, Read, Write},
    net::TcpStream,
};

use super::{SocketOf, WebSocket, countdown::Countdown, opening::Opening};
use crate::{
    error::Error,
    handshake::{
        OriginPolicy,
        server::{AwaitingRequest, Rejection, Request, Response},
    },
    opening::server::{Answer, Terms, acceptor_settings, refuse},
    options::Options,
    parsed::Parsed,
};

/// Answers upgrade requests: the server's side of the opening handshake (RFC 6455 4.2).
///
/// Every request that is refused gets an HTTP response that says why.
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
///         // Out of descriptors, most likely: connections that end will free some.
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
    terms: Arc<Terms>,
}

impl Acceptor {
    /// An acceptor with the default [`Options`], which serves pages of its own host only, and
    /// clients that are no browsers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    acceptor_settings!();

    /// Answers the request on a TCP stream, on which small writes are no longer delayed.
    ///
    /// # Errors
    ///
    /// The handshake failed; the peer was told why. Or the stream did.
    pub fn accept(&self, stream: TcpStream) -> Result<WebSocket<TcpStream>, Error> {
        self.accept_with(stream, |_, response| Ok(response))
    }

    /// As [`accept`](Self::accept), but the application looks at the request first. It may change
    /// the response or refuse with one of its own.
    ///
    /// ```no_run
    /// # fn serve(stream: std::net::TcpStream) -> Result<(), sansocket::Error> {
    /// use sansocket::{blocking::Acceptor, handshake::server::Rejection};
    ///
    /// let socket = Acceptor::new().accept_with(stream, |request, response| {
    ///     if request.path() != "/chat" {
    ///         return Err(Rejection::new(404).body("only /chat is here"));
    ///     }
    ///     Ok(response.header("X-Served-By", "sansocket"))
    /// })?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`accept`](Self::accept).
    pub fn accept_with(
        &self,
        stream: TcpStream,
        decide: impl FnOnce(&Request<'_>, Response) -> Result<Response, Rejection>,
    ) -> Result<WebSocket<TcpStream>, Error> {
        // Without this, a small message waits for the acknowledgement of the one before.
        stream.set_nodelay(true)?;
        self.accept_over(stream, Some(|tcp| tcp), decide)
    }

    /// As [`accept_with`](Self::accept_with), over any stream. `socket` says where its socket is,
    /// see [`WebSocket::with_socket`].
    ///
    /// # Errors
    ///
    /// As for [`accept`](Self::accept).
    pub fn accept_over<S: Read + Write>(
        &self,
        stream: S,
        socket: Option<SocketOf<S>>,
        decide: impl FnOnce(&Request<'_>, Response) -> Result<Response, Rejection>,
    ) -> Result<WebSocket<S>, Error> {
        let options = &self.terms.options;
        let countdown = Countdown::start(options.handshake_timeout);
        let mut opening = Opening::new(stream, socket, countdown, options)?;
        match self.answer(&mut opening, decide) {
            Ok(Answer { head_len, connection, subprotocol }) => {
                opening.consume(head_len);
                opening.finish(connection, subprotocol.as_deref(), options)
            }
            Err(error) => {
                let told = refuse(&error, opening.out());
                if !matches!(told, Ok(false)) {
                    // RFC 6455 7.2.2 and 10.7: the client is told why, and the connection is closed.
                    opening.refuse(options.timeouts.close);
                }
                told?;
                Err(error)
            }
        }
    }

    /// Reads the request and queues the response to it.
    fn answer<S: Read + Write>(
        &self,
        opening: &mut Opening<S>,
        decide: impl FnOnce(&Request<'_>, Response) -> Result<Response, Rejection>,
    ) -> Result<Answer, Error> {
        let mut awaiting = AwaitingRequest::new(&self.terms.options.handshake_limits);
        loop {
            let (input, out) = opening.input_and_out();
            if let Parsed::Complete { value: request, consumed } = awaiting.parse(input)? {
                return self.terms.answer(&request, consumed, out, decide);
            }
            if !opening.read()? {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;
    use std::io::{self, Read, Write};

    use super::Acceptor;
    use crate::{handshake::HeadScanner, opening::server::long_request};

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
        Acceptor::new().accept_over(stream, None, |_, response| Ok(response)).unwrap();
        assert_eq!(HeadScanner::looked_at() - before, request.len());
    }
}
