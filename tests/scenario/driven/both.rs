//! Two sessions, each driven at its end of one connection, in simulated time.

use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::rc::Rc;

use proptest::collection::vec;
use proptest::prelude::*;

use sansocket::buffered::OwnedMessage;

use sansocket::session::{Failure, Session, Step};
use sansocket::{CloseCode, CloseFrame, CloseInfo, Role, Timestamp};

use super::driver::{Driver, Transport};
use super::link::at;
use super::recorded;

/// One direction of a connection.
#[derive(Debug)]
struct Pipe {
    capacity: usize,
    latency: Duration,
    /// Bytes, and when they arrive at the other end.
    bytes: VecDeque<(Timestamp, u8)>,
    is_ended: bool,
    /// The receiver is gone, or the connection is broken.
    is_reset: bool,
}

/// One end of a connection.
struct End {
    now: Rc<Cell<Timestamp>>,
    incoming: Rc<RefCell<Pipe>>,
    outgoing: Rc<RefCell<Pipe>>,
    /// How many bytes one call moves at most.
    max: usize,
}

impl Transport for End {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let pipe = &mut *self.incoming.borrow_mut();
        if pipe.is_reset {
            return Err(ErrorKind::ConnectionReset.into());
        }
        let now = self.now.get();
        let room = buffer.len().min(self.max);
        let here = pipe.bytes.iter().take(room).take_while(|(at, _)| *at <= now).count();
        if here == 0 && !(pipe.bytes.is_empty() && pipe.is_ended) {
            return Err(ErrorKind::WouldBlock.into());
        }
        for (to, (_, from)) in buffer.iter_mut().zip(pipe.bytes.drain(..here)) {
            *to = from;
        }
        Ok(here)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let pipe = &mut *self.outgoing.borrow_mut();
        if pipe.is_reset || pipe.is_ended {
            return Err(ErrorKind::BrokenPipe.into());
        }
        let room = pipe.capacity.saturating_sub(pipe.bytes.len());
        let count = bytes.len().min(room).min(self.max);
        if count == 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        let at = self.now.get() + pipe.latency;
        pipe.bytes.extend(bytes[..count].iter().map(|byte| (at, *byte)));
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn half_close(&mut self) -> io::Result<()> {
        self.outgoing.borrow_mut().is_ended = true;
        Ok(())
    }

    fn wait(&mut self, _: Timestamp) {
        unreachable!("both are driven up to their waits");
    }

    fn now(&self) -> Timestamp {
        self.now.get()
    }
}

impl End {
    /// Drops the transport. With input unread, what is on its way to the other end is lost.
    fn drop_it(&mut self) {
        self.outgoing.borrow_mut().is_ended = true;
        let mut incoming = self.incoming.borrow_mut();
        if !incoming.bytes.is_empty() {
            self.outgoing.borrow_mut().is_reset = true;
        }
        incoming.is_reset = true;
    }
}

/// What both sessions do, and over which connection.
#[derive(Clone, Debug)]
struct Plan {
    capacity: [usize; 2],
    latency: [u64; 2],
    max: [usize; 2],
    /// The lengths of what the client and the server send.
    messages: [Vec<usize>; 2],
    /// After how many milliseconds they close, if they do.
    close: [Option<u64>; 2],
    /// When the connection breaks, if it does.
    reset: Option<u64>,
}

/// How a session has ended.
#[derive(Debug)]
struct Ended {
    end: Result<(), Failure>,
    received: Vec<OwnedMessage>,
    info: CloseInfo,
}

fn messages(lens: &[usize]) -> Vec<OwnedMessage> {
    let numbers = (0..=u8::MAX).cycle();
    lens.iter().zip(numbers).map(|(len, number)| OwnedMessage::Binary(vec![number; *len])).collect()
}

fn millis(millis: u64) -> Timestamp {
    Timestamp::from(Duration::from_millis(millis))
}

/// Drives a session up to a wait. Returns the end of the wait, or how the session ended.
fn run_to_wait(driver: &mut Driver<End>) -> Result<Timestamp, Result<(), Failure>> {
    loop {
        match driver.next() {
            Ok(Step::Wait(until)) => return Ok(until),
            Ok(Step::Ended) => return Err(Ok(())),
            Err(failure) => return Err(Err(failure)),
            Ok(step) => driver.carry_out(step),
        }
    }
}

