//! Streams with faults at given bytes, and all faults that can happen in a [`Session`].

use std::cell::{Ref, RefCell};
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::rc::Rc;

use sansocket::connection::Connection;
use sansocket::{Random, Role};

use crate::script::impl_socket;
use crate::session::{Order, Run, Session};
use crate::wire::{self, Sent};

/// A fault of a stream at some byte, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A read or write ends there, and the next one moves one byte.
    Cut,
    /// A call would have to wait.
    Wait,
    Interrupt,
    /// From now on every call fails.
    Reset,
    /// A read finds the end of the stream; a write accepts nothing.
    End,
}

const FAULTS: [Fault; 5] = [Fault::Cut, Fault::Wait, Fault::Interrupt, Fault::Reset, Fault::End];

impl Fault {
    const fn is_fatal(self) -> bool {
        matches!(self, Self::Reset | Self::End)
    }
}

/// The faults, by their place in each direction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schedule {
    reads: Vec<(usize, Fault)>,
    writes: Vec<(usize, Fault)>,
}

impl Schedule {
    /// Each fault at each byte that is read, and at each that is written, and random faults.
    pub(crate) fn all(read: usize, written: usize) -> impl Iterator<Item = Self> {
        let random = (0..RANDOM).map(move |number| Self::random(number, read, written));
        Self::single(read, written).chain(random)
    }

    fn single(read: usize, written: usize) -> impl Iterator<Item = Self> {
        FAULTS.into_iter().flat_map(move |fault| {
            let reads =
                (0..=read).map(move |at| Self { reads: vec![(at, fault)], ..Self::default() });
            let writes =
                (0..=written).map(move |at| Self { writes: vec![(at, fault)], ..Self::default() });
            reads.chain(writes)
        })
    }

    /// Up to 20 faults anywhere, of which one may be fatal.
    fn random(number: u32, read: usize, written: usize) -> Self {
        let mut seed = [0; 32];
        seed[..4].copy_from_slice(&number.to_be_bytes());
        let mut random = Random::new(seed.into());
        let mut below =
            |count: usize| usize::try_from(u32::from_be_bytes(random.mask_key())).unwrap() % count;
        let mut schedule = Self::default();
        let mut may_be_fatal = true;
        for _ in 0..=below(20) {
            let fault = FAULTS[below(FAULTS.len())];
            if fault.is_fatal() && !(may_be_fatal && below(8) == 0) {
                continue;
            }
            may_be_fatal &= !fault.is_fatal();
            if below(2) == 0 {
                schedule.reads.push((below(read + 1), fault));
            } else {
                schedule.writes.push((below(written + 1), fault));
            }
        }
        schedule.reads.sort_by_key(|(at, _)| *at);
        schedule.writes.sort_by_key(|(at, _)| *at);
        schedule
    }
}

/// The state of a stream.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fate {
    pub(crate) is_read_cut: bool,
    pub(crate) is_write_cut: bool,
}

/// A handle of a stream with scheduled faults. Another handle is another direction of the same
/// stream.
#[derive(Clone, Debug)]
pub(crate) struct Faulty(Rc<RefCell<State>>);

/// A peer that reads before it sends.
type Respond = fn(&[u8]) -> Option<Vec<u8>>;

#[derive(Debug)]
struct State {
    input: Vec<u8>,
    /// Makes the input from what was written, once it can.
    respond: Option<Respond>,
    read: usize,
    written: Vec<u8>,
    reads: VecDeque<(usize, Fault)>,
    writes: VecDeque<(usize, Fault)>,
    fate: Fate,
    is_reset: bool,
    is_shut_down: bool,
    has_waited: bool,
    /// The number of calls after which an adapter must be spinning.
    calls_left: usize,
}

impl Faulty {
    pub(crate) fn new(input: &[u8], schedule: &Schedule) -> Self {
        let Schedule { reads, writes } = schedule.clone();
        Self(Rc::new(RefCell::new(State {
            input: input.into(),
            respond: None,
            read: 0,
            written: Vec::new(),
            calls_left: 64 + 4 * (reads.len() + writes.len()),
            reads: reads.into(),
            writes: writes.into(),
            fate: Fate::default(),
            is_reset: false,
            is_shut_down: false,
            has_waited: false,
        })))
    }

    /// Creates a stream whose input `respond` makes from everything that was written, once it can.
    pub(crate) fn answering(respond: Respond, schedule: &Schedule) -> Self {
        let stream = Self::new(&[], schedule);
        stream.0.borrow_mut().respond = Some(respond);
        stream
    }

    /// Whether a call would have had to wait.
    pub(crate) fn has_waited(&self) -> bool {
        self.0.borrow().has_waited
    }

    /// How many bytes were read.
    pub(crate) fn read_count(&self) -> usize {
        self.0.borrow().read
    }

    /// Returns the frames that were written, and the number of bytes of an incomplete one.
    pub(crate) fn written_frames(&self) -> (Vec<Sent>, usize) {
        let state = self.0.borrow();
        let (frames, torn) = wire::frames_and_rest(&state.written);
        (frames, torn.len())
    }

