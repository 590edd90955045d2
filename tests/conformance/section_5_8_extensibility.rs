//! RFC 6455 5.8: reserved bits and opcodes belong to extensions.

use sansocket::Parsed;
use sansocket::frame::FrameHeader;
use sansocket::{Chunk, MessageKind};

use crate::endpoint::Endpoint;
use crate::violation::ROLES;
use crate::wire::{self, FIN, KEY, Length, RSV1, RSV2, RSV3, TEXT};

// Shows 6455-5.2-1, 6455-5.8-1.
#[test]
fn no_reserved_bit_is_sent_without_an_extension() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        let (sender, out) = (&mut endpoint.connection.sender, &mut endpoint.out);
        sender.send_text("text", out).unwrap();
        sender.send_chunk(Chunk::more(MessageKind::Binary, b"part"), out).unwrap();
        sender.send_ping(b"", out).unwrap();
        sender.send_chunk(Chunk::last(MessageKind::Binary, b"part"), out).unwrap();
        sender.send_close(None, out).unwrap();
        let frames = wire::frames(out);
        assert!(frames.iter().all(|frame| frame.first & (RSV1 | RSV2 | RSV3) == 0));
    }
}

// Shows 6455-5.4-11, 6455-5.4-12, 6455-5.4-13.
#[test]
fn the_frame_layer_keeps_the_reserved_bits_for_relays() {
    for rsv in 0..8 {
        for key in [None, Some(KEY)] {
            let bytes = wire::header(FIN | rsv << 4 | TEXT, Length::Bits16(1000), key);
            let Ok(Parsed::Complete { value, .. }) = FrameHeader::parse(&bytes) else {
                panic!("{bytes:?} is a header");
            };
            assert_eq!(*value.encode(), *bytes);
        }
    }
}
