//! Pongs above the high-water mark: only the latest of several is kept (RFC 6455 5.5.3).

use sansocket::connection::{ProtocolError, SendError, Sender};
use sansocket::{Chunk, CloseCode, Limits, MessageKind, PreparedMessage, Role};

use crate::endpoint::Endpoint;
use crate::pair::ROLES;
use crate::wire::{self, BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, TEXT};

/// The longest Pong or Close frame, which is a client's.
const MAX_CONTROL_FRAME: usize = 2 + 4 + 125;

/// An endpoint whose output is above its high-water mark, and whose Pong "latest" is pending.
fn behind(role: Role) -> Endpoint {
    let mut endpoint = Endpoint::with(role, &Limits::default().high_water_mark(100));
    endpoint.send(|sender, out| sender.send_binary(&[0; 200], out)).unwrap();
    let waiting = endpoint.out.clone();
    for data in [&b"first"[..], b"second", b"latest"] {
        endpoint.receive(&wire::to(role, FIN | PING, data)).unwrap();
    }
    assert_eq!(endpoint.out, waiting, "Pongs are kept back");
    endpoint
}

fn pong() -> (u8, Vec<u8>) {
    (FIN | PONG, b"latest".to_vec())
}

#[test]
fn the_latest_pong_is_released_after_writing() {
    for role in ROLES {
        let mut endpoint = behind(role);
        endpoint.connection.sender.send_deferred(&mut endpoint.out);
        assert_eq!(wire::frames(&endpoint.out).len(), 1, "not before");
        endpoint.take_out();
        endpoint.connection.sender.send_deferred(&mut endpoint.out);
        assert_eq!(wire::contents(&endpoint.take_out()), [pong()]);
        endpoint.connection.sender.send_deferred(&mut endpoint.out);
        assert_eq!(endpoint.out, [], "only once");
    }
}

#[test]
fn a_partial_write_releases_the_pong_if_it_gets_below_the_mark() {
    for role in ROLES {
        let mut endpoint = behind(role);
        let rest = endpoint.out.len() - 100;
        endpoint.out.drain(..rest);
        endpoint.connection.sender.send_deferred(&mut endpoint.out);
        assert_eq!(endpoint.out.len(), 100, "at the mark there is no room");
        endpoint.out.drain(..1);
        endpoint.connection.sender.send_deferred(&mut endpoint.out);
        assert_eq!(wire::contents(&endpoint.out[99..]), [pong()]);
    }
}

type Send = fn(&mut Sender, &mut Vec<u8>) -> Result<(), SendError>;

#[test]
fn the_pong_is_sent_before_whatever_is_sent_next() {
    let sends: [(Send, (u8, &[u8])); 7] = [
        (|sender, out| sender.send_text("next", out), (FIN | TEXT, b"next")),
        (|sender, out| sender.send_binary(b"next", out), (FIN | BINARY, b"next")),
        (
            |sender, out| sender.send_chunk(Chunk::more(MessageKind::Text, b"next"), out),
            (TEXT, b"next"),
        ),
        (
            |sender, out| sender.send_prepared(&PreparedMessage::text("next"), out),
            (FIN | TEXT, b"next"),
        ),
        (|sender, out| sender.send_ping(b"next", out), (FIN | PING, b"next")),
        (|sender, out| sender.send_pong(b"next", out), (FIN | PONG, b"next")),
        (|sender, out| sender.send_close(None, out), (FIN | CLOSE, b"")),
    ];
    for role in ROLES {
        for (send, (first, payload)) in sends {
            let mut endpoint = behind(role);
            endpoint.take_out();
            send(&mut endpoint.connection.sender, &mut endpoint.out).unwrap();
            let contents = [pong(), (first, payload.to_vec())];
            assert_eq!(wire::contents(&endpoint.out), contents);
        }
    }
}

#[test]
fn the_next_ping_is_answered_after_the_pong_that_waited() {
    for role in ROLES {
        let mut endpoint = behind(role);
        endpoint.take_out();
        endpoint.receive(&wire::to(role, FIN | PING, b"next")).unwrap();
        assert_eq!(wire::contents(&endpoint.out), [pong(), (FIN | PONG, b"next".into())]);
    }
}

