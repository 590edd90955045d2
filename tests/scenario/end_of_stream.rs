//! The transport ends at every byte of a session, in either direction (RFC 6455 7.1.4, 7.2.1).

use sansocket::connection::{Connection, ProtocolError, SendError};
use sansocket::{Chunk, CloseCode, CloseFrame, CloseInfo, Initiator, MessageKind, Role};

use crate::endpoint::{Endpoint, Received};
use crate::pair::{Pair, ROLES, peer_of};
use crate::wire::{self, BINARY, CLOSE, CONTINUATION, FIN, PING, TEXT};

/// Checks the state of an endpoint after the transport has ended.
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

/// Loses the transport with `unwritten` bytes left. Checks that nothing is sent afterwards, and
/// that the way in which the connection ended does not change.
#[track_caller]
fn lose(endpoint: &mut Endpoint, unwritten: usize) -> CloseInfo {
    endpoint.connection.sender.lose(unwritten);
    let _ = endpoint.receive_eof();
    let info = endpoint.connection.close_info().expect("the connection has ended");
    endpoint.take_out();
    let Endpoint { connection: Connection { sender, .. }, out, .. } = endpoint;
    assert_eq!(sender.send_text("late", out), Err(SendError::Closed));
    assert_eq!(
        sender.send_chunk(Chunk::more(MessageKind::Binary, b""), out),
        Err(SendError::Closed)
    );
    assert_eq!(sender.send_ping(b"", out), Err(SendError::Closed));
    let frame = CloseFrame { code: CloseCode::BAD_GATEWAY, reason: "late" };
    assert_eq!(sender.send_close(Some(frame), out), Err(SendError::Closed));
    sender.fail(&ProtocolError::InvalidUtf8, out);
    sender.send_deferred(out);
    assert!(out.is_empty());
    assert_eq!(endpoint.connection.close_info().as_ref(), Some(&info));
    info
}

// Shows own-closing-3, own-closing-4.
#[test]
fn after_the_transport_is_lost_nothing_is_sent_and_nothing_changes() {
    for role in ROLES {
        let info = lose(&mut Endpoint::new(role), 0);
        assert_eq!(info.initiator, Initiator::Transport);
        assert_eq!((info.received, info.sent, info.was_clean), (None, None, false));
    }
}

// Shows own-closing-2.
#[test]
fn a_close_frame_counts_as_sent_once_its_last_byte_has_left() {
    for role in ROLES {
        let closed = || {
            let mut endpoint = Endpoint::new(role);
            endpoint.send(|sender, out| sender.send_text("before", out)).unwrap();
            let start = endpoint.out.len();
            endpoint.send(|sender, out| sender.send_close(None, out)).unwrap();
            let end = endpoint.out.len();
            endpoint.receive(&wire::to(role, FIN | PING, b"after")).unwrap();
            (start, end, endpoint)
        };
        let len = closed().2.out.len();
        for written in 0..=len {
            for gets_close in [false, true] {
                let (start, end, mut endpoint) = closed();
                assert!(start < end && end < len);
                if gets_close {
                    endpoint.receive(&wire::to(role, FIN | CLOSE, b"\x03\xF1")).unwrap();
                }
                let has_left = written >= end;
                let info = lose(&mut endpoint, len - written);
                assert_eq!(info.sent.is_some(), has_left, "{written} of {len}");
                assert_eq!(info.was_clean, has_left && gets_close);
                let initiator = match (has_left, gets_close) {
                    (true, _) => Initiator::Local,
                    (false, true) => Initiator::Peer,
                    (false, false) => Initiator::Transport,
                };
                assert_eq!(info.initiator, initiator);
                assert_eq!(u16::from(info.code()), if gets_close { 1009 } else { 1006 });
            }
        }
    }
}

// Shows own-closing-2.
#[test]
fn an_answer_that_never_left_does_not_change_that_the_peer_closed() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        endpoint.receive(&wire::to(role, FIN | CLOSE, b"\x03\xF1")).unwrap();
        let unwritten = endpoint.out.len();
        let info = lose(&mut endpoint, unwritten);
        assert_eq!((info.initiator, info.sent, info.was_clean), (Initiator::Peer, None, false));
        assert_eq!(info.received.map(|frame| u16::from(frame.code)), Some(1009));
    }
}

/// A conversation: the client sends three messages, the server echoes them, the client closes. One
/// direction of the transport ends after `capacity` bytes; the other one continues until nobody has
/// anything to send. Returns how many bytes there were to carry.
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
                    sender.send_chunk(Chunk::more(MessageKind::Binary, b"t"), out).unwrap();
                    sender.send_ping(b"?", out).unwrap();
                    sender.send_chunk(Chunk::last(MessageKind::Binary, b"wo"), out).unwrap();
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
