//! Connections split into halves for several threads.

use std::io::{self, ErrorKind};
use std::net::TcpStream;
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::Duration;

use sansocket::blocking::{Acceptor, Connector, WebSocket};
use sansocket::connection::{Connection, SendError};
use sansocket::{
    Chunk, CloseCode, CloseFrame, Error, Initiator, Limits, MessageKind, Options, OwnedMessage,
    Ping, PreparedMessage, Role, TimeoutKind, Timeouts,
};

use crate::adapter::{RETRY, options};
use crate::script::{Call, Halves, Script};
use crate::session::{Order, Run};
use crate::wire::{self, BINARY, CLOSE, FIN, PING, PONG, TEXT, close_payload};
use crate::{faulty, peer};

/// Short enough to wait for.
const SHORT: Duration = Duration::from_millis(200);

/// More than the system buffers while nobody reads.
const LARGE: usize = 64 << 20;

fn quiet() -> Timeouts {
    Timeouts::default().ping_interval(None)
}

/// A server with a stream to read from and one to write to.
fn server(reading: Script, writing: Script) -> WebSocket<Halves<Script>> {
    let connection = Connection::server(&Limits::default());
    let stream = Halves::new(reading, writing);
    WebSocket::from_upgraded(stream, connection, Vec::new(), &Options::default())
}

#[test]
fn under_load_all_messages_and_pongs_are_sent_completely() {
    const COUNT: u32 = 2000;

    fn message(number: u32) -> Vec<u8> {
        number.to_be_bytes().repeat(30_000 / 4)
    }

    for open in [peer::server, peer::client] {
        // However long it takes, we send no Ping in between.
        let (socket, mut peer) = open(Options::default().timeouts(quiet()));
        let (writer, mut reader) = socket.split();
        let reading = thread::spawn(move || {
            for number in 0..COUNT {
                let message = reader.read().unwrap().unwrap();
                assert_eq!(message.as_bytes(), number.to_be_bytes());
            }
            assert_eq!(reader.recv().unwrap(), None);
            reader.close_info().unwrap()
        });
        let writing = thread::spawn(move || {
            for number in 0..COUNT {
                writer.send(message(number)).unwrap();
            }
        });
        let mut talking_peer = peer.another();
        let talking = thread::spawn(move || {
            for number in 0..COUNT {
                talking_peer.send(FIN | PING, &number.to_be_bytes());
                talking_peer.send(FIN | BINARY, &number.to_be_bytes());
            }
        });
        let (mut messages, mut pongs) = (0, 0);
        while messages < COUNT || pongs < COUNT {
            match peer.receive() {
                (first, payload) if first == FIN | PONG => {
                    assert_eq!(payload, pongs.to_be_bytes());
                    pongs += 1;
                }
                (first, payload) => {
                    assert_eq!(first, FIN | BINARY);
                    assert!(payload == message(messages), "message {messages}");
                    messages += 1;
                }
            }
        }
        talking.join().unwrap();
        writing.join().unwrap();
        peer.send(FIN | CLOSE, b"");
        assert_eq!(peer.receive(), (FIN | CLOSE, Vec::new()));
        drop(peer);
        assert!(reading.join().unwrap().was_clean);
    }
}

