//! Decodes a frame, unmasks it, and encodes another with its payload.

#![no_std]
#![no_main]

mod machine;

extern crate alloc;

use alloc::vec::Vec;

use sansocket::Parsed;
use sansocket::frame::{FrameHeader, Masker};

fn run() -> Option<Vec<u8>> {
    // RFC 6455 5.7: a masked "Hello".
    let mut frame = *b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
    let Parsed::Complete { value: header, consumed } = FrameHeader::parse(&frame).ok()? else {
        return None;
    };
    let payload = frame.get_mut(consumed..)?;
    Masker::new(header.mask?).apply(payload);
    let mut out = Vec::from(FrameHeader { mask: None, ..header }.encode().as_ref());
    out.extend_from_slice(payload);
    Some(out)
}
