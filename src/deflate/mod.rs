//! permessage-deflate: compressed messages (RFC 7692).
//!
//! The handshake agrees on [`Params`]: a client offers what its [`Config`] asks for, a server
//! answers the first offer that it can take. The connection then compresses and inflates by
//! itself; this module holds what is particular to the extension, and knows nothing of frames.
//!
//! **Memory**, for each connection that has agreed on it: nothing before the first compressed
//! message of a direction, and then at most
//!
//! | window bits | to receive | to send, `mem_level` 8 | to send, `mem_level` 1 |
//! | --- | ---: | ---: | ---: |
//! | 15 | 132 KiB | 420 KiB | 310 KiB |
//! | 12 | 76 KiB | 310 KiB | |
//! | 9 | 69 KiB | | 180 KiB |
//!
//! To receive that is the library's window and tables, 20 KiB of input and output, and a window of
//! our own of 2^bits bytes, which grows by doubling and outlives the others. A connection that has
//! fallen silent keeps that window alone, see
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
