//! RFC 6455 5.5.2: a Ping is answered.

use sansocket::connection::Event;
use sansocket::{Limits, Role};

use crate::endpoint::{Endpoint, Received};
use crate::violation::ROLES;
use crate::wire::{self, BINARY, CLOSE, FIN, PING, PONG, TEXT};

// Shows 6455-5.5.2-1, own-control-1.
#[test]
fn every_ping_is_answered_in_the_order_of_the_stream() {
    for role in ROLES {
        let pings: Vec<Vec<u8>> = (0..10).map(|index| vec![index; usize::from(index)]).collect();
        let input: Vec<u8> =
            pings.iter().flat_map(|data| wire::to(role, FIN | PING, data)).collect();
        for read_len in [1, 5, input.len()] {
            let mut endpoint = Endpoint::new(role);
            endpoint.receive_in(&input, &[read_len]).unwrap();
            let pongs: Vec<_> = pings.iter().map(|data| (FIN | PONG, data.clone())).collect();
            assert_eq!(wire::contents(&endpoint.out), pongs);
        }
    }
}

// Shows 6455-5.5.2-3.
#[test]
fn a_ping_is_answered_as_soon_as_it_has_come() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        let ping = wire::to(role, FIN | PING, b"now");
        // It is between two fragments, the second of which is incomplete.
        endpoint.receive(&wire::to(role, BINARY, b"a")).unwrap();
        endpoint.receive(&ping[..ping.len() - 1]).unwrap();
        assert_eq!(endpoint.out, []);
        endpoint.receive(&ping[ping.len() - 1..]).unwrap();
        assert_eq!(wire::contents(&endpoint.out), [(FIN | PONG, b"now".into())]);
    }
}

// Shows 6455-5.5.2-1.
#[test]
fn a_ping_after_the_peers_close_frame_is_not_answered() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        endpoint.receive(&wire::to(role, FIN | CLOSE, b"")).unwrap();
        endpoint.take_out();
        endpoint.receive(&wire::to(role, FIN | PING, b"")).unwrap();
        assert_eq!(endpoint.out, []);
    }
}

// Shows 6455-5.5.2-1, 6455-5.5.2-2.
#[test]
fn pings_after_our_own_close_are_answered_until_the_peers_close() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        endpoint.send(|sender, out| sender.send_close(None, out)).unwrap();
        endpoint.take_out();
        for data in [b"one", b"two"] {
            endpoint.receive(&wire::to(role, FIN | PING, data)).unwrap();
            assert_eq!(wire::contents(&endpoint.take_out()), [(FIN | PONG, data.into())]);
        }
        endpoint.receive(&wire::to(role, FIN | CLOSE, b"")).unwrap();
        endpoint.receive(&wire::to(role, FIN | PING, b"late")).unwrap();
        assert_eq!(endpoint.out, []);
        assert!(endpoint.connection.close_info().unwrap().was_clean);
    }
}

// Shows 6455-5.5.2-1.
#[test]
fn a_ping_before_the_peers_close_frame_is_answered_first() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        let input = [wire::to(role, FIN | PING, b"?"), wire::to(role, FIN | CLOSE, b"")];
        endpoint.receive(&input.concat()).unwrap();
        let contents = [(FIN | PONG, b"?".to_vec()), (FIN | CLOSE, Vec::new())];
        assert_eq!(wire::contents(&endpoint.out), contents);
    }
}

#[test]
fn a_reply_survives_the_input_and_the_receiver_that_it_came_from() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        let reply = {
            let mut ping = wire::to(role, FIN | PING, b"data");
            let event = endpoint.connection.receiver.receive(&mut &mut ping[..]);
            event.unwrap().unwrap().reply().unwrap()
        };
        endpoint.connection.sender.reply(reply, &mut endpoint.out);
        assert_eq!(wire::contents(&endpoint.out), [(FIN | PONG, b"data".into())]);
    }
}

// Shows 6455-5.5.2-4.
#[test]
fn a_ping_can_be_sent_at_any_time() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        endpoint.send(|sender, out| sender.send_ping(b"data", out)).unwrap();
        assert_eq!(wire::contents(&endpoint.out), [(FIN | PING, b"data".into())]);
    }
}

#[test]
fn a_ping_is_answered_even_if_nothing_may_wait_to_be_written() {
    let limits = Limits::default().high_water_mark(0);
    for role in ROLES {
        let mut endpoint = Endpoint::with(role, &limits);
        endpoint.receive(&wire::to(role, FIN | PING, b"data")).unwrap();
        assert_eq!(wire::contents(&endpoint.out), [(FIN | PONG, b"data".into())]);
    }
}

#[test]
fn a_ping_is_not_part_of_the_message_around_it() {
    let mut server = Endpoint::new(Role::Server);
    let mut input = [
        wire::to(Role::Server, TEXT, b"a"),
        wire::to(Role::Server, FIN | PING, b"\xFF is no text"),
    ]
    .concat();
    let mut input = &mut input[..];
    let receiver = &mut server.connection.receiver;
    assert!(matches!(receiver.receive(&mut input), Ok(Some(Event::Chunk(_)))));
    assert_eq!(receiver.receive(&mut input), Ok(Some(Event::Ping(b"\xFF is no text"))));
    server.receive(&wire::to(Role::Server, FIN | PONG, b"")).unwrap();
    assert_eq!(server.received, [Received::Pong(Vec::new())]);
}