#[test]
fn two_ends_that_are_split_send_and_receive_at_once() {
    const COUNT: usize = 500;

    let (listener, address) = peer::listen();
    let stream = TcpStream::connect(address).unwrap();
    let connecting = thread::spawn(move || Connector::new().connect_over(stream, "localhost", "/"));
    let server = WebSocket::accept(peer::accept(&listener)).unwrap();
    let client = connecting.join().unwrap().unwrap().0;
    // After the answer to a Close frame an endpoint must not send: nobody closes before receiving
    // everything.
    let all_is_received = Arc::new(Barrier::new(4));
    let mut threads = Vec::new();
    for socket in [server, client] {
        let (writer, mut reader) = socket.split();
        let (sent, received) = (Arc::clone(&all_is_received), Arc::clone(&all_is_received));
        threads.push(thread::spawn(move || {
            for number in 0..COUNT {
                writer.send("x".repeat(number * 100)).unwrap();
                writer.send(Ping(b"")).unwrap();
            }
            sent.wait();
            match writer.send(CloseFrame::EMPTY) {
                // The other endpoint was faster, and was answered.
                Ok(()) | Err(Error::Send(SendError::Closed)) => {}
                Err(error) => panic!("{error}"),
            }
        }));
        threads.push(thread::spawn(move || {
            for number in 0..COUNT {
                let message = reader.read().unwrap().unwrap();
                assert_eq!(message.as_bytes().len(), number * 100);
            }
            received.wait();
            assert_eq!(reader.recv().unwrap(), None);
        }));
    }
    for thread in threads {
        thread.join().unwrap();
    }
}

// Shows 6455-5.5.2-3 (server).
#[test]
fn pings_are_answered_while_the_other_half_is_stuck_and_afterwards() {
    let (socket, mut peer) = peer::server(Options::default().timeouts(quiet()));
    let (writer, mut reader) = socket.split();
    let (received, receiver) = mpsc::channel();
    let reading = thread::spawn(move || {
        while let Some(message) = reader.recv().unwrap() {
            received.send(message).unwrap();
        }
    });
    let writing = thread::spawn(move || writer.send(vec![7; LARGE]).unwrap());
    let mut begun = [0];
    assert_eq!(peer.stream.peek(&mut begun).unwrap(), 1);
    for number in 0..10 {
        peer.send(FIN | PING, &[number]);
    }
    peer.send(FIN | TEXT, b"behind the Pings");
    // Reading continues even if writing does not, and the Pongs wait.
    receiver.recv().unwrap();
    assert!(!writing.is_finished());
    assert!(peer.receive() == (FIN | BINARY, vec![7; LARGE]));
    for number in 0..10 {
        assert_eq!(peer.receive(), (FIN | PONG, vec![number]));
    }
    writing.join().unwrap();
    peer.send(FIN | PING, b"afterwards");
    assert_eq!(peer.receive(), (FIN | PONG, b"afterwards".into()));
    peer.send(FIN | CLOSE, b"");
    assert_eq!(peer.receive(), (FIN | CLOSE, Vec::new()));
    drop(peer);
    reading.join().unwrap();
}

#[test]
fn several_threads_send_whole_messages() {
    const THREADS: u8 = 4;
    const COUNT: u8 = 100;

    let (socket, mut peer) = peer::server(Options::default());
    let (writer, _reader) = socket.split();
    let writer = Arc::new(writer);
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let writer = Arc::clone(&writer);
            thread::spawn(move || {
                for number in 0..COUNT {
                    let message = [thread, number].repeat(1 + usize::from(number) * 100);
                    match number % 3 {
                        0 => writer.send(message).unwrap(),
                        1 => writer.feed(message).unwrap(),
                        _ => writer.send(PreparedMessage::binary(&message)).unwrap(),
                    }
                }
                writer.flush().unwrap();
            })
        })
        .collect();
    let mut next = [0; THREADS as usize];
    for _ in 0..u32::from(THREADS) * u32::from(COUNT) {
        let (first, payload) = peer.receive();
        assert_eq!(first, FIN | BINARY);
        let number = &mut next[usize::from(payload[0])];
        let message = [payload[0], *number].repeat(1 + usize::from(*number) * 100);
        assert!(payload == message, "message {number} of thread {}", payload[0]);
        *number += 1;
    }
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn no_other_message_is_sent_between_the_chunks_of_one() {
    let (socket, mut peer) = peer::server(Options::default());
    let (writer, _reader) = socket.split();
    let other = &writer;
    writer.send(Chunk::more(MessageKind::Text, b"one ")).unwrap();
    let unfinished = SendError::MessageUnfinished { kind: MessageKind::Text };
    assert!(matches!(other.send("other"), Err(Error::Send(error)) if error == unfinished));
    other.send(Ping(b"between")).unwrap();
    writer.send(Chunk::last(MessageKind::Text, b"two")).unwrap();
    other.send("other").unwrap();
    assert_eq!(peer.receive(), (TEXT, b"one ".into()));
    assert_eq!(peer.receive(), (FIN | PING, b"between".into()));
    assert_eq!(peer.receive(), (FIN, b"two".into()));
    assert_eq!(peer.receive(), (FIN | TEXT, b"other".into()));
}

