//! permessage-deflate: compressed messages (RFC 7692).
//!
//! The handshake negotiates [`Params`]: a client offers what its [`Config`] asks for, and a server
//! answers the first offer that it can accept. The connection then compresses and inflates
//! automatically. This module implements the extension alone and is independent of frames.
//!
//! **Memory**, for each connection that negotiated compression: none before the first compressed
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
//! To receive, that is 47 KiB of the library, whose window always has the largest size; our own
//! window of 2^bits bytes; and buffers for input and output, which grow with the messages: while
//! all messages are below 4 KiB, 60 KiB and our window are enough. To send, it is the memory of the
//! library and up to 64 KiB for compressed data; while a message is being compressed, all of its
//! compressed data.
//!
//! An idle connection keeps only the window to receive, see
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
//! **Windows.** Sent messages never refer back farther than the negotiated window. A received
//! message must not refer to bytes before the window that precedes it: that fails the connection
//! with 1007, however the message is split into reads. Inside a message that is longer than a small
//! window, references that exceed the window are not detected.
//!
//! **Time.** Receiving a message takes time proportional to its length on the wire and inflated. In
//! some cases the window is also copied, which takes about a microsecond for 32 KiB: for each
//! message, if the window has fewer than 15 bits; and for each stream after a final block (BFINAL),
//! if it refers to bytes before that block or does not arrive in one read.
//!
//! **Secrets.** Do not compress a message that holds both a secret and text that an attacker chose,
//! and do not let the two share a window: the length of the result reveals whether they are similar
//! (CRIME, BREACH). Send such messages with [`Compression::Never`].

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

/// Returns by how much a counter of the library increased in a call.
fn difference(later: u64, earlier: u64) -> usize {
    usize::try_from(later.saturating_sub(earlier)).unwrap_or(usize::MAX)
}