#[track_caller]
fn run(plan: &Plan) -> [Ended; 2] {
    let now = Rc::new(Cell::new(Timestamp::default()));
    let pipes = [0, 1].map(|end: usize| {
        let (capacity, latency) = (plan.capacity[end], Duration::from_millis(plan.latency[end]));
        let bytes = VecDeque::new();
        let pipe = Pipe { capacity, latency, bytes, is_ended: false, is_reset: false };
        Rc::new(RefCell::new(pipe))
    });
    let mut drivers = [Role::Client, Role::Server].map(|role| {
        let end = usize::from(role == Role::Server);
        let (outgoing, incoming) = (pipes[end].clone(), pipes[1 - end].clone());
        let transport = End { now: now.clone(), incoming, outgoing, max: plan.max[end] };
        let session = Session::new(recorded::connection(role, false));
        let mut driver = Driver::new(session, transport);
        for message in messages(&plan.messages[end]) {
            driver.session.writing.send(message).unwrap();
        }
        driver
    });
    let mut ends = [None, None];
    let mut actions: Vec<u64> = plan.close.iter().flatten().chain(&plan.reset).copied().collect();
    while ends.contains(&None) {
        assert!(now.get() < at(120), "it goes on for ever");
        let mut next = Timestamp::from(Duration::MAX);
        for (driver, end) in drivers.iter_mut().zip(&mut ends).filter(|(_, end)| end.is_none()) {
            match run_to_wait(driver) {
                Ok(until) => next = next.min(until),
                Err(result) => {
                    *end = Some(result);
                    driver.transport.drop_it();
                    // The other one may be able to continue now.
                    next = now.get();
                }
            }
        }
        let soon = now.get() + Duration::from_millis(1);
        for (driver, pipe) in drivers.iter().zip(&pipes) {
            let pipe = pipe.borrow();
            // Input that has arrived is read next.
            let coming = pipe.bytes.partition_point(|(at, _)| *at <= now.get());
            let arrivals = (coming > 0).then_some(soon).into_iter();
            let arrivals = arrivals.chain(pipe.bytes.get(coming).map(|(at, _)| *at));
            next = arrivals.fold(next, Timestamp::min);
            let has_room = pipe.bytes.len() < pipe.capacity;
            if has_room && driver.session.writing.waiting() > 0 {
                next = next.min(soon);
            }
        }
        actions.retain(|action| millis(*action) > now.get());
        next = actions.iter().map(|action| millis(*action)).fold(next, Timestamp::min);
        now.set(next.max(now.get()));
        for (driver, close) in drivers.iter_mut().zip(plan.close) {
            if close.is_some_and(|close| millis(close) <= now.get()) {
                let frame = CloseFrame { code: CloseCode::NORMAL, reason: "" };
                driver.session.writing.close(frame).unwrap();
            }
        }
        if plan.reset.is_some_and(|reset| millis(reset) <= now.get()) {
            pipes.iter().for_each(|pipe| pipe.borrow_mut().is_reset = true);
        }
    }
    let mut ends = ends.into_iter().flatten();
    drivers.map(|mut driver| {
        let end = ends.next().unwrap();
        driver.assert_is_over(end.clone());
        let Session { reading, writing } = &driver.session;
        Ended { end, info: reading.close_info(writing).unwrap(), received: driver.received }
    })
}

fn plans() -> impl Strategy<Value = Plan> {
    let lens = || vec(prop_oneof![0_usize..200, 0_usize..9000, Just(70_000)], 0..6);
    let closes = || {
        prop_oneof![
            (0_u64..3000).prop_map(|at| [Some(at), None]),
            (0_u64..3000).prop_map(|at| [None, Some(at)]),
            (0_u64..3000, 0_u64..3000).prop_map(|(one, other)| [Some(one), Some(other)]),
        ]
    };
    let capacity = || prop_oneof![2000_usize..4000, Just(1 << 20)];
    let max = || prop_oneof![100_usize..200, Just(usize::MAX)];
    let pipes = ([capacity(), capacity()], [0_u64..50, 0_u64..50], [max(), max()]);
    (pipes, [lens(), lens()], closes()).prop_map(|((capacity, latency, max), messages, close)| {
        Plan { capacity, latency, max, messages, close, reset: None }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    // Shows 6455-7.1.1-1 (both), own-control-5 (both).
    #[test]
    fn section_7_1_1_two_sessions_lose_nothing_and_close_cleanly(plan in plans()) {
        let [client, server] = run(&plan);
        for (ended, sent) in [(&client, &plan.messages[1]), (&server, &plan.messages[0])] {
            assert_eq!(ended.end, Ok(()));
            assert!(ended.info.was_clean, "{:?}", ended.info);
            assert!(ended.received == messages(sent), "{} messages", ended.received.len());
        }
        assert_eq!(client.info.sent, server.info.received);
        assert_eq!(server.info.sent, client.info.received);
    }

    #[test]
    fn two_sessions_whose_connection_breaks_agree_on_what_was_delivered(
        plan in plans(),
        reset in 0_u64..4000,
    ) {
        let [client, server] = run(&Plan { reset: Some(reset), ..plan.clone() });
        for (ended, other, sent) in
            [(&client, &server, &plan.messages[1]), (&server, &client, &plan.messages[0])]
        {
            assert!(messages(sent).starts_with(&ended.received), "each once, in order");
            assert_eq!(ended.end.is_ok(), ended.info.received.is_some(), "{ended:?}");
            assert!(ended.info.received.is_none() || other.info.sent.is_some(), "{other:?}");
        }
    }
}
