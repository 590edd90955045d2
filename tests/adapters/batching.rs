//! When queued messages are written: the rule in the documentation of `Writer`, sentence by
//! sentence. For every adapter.

use std::io::ErrorKind;

use sansocket::connection::Connection;
use sansocket::{
    Chunk, CloseCode, Error, Limits, Message, MessageKind, Options, Ping, PreparedMessage, Role,
    Seed,
};

use super::adapter::{self, WebSocket};
use crate::script::{Call, Log, Script};
use crate::wire::{self, BINARY, CLOSE, FIN, PING, PONG, TEXT};

/// The two ways to read, and to answer what was read with `feed`.
#[derive(Clone, Copy, Debug)]
enum Form {
    Owned,
    Lent,
}

const FORMS: [Form; 2] = [Form::Owned, Form::Lent];

impl Form {
    /// Feeds the next message back. Returns `false` if there is none.
    #[track_caller]
    fn echo(self, socket: &mut WebSocket<Script>) -> bool {
        let result = match self {
            Self::Owned => match socket.recv() {
                Ok(message) => socket.feed(message.expect("no Close has come")),
                Err(error) => Err(error),
            },
            Self::Lent => match socket.read() {
                Ok(message) => {
                    let (message, mut writer) = message.expect("no Close has come");
                    writer.feed(message)
                }
                Err(error) => Err(error),
            },
        };
        match result {
            Ok(()) => true,
            Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => false,
            Err(error) => panic!("{error:?}"),
        }
    }

    #[track_caller]
    fn echo_all(self, socket: &mut WebSocket<Script>) {
        while self.echo(socket) {}
    }
}

fn open(script: Script, options: &Options) -> (WebSocket<Script>, Log) {
    over(script, &Limits::default(), options)
}

/// The same with this high-water mark.
fn open_with_mark(script: Script, high_water_mark: usize) -> (WebSocket<Script>, Log) {
    let config = Limits::default().high_water_mark(high_water_mark);
    over(script, &config, &Options::default())
}

fn over(script: Script, config: &Limits, options: &Options) -> (WebSocket<Script>, Log) {
    let log = script.log();
    let connection = Connection::server(config);
    let socket = WebSocket::from_upgraded(script, connection, Vec::new(), options);
    (socket, log)
}

/// A text message to the server.
fn text(text: &str) -> Vec<u8> {
    wire::to(Role::Server, FIN | TEXT, text.as_bytes())
}

/// The echo of [`text`].
fn answer(text: &str) -> Vec<u8> {
    wire::to(Role::Client, FIN | TEXT, text.as_bytes())
}

// Shows 6455-2.1-1 (server), 6455-6.1-6 (server).
#[test]
fn answers_to_messages_of_one_read_leave_in_one_write() {
    for form in FORMS {
        let messages = [text("one"), text("two"), text("three")].concat();
        let (mut socket, log) = open(Script::default().read(messages), &Options::default());
        form.echo_all(&mut socket);
        let answers = [answer("one"), answer("two"), answer("three")].concat();
        assert_eq!(log.take(), [Call::Read, Call::Write(answers), Call::Read], "{form:?}");
    }
}

#[test]
fn messages_after_the_handshake_are_answered_in_one_write() {
    for form in FORMS {
        let script = Script::default();
        let log = script.log();
        let connection = Connection::server(&Limits::default());
        let unread = [text("one"), text("two")].concat();
        let mut socket = WebSocket::from_upgraded(script, connection, unread, &Options::default());
        form.echo_all(&mut socket);
        let answers = [answer("one"), answer("two")].concat();
        assert_eq!(log.take(), [Call::Write(answers), Call::Read]);
    }
}

// Shows own-adapters-4 (server).
#[test]
fn fed_messages_leave_before_a_wait_for_the_rest_of_a_message() {
    let next = text("next");
    for form in FORMS {
        for len in 0..next.len() {
            let first = [&text("one"), &text("two"), &next[..len]].concat();
            let script = Script::default().read(first).read(&next[len..]);
            let (mut socket, log) = open(script, &Options::default());
            assert!(form.echo(&mut socket));
            assert!(form.echo(&mut socket));
            assert_eq!(log.take(), [Call::Read], "nothing is awaited yet");
            assert!(form.echo(&mut socket));
            let answers = [answer("one"), answer("two")].concat();
            assert_eq!(log.take(), [Call::Write(answers), Call::Read], "{len} bytes follow");
            socket.flush().unwrap();
            assert_eq!(log.take(), [Call::Write(answer("next"))]);
        }
    }
}

