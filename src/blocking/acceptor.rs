use alloc::{string::String, vec::Vec};
use std::{
    io::{self, Read, Write},
    net::TcpStream,
};

use super::{SocketOf, WebSocket, countdown::Countdown, opening::Opening};
use crate::{
    connection::Connection,
    error::Error,
    frame::Status,
    handshake::{
        HandshakeError, HeadError, HeadScanner, OriginPolicy, RequestError,
        server::{Rejection, Request, Response},
    },
    options::Options,
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
///     let (acceptor, stream) = (acceptor.clone(), stream?);
///     std::thread::spawn(move || {
///         let mut socket = acceptor.accept(stream)?;
///         while let Some(message) = socket.recv()? {
///             socket.send(message)?;
///         }
///         Ok::<(), sansocket::Error>(())
///     });
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Acceptor {
    options: Options,
    origin_policy: OriginPolicy,
    subprotocols: Vec<String>,
    headers: Vec<(String, String)>,
}

impl Acceptor {
    /// An acceptor with the default [`Options`], which serves pages of its own host only, and
    /// clients that are no browsers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits, times and batching.
    #[must_use]
    pub fn options(self, options: Options) -> Self {
        Self { options, ..self }
    }

    /// Which pages may connect (RFC 6455 10.2).
    #[must_use]
    pub fn origin_policy(self, origin_policy: OriginPolicy) -> Self {
        Self { origin_policy, ..self }
    }

    /// A subprotocol that the server speaks. Of those that a client offers, the first one that is
    /// spoken is agreed on; if there is none, the connection has no subprotocol.
    #[must_use]
    pub fn subprotocol(mut self, name: impl Into<String>) -> Self {
        self.subprotocols.push(name.into());
        self
    }

    /// A further header of the response.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

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
        let countdown = Countdown::start(self.options.handshake_timeout);
        let mut opening = Opening::new(stream, socket, countdown, &self.options)?;
        match self.answer(&mut opening, decide) {
            Ok(Answer { head_len, connection, subprotocol }) => {
                opening.finish(head_len, connection, subprotocol.as_deref(), &self.options)
            }
            Err(error) => {
                let refusal = match &error {
                    Error::Handshake(error) => Some(Rejection::from(error)),
                    Error::Timeout(_) => Some(Rejection::new(408)),
                    _ => None,
                };
                if let Some(refusal) = refusal {
                    let sent = refusal.send(opening.out());
                    if sent.is_err() {
                        // Whatever the application has put into it, the peer gets an answer.
                        Rejection::new(500).send(opening.out())?;
                    }
                    // RFC 6455 7.2.2 and 10.7: the client is told why, and the connection is closed.
                    opening.refuse(self.options.timeouts.close);
                    sent?;
                }
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
        let limits = &self.options.handshake_limits;
        let mut scanner = HeadScanner::new(limits);
        while let Status::Partial { .. } = scanner.scan(opening.input())? {
            if !opening.read()? {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
        }
        let (input, out) = opening.input_and_out();
        let Status::Complete { value: request, consumed } = Request::parse(input, limits)? else {
            return Err(HandshakeError::from(RequestError::from(HeadError::Incomplete)).into());
        };
        let mut response = request.accept().origin_policy(&self.origin_policy);
        if let Some(name) =
            request.subprotocols().find(|name| self.subprotocols.iter().any(|own| own == name))
        {
            response = response.subprotocol(name);
        }
        #[cfg(feature = "deflate")]
        if let Some(config) = &self.options.deflate {
            response = response.deflate(config);
        }
        for (name, value) in &self.headers {
            response = response.header(name, value);
        }
        let response = decide(&request, response).map_err(HandshakeError::Rejected)?;
        let subprotocol = response.agreed_subprotocol().map(String::from);
        let connection = response.send(&self.options.config, out)?;
        Ok(Answer { head_len: consumed, connection, subprotocol })
    }
}

/// What came of a request that was accepted.
struct Answer {
    head_len: usize,
    connection: Connection,
    subprotocol: Option<String>,
}
