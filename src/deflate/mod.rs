//! permessage-deflate: compressed messages (RFC 7692).
//!
//! The handshake agrees on [`Params`]: a client offers what its [`Config`] asks for, a server
//! answers the first offer that it can take. The connection then compresses and inflates by
//! itself; this module holds what is particular to the extension, and knows nothing of frames.
//!
//! **Memory**, for each connection that has agreed on it: nothing before the first compressed
//! message of a direction. Then, with the default settings, about 90 KiB to receive (the library's
//! window and tables, a window of our own of at most 2^`window_bits` bytes that outlives them, and
//! 16 KiB of output) and about 330 KiB to send; less with smaller windows and a lower
//! [`Config::mem_level`]. A connection that has fallen silent gives most of it back, see
//! [`Receiver::release`](crate::connection::Receiver::release) and
//! [`Sender::release`](crate::connection::Sender::release).
//!
//! **Secrets.** A message that holds both a secret and text that an attacker chose must not be
//! compressed, nor may the two share a window: the length of the result tells whether they are
//! alike. Send it with [`Compression::Never`].

mod config;
mod deflater;
mod inflater;
mod params;

pub use config::{Compression, Config};
pub(crate) use deflater::Deflater;
pub(crate) use inflater::{InflateError, Inflated, Inflater};
pub(crate) use params::NAME;
pub use params::{InvalidParams, Offer, Params};

/// How far one of the library's counters went in a call.
fn difference(later: u64, earlier: u64) -> usize {
    usize::try_from(later.saturating_sub(earlier)).unwrap_or(usize::MAX)
}
