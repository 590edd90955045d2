//! RFC 6455 7.1.2 and 7.1.3: the closing handshake begins.

use sansocket::{CloseCode, CloseFrame};

use crate::endpoint::Endpoint;
use crate::violation::ROLES;
use crate::wire::{self, CLOSE, FIN};

// Shows 6455-5.5.1-1, 6455-7.1.2-1, 6455-7.1.3-1, 6455-7.4-1.
#[test]
fn it_begins_with_a_close_frame_with_code_and_reason() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        let frame = CloseFrame { code: CloseCode::GOING_AWAY, reason: "restart" };
        endpoint.send(|sender, out| sender.send_close(Some(frame), out)).unwrap();
        let payload = wire::close_payload(1001, "restart");
        assert_eq!(wire::contents(&endpoint.out), [(FIN | CLOSE, payload)]);
        assert!(endpoint.connection.sender.is_closed());
    }
}

// Shows 6455-7.4-1.
#[test]
fn it_also_begins_with_an_empty_close_frame() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        endpoint.send(|sender, out| sender.send_close(None, out)).unwrap();
        assert_eq!(wire::contents(&endpoint.out), [(FIN | CLOSE, Vec::new())]);
    }
}

// Shows 6455-7.1.2-2.
#[test]
fn it_is_not_complete_before_both_close_frames_were_exchanged() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        assert_eq!(endpoint.connection.close_info(), None);
        endpoint.send(|sender, out| sender.send_close(None, out)).unwrap();
        assert_eq!(endpoint.connection.close_info(), None);
        endpoint.receive(&wire::to(role, FIN | CLOSE, b"")).unwrap();
        assert!(endpoint.connection.close_info().is_some());
    }
}
