//! The transport ends at every byte of a session, in either direction (RFC 6455 7.1.4, 7.2.1).

use sansocket::connection::{MessageKind, Part, ProtocolError};
use sansocket::{Initiator, Role};

use crate::endpoint::{Endpoint, Received};
use crate::pair::{Pair, ROLES, peer_of};
use crate::wire::{self, BINARY, CLOSE, CONTINUATION, FIN, PING, TEXT};

/// Checks what an end says after the transport has ended.
#[track_caller]
fn assert_ended(endpoint: &mut Endpoint) {
    let got_close = matches!(endpoint.received.last(), Some(Received::Close(_)));
    let eof = if got_close { Ok(()) } else { Err(ProtocolError::ConnectionLost) };
    assert_eq!(endpoint.receive_eof(), eof);
    let info = endpoint.connection.close_info().expect("the connection has ended");
    let has_closed = endpoint.connection.sender.is_closed();
    assert_eq!(info.received.is_some(), got_close);
    assert_eq!(info.sent.is_some(), has_closed);
    assert_eq!(info.was_clean, got_close && has_closed, "clean is that both have crossed");
    assert_eq!(info.initiator == Initiator::Transport, !got_close && !has_closed);
    if !got_close {
        assert_eq!(u16::from(info.code()), 1006);
    }
}

// Shows 6455-7.1.4-1, own-closing-2.
#[test]
fn a_session_that_ends_at_every_byte() {
    for role in ROLES {
        let session = [
            wire::to(role, FIN | TEXT, "caf\u{E9}".as_bytes()),
            wire::to(role, BINARY, b"frag"),
            wire::to(role, FIN | PING, b"?"),
            wire::to(role, FIN | CONTINUATION, b"ment"),
            wire::to(role, FIN | BINARY, &[7; 200]),
            wire::to(role, FIN | CLOSE, &wire::close_payload(1000, "bye")),
        ]
        .concat();
        let all = [
            Received::text("caf\u{E9}"),
            Received::Ping(b"?".into()),
            Received::Binary(b"fragment".into()),
            Received::Binary(vec![7; 200]),
            Received::close(1000, "bye"),
        ];
        for len in 0..=session.len() {
            for has_closed in [false, true] {
                let mut endpoint = Endpoint::new(role);
                if has_closed {
                    endpoint.send(|sender, out| sender.send_close(None, out)).unwrap();
                }
                endpoint.receive(&session[..len]).unwrap();
                assert!(all.starts_with(&endpoint.received), "whole messages, and none is lost");
                assert_eq!(endpoint.received.len() == all.len(), len == session.len());
                assert_ended(&mut endpoint);
            }
        }
    }
}

/// A conversation: the client asks three times, the server echoes, the client closes. In the one
/// direction the transport carries `capacity` bytes and then ends; the other direction goes on
/// until nobody has anything to say. Returns how many bytes there were to be carried.
fn converse(broken_to: Role, capacity: usize) -> (Pair, usize) {
    let mut pair = Pair::new(usize::MAX);
    let mut len = 0;
    let (mut echoed, mut asked) = (0, 0);
    loop {
        // The client: after each echo the next question, after the last a Close frame.
        let client = &mut pair.client;
        let echoes = client.received.iter().filter(|r| matches!(r, Received::Binary(_))).count();
        if echoes == asked && !client.connection.sender.is_closed() {
            let (sender, out) = (&mut client.connection.sender, &mut client.out);
            match asked {
                0 => sender.send_binary(b"one", out).unwrap(),
                1 => {
                    sender.send_part(MessageKind::Binary, b"t", Part::More, out).unwrap();
                    sender.send_ping(b"?", out).unwrap();
                    sender.send_part(MessageKind::Binary, b"wo", Part::Last, out).unwrap();
                }
                2 => sender.send_binary(&[3; 130], out).unwrap(),
                _ => sender.send_close(None, out).unwrap(),
            }
            asked += 1;
        }
        // The server: every message goes back.
        let server = &mut pair.server;
        let (sender, out) = (&mut server.connection.sender, &mut server.out);
        for received in &server.received[echoed..] {
            if let Received::Binary(data) = received {
                sender.send_binary(data, out).unwrap();
            }
        }
        echoed = server.received.len();

        if pair.client.out.is_empty() && pair.server.out.is_empty() {
            return (pair, len);
        }
        for role in ROLES {
            let mut bytes = pair.end(peer_of(role)).take_out();
            if role == broken_to {
                let room = capacity.saturating_sub(len);
                len += bytes.len();
                bytes.truncate(room);
            }
            pair.end(role).receive(&bytes).unwrap();
        }
    }
}

// Shows own-control-7.
#[test]
fn a_conversation_whose_transport_ends_at_every_byte() {
    for broken_to in ROLES {
        let (whole, len) = converse(broken_to, usize::MAX);
        assert_eq!(whole.client.received.last(), Some(&Received::Close(None)));
        for capacity in 0..=len {
            let (mut pair, _) = converse(broken_to, capacity);
            for role in ROLES {
                let whole = if role == Role::Client { &whole.client } else { &whole.server };
                assert!(whole.received.starts_with(&pair.end(role).received));
                assert_ended(pair.end(role));
            }
            let listener = pair.end(broken_to).connection.close_info().expect("it has ended");
            assert_eq!(listener.was_clean, capacity == len);
        }
    }
}