#[test]
fn messages_are_sent_above_the_mark_without_the_pong() {
    for role in ROLES {
        let mut endpoint = behind(role);
        endpoint.send(|sender, out| sender.send_text("more", out)).unwrap();
        let firsts: Vec<u8> = wire::frames(&endpoint.out).iter().map(|sent| sent.first).collect();
        assert_eq!(firsts, [FIN | BINARY, FIN | TEXT]);
    }
}

// Shows 6455-5.5.1-7.
#[test]
fn the_answer_to_a_close_frame_does_not_wait() {
    for role in ROLES {
        let mut endpoint = behind(role);
        endpoint.receive(&wire::to(role, FIN | CLOSE, b"\x03\xe8")).unwrap();
        let contents = wire::contents(&endpoint.out);
        // RFC 6455 5.5.2: the Ping came before the Close frame, so that it is answered.
        assert_eq!(contents[1..], [pong(), (FIN | CLOSE, b"\x03\xe8".into())]);
        endpoint.take_out();
        endpoint.connection.sender.send_deferred(&mut endpoint.out);
        assert_eq!(endpoint.out, []);
    }
}

#[test]
fn the_close_frame_of_a_failure_does_not_wait() {
    for role in ROLES {
        let mut endpoint = behind(role);
        let error = endpoint.receive(&wire::to(role, CONTINUATION, b""));
        assert_eq!(error, Err(ProtocolError::UnexpectedContinuation));
        let contents = wire::contents(&endpoint.out);
        assert_eq!(contents[1], pong());
        assert_eq!((contents.len(), contents[2].0), (3, FIN | CLOSE));
        let sent = endpoint.connection.close_info().unwrap().sent.unwrap();
        assert_eq!(sent.code, CloseCode::PROTOCOL_ERROR);
    }
}

// Shows own-limits-5.
#[test]
fn the_high_water_mark_is_128_kib_by_default() {
    for role in ROLES {
        for (waiting, is_answered) in [((128 << 10) - 1, true), (128 << 10, false)] {
            let mut endpoint = Endpoint::new(role);
            endpoint.out = vec![0; waiting];
            endpoint.receive(&wire::to(role, FIN | PING, b"")).unwrap();
            assert_eq!(endpoint.out.len() > waiting, is_answered);
        }
    }
}

// Shows own-control-1.
#[test]
fn a_flood_of_pings_that_is_never_read_costs_bounded_memory() {
    let high_water_mark = 10_000;
    for role in ROLES {
        let config = Limits::default().high_water_mark(high_water_mark);
        let mut endpoint = Endpoint::with(role, &config);
        let flood = wire::to(role, FIN | PING, &[0xAB; 125]).repeat(100);
        for _ in 0..200 {
            endpoint.receive(&flood).unwrap();
            endpoint.received.clear();
        }
        let bound = high_water_mark + 2 * MAX_CONTROL_FRAME;
        assert!(endpoint.out.len() <= bound, "{} bytes wait", endpoint.out.len());
        assert!(endpoint.out.len() >= high_water_mark, "below the mark every Ping is answered");

        endpoint.receive(&wire::to(role, FIN | PING, b"latest")).unwrap();
        endpoint.take_out();
        endpoint.connection.sender.send_deferred(&mut endpoint.out);
        assert_eq!(wire::contents(&endpoint.out), [pong()]);
    }
}

#[test]
fn a_flood_that_is_read_slowly_costs_bounded_memory() {
    let high_water_mark = 1000;
    let config = Limits::default().high_water_mark(high_water_mark);
    let mut server = Endpoint::with(Role::Server, &config);
    let mut written = Vec::new();
    for index in 0..10_000_u32 {
        let ping = wire::to(Role::Server, FIN | PING, &index.to_be_bytes());
        server.receive(&ping).unwrap();
        // The peer reads more slowly than it causes Pongs.
        written.extend(server.out.drain(..server.out.len().min(3)));
        server.connection.sender.send_deferred(&mut server.out);
        assert!(server.out.len() <= high_water_mark + 2 * MAX_CONTROL_FRAME);
    }
    written.extend(server.take_out());
    server.connection.sender.send_deferred(&mut server.out);
    written.extend(server.take_out());
    let pongs: Vec<_> = wire::contents(&written)
        .into_iter()
        .map(|(first, data)| {
            assert_eq!(first, FIN | PONG);
            u32::from_be_bytes(data.try_into().unwrap())
        })
        .collect();
    assert!(pongs.is_sorted_by(|one, next| one < next), "in order, and none twice");
    assert_eq!(pongs.last(), Some(&9999), "the latest is always answered");
}
