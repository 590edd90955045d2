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
//! | ---: | ---: | ---: | ---: |
//! | 15 | 159 KiB | 436 KiB | 325 KiB |
//! | 14 | 103 KiB | 372 KiB | 261 KiB |
//! | 13 | 75 KiB | 340 KiB | 229 KiB |
//! | 12 | 71 KiB | 324 KiB | 213 KiB |
//! | 11 | 69 KiB | 316 KiB | 205 KiB |
//! | 10 | 68 KiB | 312 KiB | 201 KiB |
//! | 9 | 68 KiB | 310 KiB | 199 KiB |
//! | 8 | 67 KiB | 310 KiB | 199 KiB |
//!
//! To receive that is 47 KiB of the library's, whose window is the largest one whatever was agreed
//! on; a window of our own, of 2^bits bytes; and input and output, which grow with the messages:
//! while all are below 4 KiB, 60 KiB and the window are enough. To send it is the library's, and up
//! to 64 KiB of what was compressed; while a message is compressed, all of it.
//!
//! A connection that has fallen silent keeps the window to receive alone, see
//! [`Receiver::release`](crate::connection::Receiver::release) and
//! [`Sender::release`](crate::connection::Sender::release).
//!
//! **Without `std`** the library takes its memory from C's `posix_memalign`, or from `malloc`, `calloc`
//! and `free` where there is no Unix. A program without a C library lends it the global allocator; the
//! repository has both recipes, tested:
//!
//! - WebAssembly (`wasm32-unknown-unknown`), and wherever else `std` links: the application depends on
//!   `zlib-rs = { version = "0.6", default-features = false, features = ["rust-allocator"] }` besides.
//!   See `examples/wasm`.
//! - Bare metal: the application defines the three functions, in 40 lines:
//!   `tests/no_std/src/bin/machine/bare.rs`.
//!
//! **Windows.** What is sent never refers farther back than was agreed on. What is received may not
//! refer to more than the window before the message: that is 1007, in whatever reads it comes. Within a
//! message longer than a small window, references beyond it are not told from others.
//!
//! **Time.** To receive a message takes time by its bytes, on the wire and inflated, and a copy of the
//! window, about a microsecond for 32 KiB: for each message if the window has fewer than 15 bits, and for each
//! stream behind a block that is marked as the last one, if it refers to what was before that block
//! or does not come in one read.
//!
//! **Secrets.** A message that holds both a secret and text that an attacker chose must not be
//! compressed, nor may the two share a window: the length of the result tells whether they are
//! alike. Send it with [`Compression::Never`].

mod agreement;
mod config;
mod deflater;
mod inflater;
mod params;
mod window;

pub(crate) use agreement::{Agreement, Answer};
pub use config::{Compression, Config};
pub(crate) use deflater::Deflater;
pub(crate) use inflater::{END, InflateError, Inflated, Inflater};
use params::MAX_WINDOW_BITS;
pub(crate) use params::NAME;
pub use params::{InvalidParams, Offer, Params};

/// How far one of the library's counters went in a call.
fn difference(later: u64, earlier: u64) -> usize {
    usize::try_from(later.saturating_sub(earlier)).unwrap_or(usize::MAX)
}
