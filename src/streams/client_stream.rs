#[cfg(feature = "rustls")]
use alloc::boxed::Box;
#[cfg(feature = "rustls")]
use core::ops::Deref;
use core::{net::SocketAddr, time::Duration};
use std::{
    io::{self, IoSlice, Read, Write},
    net::TcpStream,
};

#[cfg(feature = "rustls")]
use rustls::ClientConnection;

#[cfg(feature = "rustls")]
use super::{ClientTls, TlsStream, client_tls::invalid, is_vain, shared_tls::SharedTls};
use super::{Socket, is_timeout, timed_stream::MIN_TIMEOUT};

/// The stream of a connection to a URL: TCP, with TLS for `wss` (RFC 6455 10.6).
///
/// Two threads can use it by reference, so that a connection over it can be
/// [split](crate::blocking::WebSocket::split).
#[derive(Debug)]
pub struct ClientStream {
    stream: Layer,
}

#[derive(Debug)]
enum Layer {
    Tcp(TcpStream),
    // Boxed, since it is large.
    #[cfg(feature = "rustls")]
    Tls(Box<SharedTls>),
}

impl ClientStream {
    /// Connects to the first of the addresses that answers, in their order. Returns `None` if that
    /// took longer than the time `left`.
    ///
    /// # Errors
    ///
    /// No address could be connected to; the error is that of the last one.
    pub(crate) fn connect(
        mut addresses: impl ExactSizeIterator<Item = SocketAddr>,
        left: impl Fn() -> Duration,
    ) -> io::Result<Option<Self>> {
        let mut result = Err(io::ErrorKind::AddrNotAvailable.into());
        while let Some(address) = addresses.next() {
            let left = left();
            if left.is_zero() {
                return Ok(None);
            }
            // A silent address leaves time for the next ones.
            let further = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
            let share = left.checked_div(further.saturating_add(1)).unwrap_or(left);
            result = match TcpStream::connect_timeout(&address, share.max(MIN_TIMEOUT)) {
                Ok(stream) => {
                    // Without this, a small message waits for the acknowledgement of the one before.
                    stream.set_nodelay(true)?;
                    return Ok(Some(Self { stream: Layer::Tcp(stream) }));
                }
                Err(error) if is_timeout(&error) => Ok(None),
                Err(error) => Err(error),
            };
        }
        result
    }

    /// Returns the TCP connection, for its addresses and options.
    #[must_use]
    pub const fn tcp_stream(&self) -> &TcpStream {
        match &self.stream {
            Layer::Tcp(stream) => stream,
            #[cfg(feature = "rustls")]
            Layer::Tls(stream) => stream.stream(),
        }
    }

    /// Returns the TLS session, with the negotiated settings and the certificates of the server; `None`
    /// with `ws`.
    ///
    /// The session stays locked until the returned guard is dropped. Drop it soon: threads that read or
    /// write wait for it, and a thread that reads or writes while it holds the guard deadlocks.
    #[cfg(feature = "rustls")]
    #[must_use]
    pub fn tls_connection(&self) -> Option<impl Deref<Target = ClientConnection>> {
        match &self.stream {
            Layer::Tcp(_) => None,
            Layer::Tls(stream) => Some(stream.session()),
        }
    }
}

#[cfg(feature = "rustls")]
impl ClientTls {
    /// Does the TLS handshake over a stream. `unread` holds bytes that were read before. Returns
    /// `None` if it took longer than the time `left`.
    ///
    /// # Errors
    ///
    /// The handshake failed.
    pub(crate) fn with_thread(
        self,
        stream: ClientStream,
        unread: &[u8],
        left: impl Fn() -> Duration,
    ) -> io::Result<Option<ClientStream>> {
        let (config, name) = self.into_parts(unread)?;
        let Layer::Tcp(stream) = stream.stream else { return Err(invalid("TLS within TLS")) };
        let session = ClientConnection::new(config, name).map_err(invalid)?;
        let mut stream = TlsStream::new(session, stream);
        loop {
            let left = left();
            if left.is_zero() {
                return Ok(None);
            }
            // Its reads have the same timeout. Some systems reject very long ones.
            stream.set_write_timeout(Some(left.min(Duration::from_secs(1))))?;
            match stream.flush() {
                Ok(()) => break,
                // A step is done, or its timeout has passed.
                Err(error) if is_vain(&error) => {}
                Err(error) => return Err(error),
            }
        }
        stream.set_write_timeout(None)?;
        let (session, stream) = stream.into_parts();
        Ok(Some(ClientStream { stream: Layer::Tls(Box::new(SharedTls::new(session, stream))) }))
    }
}

/// Implements the traits for the stream and for references to it.
macro_rules! impl_client_stream {
    ($($of:ty),*) => {
        $(impl Read for $of {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                match &self.stream {
                    Layer::Tcp(stream) => (&*stream).read(buffer),
                    #[cfg(feature = "rustls")]
                    Layer::Tls(stream) => stream.read(buffer),
                }
            }
        }

        impl Write for $of {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                match &self.stream {
                    Layer::Tcp(stream) => (&*stream).write(bytes),
                    #[cfg(feature = "rustls")]
                    Layer::Tls(stream) => stream.write_with(|writer| writer.write(bytes)),
                }
            }

            fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
                match &self.stream {
                    Layer::Tcp(stream) => (&*stream).write_vectored(slices),
                    #[cfg(feature = "rustls")]
                    Layer::Tls(stream) => stream.write_with(|writer| writer.write_vectored(slices)),
                }
            }

            fn flush(&mut self) -> io::Result<()> {
                match &self.stream {
                    Layer::Tcp(stream) => (&*stream).flush(),
                    #[cfg(feature = "rustls")]
                    Layer::Tls(stream) => stream.flush(),
                }
            }
        }

        impl Socket for $of {
            fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
                self.tcp_stream().set_read_timeout(timeout)
            }

            fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
                self.tcp_stream().set_write_timeout(timeout)
            }

            fn set_nonblocking(&mut self, nonblocking: bool) -> io::Result<()> {
                self.tcp_stream().set_nonblocking(nonblocking)
            }

            fn shutdown_write(&mut self) -> io::Result<()> {
                match &self.stream {
                    Layer::Tcp(stream) => (&*stream).shutdown_write(),
                    #[cfg(feature = "rustls")]
                    Layer::Tls(stream) => stream.shutdown_write(),
                }
            }
        })*
    };
}

impl_client_stream!(ClientStream, &ClientStream);
