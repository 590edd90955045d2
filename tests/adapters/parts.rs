//! Messages in parts, which need not be held in whole, and connections that are taken apart.

use std::io::ErrorKind;
use std::net::TcpStream;
use std::thread;

use sansocket::blocking::{Acceptor, Connector, WebSocket};
use sansocket::buffered::OwnedMessage;
use sansocket::connection::{Config, Connection, MessageKind, Part, SendError};
use sansocket::{CloseCode, Error, Options, Role};

use crate::peer;
use crate::script::Script;
use crate::wire::{self, BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, TEXT};

/// A client and a server that accept messages of any length.
fn pair() -> (WebSocket<TcpStream>, WebSocket<TcpStream>) {
    let config = Config::default().max_message_len(u64::MAX).max_frame_len(u64::MAX);
    let options = Options::default().config(config);
    let (listener, address) = peer::listen();
    let connector = Connector::new().options(options.clone());
    let connecting = thread::spawn(move || connector.connect(&format!("ws://{address}/")));
    let stream = listener.accept().unwrap().0;
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

#[test]
fn a_message_that_was_gathered_in_part_can_be_gone_on_with_in_parts() {
    let to = |first: u8, payload: &[u8]| wire::to(Role::Server, first, payload);
    let script = Script::default()
        .read([to(TEXT, b"one "), to(0, b"two ")].concat())
        .fail_read(ErrorKind::WouldBlock)
        .read([to(FIN, b"three"), to(FIN | TEXT, b"next")].concat());
    let connection = Connection::server(&Config::default());
    let mut socket = WebSocket::from_upgraded(script, connection, Vec::new(), &Options::default());
    assert!(matches!(socket.recv(), Err(Error::Io(_))));
    for (payload, is_first, part) in
        [("one two ", true, Part::More), ("three", false, Part::Last), ("next", true, Part::Last)]
    {
        let (chunk, _) = socket.read_part().unwrap().unwrap();
        assert_eq!(&*chunk.payload, payload.as_bytes());
        assert_eq!((chunk.is_first, chunk.part), (is_first, part));
    }
}

#[test]
fn a_connection_goes_on_after_it_was_taken_apart_at_any_byte() {
    let to = |first: u8, payload: &[u8]| wire::to(Role::Server, first, payload);
    let session = [
        to(FIN | TEXT, b"one"),
        to(BINARY, b"frag"),
        to(FIN | PING, b"?"),
        to(FIN, b"ments"),
        to(FIN | TEXT, &[b'x'; 200]),
        to(FIN | CLOSE, &wire::close_payload(1000, "")),
    ]
    .concat();
    let from = |first: u8, payload: &[u8]| wire::to(Role::Client, first, payload);
    let answers = [
        from(FIN | TEXT, b"before"),
        from(FIN | TEXT, b"one"),
        from(FIN | PONG, b"?"),
        from(FIN | BINARY, b"fragments"),
        from(FIN | TEXT, &[b'x'; 200]),
        from(FIN | CLOSE, &wire::close_payload(1000, "")),
    ]
    .concat();
    for at in 1..session.len() {
        // What is queued when it is taken apart has been written in part.
        let script = Script::default()
            .read(&session[..at])
            .fail_read(ErrorKind::WouldBlock)
            .read(&session[at..])
            .fail_write(3, ErrorKind::WouldBlock);
        let log = script.log();
        let connection = Connection::server(&Config::default());
        let options = Options::default();
        let mut socket = WebSocket::from_upgraded(script, connection, Vec::new(), &options);
        socket.feed("before").unwrap();
        let mut is_open = true;
        while is_open {
            match socket.recv() {
                Ok(Some(message)) => socket.feed(message).unwrap(),
                Ok(None) => is_open = false,
                Err(error) => {
                    assert!(
                        matches!(&error, Error::Io(error) if error.kind() == ErrorKind::WouldBlock),
                        "{error:?}"
                    );
                    let parts = socket.into_parts().unwrap();
                    socket = WebSocket::from_parts(parts, &options);
                }
            }
        }
        assert_eq!(log.written(), answers, "taken apart at {at}");
    }
}

#[test]
fn taking_a_connection_apart_writes_nothing() {
    let script = Script::default();
    let log = script.log();
    let connection = Connection::server(&Config::default());
    let unread = b"unread".to_vec();
    let options = Options::default();
    let mut socket = WebSocket::from_upgraded(script, connection, unread, &options);
    socket.feed("queued").unwrap();
    let parts = socket.into_parts().unwrap();
    assert_eq!(parts.read_buffer.unread(), b"unread");
    let queued = wire::to(Role::Client, FIN | TEXT, b"queued");
    assert_eq!(parts.write_buffer.unwritten(), queued);
    assert_eq!(parts.connection.role(), Role::Server);
    drop(parts);
    assert_eq!(log.take(), []);
}
