//! Frames on the wire: header, mask, and where one frame ends and the next begins (RFC 6455 5).
//!
//! This layer needs `core` alone. It knows the form of a frame and nothing of what frames mean:
//! tools that print, relay or fuzz frames start here; a connection is the layer above.
//!
//! [`FrameHeader::parse`] and [`FrameHeader::encode`] are pure. [`Masker`] masks a payload that
//! comes in pieces. [`Decoder`] eats a stream in any chunking and hands out headers and unmasked
//! payload, in place.

mod decoder;
mod error;
mod header;
mod length;
mod mask;
mod opcode;

pub use decoder::{Decoder, Piece};
pub use error::FrameError;
pub(crate) use header::parse_len;
pub use header::{FrameHeader, HeaderBytes, Rsv};
pub(crate) use length::{at_most, len_u64};
pub use mask::{MaskKey, Masker};
pub use opcode::OpCode;
