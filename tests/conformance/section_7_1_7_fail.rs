//! RFC 6455 7.1.7: failing a connection.

use sansocket::connection::{ProtocolError, TransportAction};
use sansocket::frame::FrameError;
use sansocket::{Chunk, CloseCode, MessageKind};

use crate::endpoint::Endpoint;
use crate::violation::ROLES;
use crate::wire::{self, CLOSE, CONTINUATION, FIN, TEXT};

/// Every error, with the greatest values that it can carry.
fn errors() -> Vec<(ProtocolError, u16)> {
    let (len, limit) = (u64::MAX, u64::MAX);
    let limit_u32 = u32::MAX;
    vec![
        (FrameError::ReservedOpCode(0xF).into(), 1002),
        (FrameError::NonMinimalLength(65535).into(), 1002),
        (FrameError::LengthTopBit(u64::MAX).into(), 1002),
        (FrameError::FragmentedControl.into(), 1002),
        (FrameError::ControlTooLong.into(), 1002),
        (ProtocolError::UnmaskedFrame, 1002),
        (ProtocolError::MaskedFrame, 1002),
        (ProtocolError::ReservedBits, 1002),
        (ProtocolError::UnexpectedContinuation, 1002),
        (ProtocolError::UnfinishedMessage, 1002),
        (ProtocolError::FrameTooLong { len, limit }, 1009),
        (ProtocolError::MessageTooLong { len, limit }, 1009),
        (ProtocolError::TooManyFragments { limit: limit_u32 }, 1008),
        (ProtocolError::TooManyControls { limit: limit_u32 }, 1008),
        (ProtocolError::InvalidUtf8, 1007),
        (ProtocolError::TruncatedCloseCode, 1002),
        (ProtocolError::InvalidCloseCode(CloseCode::from(u16::MAX)), 1002),
        (ProtocolError::InvalidCloseReason, 1007),
    ]
}

// Shows 6455-7.1.7-4, 6455-7.4.1-3, own-frames-1.
#[test]
fn every_error_has_a_close_frame_that_can_be_sent() {
    for role in ROLES {
        for (error, code) in errors() {
            let mut endpoint = Endpoint::new(role);
            endpoint.connection.sender.fail(&error, &mut endpoint.out);
            let payload = wire::close_payload(code, error.to_string());
            assert_eq!(wire::contents(&endpoint.out), [(FIN | CLOSE, payload)]);
            assert_eq!(u16::from(error.close_code()), code);
        }
    }
}

// Shows 6455-7.1.7-5.
#[test]
fn a_lost_transport_gets_no_close_frame() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        endpoint.connection.sender.fail(&ProtocolError::ConnectionLost, &mut endpoint.out);
        assert_eq!(endpoint.out, []);
        assert_eq!(ProtocolError::ConnectionLost.close_code(), CloseCode::ABNORMAL);
    }
}

#[test]
fn queued_bytes_are_written_before_the_close_frame() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        endpoint.receive(&wire::to(role, FIN | TEXT, b"good")).unwrap();
        endpoint.send(|sender, out| sender.send_text("answer", out)).unwrap();
        endpoint.receive(&wire::to(role, FIN | CONTINUATION, b"bad")).unwrap_err();
        let frames = wire::contents(&endpoint.out);
        assert_eq!(frames[0], (FIN | TEXT, b"answer".into()));
        assert_eq!((frames.len(), frames[1].0), (2, FIN | CLOSE));
    }
}

#[test]
fn a_message_that_is_being_sent_is_cut_off() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        let (sender, out) = (&mut endpoint.connection.sender, &mut endpoint.out);
        sender.send_chunk(Chunk::more(MessageKind::Text, b"half"), out).unwrap();
        endpoint.receive(&wire::to(role, FIN | CONTINUATION, b"bad")).unwrap_err();
        let firsts: Vec<u8> = wire::frames(&endpoint.out).iter().map(|sent| sent.first).collect();
        assert_eq!(firsts, [TEXT, FIN | CLOSE]);
    }
}

// Shows 6455-7.1.7-1.
#[test]
fn a_split_receiver_fails_without_its_sender() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        let mut bad = wire::to(role, FIN | CONTINUATION, b"bad");
        let mut input = &mut bad[..];
        let receiver = &mut endpoint.connection.receiver;
        for _ in 0..2 {
            assert_eq!(receiver.receive(&mut input), Err(ProtocolError::UnexpectedContinuation));
        }
        assert_eq!(endpoint.connection.transport(), TransportAction::CloseNow);
    }
}

// Shows 6455-7.1.7-6.
#[test]
fn an_application_that_finds_the_error_can_fail_the_receiver() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        let receiver = &mut endpoint.connection.receiver;
        let (first, second) = (ProtocolError::InvalidUtf8, ProtocolError::ReservedBits);
        assert_eq!(receiver.fail(first), first);
        assert_eq!(receiver.fail(second), first, "the first error counts");
        assert_eq!(receiver.receive_eof(), Err(first));
        assert_eq!(endpoint.receive(&wire::to(role, FIN | TEXT, b"late")), Err(first));
        assert_eq!(endpoint.connection.transport(), TransportAction::CloseNow);
        let frames = wire::contents(&endpoint.out);
        assert_eq!(frames[0].1, wire::close_payload(1007, first.to_string()));
    }
}

// Shows 6455-7.1.7-6.
#[test]
fn an_error_that_is_found_after_the_peers_close_frame_counts() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        endpoint.receive(&wire::to(role, FIN | CLOSE, b"")).unwrap();
        let receiver = &mut endpoint.connection.receiver;
        let (first, second) = (ProtocolError::InvalidUtf8, ProtocolError::ReservedBits);
        assert_eq!(receiver.fail(first), first);
        assert_eq!(receiver.fail(second), first, "the first error counts");
        assert_eq!(receiver.receive_eof(), Err(first));
        assert_eq!(endpoint.receive(&wire::to(role, FIN | TEXT, b"late")), Err(first));
        assert_eq!(endpoint.connection.transport(), TransportAction::CloseNow);
    }
}
