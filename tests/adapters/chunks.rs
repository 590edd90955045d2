//! Messages in chunks, so that nobody has to hold all of them.

use std::net::TcpStream;
use std::thread;

use sansocket::blocking::{Acceptor, Connector, WebSocket};
use sansocket::connection::SendError;
use sansocket::{Chunk, CloseCode, Error, Limits, MessageKind, Options, OwnedMessage};

use crate::peer;
use crate::wire::{BINARY, CONTINUATION, FIN, PING, PONG, TEXT};

/// A client and a server that accept messages of any length.
fn pair() -> (WebSocket<TcpStream>, WebSocket<TcpStream>) {
    let config = Limits::default().max_message_len(u64::MAX);
    let options = Options::default().limits(config);
    let (listener, address) = peer::listen();
    let connector = Connector::new().options(options.clone());
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let connecting = thread::spawn(move || connector.connect_over(stream, "localhost", "/"));
    let stream = peer::accept(&listener);
    let server = Acceptor::new().options(options).accept(stream).unwrap();
    (connecting.join().unwrap().unwrap().0, server)
}

/// Sends and receives a message in chunks, and checks every byte.
fn pass(mut sending: WebSocket<TcpStream>, mut receiving: WebSocket<TcpStream>, len: usize) {
    // A multiple of the pattern's length, so that the pattern continues in the next chunk.
    const CHUNK_LEN: usize = 251 << 9;

    let pattern: Vec<u8> = (0..251).cycle().take(2 * CHUNK_LEN).collect();
    let chunk = pattern[..CHUNK_LEN].to_vec();
    let sending = thread::spawn(move || {
        for _ in 0..len / CHUNK_LEN {
            sending.send(Chunk::more(MessageKind::Binary, &chunk)).unwrap();
        }
        let rest = &chunk[..len % CHUNK_LEN];
        sending.send(Chunk::last(MessageKind::Binary, rest)).unwrap();
        sending.send("next").unwrap();
        sending.close(CloseCode::NORMAL, "").unwrap();
    });
    let mut received = 0;
    let mut is_last = false;
    while !is_last {
        let (chunk, _) = receiving.read_chunk().unwrap().unwrap();
        assert_eq!((chunk.kind, chunk.is_first), (MessageKind::Binary, received == 0));
        for piece in chunk.payload.chunks(CHUNK_LEN) {
            let at = received % CHUNK_LEN;
            // Not `assert_eq`, which would print it all.
            assert!(*piece == pattern[at..at + piece.len()], "from {received} on");
            received += piece.len();
        }
        is_last = chunk.is_last;
    }
    assert_eq!(received, len);
    let next = receiving.recv().unwrap().unwrap();
    assert_eq!(next, OwnedMessage::Text("next".into()));
    assert_eq!(receiving.recv().unwrap(), None);
    drop(receiving);
    sending.join().unwrap();
}

#[test]
fn a_message_of_64_mib_is_passed_in_chunks_by_a_server() {
    let (client, server) = pair();
    pass(server, client, 64 << 20);
}

#[test]
fn a_message_of_64_mib_is_passed_in_chunks_by_a_client() {
    let (client, server) = pair();
    pass(client, server, 64 << 20);
}

#[test]
fn a_chunk_of_a_text_may_cut_a_character() {
    let text = "caf\u{e9} \u{1f600}";
    let (mut client, mut server) = pair();
    let (rest, bytes) = text.as_bytes().split_last().unwrap();
    for byte in bytes {
        client.send(Chunk::more(MessageKind::Text, &[*byte])).unwrap();
    }
    for (wrong, is_last) in [(&b""[..], true), (b"x", false)] {
        let error =
            client.send(Chunk { is_last, ..Chunk::more(MessageKind::Text, wrong) }).unwrap_err();
        assert!(matches!(error, Error::Send(SendError::InvalidUtf8)), "{error:?}");
    }
    let error = client.send(Chunk::more(MessageKind::Binary, b"")).unwrap_err();
    let unfinished = SendError::MessageUnfinished { kind: MessageKind::Text };
    assert!(matches!(error, Error::Send(error) if error == unfinished));
    assert!(matches!(client.send("whole"), Err(Error::Send(error)) if error == unfinished));
    client.send(Chunk::last(MessageKind::Text, &[*rest])).unwrap();
    client.send("whole").unwrap();

    let mut received = Vec::new();
    loop {
        let (chunk, _) = server.read_chunk().unwrap().unwrap();
        assert_eq!(chunk.kind, MessageKind::Text);
        received.extend_from_slice(chunk.payload);
        if chunk.is_last {
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
        peer.send(TEXT, b"first chunk");
        let (chunk, _) = socket.read_chunk().unwrap().unwrap();
        assert_eq!((chunk.payload, chunk.is_last), (&b"first chunk"[..], false));
        peer.send(CONTINUATION, "\u{e9}".as_bytes());
        peer.send(FIN | PING, b"on the way");
        peer.send(FIN | CONTINUATION, b"last chunk");
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
