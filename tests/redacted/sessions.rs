//! Sessions, with secrets in both directions, from the first byte to the end of the transport.

use std::io::Read as _;

use sansocket::Timestamp;
use sansocket::connection::Config;
use sansocket::session::{Session, Step, Want};
use sansocket::{CloseCode, CloseFrame, Role};

use crate::engine::connection;
use crate::log::{Log, PAYLOAD};
use crate::threads::frames;
use crate::wire::{self, CLOSE, FIN, TEXT, close_payload};

pub(crate) fn check(log: &mut Log) {
    for role in [Role::Client, Role::Server] {
        let close = wire::to(role, FIN | CLOSE, &close_payload(1000, "bye"));
        run(log, role, &[frames(role), wire::to(role, FIN, b""), close].concat(), 1);
        let text = [PAYLOAD.as_bytes(), b"\xFF"].concat();
        run(log, role, &wire::to(role, FIN | TEXT, &text), usize::MAX);
    }
}

/// Receives `input` by reads of so many bytes, and writes what is sent byte by byte.
fn run(log: &mut Log, role: Role, mut input: &[u8], read_len: usize) {
    let config = Config::default();
    let mut session = Session::new(connection(role, &config));
    session.writing.send(PAYLOAD).unwrap();
    loop {
        log.check(&session);
        let Session { reading, writing } = &mut session;
        let next = reading.next(Timestamp::default(), writing);
        if let Err(failure) = &next {
            log.check(failure);
        }
        let Ok(step) = next else {
            return;
        };
        log.check(&step);
        match step {
            Step::Message => match reading.message() {
                Ok(message) => writing.send(message).unwrap(),
                Err(mut invalid) => {
                    log.check(&invalid);
                    let _ = invalid.next(Timestamp::default(), writing);
                }
            },
            Step::Read if input.is_empty() => reading.end_of_stream(),
            Step::Read => {
                let count = input.read(&mut reading.unfilled()[..read_len.min(1000)]).unwrap();
                reading.filled(count);
            }
            Step::Write => {
                let want = writing.wants(Timestamp::default());
                log.check(&want);
                match want {
                    Want::Write => writing.written(1),
                    Want::Flush => writing.flushed(),
                    Want::Nothing => {}
                }
                writing.refused(Timestamp::default());
            }
            Step::HalfClose => reading.lifecycle().half_closed(writing),
            Step::Drain => reading.lifecycle().drained(0, writing),
            Step::Wait(_) => {}
            Step::Request | Step::Opened => panic!("the connection is open"),
            Step::Ended => return,
        }
        log.check(reading);
        log.check(reading.lifecycle());
        log.check(writing);
        let frame = CloseFrame { code: CloseCode::NORMAL, reason: "bye" };
        if input.is_empty() {
            writing.close(frame).unwrap();
        }
    }
}
