//! RFC 6455 5.2: the bits of a frame.

use sansocket::Parsed;
use sansocket::connection::ProtocolError;
use sansocket::frame::{FrameError, FrameHeader, OpCode, Rsv};
use sansocket::{Limits, Role};

use crate::endpoint::{Endpoint, Received};
use crate::violation::{ROLES, assert_fails};
use crate::wire::{
    self, BINARY, CLOSE, CONTINUATION, FIN, Length, PING, PONG, RSV1, RSV2, RSV3, TEXT, key_to,
};

// Shows 6455-5.2-2.
#[test]
fn a_reserved_bit_without_an_extension_fails_the_connection() {
    for role in ROLES {
        for opcode in [CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG] {
            for rsv in 1..=7 {
                let frame = wire::to(role, FIN | rsv << 4 | opcode, b"");
                assert_fails(role, &frame, ProtocolError::ReservedBits, 1002);
            }
        }
    }
}

// Shows 6455-5.2-2.
#[test]
fn a_reserved_bit_on_a_later_fragment_fails_the_connection() {
    for role in ROLES {
        for rsv in [RSV1, RSV2, RSV3] {
            let frames = [wire::to(role, TEXT, b"a"), wire::to(role, rsv | CONTINUATION, b"b")];
            assert_fails(role, &frames.concat(), ProtocolError::ReservedBits, 1002);
        }
    }
}

// Shows 6455-5.2-3.
#[test]
fn an_unknown_opcode_fails_the_connection() {
    for role in ROLES {
        for opcode in (0x3..=0x7).chain(0xB..=0xF) {
            for fin in [0, FIN] {
                let error = ProtocolError::Frame(FrameError::ReservedOpCode(opcode));
                assert_fails(role, &wire::to(role, fin | opcode, b""), error, 1002);
                let inside = [wire::to(role, TEXT, b"a"), wire::to(role, fin | opcode, b"")];
                assert_fails(role, &inside.concat(), error, 1002);
            }
        }
    }
}

// Shows 6455-5.2-5.
#[test]
fn a_payload_of_each_form_of_length_is_received() {
    for role in ROLES {
        for len in [0, 1, 125, 126, 127, 128, 255, 256, 65535, 65536, 65537, 70000] {
            let payload: Vec<u8> = (0..=u8::MAX).cycle().take(len).collect();
            let mut endpoint = Endpoint::new(role);
            assert_eq!(endpoint.receive(&wire::to(role, FIN | BINARY, &payload)), Ok(()));
            assert_eq!(endpoint.received, [Received::Binary(payload)]);
        }
    }
}