#[test]
fn the_half_that_writes_begins_to_close() {
    for open in [peer::server, peer::client] {
        let (socket, mut peer) = open(Options::default());
        let (writer, mut reader) = socket.split();
        let reading = thread::spawn(move || {
            let message = reader.recv().unwrap();
            assert_eq!(message, Some(OwnedMessage::Text("under way".into())));
            assert_eq!(reader.recv().unwrap(), None);
            assert_eq!(reader.recv().unwrap(), None);
            reader.close_info().unwrap()
        });
        let frame = CloseFrame { code: CloseCode::GOING_AWAY, reason: "bye" };
        writer.send(frame).unwrap();
        assert!(matches!(writer.send("late"), Err(Error::Send(SendError::Closed))));
        assert!(matches!(writer.send(CloseFrame::EMPTY), Err(Error::Send(SendError::Closed))));
        assert_eq!(peer.receive(), (FIN | CLOSE, close_payload(1001, "bye")));
        peer.send(FIN | TEXT, b"under way");
        peer.send(FIN | CLOSE, &close_payload(1001, ""));
        drop(peer);
        let info = reading.join().unwrap();
        assert_eq!(info.initiator, Initiator::Local);
        assert!(info.was_clean);
    }
}

// Shows 6455-5.5.1-7 (server).
#[test]
fn the_read_half_answers_a_close_even_if_the_other_half_does_nothing() {
    let (socket, mut peer) = peer::server(Options::default());
    let (writer, mut reader) = socket.split();
    writer.feed("queued").unwrap();
    peer.send(FIN | CLOSE, &close_payload(1000, ""));
    let reading = thread::spawn(move || reader.recv().unwrap());
    assert_eq!(peer.receive(), (FIN | TEXT, b"queued".into()));
    assert_eq!(peer.receive(), (FIN | CLOSE, close_payload(1000, "")));
    assert_eq!(peer.read_to_end(), b"", "though the other half is kept");
    drop(peer);
    assert_eq!(reading.join().unwrap(), None);
    assert!(matches!(writer.send("late"), Err(Error::Send(SendError::Closed))));
    writer.flush().unwrap();
}

#[test]
fn a_violation_while_the_other_half_is_stuck_gets_its_close_frame() {
    let (socket, mut peer) = peer::server(Options::default().timeouts(quiet()));
    let (writer, mut reader) = socket.split();
    let reading = thread::spawn(move || reader.recv().unwrap_err());
    let writing = thread::spawn(move || (writer.send(vec![7; LARGE]), writer));
    assert_eq!(peer.stream.peek(&mut [0]).unwrap(), 1);
    peer.send(FIN | 0x3, b"");
    assert!(peer.receive() == (FIN | BINARY, vec![7; LARGE]));
    assert_eq!(peer.receive_close(), 1002);
    assert_eq!(peer.read_to_end(), b"");
    drop(peer);
    assert!(matches!(reading.join().unwrap(), Error::Protocol(_)));
    let (result, writer) = writing.join().unwrap();
    result.unwrap();
    assert!(matches!(writer.send("late"), Err(Error::Send(SendError::Closed))));
}

