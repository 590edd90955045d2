//! RFC 6455 7.1.1: who closes the transport, and when.

use sansocket::Role;
use sansocket::connection::TransportAction;

use crate::endpoint::Endpoint;
use crate::violation::ROLES;
use crate::wire::{self, CLOSE, FIN, TEXT};

fn transport_of_closed(role: Role) -> TransportAction {
    match role {
        Role::Server => TransportAction::CloseNow,
        Role::Client => TransportAction::AwaitPeerClose,
    }
}

// Shows 6455-7.2.1-2, 6455-7.3-2.
#[test]
fn an_open_connection_is_kept() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        assert_eq!(endpoint.connection.transport(), TransportAction::KeepOpen);
        endpoint.receive(&wire::to(role, FIN | TEXT, b"message")).unwrap();
        endpoint.send(|sender, out| sender.send_text("message", out)).unwrap();
        assert_eq!(endpoint.connection.transport(), TransportAction::KeepOpen);
    }
}

// Shows 6455-5.5.1-9, 6455-5.5.1-10, 6455-7.1.1-4.
#[test]
fn after_the_peers_close_frame_and_our_answer_the_server_closes_first() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        endpoint.receive(&wire::to(role, FIN | CLOSE, b"")).unwrap();
        assert_eq!(endpoint.connection.transport(), transport_of_closed(role));
    }
}

// Shows 6455-5.5.1-9, 6455-5.5.1-10, 6455-7.1.1-5, 6455-7.1.2-2.
#[test]
fn after_our_close_frame_and_its_answer_the_server_closes_first() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        endpoint.send(|sender, out| sender.send_close(None, out)).unwrap();
        assert_eq!(endpoint.connection.transport(), TransportAction::KeepOpen);
        endpoint.receive(&wire::to(role, FIN | CLOSE, b"")).unwrap();
        assert_eq!(endpoint.connection.transport(), transport_of_closed(role));
    }
}

#[test]
fn the_transport_stays_until_the_peers_close_frame_is_answered() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        let mut bytes = wire::to(role, FIN | CLOSE, b"");
        let event = endpoint.connection.receiver.receive(&mut &mut bytes[..]).unwrap();
        let reply = event.unwrap().reply().unwrap();
        assert_eq!(endpoint.connection.transport(), TransportAction::KeepOpen);
        assert_eq!(endpoint.connection.close_info(), None);
        endpoint.connection.sender.reply(reply, &mut endpoint.out);
        assert_eq!(endpoint.connection.transport(), transport_of_closed(role));
    }
}
