//! RFC 6455 5.5.1: the Close frame.

use sansocket::connection::{ChunkMut, Event, ProtocolError, SendError, TransportAction};
use sansocket::{Chunk, CloseCode, CloseFrame, MessageKind, PreparedMessage, Role};

use crate::endpoint::{Endpoint, Received};
use crate::violation::{ROLES, assert_fails};
use crate::wire::{self, BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, TEXT};

fn normal(reason: &str) -> Option<CloseFrame<'_>> {
    let code = CloseCode::NORMAL;
    Some(CloseFrame { code, reason })
}

// Shows 6455-5.5.1-1, 6455-5.5.1-6.
#[test]
fn an_empty_close_frame_is_answered_with_an_empty_one() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        endpoint.receive(&wire::to(role, FIN | CLOSE, b"")).unwrap();
        assert_eq!(endpoint.received, [Received::Close(None)]);
        assert_eq!(wire::contents(&endpoint.out), [(FIN | CLOSE, Vec::new())]);
    }
}

// Shows 6455-5.5.1-1, 6455-5.5.1-6, own-control-2.
#[test]
fn a_code_and_a_reason_are_echoed() {
    for role in ROLES {
        for (code, reason) in [(1000, ""), (1001, "going away"), (4999, "\u{1F44B} bye")] {
            let payload = wire::close_payload(code, reason);
            let mut endpoint = Endpoint::new(role);
            endpoint.receive(&wire::to(role, FIN | CLOSE, &payload)).unwrap();
            assert_eq!(endpoint.received, [Received::close(code, reason)]);
            assert_eq!(wire::contents(&endpoint.out), [(FIN | CLOSE, payload)]);
        }
    }
}

// Shows 6455-5.5.1-1.
#[test]
fn a_close_frame_with_half_a_code_fails_the_connection() {
    for role in ROLES {
        let frame = wire::to(role, FIN | CLOSE, b"\x03");
        assert_fails(role, &frame, ProtocolError::TruncatedCloseCode, 1002);
    }
}

// Shows 6455-5.5.1-2.
#[test]
fn a_reason_that_is_not_utf8_fails_the_connection() {
    for role in ROLES {
        for reason in [&b"\xFF"[..], b"cut \xE2\x82", b"\xED\xA0\x80", b"ok \xC0\x80 ok"] {
            let frame = wire::to(role, FIN | CLOSE, &wire::close_payload(1000, reason));
            assert_fails(role, &frame, ProtocolError::InvalidCloseReason, 1007);
        }
    }
}

// Shows 6455-5.1-6, 6455-5.5.1-5, 6455-6.1-1.
#[test]
fn after_a_close_frame_only_answers_to_pings_are_sent() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        let (sender, out) = (&mut endpoint.connection.sender, &mut endpoint.out);
        assert!(!sender.is_closed());
        sender.send_close(normal("bye"), out).unwrap();
        assert!(sender.is_closed());
        let sent = out.clone();

        let closed = Err(SendError::Closed);
        assert_eq!(sender.send_text("", out), closed);
        assert_eq!(sender.send_binary(b"", out), closed);
        assert_eq!(sender.send_prepared(&PreparedMessage::binary(b""), out), closed);
        for is_last in [false, true] {
            assert_eq!(
                sender.send_chunk(Chunk { is_last, ..Chunk::more(MessageKind::Text, b"") }, out),
                closed
            );
            let frame = sender
                .frame_in_place(ChunkMut { is_last, ..ChunkMut::more(MessageKind::Text, &mut []) });
            assert_eq!(frame.map(|_| ()), closed);
        }
        assert_eq!(sender.send_ping(b"", out), closed);
        assert_eq!(sender.send_pong(b"", out), closed);
        assert_eq!(sender.send_close(None, out), closed);
        sender.reply(Event::Close(None).reply().unwrap(), out);
        sender.fail(&ProtocolError::InvalidUtf8, out);
        sender.send_deferred(out);
        assert_eq!(*out, sent);
        sender.reply(Event::Ping(b"late").reply().unwrap(), out);
        assert_eq!(wire::contents(&out[sent.len()..]), [(FIN | PONG, b"late".into())]);
    }
}

// Shows 6455-5.1-6, 6455-5.5.1-5, 6455-6.1-7.
#[test]
fn a_message_that_is_being_sent_cannot_continue_after_the_close_frame() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        let (sender, out) = (&mut endpoint.connection.sender, &mut endpoint.out);
        sender.send_chunk(Chunk::more(MessageKind::Text, b"a"), out).unwrap();
        sender.send_close(None, out).unwrap();
        let closed = Err(SendError::Closed);
        assert_eq!(sender.send_chunk(Chunk::last(MessageKind::Text, b"b"), out), closed);
    }
}

// Shows 6455-5.5.1-6, own-control-2.
#[test]
fn the_answer_to_our_close_frame_is_not_answered() {
    for role in ROLES {
        // Peers answer with the code, without it, or always with 1000.
        for answer in [&b""[..], &wire::close_payload(1000, ""), &wire::close_payload(3000, "x")] {
            let mut endpoint = Endpoint::new(role);
            let frame = Some(CloseFrame { code: CloseCode::from(3000), reason: "x" });
            endpoint.send(|sender, out| sender.send_close(frame, out)).unwrap();
            endpoint.take_out();
            assert_eq!(endpoint.receive(&wire::to(role, FIN | CLOSE, answer)), Ok(()));
            assert_eq!(endpoint.out, []);
            assert_ne!(endpoint.connection.transport(), TransportAction::KeepOpen);
        }
    }
}

