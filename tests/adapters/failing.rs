//! Peers that break the rules, over TCP: the Close frame with the right code reaches them, whatever
//! else they send, and their earlier messages are answered.

use std::io::Write as _;
use std::net::TcpStream;
use std::thread;

use sansocket::blocking::WebSocket;
use sansocket::connection::ProtocolError;
use sansocket::{Error, Limits, Options, Role};

use crate::peer::{self, Peer};
use crate::wire::{self, BINARY, CLOSE, CONTINUATION, FIN, Length, PING, RSV1, RSV2, RSV3, TEXT};

const ROLES: [Role; 2] = [Role::Client, Role::Server];

/// Limits that are easy to exceed.
pub(crate) fn limits() -> Limits {
    Limits::default()
        .max_frame_len(1000)
        .max_message_len(1500)
        .max_fragments(3)
        .max_controls_per_message(3)
}

fn options() -> Options {
    Options::default().limits(limits())
}

fn open(role: Role) -> (WebSocket<TcpStream>, Peer) {
    match role {
        Role::Client => peer::client(options()),
        Role::Server => peer::server(options()),
    }
}

/// Violations, each with its close code.
pub(crate) fn violations(role: Role) -> Vec<(Vec<u8>, u16)> {
    let to = |first: u8, payload: &[u8]| wire::to(role, first, payload);
    let key = wire::key_to(role);
    let wrong_key = match role {
        Role::Client => Some(wire::KEY),
        Role::Server => None,
    };
    let mut violations = vec![
        (wire::frame(FIN | TEXT, b"masking", wrong_key), 1002),
        (to(FIN | TEXT | RSV1, b""), 1002),
        (to(FIN | TEXT | RSV2, b""), 1002),
        (to(FIN | TEXT | RSV3, b""), 1002),
        (to(PING, b"fragmented"), 1002),
        (to(FIN | PING, &[0; 126]), 1002),
        (to(FIN | CLOSE, &[0; 126]), 1002),
        (wire::header(FIN | BINARY, Length::Bits16(125), key), 1002),
        (wire::header(FIN | BINARY, Length::Bits64(65535), key), 1002),
        (wire::header(FIN | BINARY, Length::Bits64(1 << 63), key), 1002),
        (to(FIN | CONTINUATION, b"of nothing"), 1002),
        ([to(TEXT, b"one"), to(FIN | TEXT, b"two")].concat(), 1002),
        (to(FIN | TEXT, b"\xC3("), 1007),
        (to(TEXT, b"unfinished \xF5"), 1007),
        ([to(TEXT, b"cut \xC3"), to(FIN, b"")].concat(), 1007),
        (to(FIN | CLOSE, b"1"), 1002),
        (to(FIN | CLOSE, &wire::close_payload(1000, b"\xFF")), 1007),
        (wire::header(FIN | BINARY, Length::Bits16(1001), key), 1009),
        ([to(BINARY, &[0; 1000]), to(FIN, &[0; 501])].concat(), 1009),
        ([to(TEXT, b""), to(0, b"").repeat(3)].concat(), 1008),
        ([to(TEXT, b""), to(FIN | PING, b"").repeat(4)].concat(), 1008),
    ];
    for opcode in [0x3, 0x4, 0x5, 0x6, 0x7, 0xB, 0xC, 0xD, 0xE, 0xF] {
        violations.push((to(FIN | opcode, b""), 1002));
    }
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535] {
        violations.push((to(FIN | CLOSE, &wire::close_payload(code, "")), 1002));
    }
    violations
}

/// Reads up to the Close frame, skipping Pongs, and returns its code.
#[track_caller]
fn close_code(peer: &mut Peer) -> u16 {
    loop {
        match peer.receive() {
            (first, payload) if first == FIN | CLOSE => {
                return u16::from_be_bytes(payload[..2].try_into().unwrap());
            }
            (first, _) => assert_eq!(first, FIN | wire::PONG),
        }
    }
}

