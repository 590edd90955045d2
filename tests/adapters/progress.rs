//! Peers that read slowly and send nothing, with a split connection: the read half notices what
//! they accept while the other half is inside a write.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use sansocket::{CloseFrame, Error, Options, Timeouts};

use crate::peer::{self, Peer};
use crate::wire::{self, BINARY, CLOSE, FIN, PING, close_payload};

const LEN: usize = 32 << 20;
/// Longer than it takes the system to make room for what a peer has read.
const LIMIT: Duration = Duration::from_secs(1);

/// Reads the large message slowly for more than three times the timeout, and then reads the rest.
/// Returns the frame.
fn read_slowly(peer: &mut Peer) -> Vec<u8> {
    let mut bytes = peer.read_exact(2);
    let masked = usize::from(bytes[1] >> 7) * 4;
    let header_len = 2 + 8 + masked;
    for _ in 0..160 {
        thread::sleep(Duration::from_millis(20));
        bytes.extend(peer.read_exact(64 << 10));
    }
    bytes.extend(peer.read_exact(header_len + LEN - bytes.len()));
    bytes
}

/// Returns the next frame other than a Ping.
fn receive(peer: &mut Peer) -> (u8, Vec<u8>) {
    loop {
        let frame = peer.receive();
        if frame.0 != FIN | PING {
            return frame;
        }
    }
}

fn assert_is_message(bytes: &[u8]) {
    assert!(wire::contents(bytes) == [(FIN | BINARY, vec![7; LEN])]);
}

// Shows own-keepalive-1 (both), own-keepalive-2 (both).
#[test]
fn a_peer_that_reads_a_large_message_slowly_is_not_dropped_for_a_missing_pong() {
    for open in [peer::server, peer::client] {
        let timeouts = Timeouts::default().ping_interval(Some(LIMIT)).pong(LIMIT);
        let (socket, mut peer) = open(Options::default().timeouts(timeouts));
        let (writer, mut reader) = socket.split();
        let reading = thread::spawn(move || {
            assert_eq!(reader.recv().unwrap(), None);
            reader.close_info().unwrap()
        });
        let sending = thread::spawn(move || writer.send(vec![7; LEN]).map(|()| writer));
        let bytes = read_slowly(&mut peer);
        peer.send(FIN | CLOSE, &close_payload(1000, ""));
        assert_eq!(receive(&mut peer), (FIN | CLOSE, close_payload(1000, "")));
        drop(peer);
        assert!(reading.join().unwrap().was_clean);
        assert!(sending.join().unwrap().is_ok());
        assert_is_message(&bytes);
    }
}

// Shows own-closing-1 (both).
#[test]
fn a_close_after_a_large_message_waits_while_the_peer_reads_slowly() {
    for open in [peer::server, peer::client] {
        let timeouts = Timeouts::default().ping_interval(None).close(LIMIT);
        let (socket, mut peer) = open(Options::default().timeouts(timeouts));
        let (writer, mut reader) = socket.split();
        let writer = Arc::new(writer);
        let closer = Arc::clone(&writer);
        let reading = thread::spawn(move || {
            assert_eq!(reader.recv().unwrap(), None);
            reader.close_info().unwrap()
        });
        let sending = thread::spawn(move || writer.send(vec![7; LEN]));
        assert_eq!(peer.stream.peek(&mut [0]).unwrap(), 1);
        let closing = thread::spawn(move || -> Result<(), Error> {
            closer.send(CloseFrame { code: 1000.into(), reason: "" })
        });
        let bytes = read_slowly(&mut peer);
        assert_eq!(receive(&mut peer), (FIN | CLOSE, close_payload(1000, "")));
        peer.send(FIN | CLOSE, &close_payload(1000, ""));
        drop(peer);
        assert!(reading.join().unwrap().was_clean);
        sending.join().unwrap().unwrap();
        closing.join().unwrap().unwrap();
        assert_is_message(&bytes);
    }
}