// Shows own-limits-7 (server).
#[test]
fn a_violation_ends_the_connection_even_if_the_other_half_is_stuck() {
    let options = Options::default().timeouts(quiet().close(SHORT)).write_timeout(None);
    let (socket, mut peer) = peer::server(options);
    let (writer, mut reader) = socket.split();
    let writing = thread::spawn(move || writer.send(vec![7; LARGE]));
    assert_eq!(peer.stream.peek(&mut [0]).unwrap(), 1);
    peer.send(FIN | 0x3, b"");
    let (failed, result) = mpsc::channel();
    thread::spawn(move || failed.send(reader.recv()));
    let result = result.recv_timeout(peer::PATIENCE).unwrap();
    assert!(matches!(result, Err(Error::Protocol(_))), "{result:?}");
    writing.join().unwrap().unwrap_err();
    drop(peer);
}

/// The server reads nothing while it writes, so neither endpoint may wait for the other with a
/// partly written message.
#[test]
fn large_messages_come_back_from_an_echo_through_halves() {
    const LEN: usize = 8 << 20;
    const COUNT: usize = 6;

    let (listener, address) = peer::listen();
    // With Pings, the read half would wake up before a deadline.
    let timeouts = quiet().close(Duration::from_secs(100));
    let config = Limits::default().max_message_len(64 << 20);
    let options = Options::default().timeouts(timeouts).limits(config);
    let connector = Connector::new().options(options.clone());
    let connecting = thread::spawn(move || {
        let stream = TcpStream::connect(address).unwrap();
        connector.connect_over(stream, "localhost", "/").unwrap().0
    });
    let acceptor = Acceptor::new().options(options);
    let mut server = acceptor.accept(peer::accept(&listener)).unwrap();
    let echoing = thread::spawn(move || {
        while let Some(message) = server.recv()? {
            server.send(message)?;
        }
        Ok::<(), Error>(())
    });
    let (writer, mut reader) = connecting.join().unwrap().split();
    let sending = thread::spawn(move || {
        for _ in 0..COUNT {
            writer.send(vec![7; LEN])?;
        }
        Ok::<_, Error>(writer)
    });
    for _ in 0..COUNT {
        assert!(reader.recv().unwrap() == Some(OwnedMessage::Binary(vec![7; LEN])));
    }
    sending.join().unwrap().unwrap().send(CloseFrame::EMPTY).unwrap();
    assert_eq!(reader.recv().unwrap(), None);
    echoing.join().unwrap().unwrap();
}

#[test]
fn a_close_that_is_not_answered_times_out_even_if_the_other_half_already_waits() {
    let (socket, mut peer) = peer::server(Options::default().timeouts(quiet().close(SHORT)));
    let (writer, mut reader) = socket.split();
    let (received, receiver) = mpsc::channel();
    let reading = thread::spawn(move || {
        received.send(reader.recv().unwrap()).unwrap();
        reader.recv()
    });
    peer.send(FIN | TEXT, b"now it waits");
    receiver.recv().unwrap();
    assert!(peer.waits_in_vain(SHORT));
    writer.send(CloseFrame::EMPTY).unwrap();
    assert_eq!(peer.receive(), (FIN | CLOSE, Vec::new()));
    assert_eq!(peer.read_to_end(), b"");
    let result = reading.join().unwrap();
    assert!(matches!(result, Err(Error::Timeout(TimeoutKind::Close))), "{result:?}");
}

#[test]
fn a_half_that_is_stuck_ends_with_the_connection() {
    let timeouts = Timeouts::default().ping_interval(Some(SHORT)).pong(SHORT);
    let options = Options::default().timeouts(timeouts).write_timeout(None);
    let (socket, peer) = peer::server(options);
    let (writer, mut reader) = socket.split();
    let writing = thread::spawn(move || writer.send(vec![7; LARGE]));
    assert_eq!(peer.stream.peek(&mut [0]).unwrap(), 1);
    let result = reader.recv();
    assert!(matches!(result, Err(Error::Timeout(TimeoutKind::Pong))), "{result:?}");
    let error = writing.join().unwrap().unwrap_err();
    assert!(
        matches!(&error, Error::Io(error) if error.kind() == ErrorKind::BrokenPipe),
        "{error:?}"
    );
    drop(peer);
}