// Shows 6455-7.1.5-1, 6455-7.1.6-1.
#[test]
fn nothing_is_processed_after_the_peers_close_frame() {
    for role in ROLES {
        for further in [
            wire::to(role, FIN | TEXT, b"late"),
            wire::to(role, FIN | PING, b"late"),
            wire::to(role, FIN | CLOSE, &wire::close_payload(1001, "second")),
            b"\xFF\xFF\xFF\xFF garbage".to_vec(),
        ] {
            let close = wire::to(role, FIN | CLOSE, &wire::close_payload(1000, "first"));
            let input = [&close[..], &further].concat();
            for read_len in [1, 1000] {
                let mut endpoint = Endpoint::new(role);
                assert_eq!(endpoint.receive_in(&input, &[read_len]), Ok(()));
                assert_eq!(endpoint.received, [Received::close(1000, "first")]);
                assert_eq!(wire::frames(&endpoint.out).len(), 1);
                assert_eq!(endpoint.receive_eof(), Ok(()));
                assert_eq!(endpoint.connection.close_info().unwrap().reason(), "first");

                let mut buffered = Endpoint::new(role);
                assert_eq!(buffered.receive_buffered_in(&input, &[read_len]), Ok(()));
                assert_eq!(buffered.receive_buffered_in(&further, &[read_len]), Ok(()));
                assert_eq!((&buffered.received, &buffered.out), (&vec![], &endpoint.out));
            }
        }
    }
}

// Shows 6455-5.5.2-2.
#[test]
fn messages_are_received_until_the_peers_close_frame_comes() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        endpoint.send(|sender, out| sender.send_close(None, out)).unwrap();
        endpoint.take_out();
        let input = [
            wire::to(role, BINARY, b"a"),
            wire::to(role, FIN | PING, b"?"),
            wire::to(role, FIN | CONTINUATION, b"b"),
            wire::to(role, FIN | CLOSE, b""),
        ];
        assert_eq!(endpoint.receive(&input.concat()), Ok(()));
        let received =
            [Received::Ping(b"?".into()), Received::Binary(b"ab".into()), Received::Close(None)];
        assert_eq!(endpoint.received, received);
        // RFC 6455 5.5.2: the Ping came before the peer's Close frame.
        assert_eq!(wire::contents(&endpoint.out), [(FIN | PONG, b"?".into())]);
    }
}

#[test]
fn a_violation_after_our_close_frame_sends_no_second_one() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        endpoint.send(|sender, out| sender.send_close(normal(""), out)).unwrap();
        endpoint.take_out();
        let error = endpoint.receive(&wire::to(role, FIN | CONTINUATION, b""));
        assert_eq!(error, Err(ProtocolError::UnexpectedContinuation));
        assert_eq!(endpoint.out, []);
        assert_eq!(endpoint.connection.transport(), TransportAction::CloseNow);
        let info = endpoint.connection.close_info().unwrap();
        assert!(!info.was_clean);
        assert_eq!(info.sent.unwrap().code, CloseCode::NORMAL);
    }
}

// Shows 6455-5.5.1-8.
#[test]
fn a_current_message_can_be_finished_before_the_answer() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        let (sender, out) = (&mut endpoint.connection.sender, &mut endpoint.out);
        sender.send_chunk(Chunk::more(MessageKind::Text, b"half "), out).unwrap();
        let mut bytes = wire::to(role, FIN | CLOSE, b"\x03\xe8");
        let event = endpoint.connection.receiver.receive(&mut &mut bytes[..]).unwrap().unwrap();
        let reply = event.reply().unwrap();
        sender.send_chunk(Chunk::last(MessageKind::Text, b"done"), out).unwrap();
        sender.reply(reply, out);
        let contents = [
            (TEXT, b"half ".to_vec()),
            (FIN | CONTINUATION, b"done".to_vec()),
            (FIN | CLOSE, b"\x03\xe8".to_vec()),
        ];
        assert_eq!(wire::contents(out), contents);
        assert_ne!(endpoint.connection.transport(), TransportAction::KeepOpen);
    }
}

#[test]
fn only_pings_and_close_frames_are_answered() {
    assert!(Event::Ping(b"").reply().is_some());
    assert!(Event::Close(None).reply().is_some());
    assert!(Event::Pong(b"").reply().is_none());
    let mut server = Endpoint::new(Role::Server);
    server.receive(&wire::to(Role::Server, FIN | TEXT, b"message")).unwrap();
    server.receive(&wire::to(Role::Server, FIN | PONG, b"pong")).unwrap();
    assert_eq!(server.out, []);
}

// Shows 6455-5.5-1, own-control-4.
#[test]
fn a_reason_of_123_bytes_is_the_longest_that_is_sent() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        let (sender, out) = (&mut endpoint.connection.sender, &mut endpoint.out);
        let too_long = Err(SendError::CloseReasonTooLong { len: 124 });
        assert_eq!(sender.send_close(normal(&"r".repeat(124)), out), too_long);
        assert!(out.is_empty() && !sender.is_closed());
        let reason = "r".repeat(123);
        sender.send_close(normal(&reason), out).unwrap();
        assert_eq!(wire::contents(out), [(FIN | CLOSE, wire::close_payload(1000, reason))]);
    }
}

// Shows 6455-7.1.3-1.
#[test]
fn a_receiver_knows_that_the_peers_close_frame_has_come() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        let close = wire::to(role, FIN | CLOSE, b"\x03\xe8");
        endpoint.receive(&close[..close.len() - 1]).unwrap();
        assert!(!endpoint.connection.receiver.has_close());
        endpoint.receive(&close[close.len() - 1..]).unwrap();
        assert!(endpoint.connection.receiver.has_close());
    }
}