#[test]
fn fed_messages_leave_before_a_read_even_if_a_fragment_or_a_pong_is_buffered() {
    let following = [
        wire::to(Role::Server, FIN | PONG, b"pong"),
        wire::to(Role::Server, TEXT, b"fragment"),
        wire::to(Role::Server, BINARY, b"fragment"),
    ];
    for form in FORMS {
        for frame in &following {
            let read = [text("message"), frame.clone()].concat();
            let (mut socket, log) = open(Script::default().read(read), &Options::default());
            assert!(form.echo(&mut socket));
            assert_eq!(log.take(), [Call::Read]);
            assert!(!form.echo(&mut socket));
            assert_eq!(log.take(), [Call::Write(answer("message")), Call::Read]);
        }
    }
}

// Shows 6455-2.1-1 (server), own-adapters-4 (server).
#[test]
fn fed_messages_leave_before_a_read_even_if_the_next_message_is_not_answered() {
    for form in FORMS {
        let messages = [text("to be answered"), text("not to be")].concat();
        let (mut socket, log) = open(Script::default().read(messages), &Options::default());
        assert!(form.echo(&mut socket));
        assert!(socket.recv().unwrap().is_some());
        assert_eq!(log.take(), [Call::Read]);
        assert!(!form.echo(&mut socket));
        assert_eq!(log.take(), [Call::Write(answer("to be answered")), Call::Read]);
    }
}

#[test]
fn fed_messages_leave_before_a_wait_for_a_chunk() {
    let script = Script::default().read(text("one")).read(text("two"));
    let (mut socket, log) = open(script, &Options::default());
    let (chunk, mut writer) = socket.read_chunk().unwrap().unwrap();
    assert_eq!(chunk.payload, b"one");
    writer.feed("fed").unwrap();
    assert_eq!(log.take(), [Call::Read]);
    assert!(socket.read_chunk().unwrap().is_some());
    assert_eq!(log.take(), [Call::Write(answer("fed")), Call::Read]);
}

/// A handler answers twice, and works in between; the client has pipelined another request.
// Shows own-adapters-3 (server).
#[test]
fn each_message_that_is_sent_is_written_when_send_returns() {
    let requests = [text("request"), text("another")].concat();
    let (mut socket, log) = open(Script::default().read(&requests[..]), &Options::default());
    let (_, mut writer) = socket.read().unwrap().unwrap();
    log.take();
    writer.send("started").unwrap();
    assert_eq!(log.take(), [Call::Write(answer("started"))], "before the work");
    writer.send("done").unwrap();
    assert_eq!(log.take(), [Call::Write(answer("done"))]);

    let (mut socket, log) = open(Script::default().read(requests), &Options::default());
    let _request = socket.recv().unwrap();
    log.take();
    socket.send("started").unwrap();
    assert_eq!(log.take(), [Call::Write(answer("started"))], "before the work");
    socket.send("done").unwrap();
    assert_eq!(log.take(), [Call::Write(answer("done"))]);
}

/// A handler asks the client a question, and the client answers only then.
// Shows own-adapters-3 (server).
#[test]
fn a_question_is_written_before_its_answer_is_awaited() {
    let requests = [text("request"), text("pipelined")].concat();
    let script = Script::default().read(requests).read(text("yes"));
    let (mut socket, log) = open(script, &Options::default());
    let (_, mut writer) = socket.read().unwrap().unwrap();
    writer.send("sure?").unwrap();
    let asked = [Call::Read, Call::Write(answer("sure?"))];
    assert_eq!(log.take(), asked, "though another message is there");
    assert!(socket.recv().unwrap().is_some());
    assert!(socket.recv().unwrap().is_some());
    assert_eq!(log.take(), [Call::Read], "the answer");
}

#[test]
fn send_also_writes_what_was_fed() {
    let (mut socket, log) = open(Script::default(), &Options::default());
    socket.feed("one").unwrap();
    socket.feed("two").unwrap();
    assert_eq!(log.take(), []);
    socket.send("three").unwrap();
    let three = [answer("one"), answer("two"), answer("three")].concat();
    assert_eq!(log.take(), [Call::Write(three)]);
}

