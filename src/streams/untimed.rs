use core::time::Duration;
use std::io::{self, IoSlice, Read, Write};

use super::Socket;

/// Makes a [`Socket`] of any stream. Its calls have no timeouts, so the connection has none either,
/// and it does not half-close.
///
/// If a call of the stream fails with `WouldBlock` or `TimedOut`, so does the call of the
/// connection, which can then be repeated.
///
/// ```
/// use std::io::Cursor;
/// use sansocket::blocking::{Untimed, WebSocket};
/// use sansocket::connection::{Connection, Limits};
///
/// // What a client sends: "Hello".
/// let input = b"\x81\x85\0\0\0\0Hello".to_vec();
/// let stream = Untimed(Cursor::new(input));
/// let connection = Connection::server(&Limits::default());
/// let mut socket = WebSocket::from_upgraded(stream, connection, Vec::new(), &Default::default());
/// assert_eq!(socket.recv()?.unwrap().as_text(), Some("Hello"));
/// # Ok::<(), sansocket::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "it is a wrapper and nothing else")]
pub struct Untimed<S>(pub S);

/// Implements it for a stream and for references to it.
macro_rules! impl_untimed {
    ($of:ty, $stream:ty, $this:ident => $inner:expr, [$($bound:tt)*]) => {
        impl<S> Read for $of
        where
            $($bound)* $stream: Read,
        {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let $this = self;
                $inner.read(buffer)
            }
        }

        impl<S> Write for $of
        where
            $($bound)* $stream: Write,
        {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                let $this = self;
                $inner.write(bytes)
            }

            fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
                let $this = self;
                $inner.write_vectored(slices)
            }

            fn flush(&mut self) -> io::Result<()> {
                let $this = self;
                $inner.flush()
            }
        }

        impl<S> Socket for $of
        where
            $($bound)* $stream: Read + Write,
        {
            fn has_timeouts(&self) -> bool {
                false
            }

            fn set_read_timeout(&mut self, _: Option<Duration>) -> io::Result<()> {
                Ok(())
            }

            fn set_write_timeout(&mut self, _: Option<Duration>) -> io::Result<()> {
                Ok(())
            }

            fn set_nonblocking(&mut self, _: bool) -> io::Result<()> {
                Ok(())
            }

            fn shutdown_write(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
    };
}

impl_untimed!(Untimed<S>, S, this => this.0, []);
impl_untimed!(&Untimed<S>, &'a S, this => (&this.0), [for<'a>]);
