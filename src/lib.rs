//! WebSocket without the socket.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

pub mod buffered;
mod close;
pub mod connection;
pub mod frame;
pub mod handshake;
mod random;
mod role;
mod time;

pub use close::{CloseCode, CloseFrame, CloseInfo, CloseReason, Initiator};
pub use random::{Random, Seed};
pub use role::Role;
pub use time::{Deadline, Timestamp};