#[test]
fn pongs_leave_with_the_answers_in_the_order_of_the_stream() {
    for form in FORMS {
        let ping = |data| wire::to(Role::Server, FIN | PING, data);
        let read = [ping(b"1"), text("one"), text("two"), ping(b"2"), ping(b"3")].concat();
        let (mut socket, log) = open(Script::default().read(read), &Options::default());
        form.echo_all(&mut socket);
        let pong = |data| wire::to(Role::Client, FIN | PONG, data);
        let answers = [pong(b"1"), answer("one"), answer("two"), pong(b"2"), pong(b"3")].concat();
        assert_eq!(log.take(), [Call::Read, Call::Write(answers), Call::Read]);
    }
}

// Shows own-limits-5 (server).
#[test]
fn the_queue_leaves_when_it_reaches_the_high_water_mark() {
    for form in FORMS {
        // An answer has 2 + 8 bytes.
        let messages = text("8 bytes.").repeat(7);
        let (mut socket, log) = open_with_mark(Script::default().read(messages), 28);
        form.echo_all(&mut socket);
        let three = Call::Write(answer("8 bytes.").repeat(3));
        let one = Call::Write(answer("8 bytes."));
        assert_eq!(log.take(), [Call::Read, three.clone(), three, one, Call::Read]);
    }
}

#[test]
fn chunks_and_prepared_messages_are_written_at_once_like_messages() {
    let prepared = PreparedMessage::text("prepared");
    let messages = [text("one"), text("two")].concat();
    let (mut socket, log) = open(Script::default().read(messages), &Options::default());
    let (_, mut writer) = socket.read().unwrap().unwrap();
    log.take();
    writer.feed("fed").unwrap();
    writer.send(Chunk::more(MessageKind::Text, b"par")).unwrap();
    let part = [answer("fed"), wire::to(Role::Client, TEXT, b"par")].concat();
    assert_eq!(log.take(), [Call::Write(part)]);
    writer.send(Chunk::last(MessageKind::Text, b"ts")).unwrap();
    assert_eq!(log.take(), [Call::Write(wire::to(Role::Client, FIN, b"ts"))]);
    writer.send(&prepared).unwrap();
    assert_eq!(log.take(), [Call::Write(answer("prepared"))]);
}

#[test]
fn a_ping_leaves_at_once_with_what_is_queued() {
    let messages = [text("one"), text("two")].concat();
    let (mut socket, log) = open(Script::default().read(messages), &Options::default());
    assert!(Form::Lent.echo(&mut socket));
    log.take();
    socket.send(Ping(b"now")).unwrap();
    let ping = wire::to(Role::Client, FIN | PING, b"now");
    assert_eq!(log.take(), [Call::Write([answer("one"), ping].concat())]);
}

#[test]
fn close_leaves_with_what_is_queued_before_it() {
    let peer_close = wire::to(Role::Server, FIN | CLOSE, &wire::close_payload(1000, ""));
    let script = Script::default().read(peer_close).read([]);
    let (mut socket, log) = open(script, &Options::default());
    socket.feed("queued").unwrap();
    socket.close(CloseCode::NORMAL, "bye").unwrap();
    let close = wire::to(Role::Client, FIN | CLOSE, &wire::close_payload(1000, "bye"));
    let write = Call::Write([answer("queued"), close].concat());
    assert_eq!(log.take()[..2], [write, Call::Read]);
}

#[test]
fn answers_leave_before_the_close_frame_that_fails_the_connection() {
    for form in FORMS {
        let bad = wire::to(Role::Client, FIN | TEXT, b"not masked");
        let read = [text("one"), text("two"), bad].concat();
        let script = Script::default().read(read).read([]);
        let (mut socket, log) = open(script, &Options::default());
        assert!(form.echo(&mut socket));
        assert!(form.echo(&mut socket));
        assert_eq!(log.take(), [Call::Read]);
        let error = socket.recv().unwrap_err();
        assert!(matches!(error, Error::Protocol(_)), "{error:?}");
        let calls = log.take();
        let Some((Call::Write(bytes), ending)) = calls.split_first() else {
            panic!("{calls:?}");
        };
        assert!(ending.iter().all(|call| *call == Call::Read), "one write");
        let contents = wire::contents(bytes);
        assert_eq!(contents[0], (FIN | TEXT, b"one".into()));
        assert_eq!(contents[1], (FIN | TEXT, b"two".into()));
        assert_eq!(contents[2].0, FIN | CLOSE);
        assert_eq!(contents[2].1[..2], 1002_u16.to_be_bytes());
        assert_eq!(contents.len(), 3);
    }
}