    fn shut_down(&self) {
        self.0.borrow_mut().is_shut_down = true;
    }

    pub(crate) fn is_shut_down(&self) -> bool {
        self.0.borrow().is_shut_down
    }

    pub(crate) fn fate(&self) -> Fate {
        self.0.borrow().fate
    }

    pub(crate) fn written(&self) -> Ref<'_, [u8]> {
        Ref::map(self.0.borrow(), |state| &state.written[..])
    }
}

impl State {
    fn count_call(&mut self) -> io::Result<()> {
        self.calls_left = self.calls_left.checked_sub(1).expect("too many calls");
        if self.is_reset { Err(ErrorKind::ConnectionReset.into()) } else { Ok(()) }
    }

    fn wait(&mut self) -> io::Error {
        self.has_waited = true;
        ErrorKind::WouldBlock.into()
    }

    fn reset(&mut self) -> io::Error {
        self.is_reset = true;
        self.fate = Fate { is_read_cut: true, is_write_cut: true };
        ErrorKind::ConnectionReset.into()
    }
}

/// Returns how many bytes a call moves that could move `len` bytes from `at` on, or the fault.
fn next(faults: &mut VecDeque<(usize, Fault)>, at: usize, len: usize) -> Result<usize, Fault> {
    let mut limit = usize::MAX;
    loop {
        match faults.front() {
            Some((place, fault)) if *place == at => {
                let fault = *fault;
                faults.pop_front();
                if fault != Fault::Cut {
                    return Err(fault);
                }
                limit = 1;
            }
            Some((place, _)) => return Ok(len.min(limit).min(place - at)),
            None => return Ok(len.min(limit)),
        }
    }
}

impl Read for Faulty {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        assert!(!buffer.is_empty(), "no room would be taken for the end");
        let state = &mut *self.0.borrow_mut();
        state.count_call()?;
        let at = state.read;
        let unread = state.input.len() - at;
        match next(&mut state.reads, at, unread.min(buffer.len())) {
            Ok(count) => {
                buffer[..count].copy_from_slice(&state.input[at..at + count]);
                state.read += count;
                Ok(count)
            }
            Err(Fault::Wait) => Err(state.wait()),
            Err(Fault::Interrupt) => Err(ErrorKind::Interrupted.into()),
            Err(Fault::Reset) => Err(state.reset()),
            Err(Fault::Cut | Fault::End) => {
                state.input.truncate(at);
                state.fate.is_read_cut = true;
                Ok(0)
            }
        }
    }
}

impl Write for Faulty {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let state = &mut *self.0.borrow_mut();
        state.count_call()?;
        if state.is_shut_down {
            return Err(ErrorKind::BrokenPipe.into());
        }
        match next(&mut state.writes, state.written.len(), bytes.len()) {
            Ok(count) => {
                state.written.extend(&bytes[..count]);
                if let Some(response) = state.respond.and_then(|respond| respond(&state.written)) {
                    state.input = response;
                    state.respond = None;
                }
                Ok(count)
            }
            Err(Fault::Wait) => Err(state.wait()),
            Err(Fault::Interrupt) => Err(ErrorKind::Interrupted.into()),
            Err(Fault::Reset) => Err(state.reset()),
            Err(Fault::Cut | Fault::End) => {
                state.fate.is_write_cut = true;
                Ok(0)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        let state = &mut *self.0.borrow_mut();
        state.count_call()?;
        match next(&mut state.writes, state.written.len(), 0) {
            Ok(_) => Ok(()),
            Err(Fault::Wait) => Err(state.wait()),
            Err(Fault::Interrupt) => Err(ErrorKind::Interrupted.into()),
            Err(Fault::Reset) => Err(state.reset()),
            Err(Fault::Cut | Fault::End) => {
                state.fate.is_write_cut = true;
                Err(ErrorKind::BrokenPipe.into())
            }
        }
    }
}

impl_socket!(Faulty, _faulty => true);

/// Runs `echo` over streams with each fault at each byte, and over more streams with random faults,
/// in both roles.
#[track_caller]
pub(crate) fn enumerate(order: Order, echo: impl Fn(Faulty, Connection) -> Run) {
    let mut count = 0;
    for role in [Role::Client, Role::Server] {
        let session = Session::new(role);
        let pass = |schedule: &Schedule| {
            let stream = Faulty::new(&session.input, schedule);
            let run = echo(stream.clone(), session.connection());
            session.judge(&run, &stream, order, &(role, schedule));
            stream
        };
        let recorded = pass(&Schedule::default());
        assert_eq!(recorded.read_count(), session.input.len());
        for schedule in Schedule::all(session.input.len(), recorded.written().len()) {
            let stream = pass(&schedule);
            let is_same = recorded.written().starts_with(&stream.written());
            assert!(is_same || order != Order::OfInput, "{role:?} {schedule:?}");
            count += 1;
        }
    }
    println!("{count} schedules");
    assert!(count > 20_000, "as many as there are faults and bytes");
}

/// The number of random schedules for one session.
const RANDOM: u32 = 8500;