#[test]
fn reading_continues_while_the_other_half_sends_without_a_pause() {
    let (socket, mut peer) = peer::server(Options::default());
    let (writer, mut reader) = socket.split();
    let sending = thread::spawn(move || while writer.feed("without a pause").is_ok() {});
    let mut reading_peer = peer.another();
    let draining = thread::spawn(move || io::copy(&mut reading_peer.stream, &mut io::sink()));
    let (received, receiver) = mpsc::channel();
    let reading = thread::spawn(move || {
        while let Ok(Some(message)) = reader.recv() {
            received.send(message).unwrap();
        }
    });
    for _ in 0..1000 {
        peer.send(FIN | TEXT, b"one at a time");
        receiver.recv_timeout(Duration::from_secs(30)).unwrap();
    }
    peer.send(FIN | CLOSE, b"");
    sending.join().unwrap();
    draining.join().unwrap().unwrap();
    drop(peer);
    reading.join().unwrap();
}

#[test]
fn what_was_read_and_queued_before_the_split_is_kept() {
    let (mut socket, mut peer) = peer::server(Options::default());
    let messages = [b"one", b"two"].map(|text| wire::to(Role::Server, FIN | TEXT, text));
    peer.write(&messages.concat());
    assert_eq!(socket.recv().unwrap(), Some(OwnedMessage::Text("one".into())));
    socket.feed("queued").unwrap();
    let (writer, mut reader) = socket.split();
    assert_eq!(reader.recv().unwrap(), Some(OwnedMessage::Text("two".into())));
    writer.send("last").unwrap();
    assert_eq!(peer.receive(), (FIN | TEXT, b"queued".into()));
    assert_eq!(peer.receive(), (FIN | TEXT, b"last".into()));
}

#[test]
fn messages_that_are_fed_leave_together() {
    let script = Script::default();
    let log = script.log();
    let connection = Connection::server(&Limits::default().high_water_mark(28));
    let other = Script::default();
    let other_log = other.log();
    let stream = Halves::new(script, other);
    let socket = WebSocket::from_upgraded(stream, connection, Vec::new(), &Options::default());
    let (writer, mut reader) = socket.split();
    let frame = wire::to(Role::Client, FIN | TEXT, b"8 bytes.");
    for _ in 0..4 {
        writer.feed("8 bytes.").unwrap();
    }
    assert_eq!(other_log.take(), [Call::Write(frame.repeat(3))], "at the mark");
    writer.flush().unwrap();
    assert_eq!(other_log.take(), [Call::Write(frame.clone())]);
    writer.feed("8 bytes.").unwrap();
    assert!(reader.recv().is_err(), "nothing to read");
    assert_eq!(other_log.take(), [Call::Write(frame)], "before it waits");
    assert_eq!(log.take(), [Call::Read]);
}

#[test]
fn an_echo_by_halves_survives_every_fault_at_every_byte() {
    faulty::enumerate(Order::OfInput, |stream, connection| {
        let stream = Halves::new(stream.clone(), stream);
        let (writer, mut reader) =
            WebSocket::from_upgraded(stream, connection, Vec::new(), &options()).split();
        let run = Run::of(RETRY, |received| {
            let Some(message) = reader.read()? else {
                return Ok(false);
            };
            received.push(message.into_owned());
            writer.send(message).map(|()| true)
        });
        while matches!(writer.flush(), Err(Error::Io(error)) if RETRY.contains(&error.kind())) {}
        Run { info: reader.close_info(), ..run }
    });
}

#[test]
fn dropping_both_halves_makes_one_attempt() {
    for reader_first in [true, false] {
        let script = Script::default();
        let log = script.log();
        let (writer, reader) = server(Script::default().timed(), script).split();
        writer.feed("queued").unwrap();
        if reader_first {
            drop(reader);
            drop(writer);
        } else {
            drop(writer);
            drop(reader);
        }
        assert_eq!(log.take(), [Call::Write(wire::to(Role::Client, FIN | TEXT, b"queued"))]);
    }
}