#[test]
fn feed_only_queues_until_the_mark() {
    let (mut socket, log) = open_with_mark(Script::default(), 20);
    socket.feed("8 bytes.").unwrap();
    assert_eq!(log.take(), []);
    socket.feed("8 bytes.").unwrap();
    socket.feed("more").unwrap();
    assert_eq!(log.take(), [Call::Write(answer("8 bytes.").repeat(2))]);
    socket.flush().unwrap();
    assert_eq!(log.take(), [Call::Write(answer("more"))]);
    socket.flush().unwrap();
    assert_eq!(log.take(), [], "nothing is left to be flushed");
}

#[test]
fn the_message_that_reaches_the_mark_writes_the_queue() {
    let (mut socket, log) = open_with_mark(Script::default(), 18);
    socket.feed("8 bytes.").unwrap();
    assert_eq!(log.take(), []);
    socket.feed("8 bytes.").unwrap();
    assert_eq!(log.take(), [Call::Write(answer("8 bytes.").repeat(2))]);
}

#[test]
fn a_relay_feeds_until_its_source_has_no_message() {
    let messages = [text("one"), text("two"), text("three")].concat();
    let script = Script::default().read(messages).read(text("four"));
    let (mut source, _) = open(script, &Options::default());
    let (mut sink, log) = open(Script::default(), &Options::default());
    for _ in 0..4 {
        let message = source.recv().unwrap().unwrap();
        sink.feed(message).unwrap();
        if !source.has_message() {
            sink.flush().unwrap();
        }
    }
    let three = [answer("one"), answer("two"), answer("three")].concat();
    assert_eq!(log.take(), [Call::Write(three), Call::Write(answer("four"))]);
}

#[test]
fn has_message_is_true_once_a_message_is_complete() {
    let read = [text("one"), text("two"), text("three")[..5].into()].concat();
    let script = Script::default().read(read).read(&text("three")[5..]);
    let (mut socket, _) = open(script, &Options::default());
    assert!(!socket.has_message(), "nothing was read yet");
    for expected in [true, false, false] {
        assert!(socket.read().unwrap().is_some());
        assert_eq!(socket.has_message(), expected);
    }
}

#[test]
fn dropping_the_socket_makes_one_attempt() {
    let open = |script| {
        let (socket, log) = open(script, &Options::default());
        (adapter::limited(socket), log)
    };
    let (mut socket, log) = open(Script::default());
    socket.feed("queued").unwrap();
    drop(socket);
    assert_eq!(log.take(), [Call::Write(answer("queued"))]);

    let (mut socket, log) = open(Script::default().cut_write(3));
    socket.feed("queued").unwrap();
    drop(socket);
    assert_eq!(log.take(), [Call::Write(answer("queued")[..3].into())]);

    let (socket, log) = open(Script::default());
    drop(socket);
    assert_eq!(log.take(), [], "nothing was queued");
}

#[test]
fn a_large_payload_is_written_from_where_it_is() {
    let payload = vec![7; 16 << 10];
    let (mut socket, log) = open(Script::default(), &Options::default());
    socket.feed("queued").unwrap();
    socket.send(&payload).unwrap();
    let frame = wire::to(Role::Client, FIN | BINARY, &payload);
    let write = Call::Write([answer("queued"), frame].concat());
    assert_eq!(log.take(), [write], "the queue, the header and the payload");
    assert_eq!(log.slices()[1..], [payload.as_ptr()]);

    let script = Script::default().read(wire::to(Role::Server, FIN | BINARY, &payload));
    let (mut socket, log) = open(script, &Options::default());
    let (message, mut writer) = socket.read().unwrap().unwrap();
    let place = message.as_bytes().as_ptr();
    writer.send(message).unwrap();
    assert_eq!(log.slices()[1..], [place], "in the read buffer");
}

#[test]
fn a_large_payload_arrives_complete_wherever_the_first_write_ends() {
    let payload: Vec<u8> = (0..=250).cycle().take(16 << 10).collect();
    let frame = wire::to(Role::Client, FIN | BINARY, &payload);
    let expected = [answer("queued"), frame].concat();
    for count in (1..20).chain([1000, expected.len() - 1]) {
        let (mut socket, log) = open(Script::default().cut_write(count), &Options::default());
        socket.feed("queued").unwrap();
        socket.send(&payload).unwrap();
        assert!(log.written() == expected, "{count} bytes");
    }
}