// Shows 6455-7.1.7-1, 6455-7.1.7-2, 6455-7.1.7-4, 6455-10.7-2, own-frames-5.
#[test]
fn a_violation_gets_its_close_frame_before_the_end_of_the_stream() {
    for role in ROLES {
        for (bytes, code) in violations(role) {
            let (mut socket, mut peer) = open(role);
            let failing = thread::spawn(move || (socket.recv(), socket));
            peer.write(&bytes);
            assert_eq!(close_code(&mut peer), code, "{bytes:02x?} to the {role:?}");
            assert_eq!(peer.read_to_end(), b"");
            drop(peer);
            let (result, socket) = failing.join().unwrap();
            let Err(Error::Protocol(error)) = result else {
                panic!("{result:?}");
            };
            assert_eq!(u16::from(error.close_code()), code);
            let info = socket.close_info().unwrap();
            assert_eq!(u16::from(info.sent.unwrap().code), code);
            assert_eq!(info.received, None);
            assert!(!info.was_clean);
        }
    }
}

// Shows 6455-7.1.1-1, own-frames-7.
#[test]
fn a_close_frame_is_not_lost_to_a_reset_however_much_follows_the_violation() {
    for role in ROLES {
        let (mut socket, mut peer) = open(role);
        let failing = thread::spawn(move || socket.recv().unwrap_err());
        peer.write(&wire::to(role, FIN | 0x3, b""));
        peer.write(&vec![0; 16 << 20]);
        assert_eq!(close_code(&mut peer), 1002);
        assert_eq!(peer.read_to_end(), b"");
        drop(peer);
        failing.join().unwrap();
    }
}

// Shows own-frames-7.
#[test]
fn a_peer_that_keeps_sending_after_a_violation_is_dropped() {
    for role in ROLES {
        let (mut socket, mut peer) = open(role);
        let talking = thread::spawn(move || {
            peer.write(&wire::to(role, FIN | 0x3, b""));
            // A GiB, of which only a part can be sent.
            (0..1 << 20).any(|_| peer.stream.write_all(&[0; 1 << 10]).is_err())
        });
        let error = socket.recv().unwrap_err();
        assert!(matches!(error, Error::Protocol(_)), "{error:?}");
        drop(socket);
        assert!(talking.join().unwrap(), "the stream has ended");
    }
}

// Shows own-frames-6.
#[test]
fn a_message_before_a_violation_is_delivered_and_can_be_answered() {
    for role in ROLES {
        let (mut socket, mut peer) = open(role);
        let failing = thread::spawn(move || {
            let (message, mut writer) = socket.read().unwrap().unwrap();
            writer.send(message).unwrap();
            let error = socket.recv().unwrap_err();
            assert!(matches!(error, Error::Protocol(ProtocolError::ReservedBits)), "{error:?}");
        });
        let good = wire::to(role, FIN | TEXT, b"good");
        let bad = wire::to(role, FIN | TEXT | RSV1, b"bad");
        peer.write(&[good, bad].concat());
        assert_eq!(peer.receive(), (FIN | TEXT, b"good".into()));
        assert_eq!(close_code(&mut peer), 1002);
        drop(peer);
        failing.join().unwrap();
    }
}

// Shows 6455-7.1.7-6.
#[test]
fn nothing_after_a_violation_is_processed() {
    for role in ROLES {
        let (mut socket, mut peer) = open(role);
        let failing = thread::spawn(move || {
            let first = socket.recv().unwrap_err().to_string();
            assert_eq!(socket.recv().unwrap_err().to_string(), first);
            assert_eq!(socket.read_chunk().unwrap_err().to_string(), first);
            assert!(matches!(socket.send("late"), Err(Error::Send(_))));
            assert!(socket.close(1000.into(), "").is_err());
        });
        let frames = [
            wire::to(role, FIN | 0x3, b""),
            wire::to(role, FIN | PING, b"late"),
            wire::to(role, FIN | TEXT, b"late"),
            wire::to(role, FIN | CLOSE, b""),
        ];
        peer.write(&frames.concat());
        assert_eq!(close_code(&mut peer), 1002);
        assert_eq!(peer.read_to_end(), b"", "neither a Pong nor a second Close");
        drop(peer);
        failing.join().unwrap();
    }
}
