//! Tasks over streams with each fault at each byte. Each task is polled only after it was woken, so
//! that a lost wake-up shows.

use sansocket::connection::{Connection, SendError};
use sansocket::tokio::{Acceptor, WebSocket};
use sansocket::{Error, Options, OwnedMessage, Role};
use tokio::sync::mpsc;

use super::adapter;
use super::tasks::{finish, run_all, task};
use crate::faulty::{self, Fate, Faulty, Schedule};
use crate::peer::{REQUEST, response_to};
use crate::session::{Order, Run};
use crate::wire::{self, CLOSE, FIN, TEXT, close_payload};

fn open(stream: Faulty, connection: Connection) -> WebSocket<Faulty> {
    let _entered = adapter::RUNTIME.enter();
    WebSocket::from_upgraded(stream, connection, Vec::new(), &Options::default())
}

/// Awaits `next`, which receives a message and passes it on, until it returns `false` or fails, and
/// then once more.
async fn receive_all(
    mut next: impl AsyncFnMut(&mut Vec<OwnedMessage>) -> Result<bool, Error>,
) -> Run {
    let mut received = Vec::new();
    let mut ends = Vec::new();
    while ends.len() < 2 {
        let count = received.len();
        match next(&mut received).await {
            Ok(true) => {}
            Ok(false) => ends.push(Ok(())),
            // Nothing can be sent any more, but there may be more to receive.
            Err(_) if received.len() > count => {}
            Err(error) => ends.push(Err(error)),
        }
    }
    let (again, end) = (ends.pop().unwrap(), ends.pop().unwrap());
    Run { received, end, again, info: None }
}

#[test]
fn a_task_survives_every_fault_at_every_byte() {
    faulty::enumerate(Order::OfInput, |stream, connection| {
        let mut socket = open(stream, connection);
        let mut run = None;
        run_all(vec![task(async {
            let receiving = receive_all(async |received| {
                let Some((message, mut writer)) = socket.read().await? else {
                    return Ok(false);
                };
                received.push(message.into_owned());
                writer.send(message).await.map(|()| true)
            });
            run = Some(receiving.await);
        })]);
        Run { info: socket.close_info(), ..run.unwrap() }
    });
}

#[test]
fn two_tasks_survive_every_fault_at_every_byte() {
    faulty::enumerate(Order::OfTwoTasks, |stream, connection| {
        let (mut writer, mut reader) = open(stream, connection).split();
        // So short that the Close frame is answered together with the last messages.
        let (passing, mut passed) = mpsc::channel(1);
        let mut run = None;
        let reading = async {
            let receiving = receive_all(async |received| {
                let Some(message) = reader.recv().await? else {
                    return Ok(false);
                };
                received.push(message.clone());
                passing.send(message).await.unwrap();
                Ok(true)
            });
            run = Some(receiving.await);
            drop(passing);
        };
        let writing = async {
            while let Some(message) = passed.recv().await {
                match writer.send(message).await {
                    Ok(()) | Err(Error::Io(_) | Error::Send(SendError::Closed)) => {}
                    Err(error) => panic!("{error:?}"),
                }
            }
        };
        run_all(vec![task(reading), task(writing)]);
        Run { info: reader.close_info(), ..run.unwrap() }
    });
}

#[test]
fn an_opening_handshake_survives_every_fault_at_every_byte() {
    let close = close_payload(1000, "");
    let frames = [(FIN | TEXT, &b"early"[..]), (FIN | CLOSE, &close)];
    let [input, output] = [Role::Server, Role::Client].map(|role| {
        let frames = frames.map(|(first, payload)| wire::to(role, first, payload));
        let head = match role {
            Role::Server => REQUEST.into(),
            Role::Client => response_to(REQUEST),
        };
        [head, frames.concat()].concat()
    });
    let head_len = response_to(REQUEST).len();
    let mut count = 0;
    for schedule in Schedule::all(input.len(), output.len()) {
        let stream = Faulty::new(&input, &schedule);
        let (is_open, end) = finish(async {
            let accepting = Acceptor::new().accept_over(stream.clone());
            let mut socket = match accepting.await {
                Ok(socket) => socket,
                Err(error) => return (false, Err(error)),
            };
            let end = async {
                while let Some(message) = socket.recv().await? {
                    socket.send(message).await?;
                }
                Ok(socket.close_info().unwrap().was_clean)
            };
            (true, end.await)
        });
        let written = stream.written();
        assert!(output.starts_with(&written), "{schedule:?}");
        assert!(!is_open || written.len() >= head_len, "{schedule:?}");
        let Fate { is_read_cut, is_write_cut } = stream.fate();
        match end {
            Ok(true) => assert_eq!(*written, output, "{schedule:?}"),
            Ok(false) => assert!(is_write_cut, "{schedule:?}"),
            Err(error) => {
                let is_expected = error.is_closed() || matches!(error, Error::Io(_));
                assert!(is_expected, "{error:?}: {schedule:?}");
                assert!(is_read_cut || is_write_cut, "{schedule:?}");
            }
        }
        count += 1;
    }
    println!("{count} schedules");
    assert!(count > 9_000);
}
