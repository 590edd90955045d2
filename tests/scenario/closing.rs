//! The closing handshake, begun by either end or by both.

use sansocket::connection::{ProtocolError, SendError, TransportAction};
use sansocket::{Chunk, CloseCode, CloseFrame, Initiator, MessageKind, OwnedCloseFrame, Role};

use crate::endpoint::{Endpoint, Received};
use crate::pair::{Pair, READ_LENS, ROLES, peer_of, transport_after_both_closes};
use crate::wire::{self, CONTINUATION, FIN, PONG};

const FRAMES: [Option<(u16, &str)>; 3] = [None, Some((1000, "")), Some((4999, "the end \u{2713}"))];

fn send_close(endpoint: &mut Endpoint, frame: Option<(u16, &str)>) {
    let frame = frame.map(|(code, reason)| CloseFrame { code: code.into(), reason });
    endpoint.send(|sender, out| sender.send_close(frame, out)).unwrap();
}

fn received(frame: Option<(u16, &str)>) -> Received {
    Received::Close(frame.map(|(code, reason)| (code, reason.to_owned())))
}

/// RFC 6455 7.1.5: 1005 means a Close frame without a code.
fn reason(frame: Option<(u16, &str)>) -> Option<OwnedCloseFrame> {
    let (code, reason) = frame.unwrap_or((1005, ""));
    Some(OwnedCloseFrame { code: CloseCode::from(code), reason: reason.to_owned() })
}

/// Checks an endpoint after both Close frames were exchanged.
#[track_caller]
fn assert_clean(
    endpoint: &mut Endpoint,
    initiator: Initiator,
    sent: Option<(u16, &str)>,
    from_peer: Option<(u16, &str)>,
) {
    let role = endpoint.connection.role();
    assert_eq!(endpoint.connection.transport(), transport_after_both_closes(role));
    for _ in 0..2 {
        let info = endpoint.connection.close_info().expect("the connection has ended");
        assert_eq!(info.initiator, initiator);
        assert_eq!(info.sent, reason(sent));
        assert_eq!(info.received, reason(from_peer));
        assert!(info.was_clean);
        // The end of the transport was expected.
        assert_eq!(endpoint.receive_eof(), Ok(()));
    }
}

#[test]
fn one_end_begins_and_the_other_answers() {
    for beginner in ROLES {
        for frame in FRAMES {
            for read_len in READ_LENS {
                let other = peer_of(beginner);
                let mut pair = Pair::new(read_len);
                send_close(pair.end(beginner), frame);
                for role in ROLES {
                    assert_eq!(pair.end(role).connection.transport(), TransportAction::KeepOpen);
                    assert_eq!(pair.end(role).connection.close_info(), None);
                }

                pair.deliver_to(other).unwrap();
                assert_eq!(pair.end(other).received, [received(frame)]);
                assert_clean(pair.end(other), Initiator::Peer, frame, frame);
                assert_eq!(pair.end(beginner).connection.transport(), TransportAction::KeepOpen);
                assert_eq!(pair.end(beginner).connection.close_info(), None);

                pair.deliver_to(beginner).unwrap();
                assert_eq!(pair.end(beginner).received, [received(frame)]);
                assert_clean(pair.end(beginner), Initiator::Local, frame, frame);
                assert!(pair.client.out.is_empty() && pair.server.out.is_empty());
            }
        }
    }
}

// Shows 6455-5.5.1-13.
#[test]
fn both_ends_begin_and_their_close_frames_cross() {
    for first in ROLES {
        for client_frame in FRAMES {
            for server_frame in FRAMES {
                let mut pair = Pair::new(usize::MAX);
                send_close(&mut pair.client, client_frame);
                send_close(&mut pair.server, server_frame);
                // The pipes are emptied at the same time, so that neither frame is an answer.
                let (to_server, to_client) = (pair.client.take_out(), pair.server.take_out());
                for role in [first, peer_of(first)] {
                    assert_eq!(pair.end(role).connection.transport(), TransportAction::KeepOpen);
                    let bytes = if role == Role::Client { &to_client } else { &to_server };
                    pair.end(role).receive(bytes).unwrap();
                }
                assert_eq!(pair.client.received, [received(server_frame)]);
                assert_eq!(pair.server.received, [received(client_frame)]);
                assert_clean(&mut pair.client, Initiator::Local, client_frame, server_frame);
                assert_clean(&mut pair.server, Initiator::Local, server_frame, client_frame);
                assert!(pair.client.out.is_empty() && pair.server.out.is_empty(), "no third one");
            }
        }
    }
}

