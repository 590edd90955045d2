//! RFC 6455 5.5.3: the Pong frame.

use sansocket::Limits;

use crate::endpoint::{Endpoint, Received};
use crate::violation::ROLES;
use crate::wire::{self, FIN, PING, PONG};

// Shows 6455-5.5.3-1.
#[test]
fn a_pong_has_the_data_of_its_ping() {
    for role in ROLES {
        for len in 0..=125 {
            let data: Vec<u8> = (0..=u8::MAX).rev().take(len).collect();
            let mut endpoint = Endpoint::new(role);
            endpoint.receive(&wire::to(role, FIN | PING, &data)).unwrap();
            assert_eq!(endpoint.received, [Received::Ping(data.clone())]);
            assert_eq!(wire::contents(&endpoint.out), [(FIN | PONG, data)]);
        }
    }
}

// Shows 6455-5.5.3-3.
#[test]
fn an_unsolicited_pong_is_not_answered() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        endpoint.receive(&wire::to(role, FIN | PONG, b"beat")).unwrap();
        assert_eq!(endpoint.received, [Received::Pong(b"beat".into())]);
        assert_eq!(endpoint.out, []);
    }
}

// Shows 6455-5.5.3-3.
#[test]
fn a_pong_can_be_sent_without_a_ping() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        endpoint.send(|sender, out| sender.send_pong(b"beat", out)).unwrap();
        assert_eq!(wire::contents(&endpoint.out), [(FIN | PONG, b"beat".into())]);
    }
}

// Shows 6455-5.5.3-2.
#[test]
fn the_latest_of_several_pings_that_wait_for_an_answer_is_answered() {
    let limits = Limits::default().high_water_mark(1);
    for role in ROLES {
        let mut endpoint = Endpoint::with(role, &limits);
        for data in [b"1", b"2", b"3"] {
            endpoint.receive(&wire::to(role, FIN | PING, data)).unwrap();
        }
        assert_eq!(wire::contents(&endpoint.take_out()), [(FIN | PONG, b"1".into())]);
        endpoint.connection.sender.send_deferred(&mut endpoint.out);
        assert_eq!(wire::contents(&endpoint.take_out()), [(FIN | PONG, b"3".into())]);
        endpoint.connection.sender.send_deferred(&mut endpoint.out);
        assert_eq!(endpoint.out, []);
    }
}
