//! A connection after its handshake: bytes in, events out; messages in, bytes out.
//!
//! [`Connection`] is a pair with public fields. Used as a whole, it replies to Pings and Close
//! frames automatically. Or split it into [`Receiver`] and [`Sender`], which share nothing, and
//! carry each [`Reply`] from one to the other.
//!
//! ```text
//!  bytes --> Receiver::receive --> Event --> the application
//!                                    |
//!                                    | Event::reply
//!                                    v
//!  bytes <-- out <------------- Sender::reply, send_text, send_chunk, send_close, fail
//!                                    ^
//!  time  --> Watchdog::poll ---------+
//! ```
//!
//! Messages arrive in [`Chunk`]s, each as much as the input held, so that a message of any size
//! takes constant memory. [`buffered`](crate::buffered) gathers complete messages.

mod append_payload;
mod chunk;
mod closing;
#[cfg(feature = "deflate")]
mod compression;
mod control;
#[cfg(feature = "deflate")]
mod deflated_frames;
#[cfg(feature = "deflate")]
mod deflating;
mod encoded_frame;
mod error;
mod event;
mod frame_writer;
mod inbound;
#[cfg(feature = "deflate")]
mod inflating;
mod limits;
mod liveness;
mod message_kind;
#[cfg(not(feature = "deflate"))]
mod no_compression;
#[cfg(not(feature = "stats"))]
mod no_traffic;
mod outbound;
mod prepared_message;
mod receiver;
mod reply;
mod sender;
#[cfg(feature = "tokio")]
mod short_frame;
mod timeouts;
#[cfg(feature = "stats")]
mod traffic;
mod unfinished_message;
mod utf8;
mod watchdog;
mod whole_message;

use alloc::vec::Vec;

pub(crate) use append_payload::{append_payload, append_unmasked};
pub use chunk::{Chunk, ChunkMut};
pub use closing::TransportAction;
pub(crate) use closing::{MAX_DRAIN, close_info, transport};
use compression::{Deflating, Inflating};
pub use encoded_frame::EncodedFrame;
pub use error::{ProtocolError, SendError};
pub use event::Event;
pub use limits::Limits;
pub use liveness::Liveness;
pub use message_kind::MessageKind;
#[cfg(not(feature = "deflate"))]
use no_compression as compression;
#[cfg(not(feature = "stats"))]
use no_traffic as traffic;
pub use prepared_message::PreparedMessage;
pub use receiver::Receiver;
pub use reply::Reply;
pub use sender::Sender;
#[cfg(feature = "tokio")]
pub(crate) use short_frame::ShortFrame;
pub use timeouts::Timeouts;
#[cfg(feature = "stats")]
pub use traffic::Traffic;
#[cfg(not(feature = "stats"))]
pub(crate) use traffic::Traffic;
#[cfg(feature = "std")]
pub(crate) use watchdog::farewell;
pub use watchdog::{Watchdog, WatchdogAction};

#[cfg(feature = "deflate")]
use crate::deflate::{Config, Params};
use crate::{close::CloseInfo, deflate::Agreement, random::Seed, role::Role};

/// A connection: both of its halves. To split it, destructure it.
///
/// A handshake creates it. [`Connection::server`] and [`Connection::client`] are for a stream that
/// was upgraded by other code.
///
/// ```
/// use sansocket::connection::{Connection, Event, TransportAction};
/// use sansocket::{Limits, Seed};
///
/// let limits = Limits::default();
/// let mut client = Connection::client(&limits, Seed::from([7; 32]));
/// let mut server = Connection::server(&limits);
///
/// // What one writes, the other reads.
/// let (mut to_server, mut to_client) = (Vec::new(), Vec::new());
/// client.sender.send_ping(b"are you there?", &mut to_server)?;
/// client.sender.send_close(None, &mut to_server)?;
/// let mut input = &mut to_server[..];
/// while server.receive(&mut input, &mut to_client)?.is_some() {}
/// assert_eq!(server.transport(), TransportAction::CloseNow);
///
/// let mut input = &mut to_client[..];
/// let pong = client.receive(&mut input, &mut Vec::new())?;
/// assert_eq!(pong, Some(Event::Pong(b"are you there?")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "made to be taken apart")]
pub struct Connection {
    /// The half that receives.
    pub receiver: Receiver,
    /// The half that sends.
    pub sender: Sender,
}

impl Connection {
    /// Creates the server's end of a connection whose handshake is complete.
    #[must_use]
    pub fn server(limits: &Limits) -> Self {
        Self { receiver: Receiver::new(Role::Server, limits), sender: Sender::server(limits) }
    }

    /// Creates the client's end of a connection whose handshake is complete. The mask keys are
    /// derived from `seed`.
    ///
    /// RFC 8441 5: over a stream of HTTP/2, frames are masked as well.
    #[must_use]
    pub fn client(limits: &Limits, seed: Seed) -> Self {
        Self { receiver: Receiver::new(Role::Client, limits), sender: Sender::client(limits, seed) }
    }

    /// Returns the role of this end.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.receiver.role()
    }

    /// Takes the next event off the front of `input`, and appends the reply to `out`: a Pong, the
    /// answer to a Close frame, or the Close frame for an error.
    ///
    /// See [`Receiver::receive`].
    ///
    /// # Errors
    ///
    /// The peer broke a rule or a limit. The Close frame for it is in `out`.
    #[inline]
    pub fn receive<'a, 'b: 'a>(
        &'a mut self,
        input: &mut &'b mut [u8],
        out: &mut Vec<u8>,
    ) -> Result<Option<Event<'a>>, ProtocolError> {
        match self.receiver.receive(input) {
            Ok(Some(event)) => {
                if let Some(reply) = event.reply() {
                    self.sender.reply(reply, out);
                }
                Ok(Some(event))
            }
            Ok(None) => Ok(None),
            Err(error) => {
                // RFC 6455 10.7: invalid data is answered with a Close frame with the matching
                // code.
                self.sender.fail(&error, out);
                Err(error)
            }
        }
    }

    /// Returns the action on the transport that is due once `out` is written.
    #[must_use]
    pub const fn transport(&self) -> TransportAction {
        transport(&self.receiver, &self.sender)
    }

    /// Returns how the connection ended, or `None` while more may arrive.
    #[must_use]
    pub fn close_info(&self) -> Option<CloseInfo> {
        close_info(&self.receiver, &self.sender)
    }

    /// Enables compression with negotiated `params`, for a connection whose handshake was done by
    /// other code.
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn with_deflate(self, params: &Params, config: &Config) -> Self {
        let agreement = Agreement { params: *params, config: config.clone() };
        self.with_agreement(Some(&agreement))
    }

    /// Enables compression if it was negotiated.
    pub(crate) fn with_agreement(mut self, agreement: Option<&Agreement>) -> Self {
        self.receiver.inflating = Inflating::by(agreement, self.role());
        self.sender.deflating = Deflating::by(agreement, self.role());
        self
    }
}