#[test]
fn a_smaller_payload_is_copied_to_the_queue() {
    let payload = vec![7; (16 << 10) - 1];
    let (mut socket, log) = open(Script::default(), &Options::default());
    socket.send(&payload).unwrap();
    let frame = wire::to(Role::Client, FIN | BINARY, &payload);
    assert_eq!(log.take(), [Call::Write(frame)]);
    assert!(!log.slices().contains(&payload.as_ptr()));
}

#[test]
fn a_large_payload_that_is_fed_below_the_mark_is_queued() {
    let payload = vec![7; 20 << 10];
    let frame = wire::to(Role::Server, FIN | BINARY, &payload);
    for form in FORMS {
        // Part of it is read first, so that there is room for all of it the second time.
        let script = Script::default().read(frame.repeat(4)).read(frame.repeat(3));
        let (mut socket, log) = open(script, &Options::default());
        form.echo_all(&mut socket);
        let writes: Vec<_> = log.take().into_iter().filter(|call| *call != Call::Read).collect();
        let echo = wire::to(Role::Client, FIN | BINARY, &payload);
        assert_eq!(log.written(), echo.repeat(7));
        assert!(writes.len() < 7, "some answers travelled together");
    }
}

#[test]
fn a_large_payload_that_is_fed_and_reaches_the_mark_is_written_from_where_it_is() {
    let payload = vec![7; 64 << 10];
    let (mut socket, log) = open_with_mark(Script::default(), 64 << 10);
    socket.feed("queued").unwrap();
    socket.feed(&payload).unwrap();
    let frame = wire::to(Role::Client, FIN | BINARY, &payload);
    assert_eq!(log.take(), [Call::Write([answer("queued"), frame].concat())]);
    assert_eq!(log.slices()[1..], [payload.as_ptr()]);
}

// Shows 6455-10.3-2.
#[test]
fn a_client_masks_a_copy_of_a_large_payload() {
    let payload = vec![7; 64 << 10];
    let script = Script::default();
    let log = script.log();
    let connection = Connection::client(&Limits::default(), Seed::from([7; 32]));
    let mut socket = WebSocket::from_upgraded(script, connection, Vec::new(), &Options::default());
    socket.send(Message::Binary(&payload)).unwrap();
    let frames = wire::frames(&log.written());
    assert!(frames[0].key.is_some());
    assert_eq!(frames[0].payload, payload);
    assert_eq!(frames.len(), 1);
}

#[test]
fn queued_counts_the_bytes_that_wait_to_be_written() {
    let (mut socket, log) = open(Script::default().cut_write(3), &Options::default());
    assert_eq!(socket.queued(), 0);
    socket.feed("five5").unwrap();
    socket.feed("5five").unwrap();
    assert_eq!(socket.queued(), 2 * 7);
    socket.flush().unwrap();
    assert_eq!(socket.queued(), 0);
    assert_eq!(log.take().len(), 2);
}

#[test]
fn a_message_that_is_sent_alone_takes_one_write_and_a_flush() {
    for len in [0, 1, 125, 126, 16_000, 70_000] {
        let (mut socket, log) = open(Script::default().timed(), &Options::default());
        for _ in 0..3 {
            let message = vec![7; len];
            socket.send(&message).unwrap();
            let frame = wire::to(Role::Client, FIN | BINARY, &message);
            assert_eq!(log.take(), [Call::Write(frame)], "{len} bytes");
            assert_eq!(log.flushed(), log.written().len(), "{len} bytes");
        }
    }
}

#[test]
fn what_the_stream_leaves_of_a_message_that_is_sent_alone_is_written_next() {
    let first = answer("first");
    let script = |taken| Script::default().fail_write(first.len() + taken, ErrorKind::Interrupted);
    let nothing = script(0).timed();
    let (mut socket, log) = open(nothing, &Options::default());
    socket.send("first").unwrap();
    log.take();
    socket.send("second").unwrap();
    assert_eq!(log.take(), [Call::Write(answer("second"))]);
    assert_eq!(log.flushed(), log.written().len());

    for script in [script(3), script(3).timed()] {
        let (mut socket, log) = open(script, &Options::default());
        socket.send("first").unwrap();
        log.take();
        socket.send("second").unwrap();
        let second = answer("second");
        let (start, rest) = second.split_at(3);
        assert_eq!(log.take(), [Call::Write(start.into()), Call::Write(rest.into())]);
        assert_eq!(log.flushed(), log.written().len());
    }
}