#[test]
fn a_pong_that_waits_leaves_when_the_half_that_reads_is_dropped_last() {
    let input =
        [wire::to(Role::Server, FIN | PING, b"?"), wire::to(Role::Server, FIN | TEXT, b"!")];
    let script = Script::default();
    let log = script.log();
    let reading = Script::default().read(input.concat()).timed();
    let (writer, mut reader) = server(reading, script).split();
    drop(writer);
    assert_eq!(reader.recv().unwrap(), Some(OwnedMessage::Text("!".into())));
    assert_eq!(log.take(), [], "the Pong waits for the next read");
    drop(reader);
    assert_eq!(log.take(), [Call::Write(wire::to(Role::Client, FIN | PONG, b"?"))]);
}

#[test]
fn a_broken_stream_keeps_nothing_of_what_is_sent() {
    let script = Script::default().fail_write(3, ErrorKind::BrokenPipe);
    let log = script.log();
    let (writer, reader) = server(Script::default(), script).split();
    let error = writer.send("message").unwrap_err();
    assert!(
        matches!(&error, Error::Io(error) if error.kind() == ErrorKind::BrokenPipe),
        "{error:?}"
    );
    for result in [writer.send("message"), writer.feed("message"), writer.send(CloseFrame::EMPTY)] {
        assert!(matches!(result, Err(Error::Send(SendError::Closed))), "{result:?}");
    }
    drop((reader, writer));
    assert_eq!(log.written().len(), 3);
}

#[test]
fn halves_of_one_connection_can_be_reunited() {
    let (listener, address) = peer::listen();
    let connecting = thread::spawn(move || {
        let connector = Connector::new().subprotocol("chat");
        connector.connect(&format!("ws://{address}/")).unwrap().0
    });
    let acceptor = Acceptor::new().subprotocol("chat");
    let mut server = acceptor.accept(peer::accept(&listener)).unwrap();
    let mut client = connecting.join().unwrap();
    for _ in 0..3 {
        let (writer, mut reader) = client.split();
        server.send("to a half").unwrap();
        assert_eq!(reader.recv().unwrap(), Some(OwnedMessage::Text("to a half".into())));
        writer.feed("fed").unwrap();
        client = reader.reunite(writer).unwrap();
        assert_eq!(client.subprotocol(), Some("chat"));
        assert_eq!(client.queued(), 6 + 3, "it waits as before");
        client.send("sent").unwrap();
        for text in ["fed", "sent"] {
            assert_eq!(server.recv().unwrap(), Some(OwnedMessage::Text(text.into())));
        }
        // A single thread waits for what it has sent itself, so it need not wake up for another.
        server.send("to the whole").unwrap();
        assert_eq!(client.recv().unwrap(), Some(OwnedMessage::Text("to the whole".into())));
    }
    let (writer, reader) = client.split();
    drop(reader.reunite(writer).unwrap().into_parts());
    assert!(server.recv().is_err(), "that was the only descriptor of the stream");
}

#[test]
fn halves_of_two_connections_cannot_be_reunited() {
    let (of_one, reader) = server(Script::default(), Script::default()).split();
    let (of_other, _other_reader) = server(Script::default(), Script::default()).split();
    let error = reader.reunite(of_other).unwrap_err();
    assert_eq!(error.to_string(), "the halves are not of the same connection");
    assert!(error.0.reunite(of_one).is_ok());
}

#[test]
fn a_partly_written_frame_is_completed_after_reunite() {
    let frame = wire::to(Role::Client, FIN | TEXT, b"queued");
    for at in 0..frame.len() {
        let script = Script::default().fail_write(at, ErrorKind::WouldBlock);
        let log = script.log();
        let (writer, reader) = server(Script::default(), script).split();
        assert!(writer.send("queued").is_err(), "it would block");
        let mut socket = reader.reunite(writer).unwrap();
        assert_eq!(socket.queued(), frame.len() - at);
        socket.send("next").unwrap();
        let next = wire::to(Role::Client, FIN | TEXT, b"next");
        assert_eq!(log.written(), [frame.clone(), next].concat());
    }
}
