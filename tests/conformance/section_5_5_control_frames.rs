//! RFC 6455 5.5: control frames are short and whole.

use sansocket::connection::{ProtocolError, SendError};
use sansocket::frame::FrameError;

use crate::endpoint::{Endpoint, Received};
use crate::violation::{ROLES, assert_fails};
use crate::wire::{self, CLOSE, FIN, Length, PING, PONG, TEXT, key_to};

const CONTROLS: [u8; 3] = [CLOSE, PING, PONG];

// Shows 6455-5.5-1.
#[test]
fn a_control_frame_of_more_than_125_bytes_fails_the_connection() {
    for role in ROLES {
        for opcode in CONTROLS {
            for length in [Length::Bits16(126), Length::Bits16(5), Length::Bits64(65536)] {
                let header = wire::header(FIN | opcode, length, key_to(role));
                let error = ProtocolError::Frame(FrameError::ControlTooLong);
                assert_fails(role, &header, error, 1002);
            }
        }
    }
}

#[test]
fn a_control_frame_of_more_than_125_bytes_fails_at_its_second_byte() {
    for role in ROLES {
        for opcode in CONTROLS {
            let header = wire::header(FIN | opcode, Length::Bits64(1 << 40), key_to(role));
            let error = Err(ProtocolError::Frame(FrameError::ControlTooLong));
            assert_eq!(Endpoint::new(role).receive(&header[..2]), error);
        }
    }
}

// Shows 6455-5.4-5, 6455-5.5-2.
#[test]
fn a_fragmented_control_frame_fails_the_connection() {
    for role in ROLES {
        for opcode in CONTROLS {
            let error = ProtocolError::Frame(FrameError::FragmentedControl);
            assert_fails(role, &wire::to(role, opcode, b""), error, 1002);
            let inside = [wire::to(role, TEXT, b"a"), wire::to(role, opcode, b"\x03\xe8")];
            assert_fails(role, &inside.concat(), error, 1002);
        }
    }
}

// Shows 6455-5.5-1.
#[test]
fn a_control_frame_of_125_bytes_is_received() {
    for role in ROLES {
        let reason = "r".repeat(123);
        let frames = [
            wire::to(role, FIN | PING, &[1; 125]),
            wire::to(role, FIN | PONG, &[2; 125]),
            wire::to(role, FIN | CLOSE, &wire::close_payload(1000, &reason)),
        ];
        let received = [
            Received::Ping(vec![1; 125]),
            Received::Pong(vec![2; 125]),
            Received::close(1000, &reason),
        ];
        for read_len in [1, 2, 3, 7, 64, 1000] {
            let mut endpoint = Endpoint::new(role);
            endpoint.receive_in(&frames.concat(), &[read_len]).unwrap();
            assert_eq!(endpoint.received, received);
            let contents = wire::contents(&endpoint.out);
            assert_eq!(contents[0], (FIN | PONG, vec![1; 125]));
            assert_eq!(contents[1], (FIN | CLOSE, wire::close_payload(1000, &reason)));
        }
    }
}

// Shows 6455-5.5-1.
#[test]
fn more_than_125_bytes_cannot_be_sent() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        let (sender, out) = (&mut endpoint.connection.sender, &mut endpoint.out);
        let too_long = Err(SendError::ControlTooLong { len: 126 });
        assert_eq!(sender.send_ping(&[0; 126], out), too_long);
        assert_eq!(sender.send_pong(&[0; 126], out), too_long);
        assert!(out.is_empty());
        assert_eq!(sender.send_ping(&[0; 125], out), Ok(()));
        assert_eq!(sender.send_pong(&[0; 125], out), Ok(()));
    }
}
