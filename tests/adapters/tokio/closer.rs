//! Connections that are closed or aborted from outside the tasks that use them.

use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Mutex;
use std::time::Duration;

use sansocket::connection::SendError;
use sansocket::tokio::{Closer, WebSocket};
use sansocket::{
    CloseCode, Error, Initiator, Options, OwnedMessage, ProtocolError, Role, Timeouts,
};
use tokio::io::DuplexStream;
use tokio::time::{Instant, timeout};
use tokio_test::task;

use super::adapter::RUNTIME;
use super::peer::{self, Peer, ROLES};
use crate::wire::{CLOSE, FIN, TEXT, close_payload};

/// Nothing else wakes a task.
fn open(role: Role) -> (WebSocket<DuplexStream>, Peer<DuplexStream>) {
    let options = Options::default().timeouts(Timeouts::default().ping_interval(None));
    peer::over(role, tokio::io::duplex(1000), &options)
}

#[test]
fn a_closer_is_send_and_clone() {
    fn is_shared<T: Clone + Send + Sync + 'static>() {}
    is_shared::<Closer>();
}

#[tokio::test(start_paused = true)]
async fn a_task_that_waits_closes_with_the_requested_code() {
    for role in ROLES {
        for is_split in [false, true] {
            let (mut socket, mut peer) = open(role);
            let closer = socket.closer();
            let reading = tokio::spawn(async move {
                if is_split {
                    let (_writer, mut reader) = socket.split();
                    assert_eq!(reader.recv().await.unwrap(), None);
                    reader.close_info().unwrap()
                } else {
                    assert_eq!(socket.recv().await.unwrap(), None);
                    socket.close_info().unwrap()
                }
            });
            tokio::task::yield_now().await;
            closer.close(CloseCode::GOING_AWAY, "restarting").unwrap();
            // The first one counts.
            closer.clone().close(CloseCode::NORMAL, "").unwrap();
            assert_eq!(peer.receive().await, (FIN | CLOSE, close_payload(1001, "restarting")));
            peer.send(FIN | CLOSE, &close_payload(1001, "")).await;
            peer.shut_down().await;
            assert_eq!(peer.read_to_end().await, b"");
            let info = reading.await.unwrap();
            assert_eq!((info.initiator, info.was_clean), (Initiator::Local, true));
            // The connection has ended.
            closer.close(CloseCode::NORMAL, "").unwrap();
            closer.abort();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_sent_before_leaves_before_the_close_frame_and_nothing_can_be_sent_after_it() {
    for role in ROLES {
        let (socket, mut peer) = open(role);
        let (mut writer, mut reader) = socket.split();
        writer.feed("queued").await.unwrap();
        writer.closer().close(CloseCode::NORMAL, "").unwrap();
        let late = writer.send("late").await;
        assert!(matches!(late, Err(Error::Send(SendError::Closed))), "{late:?}");
        let peer = async {
            assert_eq!(peer.receive().await, (FIN | TEXT, b"queued".into()));
            assert_eq!(peer.receive_close().await, 1000);
            peer.send(FIN | TEXT, b"under way").await;
            peer.send(FIN | CLOSE, b"").await;
            peer.shut_down().await;
        };
        let (message, ()) = tokio::join!(reader.recv(), peer);
        assert_eq!(message.unwrap(), Some(OwnedMessage::Text("under way".into())));
        assert_eq!(reader.recv().await.unwrap(), None);
    }
}

#[tokio::test]
async fn what_may_not_be_sent_is_refused_at_once() {
    let (mut socket, mut peer) = open(Role::Server);
    let closer = socket.closer();
    let invalid = closer.close(CloseCode::NO_STATUS, "");
    assert_eq!(invalid, Err(SendError::InvalidCloseCode(CloseCode::NO_STATUS)));
    let invalid = closer.close(CloseCode::NORMAL, &"x".repeat(124));
    assert_eq!(invalid, Err(SendError::CloseReasonTooLong { len: 124 }));
    socket.send("still open").await.unwrap();
    assert_eq!(peer.receive().await, (FIN | TEXT, b"still open".into()));
}

#[tokio::test(start_paused = true)]
async fn an_abort_ends_reads_and_writes_at_once() {
    for role in ROLES {
        let start = Instant::now();
        let (mut socket, mut peer) = open(role);
        let closer = socket.closer();
        let (mut writer, mut reader) = socket.split();
        let reading = tokio::spawn(async move { (reader.recv().await, reader.recv().await) });
        // More than the stream holds, and the peer reads nothing.
        let writing = tokio::spawn(async move {
            let sent = writer.send(vec![7; 5000]).await;
            (sent, writer.send("late").await)
        });
        tokio::task::yield_now().await;
        closer.abort();
        let (first, second) = reading.await.unwrap();
        for received in [first, second] {
            let error = received.unwrap_err();
            assert!(matches!(error, Error::ConnectionLost), "{error:?}");
        }
        let (sent, late) = writing.await.unwrap();
        assert!(matches!(sent, Err(Error::Io(_))), "{sent:?}");
        assert!(matches!(late, Err(Error::Send(SendError::Closed))), "{late:?}");
        // The stream has ended.
        peer.read_to_end().await;
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}

#[tokio::test(start_paused = true)]
async fn an_abort_cuts_the_closing_handshake_short() {
    for role in ROLES {
        for has_answered in [false, true] {
            let start = Instant::now();
            let (mut socket, mut peer) = open(role);
            let closer = socket.closer();
            let closing = tokio::spawn(async move { socket.close(CloseCode::NORMAL, "").await });
            assert_eq!(peer.receive_close().await, 1000);
            if has_answered {
                // But the peer does not end its stream.
                peer.send(FIN | CLOSE, b"").await;
                tokio::task::yield_now().await;
            }
            closer.abort();
            let closed = closing.await.unwrap();
            assert_eq!(closed.is_ok_and(|info| info.was_clean), has_answered);
            assert_eq!(start.elapsed(), Duration::ZERO);
        }
    }
}

#[test]
fn a_closer_that_is_made_while_tasks_wait_wakes_them() {
    // Two tasks that share a socket under a lock of another library, with one waker or with two.
    for has_one_waker in [false, true] {
        for aborts in [false, true] {
            let _entered = RUNTIME.enter();
            let (socket, _peer) = open(Role::Server);
            let socket = Rc::new(Mutex::new(socket));
            let (reading, sending) = (Rc::clone(&socket), Rc::clone(&socket));
            let recv = poll_fn(move |cx| pin!(reading.lock().unwrap().recv()).poll(cx).map(drop));
            let mut is_fed = false;
            let send = poll_fn(move |cx| {
                let mut socket = sending.lock().unwrap();
                if !std::mem::replace(&mut is_fed, true) {
                    let _ = pin!(socket.feed(vec![7; 5000])).poll(cx);
                }
                pin!(socket.flush()).poll(cx).map(drop)
            });
            let mut tasks = if has_one_waker {
                let both = async {
                    tokio::join!(recv, send);
                };
                vec![task::spawn(Box::pin(both) as Boxed)]
            } else {
                vec![task::spawn(Box::pin(recv) as Boxed), task::spawn(Box::pin(send))]
            };
            for task in &mut tasks {
                assert!(task.poll().is_pending());
            }
            let closer = socket.lock().unwrap().closer();
            // A task that used the other's timer has been polled again.
            for task in &mut tasks {
                while task.is_woken() {
                    assert!(task.poll().is_pending());
                }
            }
            if aborts {
                closer.abort();
                assert!(tasks.iter().all(task::Spawn::is_woken));
                assert!(tasks.iter_mut().all(|task| task.poll().is_ready()));
            } else {
                closer.close(CloseCode::NORMAL, "").unwrap();
                assert!(tasks[0].is_woken());
            }
        }
    }
}

type Boxed = std::pin::Pin<Box<dyn Future<Output = ()>>>;

#[tokio::test(start_paused = true)]
async fn a_closer_outlives_a_split_and_its_end() {
    let (mut socket, mut peer) = open(Role::Client);
    let early = socket.closer();
    let (writer, reader) = socket.split();
    let mut socket = reader.reunite(writer).unwrap();
    early.close(CloseCode::NORMAL, "").unwrap();
    let peer = async {
        assert_eq!(peer.receive_close().await, 1000);
        peer.send(FIN | CLOSE, b"").await;
        peer.shut_down().await;
    };
    let (end, ()) =
        timeout(Duration::from_secs(1), async { tokio::join!(socket.recv(), peer) }).await.unwrap();
    assert_eq!(end.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_pair_is_a_client_and_a_server_that_talk() {
    let (mut client, mut server) = WebSocket::pair();
    for (from, to) in [(&mut client, &mut server)] {
        from.send("there").await.unwrap();
        assert_eq!(to.recv().await.unwrap(), Some(OwnedMessage::Text("there".into())));
        to.send("and back").await.unwrap();
        assert_eq!(from.recv().await.unwrap(), Some(OwnedMessage::Text("and back".into())));
    }
    let (closed, end) = tokio::join!(client.close(CloseCode::NORMAL, ""), server.recv());
    assert!(closed.unwrap().was_clean);
    assert_eq!(end.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn an_abort_cuts_short_the_end_after_an_invalid_text() {
    for role in ROLES {
        for way in 0..3 {
            let (mut socket, mut peer) = open(role);
            let closer = socket.closer();
            // The peer never answers the Close frame for this.
            peer.send(FIN | TEXT, b"\xff").await;
            let start = Instant::now();
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(100)).await;
                closer.abort();
            });
            let failed = match way {
                0 => socket.recv().await.map(drop),
                1 => socket.read().await.map(drop),
                _ => {
                    let (_writer, mut reader) = socket.split();
                    reader.read().await.map(drop)
                }
            };
            assert!(
                matches!(failed, Err(Error::Protocol(ProtocolError::InvalidUtf8))),
                "{failed:?}"
            );
            assert_eq!(start.elapsed().as_millis(), 100, "{role:?}, {way}");
        }
    }
}
