//! RFC 6455 7.2: the transport ends without a closing handshake.

use sansocket::connection::{ProtocolError, TransportAction};

use crate::endpoint::{Endpoint, Received};
use crate::violation::ROLES;
use crate::wire::{self, CLOSE, FIN, TEXT};

// Shows 6455-7.2.1-1.
#[test]
fn a_lost_transport_fails_the_connection() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        let lost = Err(ProtocolError::ConnectionLost);
        assert_eq!(endpoint.receive_eof(), lost);
        assert_eq!(endpoint.connection.transport(), TransportAction::CloseNow);
        assert_eq!(endpoint.receive_eof(), lost, "the error stays");
        assert_eq!(endpoint.receive(&wire::to(role, FIN | TEXT, b"late")), lost);
        assert_eq!(endpoint.receive(&wire::to(role, FIN | CLOSE, b"")), lost);
        assert_eq!((&endpoint.received[..], &endpoint.out[..]), (&[][..], &[][..]));
    }
}

#[test]
fn a_message_that_was_cut_off_is_not_delivered() {
    for role in ROLES {
        let input =
            [wire::to(role, FIN | TEXT, b"whole"), wire::to(role, FIN | TEXT, b"cut off")].concat();
        let mut endpoint = Endpoint::new(role);
        endpoint.receive(&input[..input.len() - 1]).unwrap();
        assert_eq!(endpoint.receive_eof(), Err(ProtocolError::ConnectionLost));
        assert_eq!(endpoint.received, [Received::text("whole")]);
    }
}

// Shows 6455-7.1.5-3.
#[test]
fn a_truncated_close_frame_is_not_a_close_frame() {
    for role in ROLES {
        let close = wire::to(role, FIN | CLOSE, &wire::close_payload(1000, "bye"));
        for len in 0..close.len() {
            let mut endpoint = Endpoint::new(role);
            endpoint.receive(&close[..len]).unwrap();
            assert_eq!(endpoint.receive_eof(), Err(ProtocolError::ConnectionLost));
            let info = endpoint.connection.close_info().unwrap();
            assert!(!info.was_clean);
            assert_eq!(u16::from(info.code()), 1006);
        }
    }
}
