//! Sessions, with secrets in both directions, from the first byte to the end of the transport.

use std::fmt::Debug;
use std::io::Read as _;
use std::time::Duration;

use sansocket::Timestamp;
use sansocket::buffered::ReadBuffer;
use sansocket::connection::{Limits, Timeouts};
use sansocket::handshake::{HeadLimits, server::Response};
use sansocket::session::{
    Accepting, Advance, Connecting, Exchange, Opening, Phase, Session, Step, Want, Writing,
};
use sansocket::{CloseCode, CloseFrame, Role, Seed};

use crate::engine::connection;
use crate::handshake;
use crate::log::{Log, PAYLOAD, SEED, SUBPROTOCOL};
use crate::threads::frames;
use crate::wire::{self, CLOSE, FIN, TEXT, close_payload};

pub(crate) fn check(log: &mut Log) {
    opening(log);
    for role in [Role::Client, Role::Server] {
        let close = wire::to(role, FIN | CLOSE, &close_payload(1000, "bye"));
        run(log, role, &[frames(role), wire::to(role, FIN, b""), close].concat(), 1);
        let text = [PAYLOAD.as_bytes(), b"\xFF"].concat();
        run(log, role, &wire::to(role, FIN | TEXT, &text), usize::MAX);
    }
}

/// Opens a connection from both ends, byte by byte.
fn opening(log: &mut Log) {
    let (now, limit) = (Timestamp::default(), Duration::from_secs(10));
    let (limits, timeouts) = (Limits::default(), Timeouts::default());
    let (bytes, awaiting) = handshake::sent();
    let accepting = Accepting::new(&HeadLimits::default(), limit, timeouts);
    let mut server = (Phase::from(accepting), Writing::new(None), &bytes[..]);
    let connecting = Connecting::new(
        awaiting,
        ReadBuffer::default(),
        &limits,
        Seed::from(SEED),
        limit,
        timeouts,
    );
    let mut response = Vec::new();
    open(log, &mut server, &mut response, |log, accepting, writing| {
        log.check(&accepting.request().unwrap());
        let decide = |response: Response| response.subprotocol(SUBPROTOCOL);
        accepting.answer(decide, &Limits::default(), now, writing);
    });
    let mut client = (Phase::from(connecting), Writing::new(None), &response[..]);
    open(log, &mut client, &mut Vec::new(), |_, _, _| panic!("a client is asked for nothing"));
    log.check(&Advance::NeedInput);
}

fn open<E: Exchange + Debug>(
    log: &mut Log,
    (phase, writing, input): &mut (Phase<E>, Writing, &[u8]),
    written: &mut Vec<u8>,
    mut answer: impl FnMut(&mut Log, &mut Opening<E>, &mut Writing),
) {
    loop {
        log.check(phase);
        if let Phase::Opening(opening) = phase {
            log.check(&**opening);
        }
        let step = phase.next(Timestamp::default(), writing).unwrap();
        match (step, &mut *phase) {
            (Step::Request, Phase::Opening(opening)) => answer(log, opening, writing),
            (Step::Read, phase) => {
                let count = input.read(&mut phase.unfilled()[..1]).unwrap();
                phase.filled(count);
            }
            (Step::Write, _) => {
                written.extend_from_slice(writing.unwritten());
                writing.written(writing.unwritten().len());
                writing.flushed();
            }
            (Step::Opened, _) => break,
            (step, _) => panic!("{step:?}"),
        }
    }
    log.check(phase);
}

/// Receives `input` in reads of this many bytes, and writes the output byte by byte.
fn run(log: &mut Log, role: Role, mut input: &[u8], read_len: usize) {
    let limits = Limits::default();
    let mut session = Session::new(connection(role, &limits));
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