// Shows 6455-5.2-5 (server).
#[test]
fn a_length_is_sent_in_network_order_and_in_its_shortest_form() {
    let cases: [(usize, &[u8]); 8] = [
        (0, &[0x82, 0]),
        (125, &[0x82, 125]),
        (126, &[0x82, 126, 0x00, 0x7E]),
        (127, &[0x82, 126, 0x00, 0x7F]),
        (256, &[0x82, 126, 0x01, 0x00]),
        (65535, &[0x82, 126, 0xFF, 0xFF]),
        (65536, &[0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        (70000, &[0x82, 127, 0, 0, 0, 0, 0, 1, 0x11, 0x70]),
    ];
    for (len, header) in cases {
        let mut server = Endpoint::new(Role::Server);
        server.send(|sender, out| sender.send_binary(&vec![0; len], out)).unwrap();
        assert_eq!(server.out[..server.out.len() - len], *header);
    }
}

// Shows 6455-5.2-6, own-frames-1.
#[test]
fn a_length_in_more_bytes_than_it_needs_fails_the_connection() {
    for role in ROLES {
        for length in [
            Length::Bits16(0),
            Length::Bits16(1),
            Length::Bits16(125),
            Length::Bits64(0),
            Length::Bits64(125),
            Length::Bits64(126),
            Length::Bits64(65535),
        ] {
            let len = match length {
                Length::Bits16(len) => u64::from(len),
                Length::Bits64(len) => len,
                Length::Bits7(_) => unreachable!("never too long"),
            };
            let header = wire::header(FIN | BINARY, length, key_to(role));
            let error = ProtocolError::Frame(FrameError::NonMinimalLength(len));
            assert_fails(role, &header, error, 1002);
        }
    }
}

// Shows 6455-5.2-7, own-frames-1.
#[test]
fn a_length_with_its_top_bit_set_fails_the_connection() {
    for role in ROLES {
        for len in [1 << 63, 1 << 63 | 5, u64::MAX] {
            let header = wire::header(FIN | BINARY, Length::Bits64(len), key_to(role));
            let error = ProtocolError::Frame(FrameError::LengthTopBit(len));
            assert_fails(role, &header, error, 1002);
        }
    }
}

// Shows 6455-5.2-7.
#[test]
fn the_greatest_length_is_legal() {
    let limits = Limits::default().max_message_len(u64::MAX);
    for role in ROLES {
        let greatest = (1 << 63) - 1;
        let mut endpoint = Endpoint::with(role, &limits);
        let header = wire::header(FIN | BINARY, Length::Bits64(greatest), key_to(role));
        assert_eq!(endpoint.receive(&header), Ok(()));
        let receiver = &endpoint.connection.receiver;
        assert_eq!(receiver.payload_remaining(), Some(greatest));
        assert_eq!(endpoint.receive(b"abc"), Ok(()));
        let receiver = &endpoint.connection.receiver;
        assert_eq!(receiver.payload_remaining(), Some(greatest - 3));
    }
}

#[test]
fn a_bad_length_is_found_before_the_mask_key_has_come() {
    for length in [Length::Bits16(125), Length::Bits64(65535), Length::Bits64(1 << 63)] {
        let header = wire::header(FIN | BINARY, length, key_to(Role::Server));
        let without_key = &header[..header.len() - 4];
        let mut server = Endpoint::new(Role::Server);
        assert_eq!(server.receive(&without_key[..without_key.len() - 1]), Ok(()));
        assert!(server.receive(&without_key[without_key.len() - 1..]).is_err());
    }
}

#[test]
fn a_violation_is_found_in_the_header_before_any_payload() {
    let header = wire::header(FIN | RSV2 | TEXT, Length::Bits16(60000), key_to(Role::Server));
    assert_fails(Role::Server, &header, ProtocolError::ReservedBits, 1002);
}

// Shows 6455-5.2-4 (both), 6455-5.2-8 (both).
#[test]
fn an_incomplete_header_asks_for_the_missing_bytes() {
    for (length, key) in [
        (Length::Bits7(125), None),
        (Length::Bits16(126), None),
        (Length::Bits64(65536), None),
        (Length::Bits7(0), Some([1, 2, 3, 4])),
        (Length::Bits16(65535), Some([1, 2, 3, 4])),
        (Length::Bits64(u64::MAX >> 1), Some([1, 2, 3, 4])),
    ] {
        let header = wire::header(FIN | TEXT, length, key);
        for len in 0..header.len() {
            let Ok(Parsed::Partial { needed }) = FrameHeader::parse(&header[..len]) else {
                panic!("{len} of {header:?} are no header");
            };
            assert!((1..=header.len() - len).contains(&needed), "never more than is missing");
        }
        let Ok(Parsed::Complete { value, consumed }) = FrameHeader::parse(&header) else {
            panic!("{header:?} is a header");
        };
        assert_eq!(consumed, header.len());
        assert_eq!(*value.encode(), *header);
    }
}

// Shows 6455-5.2-4 (both).
#[test]
fn each_bit_of_a_header_belongs_to_one_field() {
    let parse = |bytes: &[u8]| match FrameHeader::parse(bytes) {
        Ok(Parsed::Complete { value, .. }) => value,
        other => panic!("{other:?}"),
    };
    let header = parse(&[FIN | RSV1 | RSV3 | TEXT, 5]);
    assert!(header.fin && header.rsv.rsv1() && !header.rsv.rsv2() && header.rsv.rsv3());
    let header = parse(&[RSV2 | BINARY, 5]);
    assert!(!header.fin && !header.rsv.rsv1() && header.rsv.rsv2() && !header.rsv.rsv3());
    assert_eq!(parse(&[RSV1 | TEXT, 0]).rsv, Rsv::RSV1);
    assert_eq!(parse(&[TEXT, 0]).rsv, Rsv::NONE);
    for (bits, opcode, is_control) in [
        (CONTINUATION, OpCode::Continuation, false),
        (TEXT, OpCode::Text, false),
        (BINARY, OpCode::Binary, false),
        (CLOSE, OpCode::Close, true),
        (PING, OpCode::Ping, true),
        (PONG, OpCode::Pong, true),
    ] {
        assert_eq!(parse(&[FIN | bits, 0]).opcode, opcode);
        assert_eq!(opcode.to_bits(), bits);
        assert_eq!(opcode.is_control(), is_control);
    }
}
