use alloc::{boxed::Box, string::String, sync::Arc};
use core::future::Future;
use std::io;

use ::tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};

use super::{WebSocket, opening::Opening};
use crate::{
    error::Error,
    handshake::{
        OriginPolicy,
        server::{AwaitingRequest, Rejection, Request, Response},
    },
    opening::server::{Answer, Terms, acceptor_settings, refuse},
    options::Options,
    parsed::Parsed,
    time::TimeoutKind,
};

/// Answers upgrade requests: the server's side of the opening handshake (RFC 6455 4.2).
///
/// Every request that is refused gets an HTTP response that says why.
///
/// ```no_run
/// use sansocket::handshake::OriginPolicy;
/// use sansocket::tokio::Acceptor;
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let acceptor = Acceptor::new().subprotocol("chat.v1").origin_policy(OriginPolicy::Any);
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:9001").await?;
/// loop {
///     let Ok((stream, _)) = listener.accept().await else {
///         // Out of descriptors, most likely: connections that end will free some.
///         tokio::time::sleep(std::time::Duration::from_millis(100)).await;
///         continue;
///     };
///     let acceptor = acceptor.clone();
///     tokio::spawn(async move {
///         let mut socket = acceptor.accept(stream).await?;
///         while let Some(message) = socket.recv().await? {
///             socket.feed(message).await?;
///         }
///         Ok::<(), sansocket::Error>(())
///     });
/// }
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Acceptor {
    pub(super) terms: Arc<Terms>,
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
    ///
    /// # Panics
    ///
    /// When polled outside of a Tokio runtime whose timers are enabled.
    ///
    /// # Cancel safety
    ///
    /// The stream is lost with the future.
    pub fn accept(
        &self,
        stream: TcpStream,
    ) -> impl Future<Output = Result<WebSocket<TcpStream>, Error>> + Send + use<> {
        self.accept_with(stream, |_, response| Ok(response))
    }

    /// As [`accept`](Self::accept), but the application looks at the request first. It may change
    /// the response or refuse with one of its own.
    ///
    /// ```no_run
    /// # async fn serve(stream: tokio::net::TcpStream) -> Result<(), sansocket::Error> {
    /// use sansocket::{handshake::server::Rejection, tokio::Acceptor};
    ///
    /// let acceptor = Acceptor::new();
    /// let socket = acceptor.accept_with(stream, |request, response| {
    ///     if request.path() != "/chat" {
    ///         return Err(Rejection::new(404).body("only /chat is here"));
    ///     }
    ///     Ok(response.header("X-Served-By", "sansocket"))
    /// });
    /// let socket = socket.await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`accept`](Self::accept).
    ///
    /// # Panics
    ///
    /// As for [`accept`](Self::accept).
    ///
    /// # Cancel safety
    ///
    /// As for [`accept`](Self::accept).
    pub fn accept_with<D>(
        &self,
        stream: TcpStream,
        decide: D,
    ) -> impl Future<Output = Result<WebSocket<TcpStream>, Error>> + use<D>
    where
        D: FnOnce(&Request<'_>, Response) -> Result<Response, Rejection>,
    {
        // Without this, a small message waits for the acknowledgement of the one before.
        let nodelay = stream.set_nodelay(true);
        let accepting = self.accept_over(stream, decide);
        Box::pin(async move {
            nodelay?;
            accepting.await
        })
    }

    /// As [`accept_with`](Self::accept_with), over any stream.
    ///
    /// # Errors
    ///
    /// As for [`accept`](Self::accept).
    ///
    /// # Panics
    ///
    /// As for [`accept`](Self::accept).
    ///
    /// # Cancel safety
    ///
    /// As for [`accept`](Self::accept).
    pub fn accept_over<S, D>(
        &self,
        stream: S,
        decide: D,
    ) -> impl Future<Output = Result<WebSocket<S>, Error>> + use<S, D>
    where
        S: AsyncRead + AsyncWrite + Unpin,
        D: FnOnce(&Request<'_>, Response) -> Result<Response, Rejection>,
    {
        // Boxed, so that a task that serves the connection does not keep room for it.
        Box::pin(answer(Arc::clone(&self.terms), stream, decide))
    }
}

async fn answer<S, D>(terms: Arc<Terms>, stream: S, decide: D) -> Result<WebSocket<S>, Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
    D: FnOnce(&Request<'_>, Response) -> Result<Response, Rejection>,
{
    let options = &terms.options;
    let mut opening = Opening::new(stream);
    let mut is_answered = false;
    let answered = timeout(options.handshake_timeout, async {
        let mut awaiting = AwaitingRequest::new(&options.handshake_limits);
        let answer = loop {
            let (input, out) = opening.input_and_out();
            if let Parsed::Complete { value: request, consumed } = awaiting.parse(input)? {
                break terms.answer(&request, consumed, out, decide)?;
            }
            if !opening.read().await? {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
        };
        is_answered = true;
        opening.flush().await?;
        Ok(answer)
    });
    let answered = answered.await.unwrap_or(Err(Error::Timeout(TimeoutKind::Handshake)));
    match answered {
        Ok(Answer { head_len, connection, subprotocol }) => {
            opening.consume(head_len);
            Ok(opening.finish(connection, subprotocol.as_deref(), options))
        }
        // The peer may have some of a response, and nothing else can follow that.
        Err(error) if is_answered => Err(error),
        Err(error) => {
            let told = refuse(&error, &mut opening.out);
            if !matches!(told, Ok(false)) {
                opening.refuse(options.timeouts.close).await;
            }
            told?;
            Err(error)
        }
    }
}

#[cfg(test)]
mod tests {
    use ::tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _, duplex, split},
        runtime::Builder,
    };

    use super::Acceptor;
    use crate::{handshake::HeadScanner, opening::server::long_request};

    // Shows own-server-16.
    #[test]
    fn a_head_that_comes_byte_by_byte_is_scanned_once() {
        let request = long_request();
        let before = HeadScanner::looked_at();
        // It holds one byte at a time.
        let (stream, client) = duplex(1);
        let (mut reading, mut writing) = split(client);
        let client = async {
            writing.write_all(request.as_bytes()).await.unwrap();
            reading.read_exact(&mut [0; 12]).await.unwrap();
            drop((reading, writing));
        };
        let accepting = Acceptor::new().accept_over(stream, |_, response| Ok(response));
        let runtime = Builder::new_current_thread().enable_time().build().unwrap();
        // The rest of the response is not taken.
        let _ = runtime.block_on(async { ::tokio::join!(accepting, client) });
        assert_eq!(HeadScanner::looked_at() - before, request.len());
    }
}
