//! Messages in parts, which need not be held in whole.

use std::net::TcpStream;
use std::thread;

use sansocket::blocking::{Acceptor, Connector, WebSocket};
use sansocket::buffered::OwnedMessage;
use sansocket::connection::{Config, MessageKind, Part, SendError};
use sansocket::{CloseCode, Error, Options};

use crate::peer;
use crate::wire::{BINARY, CONTINUATION, FIN, PING, PONG, TEXT};

/// A client and a server that accept messages of any length.
fn pair() -> (WebSocket<TcpStream>, WebSocket<TcpStream>) {
    let config = Config::default().max_message_len(u64::MAX);
    let options = Options::default().config(config);
    let (listener, address) = peer::listen();
    let connector = Connector::new().options(options.clone());
    let connecting = thread::spawn(move || connector.connect(&format!("ws://{address}/")));
    let stream = peer::accept(&listener);
    let server = Acceptor::new().options(options).accept(stream).unwrap();
    (connecting.join().unwrap().unwrap(), server)
}

/// Sends and receives a message in parts, and checks every byte.
fn pass(mut sending: WebSocket<TcpStream>, mut receiving: WebSocket<TcpStream>, len: usize) {
    // A multiple of the pattern's length, so that the pattern goes on in the next part.
    const PART: usize = 251 << 9;

    let pattern: Vec<u8> = (0..251).cycle().take(2 * PART).collect();
    let part = pattern[..PART].to_vec();
    let sending = thread::spawn(move || {
        for _ in 0..len / PART {
            sending.send_part(MessageKind::Binary, &part, Part::More).unwrap();
        }
        let rest = &part[..len % PART];
        sending.send_part(MessageKind::Binary, rest, Part::Last).unwrap();
        sending.send("next").unwrap();
        sending.close(CloseCode::NORMAL, "").unwrap();
    });
    let mut received = 0;
    let mut is_last = false;
    while !is_last {
        let (chunk, _) = receiving.read_part().unwrap().unwrap();
        assert_eq!((chunk.kind, chunk.is_first), (MessageKind::Binary, received == 0));
        for piece in chunk.payload.chunks(PART) {
            let at = received % PART;
            // Not `assert_eq`, which would print it all.
            assert!(*piece == pattern[at..at + piece.len()], "from {received} on");
            received += piece.len();
        }
        is_last = chunk.part == Part::Last;
    }
    assert_eq!(received, len);
    let next = receiving.recv().unwrap().unwrap();
    assert_eq!(next, OwnedMessage::Text("next".into()));
    assert_eq!(receiving.recv().unwrap(), None);
    drop(receiving);
    sending.join().unwrap();
}

#[test]
fn a_message_of_64_mib_is_passed_in_parts_by_a_server() {
    let (client, server) = pair();
    pass(server, client, 64 << 20);
}

#[test]
fn a_message_of_64_mib_is_passed_in_parts_by_a_client() {
    let (client, server) = pair();
    pass(client, server, 64 << 20);
}

#[test]
fn a_part_of_a_text_may_cut_a_character() {
    let text = "caf\u{e9} \u{1f600}";
    let (mut client, mut server) = pair();
    let (rest, bytes) = text.as_bytes().split_last().unwrap();
    for byte in bytes {
        client.send_part(MessageKind::Text, &[*byte], Part::More).unwrap();
    }
    for (wrong, part) in [(&b""[..], Part::Last), (b"x", Part::More)] {
        let error = client.send_part(MessageKind::Text, wrong, part).unwrap_err();
        assert!(matches!(error, Error::Send(SendError::InvalidUtf8)), "{error:?}");
    }
    let error = client.send_part(MessageKind::Binary, b"", Part::More).unwrap_err();
    let unfinished = SendError::MessageUnfinished { kind: MessageKind::Text };
    assert!(matches!(error, Error::Send(error) if error == unfinished));
    assert!(matches!(client.send("whole"), Err(Error::Send(error)) if error == unfinished));
    client.send_part(MessageKind::Text, &[*rest], Part::Last).unwrap();
    client.send("whole").unwrap();

    let mut received = Vec::new();
    loop {
        let (chunk, _) = server.read_part().unwrap().unwrap();
        assert_eq!(chunk.kind, MessageKind::Text);
        received.extend_from_slice(chunk.payload);
        if chunk.part == Part::Last {
            break;
        }
    }
    assert_eq!(received, text.as_bytes());
    assert_eq!(server.recv().unwrap(), Some(OwnedMessage::Text("whole".into())));
}

#[test]
fn reading_a_message_skips_the_rest_of_the_one_before() {
    let (mut socket, mut peer) = peer::server(Options::default());
    for whole in [true, false] {
        peer.send(TEXT, b"first part");
        let (chunk, _) = socket.read_part().unwrap().unwrap();
        assert_eq!((&*chunk.payload, chunk.part), (&b"first part"[..], Part::More));
        peer.send(CONTINUATION, "\u{e9}".as_bytes());
        peer.send(FIN | PING, b"on the way");
        peer.send(FIN | CONTINUATION, b"last part");
        if whole {
            peer.send(FIN | BINARY, b"next");
        } else {
            peer.send(BINARY, b"ne");
            peer.send(FIN | CONTINUATION, b"xt");
        }
        let next = socket.recv().unwrap();
        assert_eq!(next, Some(OwnedMessage::Binary(b"next".into())));
        socket.flush().unwrap();
        assert_eq!(peer.receive(), (FIN | PONG, b"on the way".into()));
    }
}
