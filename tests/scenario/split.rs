//! The halves of a connection, used separately: replies are passed from one to the other.

use sansocket::connection::{Connection, Event, Reply};
use sansocket::{CloseCode, CloseFrame, Limits, Role, Seed};

use crate::endpoint::Endpoint;
use crate::pair::ROLES;
use crate::wire::{self, CLOSE, FIN, PING, PONG, TEXT};

fn halves(role: Role) -> Connection {
    match role {
        Role::Client => Connection::client(&Limits::default(), Seed::from([7; 32])),
        Role::Server => Connection::server(&Limits::default()),
    }
}

#[test]
fn halves_that_are_apart_send_what_a_whole_connection_sends() {
    for role in ROLES {
        let mut bytes = [
            wire::to(role, FIN | PING, b"1"),
            wire::to(role, FIN | TEXT, b"message"),
            wire::to(role, FIN | PING, &[2; 125]),
            wire::to(role, FIN | PONG, b"3"),
            wire::to(role, FIN | CLOSE, &wire::close_payload(1001, "bye")),
        ]
        .concat();
        let mut whole = Endpoint::new(role);
        whole.receive(&bytes).unwrap();

        let Connection { mut receiver, mut sender } = halves(role);
        let mut replies: Vec<Reply> = Vec::new();
        let mut input = &mut bytes[..];
        while let Some(event) = receiver.receive(&mut input).unwrap() {
            replies.extend(event.reply());
        }
        let mut out = Vec::new();
        for reply in replies {
            sender.reply(reply, &mut out);
        }
        assert_eq!(out, whole.out);
        assert!(sender.is_closed());
        let joined = Connection { receiver, sender };
        assert_eq!(joined.close_info(), whole.connection.close_info());
        assert_eq!(joined.transport(), whole.connection.transport());
    }
}

#[test]
fn after_our_close_frame_pings_are_answered_and_the_peers_close_frame_is_not() {
    for role in ROLES {
        let Connection { mut receiver, mut sender } = halves(role);
        let mut bytes =
            [wire::to(role, FIN | PING, b"?"), wire::to(role, FIN | CLOSE, b"")].concat();
        let mut input = &mut bytes[..];
        let mut out = Vec::new();
        let frame = CloseFrame { code: CloseCode::NORMAL, reason: "" };
        sender.send_close(Some(frame), &mut out).unwrap();
        out.clear();
        while let Some(event) = receiver.receive(&mut input).unwrap() {
            sender.reply(event.reply().unwrap(), &mut out);
        }
        assert_eq!(wire::contents(&out), [(FIN | PONG, b"?".into())]);
        let info = Connection { receiver, sender }.close_info().unwrap();
        assert!(info.was_clean);
    }
}

#[test]
fn the_halves_work_in_separate_threads() {
    for role in ROLES {
        let Connection { mut receiver, mut sender } = halves(role);
        let mut bytes = wire::to(role, FIN | PING, b"data").repeat(100);
        let (to_sender, replies) = std::sync::mpsc::channel();
        let reading = std::thread::spawn(move || {
            let mut input = &mut bytes[..];
            while let Some(event) = receiver.receive(&mut input).unwrap() {
                to_sender.send(event.reply().unwrap()).unwrap();
            }
        });
        let mut out = Vec::new();
        for reply in replies {
            sender.reply(reply, &mut out);
        }
        reading.join().unwrap();
        assert_eq!(wire::contents(&out), vec![(FIN | PONG, b"data".to_vec()); 100]);
    }
}

#[test]
fn a_message_is_relayed_chunk_by_chunk() {
    let mut from = Endpoint::new(Role::Server);
    let mut to = Endpoint::new(Role::Client);
    let text = "relayed \u{20AC} ".repeat(50);
    let frame = wire::to(Role::Server, FIN | TEXT, text.as_bytes());
    for read in frame.chunks(7) {
        let mut bytes = read.to_vec();
        let mut input = &mut bytes[..];
        while let Some(event) = from.connection.receiver.receive(&mut input).unwrap() {
            let Event::Chunk(chunk) = event else {
                panic!("only a message was sent");
            };
            let sender = &mut to.connection.sender;
            let is_last = chunk.is_last;
            let frame = sender.frame_in_place(chunk).unwrap();
            to.out.extend_from_slice(&frame.header);
            to.out.extend_from_slice(frame.payload);
            assert_eq!(is_last, from.connection.receiver.payload_remaining().is_none());
        }
    }
    let mut server = Endpoint::new(Role::Server);
    server.receive(&to.out).unwrap();
    assert_eq!(server.received, [crate::endpoint::Received::Text(text)]);
}
