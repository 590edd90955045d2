//! What the proxy passes end to end.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::program::Server;
use crate::raw::Raw;
use crate::wire::{self, BINARY, CLOSE, CONTINUATION, FIN, Length, PING, PONG, TEXT};

/// A client and a server with the proxy between them.
fn ends() -> (Raw, Server, Raw) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = format!("ws://{}/", listener.local_addr().unwrap());
    let relay = Server::start("relay", &["127.0.0.1:0", &target]);
    let accepting = thread::spawn(move || Raw::accept(listener.accept().unwrap().0));
    let client = Raw::connect(&relay.url);
    (client, relay, accepting.join().unwrap())
}

#[track_caller]
fn assert_passes(from: &mut Raw, to: &mut Raw, frames: &[(u8, &[u8])]) {
    for (first, payload) in frames {
        from.send(*first, payload);
    }
    for (first, payload) in frames {
        assert_eq!(to.next(), Some((*first, payload.to_vec())));
    }
}

#[test]
fn all_frames_pass_unchanged() {
    let (mut client, _relay, mut server) = ends();
    let frames: [(u8, &[u8]); 9] = [
        (FIN | TEXT, b"Hello"),
        (TEXT, b"cut \xC3"),
        (FIN | PING, b"in between"),
        (CONTINUATION, b""),
        (CONTINUATION, b"\xBC"),
        (FIN | CONTINUATION, b""),
        (FIN | BINARY, &[7; 300]),
        (FIN | BINARY, b""),
        (FIN | PONG, b"unasked"),
    ];
    assert_passes(&mut client, &mut server, &frames);
    assert_passes(&mut server, &mut client, &frames);
}

#[test]
fn a_ping_is_answered_by_the_other_end() {
    let (mut client, _relay, mut server) = ends();
    assert_passes(&mut server, &mut client, &[(FIN | PING, b"who is there?")]);
    assert_passes(&mut client, &mut server, &[(FIN | PONG, b"who is there?")]);
    // Nobody else has answered.
    assert_passes(&mut client, &mut server, &[(FIN | TEXT, b"next")]);
    assert_passes(&mut server, &mut client, &[(FIN | TEXT, b"next")]);
}

#[test]
fn close_frames_pass_and_then_the_transports_end() {
    let (mut client, _relay, mut server) = ends();
    assert_passes(&mut client, &mut server, &[(FIN | CLOSE, &wire::close_payload(4001, "bye"))]);
    assert_passes(&mut server, &mut client, &[(FIN | CLOSE, &wire::close_payload(4002, "ciao"))]);
    assert_eq!(client.next(), None);
    assert_eq!(server.next(), None);
}

#[test]
fn a_lost_end_is_reported_to_the_other() {
    let (client, _relay, mut server) = ends();
    drop(client);
    let Some((first, payload)) = server.next() else { panic!("there is no Close frame") };
    assert_eq!((first, &payload[..2]), (FIN | CLOSE, &1001_u16.to_be_bytes()[..]));
    assert_eq!(server.next(), None);
}

#[test]
fn a_violation_gets_its_close_frame() {
    let (mut client, _relay, mut server) = ends();
    client.send(FIN | CONTINUATION, b"of what?");
    for (end, code) in [(&mut client, 1002_u16), (&mut server, 1001)] {
        let Some((first, payload)) = end.next() else { panic!("there is no Close frame") };
        assert_eq!((first, &payload[..2]), (FIN | CLOSE, &code.to_be_bytes()[..]));
    }
}

#[test]
fn no_target_is_a_bad_gateway() {
    let unused = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let relay = Server::start("relay", &["127.0.0.1:0", &format!("ws://{unused}/")]);
    let refused = sansocket::blocking::WebSocket::connect(&relay.url).unwrap_err();
    assert!(refused.to_string().contains("502"), "{refused}");
    assert!(std::net::TcpStream::connect(relay.address()).is_ok());
}

#[test]
fn a_message_of_64_mib_passes_at_the_pace_of_the_reader_in_little_memory() {
    const LEN: usize = 64 << 20;
    let (mut client, relay, mut server) = ends();
    let sent = Arc::new(AtomicUsize::new(0));
    let sending = thread::spawn({
        let sent = Arc::clone(&sent);
        move || {
            // With this key, masking changes nothing.
            let header = wire::header(FIN | BINARY, Length::of(LEN as u64), Some([0; 4]));
            client.stream.write_all(&header).unwrap();
            for index in 0..LEN / 65536 {
                client.stream.write_all(&[(index % 251) as u8; 65536]).unwrap();
                sent.fetch_add(65536, Ordering::Relaxed);
            }
            client
        }
    });
    // Nobody reads, so the sender has to wait.
    let mut before = usize::MAX;
    while before != sent.load(Ordering::Relaxed) {
        before = sent.load(Ordering::Relaxed);
        thread::sleep(Duration::from_millis(300));
    }
    assert!(before < LEN, "all of it went without a reader");

    let mut received = 0;
    let mut is_last = false;
    while !is_last {
        let mut start = [0; 2];
        server.stream.read_exact(&mut start).unwrap();
        // The client's frames are masked on the way to the server as well.
        let len = match start[1] & 0x7F {
            126 => {
                let mut len = [0; 2];
                server.stream.read_exact(&mut len).unwrap();
                usize::from(u16::from_be_bytes(len))
            }
            127 => {
                let mut len = [0; 8];
                server.stream.read_exact(&mut len).unwrap();
                usize::try_from(u64::from_be_bytes(len)).unwrap()
            }
            len => usize::from(len),
        };
        let mut key = [0; 4];
        server.stream.read_exact(&mut key).unwrap();
        let mut payload = vec![0; len];
        server.stream.read_exact(&mut payload).unwrap();
        for (at, byte) in payload.iter().enumerate() {
            let expected = ((received + at) / 65536 % 251) as u8;
            assert_eq!(byte ^ key[at % 4], expected);
        }
        received += len;
        is_last = start[0] & FIN != 0;
    }
    assert_eq!(received, LEN);
    drop(sending.join().unwrap());
    if let Some(peak) = relay.peak_memory() {
        assert!(peak < 24 << 20, "the proxy has needed {peak} bytes");
    }
}
