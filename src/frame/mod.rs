//! Frames on the wire: header, mask, and where one frame ends and the next begins (RFC 6455 5).
//!
//! This layer needs only `core`. It knows the form of a frame, not its meaning. Start here for a
//! tool that prints, relays or fuzzes frames; a connection is the layer above.
//!
//! [`FrameHeader::parse`] and [`FrameHeader::encode`] are pure. [`Masker`] masks a payload that
//! comes in pieces. [`Decoder`] accepts a stream in any chunking and returns headers and unmasked
//! payload. It is zero-copy: the payload is borrowed from the input.

mod decoder;
mod error;
mod header;
mod inline_bytes;
mod length;
mod mask;
mod opcode;

pub(crate) use decoder::MaskedPiece;
pub use decoder::{Decoder, Piece};
pub use error::FrameError;
pub(crate) use header::parse_len;
pub use header::{FrameHeader, HeaderBytes, Rsv};
#[cfg(feature = "tokio")]
pub(crate) use inline_bytes::InlineBytes;
pub(crate) use length::{at_most, len_u64};
pub use mask::{MaskKey, Masker};
pub use opcode::OpCode;
