//! RFC 6455 7.1.4 to 7.1.6: how a connection ended.

use sansocket::connection::ProtocolError;
use sansocket::{CloseCode, CloseFrame, Initiator, OwnedCloseFrame};

use crate::endpoint::Endpoint;
use crate::violation::ROLES;
use crate::wire::{self, CLOSE, FIN, TEXT};

fn reason(code: u16, reason: &str) -> Option<OwnedCloseFrame> {
    let code = CloseCode::from(code);
    let reason = reason.to_owned();
    Some(OwnedCloseFrame { code, reason })
}

// Shows 6455-7.1.4-1, own-control-6.
#[test]
fn it_is_clean_if_the_peers_close_frame_was_answered() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        let payload = wire::close_payload(1001, "bye");
        endpoint.receive(&wire::to(role, FIN | CLOSE, &payload)).unwrap();
        assert_eq!(endpoint.receive_eof(), Ok(()));
        let info = endpoint.connection.close_info().unwrap();
        assert_eq!(info.initiator, Initiator::Peer);
        assert_eq!(info.received, reason(1001, "bye"));
        assert_eq!(info.sent, reason(1001, "bye"));
        assert!(info.was_clean);
        assert_eq!((u16::from(info.code()), info.reason()), (1001, "bye"));
    }
}

// Shows 6455-7.1.4-1, 6455-7.1.5-1, 6455-7.1.6-1.
#[test]
fn it_is_clean_if_our_close_frame_was_answered() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        let frame = CloseFrame { code: CloseCode::NORMAL, reason: "done" };
        endpoint.send(|sender, out| sender.send_close(Some(frame), out)).unwrap();
        endpoint.receive(&wire::to(role, FIN | CLOSE, b"\x0F\xA0")).unwrap();
        let info = endpoint.connection.close_info().unwrap();
        assert_eq!(info.initiator, Initiator::Local);
        assert_eq!(info.received, reason(4000, ""));
        assert_eq!(info.sent, reason(1000, "done"));
        assert!(info.was_clean);
        assert_eq!((u16::from(info.code()), info.reason()), (4000, ""), "what was received counts");
    }
}

// Shows 6455-7.1.5-2, 6455-7.1.6-1.
#[test]
fn the_code_of_an_empty_close_frame_is_1005() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        endpoint.receive(&wire::to(role, FIN | CLOSE, b"")).unwrap();
        let info = endpoint.connection.close_info().unwrap();
        assert_eq!(info.received, reason(1005, ""));
        assert_eq!(info.sent, reason(1005, ""));
        assert_eq!((u16::from(info.code()), info.reason()), (1005, ""));
        assert!(info.was_clean);
    }
}

// Shows 6455-7.1.5-3.
#[test]
fn the_code_without_a_close_frame_is_1006() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        endpoint.receive(&wire::to(role, FIN | TEXT, b"message")).unwrap();
        assert_eq!(endpoint.receive_eof(), Err(ProtocolError::ConnectionLost));
        let info = endpoint.connection.close_info().unwrap();
        assert_eq!(info.initiator, Initiator::Transport);
        assert_eq!((&info.received, &info.sent), (&None, &None));
        assert_eq!((u16::from(info.code()), info.reason()), (1006, ""));
        assert!(!info.was_clean);
    }
}

// Shows 6455-7.1.4-1.
#[test]
fn it_is_not_clean_if_our_close_frame_was_not_answered() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        endpoint.send(|sender, out| sender.send_close(None, out)).unwrap();
        assert_eq!(endpoint.receive_eof(), Err(ProtocolError::ConnectionLost));
        let info = endpoint.connection.close_info().unwrap();
        assert_eq!(info.initiator, Initiator::Local);
        assert_eq!((&info.received, &info.sent), (&None, &reason(1005, "")));
        assert_eq!(u16::from(info.code()), 1006);
        assert!(!info.was_clean);
    }
}

#[test]
fn an_open_connection_has_not_ended() {
    for role in ROLES {
        assert_eq!(Endpoint::new(role).connection.close_info(), None);
    }
}
