//! A transport that shortens a call, makes it wait, is interrupted, ends or breaks, at every byte:
//! no message is lost, duplicated or incomplete, and errors are reported.

use std::io::{self, Read, Write};

use core::time::Duration;

use sansocket::blocking::Socket;
use sansocket::connection::{Connection, ProtocolError};
use sansocket::session::{Failure, Session, Step};
use sansocket::{Error, Timestamp};

use super::driver::{Driver, Transport};
use super::recorded::{COMPRESSION, Outcome, Recorded};
use crate::faulty::{self, Faulty, Schedule};
use crate::pair::ROLES;
use crate::session::{Order, Run};

/// A stream on which calls that would have to wait can proceed a moment later.
pub(crate) struct Brief {
    stream: Faulty,
    now: Timestamp,
}

impl From<Faulty> for Brief {
    fn from(stream: Faulty) -> Self {
        Self { stream, now: Timestamp::default() }
    }
}

impl Transport for Brief {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }

    fn half_close(&mut self) -> io::Result<()> {
        self.stream.shutdown_write()
    }

    fn wait(&mut self, until: Timestamp) {
        self.now = until.min(self.now + Duration::from_millis(1));
    }

    fn now(&self) -> Timestamp {
        self.now
    }
}

/// Receives one message and sends it back.
fn echo(driver: &mut Driver<Brief>) -> Result<bool, Error> {
    loop {
        match driver.step() {
            Ok(Step::Message) => return Ok(true),
            Ok(Step::Ended) => return Ok(false),
            Ok(_) => {}
            Err(failure) => return Err(failure.into()),
        }
    }
}

// Shows 6455-6.1-6 (both), own-control-7 (both).
#[test]
fn an_echo_survives_every_fault_at_every_byte() {
    faulty::enumerate(Order::OfInput, |stream, connection: Connection| {
        let session = Session::new(connection);
        let mut driver = Driver::new(session, Brief::from(stream)).echo();
        let run = Run::of(&[], |received| {
            let is_message = echo(&mut driver)?;
            received.append(&mut driver.received);
            Ok(is_message)
        });
        let Session { reading, writing } = &driver.session;
        Run { info: reading.close_info(writing), ..run }
    });
}

/// The possible results of a session over a stream that was cut.
#[track_caller]
fn judge(recorded: &Recorded, outcome: &Outcome, stream: &Faulty) {
    let read = stream.read_count();
    assert_eq!(outcome.received, recorded.messages(read), "whole messages, each once");
    let has_close = read == recorded.input.len();
    let lost = Err(Failure::Protocol(ProtocolError::ConnectionLost));
    assert_eq!(outcome.end, if has_close { Ok(()) } else { lost });
    let info = &outcome.info;
    assert_eq!(info.received.is_some(), has_close);
    let (frames, _) = stream.written_frames();
    let has_left = frames.last().is_some_and(|frame| frame.first == 0x88);
    assert!(has_left || info.sent.is_none(), "it never left: {info:?}");
    assert!(!info.was_clean || has_close && has_left, "{info:?}");
}

#[test]
fn a_compressed_echo_survives_every_fault_at_every_byte() {
    let mut count = 0;
    for role in ROLES {
        for &is_compressed in COMPRESSION {
            let recorded = Recorded::new(role, is_compressed);
            let pass = |schedule: &Schedule| {
                let stream = Faulty::new(&recorded.input, schedule);
                let outcome = Outcome::of(&mut recorded.driver(Brief::from(stream.clone())));
                judge(&recorded, &outcome, &stream);
                stream
            };
            let whole = pass(&Schedule::default());
            assert_eq!(whole.read_count(), recorded.input.len());
            for schedule in Schedule::all(recorded.input.len(), whole.written().len()) {
                let stream = pass(&schedule);
                assert!(whole.written().starts_with(&stream.written()), "{schedule:?}");
                count += 1;
            }
        }
    }
    println!("{count} schedules");
}
