//! Connections that are split into halves for two tasks.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use sansocket::connection::SendError;
use sansocket::tokio::{ReadHalf, ReuniteError, WebSocket, WriteHalf};
use sansocket::{
    Chunk, CloseCode, CloseFrame, Error, Initiator, Limits, MessageKind, Options, OwnedMessage,
    Ping, Role,
};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, join};
use tokio::sync::Barrier;
use tokio::task::yield_now;
use tokio::time::timeout;
use tokio_test::task as tasks;

use super::adapter::RUNTIME;
use super::peer::{self, Peer, ROLES, tcp};
use super::stingy::Stingy;
use super::tasks::{finish, poll_times, run_all, task};
use crate::script::{Call, Script};
use crate::wire::{self, BINARY, CLOSE, FIN, PING, PONG, TEXT, close_payload};

type Halves = (WriteHalf<DuplexStream>, ReadHalf<DuplexStream>);

/// Halves over a stream that holds this little.
fn open(role: Role, capacity: usize) -> (Halves, Peer<DuplexStream>) {
    let (socket, peer) = peer::over(role, tokio::io::duplex(capacity), &Options::default());
    (socket.split(), peer)
}

/// More than the streams of these tests hold.
const LARGE: usize = 100_000;

#[tokio::test(start_paused = true)]
async fn a_ping_is_answered_while_the_half_that_writes_does_nothing() {
    for role in ROLES {
        let ((_writer, mut reader), mut peer) = open(role, 1000);
        let pinging = async {
            for number in 0..100 {
                peer.send(FIN | PING, &[number]).await;
                assert_eq!(peer.receive().await, (FIN | PONG, vec![number]));
            }
            peer.send(FIN | TEXT, b"done").await;
        };
        let (message, ()) = tokio::join!(reader.recv(), pinging);
        assert_eq!(message.unwrap(), Some(OwnedMessage::Text("done".into())));
    }
}

#[tokio::test(start_paused = true)]
async fn pings_and_a_close_are_answered_after_the_message_that_the_other_half_is_stuck_in() {
    for role in ROLES {
        let ((mut writer, mut reader), mut peer) = open(role, 1000);
        let is_heard = Cell::new(false);
        let writing = async {
            writer.send(vec![7; LARGE]).await.unwrap();
            let late = writer.send("late").await;
            assert!(matches!(late, Err(Error::Send(SendError::Closed))), "{late:?}");
        };
        let reading = async {
            assert_eq!(reader.recv().await.unwrap(), Some(OwnedMessage::Text("one".into())));
            is_heard.set(true);
            assert_eq!(reader.recv().await.unwrap(), None);
            reader.close_info().unwrap()
        };
        let talking = async {
            // The peer does not read yet.
            for number in 0..3 {
                peer.send(FIN | PING, &[number]).await;
            }
            peer.send(FIN | TEXT, b"one").await;
            peer.send(FIN | CLOSE, &close_payload(1000, "bye")).await;
            while !is_heard.get() {
                yield_now().await;
            }
            assert!(peer.receive().await == (FIN | BINARY, vec![7; LARGE]));
            for number in 0..3 {
                assert_eq!(peer.receive().await, (FIN | PONG, vec![number]));
            }
            assert_eq!(peer.receive().await, (FIN | CLOSE, close_payload(1000, "bye")));
            peer.shut_down().await;
            assert_eq!(peer.read_to_end().await, b"");
        };
        let ((), info, ()) = tokio::join!(writing, reading, talking);
        assert_eq!(info.initiator, Initiator::Peer);
        assert!(info.was_clean);
    }
}