#[test]
fn messages_in_transit_are_delivered_before_the_answer() {
    for beginner in ROLES {
        for read_len in READ_LENS {
            let other = peer_of(beginner);
            let mut pair = Pair::new(read_len);
            send_close(pair.end(beginner), None);
            let end = pair.end(other);
            end.send(|sender, out| sender.send_text("on its way", out)).unwrap();
            end.send(|sender, out| sender.send_ping(b"are you there?", out)).unwrap();
            pair.deliver_to(other).unwrap();
            let end = pair.end(other);
            let late = end.send(|sender, out| sender.send_text("too late", out));
            assert_eq!(late, Err(SendError::Closed));

            pair.deliver_to(beginner).unwrap();
            let expected = [
                Received::text("on its way"),
                Received::Ping(b"are you there?".into()),
                Received::Close(None),
            ];
            assert_eq!(pair.end(beginner).received, expected);
            let pong = [(FIN | PONG, b"are you there?".into())];
            assert_eq!(wire::contents(&pair.end(beginner).out), pong);
            assert_clean(pair.end(beginner), Initiator::Local, None, None);
        }
    }
}

#[test]
fn a_message_is_cut_short_by_the_answer() {
    for beginner in ROLES {
        let other = peer_of(beginner);
        let mut pair = Pair::new(usize::MAX);
        let end = pair.end(other);
        let (sender, out) = (&mut end.connection.sender, &mut end.out);
        sender.send_chunk(Chunk::more(MessageKind::Text, b"unfinished"), out).unwrap();
        send_close(pair.end(beginner), None);
        pair.deliver_all();
        assert_eq!(pair.end(beginner).received, [Received::Close(None)]);
        assert!(pair.end(beginner).is_inside_message());
        assert_clean(pair.end(beginner), Initiator::Local, None, None);
    }
}

// Shows 6455-7.1.7-6.
#[test]
fn both_ends_agree_that_one_has_failed() {
    for failing in ROLES {
        for read_len in READ_LENS {
            let other = peer_of(failing);
            let mut pair = Pair::new(read_len);
            let bad = wire::to(failing, FIN | CONTINUATION, b"");
            let error = ProtocolError::UnexpectedContinuation;
            assert_eq!(pair.end(failing).receive(&bad), Err(error));

            // The other endpoint learns why, and answers, but its answer is ignored.
            pair.deliver_to(other).unwrap();
            let told = Some((1002, "continuation frame outside a message"));
            assert_eq!(pair.end(other).received, [received(told)]);
            assert_clean(pair.end(other), Initiator::Peer, told, told);
            assert_eq!(pair.deliver_to(failing), Err(error));
            assert_eq!(pair.end(failing).receive_eof(), Err(error));

            let connection = &pair.end(failing).connection;
            assert_eq!(connection.transport(), TransportAction::CloseNow);
            let info = connection.close_info().unwrap();
            assert_eq!(info.initiator, Initiator::Local);
            assert_eq!((info.received.clone(), info.sent.clone()), (None, reason(told)));
            assert!(!info.was_clean);
            assert_eq!(info.code(), CloseCode::ABNORMAL);
        }
    }
}

#[test]
fn the_transport_ends_before_the_answer() {
    for beginner in ROLES {
        let mut pair = Pair::new(usize::MAX);
        send_close(pair.end(beginner), Some((1000, "")));
        let end = pair.end(beginner);
        assert_eq!(end.receive_eof(), Err(ProtocolError::ConnectionLost));
        assert_eq!(end.connection.transport(), TransportAction::CloseNow);
        let info = end.connection.close_info().unwrap();
        assert_eq!(info.initiator, Initiator::Local);
        assert_eq!((info.received.clone(), info.sent.clone()), (None, reason(Some((1000, "")))));
        assert!(!info.was_clean);
    }
}

#[test]
fn the_transport_ends_before_anybody_began() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        assert_eq!(endpoint.receive_eof(), Err(ProtocolError::ConnectionLost));
        assert_eq!(endpoint.connection.transport(), TransportAction::CloseNow);
        let info = endpoint.connection.close_info().unwrap();
        assert_eq!(info.initiator, Initiator::Transport);
        assert_eq!((&info.received, &info.sent), (&None, &None));
        assert!(!info.was_clean);
    }
}

#[test]
fn the_transport_is_lost_after_a_violation() {
    for role in ROLES {
        let mut endpoint = Endpoint::new(role);
        endpoint.receive(&wire::to(role, 0xFF, b"")).unwrap_err();
        endpoint.receive_eof().unwrap_err();
        let info = endpoint.connection.close_info().unwrap();
        assert_eq!(info.initiator, Initiator::Local, "the end of the stream changes nothing");
    }
}
