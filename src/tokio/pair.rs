use alloc::vec::Vec;

use ::tokio::io::{DuplexStream, duplex};

use super::WebSocket;
use crate::{
    adapter::Options,
    connection::{Connection, Limits},
    random::Seed,
};

/// How many bytes each direction holds.
const CAPACITY: usize = 64 << 10;

impl WebSocket<DuplexStream> {
    /// Returns a client and a server that are connected in memory, with the default [`Options`],
    /// for tests without a port and without a handshake.
    ///
    /// Each direction holds up to 64 KiB; a send waits for the rest to be read. For other options, or
    /// for a handshake, use [`tokio::io::duplex`] with [`from_upgraded`](Self::from_upgraded), or with
    /// [`Acceptor::accept_over`](super::Acceptor::accept_over) and
    /// [`Connector::connect_over`](super::Connector::connect_over).
    ///
    /// ```
    /// use sansocket::{OwnedMessage, tokio::WebSocket};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), sansocket::Error> {
    /// let (mut client, mut server) = WebSocket::pair();
    /// client.send("Hello").await?;
    /// assert_eq!(server.recv().await?, Some(OwnedMessage::Text("Hello".into())));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If the operating system has no random bytes for mask keys.
    ///
    /// [`tokio::io::duplex`]: https://docs.rs/tokio/1/tokio/io/fn.duplex.html
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test ends there")]
    pub fn pair() -> (Self, Self) {
        let (limits, options) = (Limits::default(), Options::default());
        let seed = Seed::from_os().expect("the operating system has random bytes");
        let (one, other) = duplex(CAPACITY);
        let client = Connection::client(&limits, seed);
        let server = Connection::server(&limits);
        (
            Self::from_upgraded(one, client, Vec::new(), &options),
            Self::from_upgraded(other, server, Vec::new(), &options),
        )
    }
}