#[tokio::test(start_paused = true)]
async fn either_half_closes() {
    for role in ROLES {
        for by_reader in [true, false] {
            let ((mut writer, mut reader), mut peer) = open(role, 1000);
            writer.feed("queued").await.unwrap();
            let closing = async {
                let info = if by_reader {
                    reader.close(CloseCode::GOING_AWAY, "bye").await.unwrap()
                } else {
                    let frame = CloseFrame { code: CloseCode::GOING_AWAY, reason: "bye" };
                    writer.send(frame).await.unwrap();
                    let message = reader.recv().await.unwrap();
                    assert_eq!(message, Some(OwnedMessage::Text("under way".into())));
                    assert_eq!(reader.recv().await.unwrap(), None);
                    reader.close_info().unwrap()
                };
                let late = writer.send("late").await;
                assert!(matches!(late, Err(Error::Send(SendError::Closed))), "{late:?}");
                info
            };
            let answering = async {
                assert_eq!(peer.receive().await, (FIN | TEXT, b"queued".into()));
                assert_eq!(peer.receive().await, (FIN | CLOSE, close_payload(1001, "bye")));
                peer.send(FIN | TEXT, b"under way").await;
                peer.send(FIN | CLOSE, b"").await;
                peer.shut_down().await;
                assert_eq!(peer.read_to_end().await, b"");
            };
            let (info, ()) = tokio::join!(closing, answering);
            assert_eq!(info.initiator, Initiator::Local);
            assert!(info.was_clean);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_violation_while_the_other_half_is_stuck_gets_its_close_frame() {
    let ((mut writer, mut reader), mut peer) = open(Role::Server, 1000);
    let reading = async { assert!(matches!(reader.recv().await, Err(Error::Protocol(_)))) };
    let writing = async { writer.send(vec![7; LARGE]).await.unwrap() };
    let violating = async {
        peer.write(&wire::to(Role::Client, FIN | TEXT, b"not masked")).await;
        assert!(peer.receive().await == (FIN | BINARY, vec![7; LARGE]));
        assert_eq!(peer.receive_close().await, 1002);
        assert_eq!(peer.read_to_end().await, b"");
        drop(peer);
    };
    tokio::join!(reading, writing, violating);
}

#[test]
fn each_half_writes_on_while_the_other_is_not_polled() {
    let ping = wire::to(Role::Server, FIN | PING, b"?");
    for by_reader in [true, false] {
        let stream = Stingy::new(&ping, 1000, 0);
        let (mut writer, mut reader) = finish(async {
            let options = Options::default();
            let connection = peer::connection(Role::Server, &Limits::default());
            let socket = WebSocket::from_upgraded(stream.clone(), connection, Vec::new(), &options);
            socket.split()
        });
        // Each half has something to write, and waits.
        assert!(poll_times(3, writer.send("message")).is_none());
        assert!(poll_times(3, reader.recv()).is_none());
        stream.set_take(5);
        let is_written = || stream.written().len() == 2 + 7 + 2 + 1;
        for _ in 0..100 {
            if by_reader {
                let _ = poll_times(1, reader.recv());
            } else {
                let _ = poll_times(1, writer.flush());
            }
        }
        assert!(is_written());
        let contents = [(FIN | TEXT, b"message".to_vec()), (FIN | PONG, b"?".to_vec())];
        assert_eq!(wire::contents(&stream.written()), contents);
    }
}

#[test]
fn both_tasks_are_woken_by_the_stream() {
    // Whichever task registered last with the stream, no task waits for ever.
    let mut input = wire::to(Role::Server, FIN | PING, b"?");
    input.extend(wire::to(Role::Server, FIN | CLOSE, b""));
    for takes in 1..30 {
        let stream = Stingy::new(&input, 3, takes);
        let (mut writer, mut reader) = finish(async {
            let options = Options::default();
            let connection = peer::connection(Role::Server, &Limits::default());
            let socket = WebSocket::from_upgraded(stream.clone(), connection, Vec::new(), &options);
            socket.split()
        });
        run_all(vec![
            task(async { writer.send(vec![7; 100]).await.unwrap() }),
            task(async { assert_eq!(reader.recv().await.unwrap(), None) }),
        ]);
        assert_eq!(wire::contents(&stream.written()).len(), 3);
    }
}

/// A stream that accepts everything or nothing, and wakes only tasks that it has made wait.
#[derive(Clone, Debug, Default)]
struct Door(Rc<Cell<bool>>);

impl AsyncWrite for Door {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.0.get() { Poll::Ready(Ok(bytes.len())) } else { Poll::Pending }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[test]
fn the_half_that_writes_everything_wakes_the_other() {
    let _entered = RUNTIME.enter();
    for by_reader in [true, false] {
        // The read half also waits for its answer to be written.
        let script = Script::default().read(wire::to(Role::Server, FIN | CLOSE, b""));
        let connection = peer::connection(Role::Server, &Limits::default());
        let options = Options::default();
        let door = Door::default();
        let stream = join(script, door.clone());
        let socket = WebSocket::from_upgraded(stream, connection, Vec::new(), &options);
        let (mut writer, mut reader) = socket.split();
        let mut writing = tasks::spawn(writer.send("message"));
        assert!(writing.poll().is_pending());
        let mut reading = tasks::spawn(reader.recv());
        assert!(reading.poll().is_pending());
        assert!(!writing.is_woken() && !reading.is_woken());
        door.0.set(true);
        // The stream need not wake a task for bytes that it accepted from another.
        if by_reader {
            assert!(reading.poll().is_pending(), "for the end of the stream");
            assert!(writing.is_woken());
            assert!(writing.poll().is_ready());
        } else {
            assert!(writing.poll().is_ready());
            assert!(reading.is_woken());
        }
    }
}

#[test]
fn messages_that_are_fed_leave_together_and_before_a_read() {
    let (script, other) = (Script::default(), Script::default());
    let (read_log, log) = (script.log(), other.log());
    let (mut writer, mut reader) = finish(async {
        let config = Limits::default().high_water_mark(28);
        let connection = peer::connection(Role::Server, &config);
        let options = Options::default().limits(config);
        let stream = join(script, other);
        WebSocket::from_upgraded(stream, connection, Vec::new(), &options).split()
    });
    let frame = wire::to(Role::Client, FIN | TEXT, b"8 bytes.");
    for _ in 0..2 {
        finish(writer.feed("8 bytes.")).unwrap();
    }
    assert_eq!(log.take(), []);
    finish(writer.feed("8 bytes.")).unwrap();
    assert_eq!(log.take(), [Call::Write(frame.repeat(3))], "the mark is reached");
    finish(writer.feed("8 bytes.")).unwrap();
    assert_eq!(log.take(), []);
    finish(writer.flush()).unwrap();
    assert_eq!(log.take(), [Call::Write(frame.clone())]);
    finish(writer.feed("8 bytes.")).unwrap();
    assert!(poll_times(1, reader.recv()).is_none(), "nothing to read");
    assert_eq!(log.take(), [Call::Write(frame.clone())], "before it waits");
    assert_eq!(read_log.take(), [Call::Read]);
    finish(writer.send("8 bytes.")).unwrap();
    assert_eq!(log.take(), [Call::Write(frame)]);
}

#[tokio::test(start_paused = true)]
async fn each_half_works_without_the_other() {
    let ((mut writer, mut reader), mut peer) = open(Role::Server, 1000);
    writer.feed("queued").await.unwrap();
    drop(writer);
    let talking = async {
        peer.send(FIN | PING, b"?").await;
        peer.send(FIN | CLOSE, b"").await;
        assert_eq!(peer.receive().await, (FIN | TEXT, b"queued".into()));
        assert_eq!(peer.receive().await, (FIN | PONG, b"?".into()));
        assert_eq!(peer.receive().await, (FIN | CLOSE, Vec::new()));
        drop(peer);
    };
    let (end, ()) = tokio::join!(reader.recv(), talking);
    assert_eq!(end.unwrap(), None);

    let ((mut writer, reader), mut peer) = open(Role::Server, 1000);
    drop(reader);
    let receiving = async { assert!(peer.receive().await == (FIN | BINARY, vec![7; LARGE])) };
    let (sent, ()) = tokio::join!(writer.send(vec![7; LARGE]), receiving);
    sent.unwrap();
}

#[tokio::test]
async fn dropping_both_halves_makes_one_attempt_and_ends_the_stream() {
    for reader_first in [true, false] {
        let ((mut writer, reader), mut peer) = open(Role::Server, 1000);
        writer.feed("queued").await.unwrap();
        if reader_first {
            drop(reader);
            drop(writer);
        } else {
            drop(writer);
            drop(reader);
        }
        assert_eq!(peer.receive().await, (FIN | TEXT, b"queued".into()));
        assert_eq!(peer.read_to_end().await, b"");
    }
}

#[tokio::test(start_paused = true)]
async fn reunited_halves_continue() {
    for role in ROLES {
        let ((mut writer, mut reader), mut peer) = open(role, 100_000);
        // Half a message is sent, half of another received, and something is queued.
        writer.send(Chunk::more(MessageKind::Text, b"one ")).await.unwrap();
        let half = wire::to(role, FIN | TEXT, b"whole");
        peer.write(&half[..4]).await;
        assert!(timeout(Duration::from_secs(1), reader.recv()).await.is_err());
        let ((stranger, _), _) = open(role, 1);
        let ReuniteError(reader, _) = reader.reunite(stranger).unwrap_err();
        let mut socket = reader.reunite(writer).unwrap();
        socket.send(Chunk::last(MessageKind::Text, b"message")).await.unwrap();
        peer.write(&half[4..]).await;
        assert_eq!(socket.recv().await.unwrap(), Some(OwnedMessage::Text("whole".into())));
        assert_eq!(peer.receive().await, (TEXT, b"one ".into()));
        assert_eq!(peer.receive().await, (FIN, b"message".into()));
        let (writer, reader) = socket.split();
        assert!(reader.reunite(writer).is_ok());
    }
}

#[tokio::test]
async fn halves_of_a_tcp_stream_can_be_reunited() {
    let (stream, other) = tcp().await;
    let (socket, mut peer) = peer::over(Role::Server, (stream, other), &Options::default());
    let address = socket.get_ref().peer_addr().unwrap();
    let (mut writer, mut reader) = socket.split();
    writer.send("one").await.unwrap();
    peer.send(FIN | TEXT, b"two").await;
    assert_eq!(reader.recv().await.unwrap(), Some(OwnedMessage::Text("two".into())));
    assert_eq!(peer.receive().await, (FIN | TEXT, b"one".into()));

    let (stream, other) = tcp().await;
    let (stranger, _peer) = peer::over(Role::Server, (stream, other), &Options::default());
    let (stranger_writer, stranger_reader) = stranger.split();
    let error = reader.reunite(stranger_writer).unwrap_err();
    assert_eq!(error.to_string(), "the halves are not of the same connection");
    let ReuniteError(reader, stranger_writer) = error;
    stranger_reader.reunite(stranger_writer).unwrap();
    let socket = reader.reunite(writer).unwrap();
    assert_eq!(socket.get_ref().peer_addr().unwrap(), address);
}

/// Checks that under load in both directions no message or Pong is lost or incomplete.
async fn assert_nothing_is_lost<S, P>(
    (mut writer, mut reader): (WriteHalf<S>, ReadHalf<S>),
    peer: Peer<P>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    P: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    const COUNT: u32 = 2000;

    fn message(number: u32) -> Vec<u8> {
        number.to_be_bytes().repeat(30_000 / 4)
    }

    let reading = tokio::spawn(async move {
        for number in 0..COUNT {
            let message = reader.read().await.unwrap().unwrap();
            assert_eq!(message.as_bytes(), number.to_be_bytes());
        }
        assert_eq!(reader.recv().await.unwrap(), None);
        reader.close_info().unwrap()
    });
    let writing = tokio::spawn(async move {
        for number in 0..COUNT {
            writer.send(message(number)).await.unwrap();
        }
    });
    let (mut receiving_peer, mut sending_peer) = peer.split();
    let talking = tokio::spawn(async move {
        for number in 0..COUNT {
            sending_peer.send(FIN | PING, &number.to_be_bytes()).await;
            sending_peer.send(FIN | BINARY, &number.to_be_bytes()).await;
        }
        sending_peer
    });
    let (mut messages, mut pongs) = (0, 0);
    while messages < COUNT || pongs < COUNT {
        let (first, payload) = receiving_peer.receive().await;
        if first == FIN | PONG {
            assert_eq!(payload, pongs.to_be_bytes());
            pongs += 1;
        } else {
            assert_eq!(first, FIN | BINARY);
            assert!(payload == message(messages), "message {messages}");
            messages += 1;
        }
    }
    writing.await.unwrap();
    let mut sending_peer = talking.await.unwrap();
    sending_peer.send(FIN | CLOSE, b"").await;
    assert_eq!(receiving_peer.receive().await, (FIN | CLOSE, Vec::new()));
    sending_peer.shut_down().await;
    assert!(reading.await.unwrap().was_clean);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_threads_lose_nothing_over_tcp() {
    for role in ROLES {
        let (socket, peer) = peer::over(role, tcp().await, &Options::default());
        assert_nothing_is_lost(socket.split(), peer).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_threads_lose_nothing_over_any_stream() {
    let stream = tokio::io::duplex(20_000);
    let (socket, peer) = peer::over(Role::Server, stream, &Options::default());
    assert_nothing_is_lost(socket.split(), peer).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_ends_that_are_split_send_and_receive_at_once() {
    const COUNT: usize = 500;

    let (one, other) = tcp().await;
    // After the answer to a Close frame an endpoint must not send: nobody closes before receiving
    // everything.
    let all_is_received = Arc::new(Barrier::new(4));
    let mut tasks = Vec::new();
    for (stream, role) in [(one, Role::Client), (other, Role::Server)] {
        let connection = peer::connection(role, &Limits::default());
        let socket = WebSocket::from_upgraded(stream, connection, Vec::new(), &Options::default());
        let (mut writer, mut reader) = socket.split();
        let (sent, received) = (all_is_received.clone(), all_is_received.clone());
        tasks.push(tokio::spawn(async move {
            for number in 0..COUNT {
                writer.send("x".repeat(number * 100)).await.unwrap();
                writer.send(Ping(b"")).await.unwrap();
            }
            sent.wait().await;
            match writer.send(CloseFrame::EMPTY).await {
                // The other endpoint was faster, and was answered.
                Ok(()) | Err(Error::Send(SendError::Closed)) => {}
                Err(error) => panic!("{error}"),
            }
        }));
        tasks.push(tokio::spawn(async move {
            for number in 0..COUNT {
                let message = reader.read().await.unwrap().unwrap();
                assert_eq!(message.as_bytes().len(), number * 100);
            }
            received.wait().await;
            assert_eq!(reader.recv().await.unwrap(), None);
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
}
