//! A session with every kind of frame, and what must hold whatever its stream does.

use core::fmt::Debug;
use std::io::ErrorKind;

use sansocket::connection::Connection;
use sansocket::{CloseInfo, Error, Limits, OwnedMessage, Role, Seed};

use crate::faulty::Faulty;
use crate::wire::{self, BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, Sent, TEXT};

/// What a peer sends from its first frame to its Close frame.
#[derive(Debug)]
pub(crate) struct Session {
    role: Role,
    pub(crate) input: Vec<u8>,
    /// Each message, and the place in the input at which it is complete.
    messages: Vec<(usize, OwnedMessage)>,
    /// What an echo must send for each frame, and the place in the input at which the frame is
    /// complete.
    answers: Vec<(usize, (u8, Vec<u8>))>,
}

/// The order of the answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// That of the input.
    OfInput,
    /// The order of the input among messages, and among Pongs. Messages that are not answered
    /// before the Close frame are never answered.
    #[cfg(feature = "net")]
    OfTwoTasks,
}

/// What an echo saw of a session.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) received: Vec<OwnedMessage>,
    /// How reading ended.
    pub(crate) end: Result<(), Error>,
    /// The result of a further call.
    pub(crate) again: Result<(), Error>,
    pub(crate) info: Option<CloseInfo>,
}

impl Run {
    /// Calls `next`, which receives a message and sends it back, until it returns `false` or an
    /// error after which it must not be called again.
    pub(crate) fn of(
        retry: &[ErrorKind],
        mut next: impl FnMut(&mut Vec<OwnedMessage>) -> Result<bool, Error>,
    ) -> Self {
        let mut received = Vec::new();
        let mut end = || loop {
            let count = received.len();
            match next(&mut received) {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(Error::Io(error)) if retry.contains(&error.kind()) => {}
                // Nothing can be sent any more, but there may be more to receive.
                Err(_) if received.len() > count => {}
                Err(error) => return Err(error),
            }
        };
        let (end, again) = (end(), end());
        Self { received, end, again, info: None }
    }
}

impl Session {
    /// A session with the end of this role.
    pub(crate) fn new(role: Role) -> Self {
        Self::begin(role).close()
    }

    /// The same, up to the Close frame.
    pub(crate) fn begin(role: Role) -> Self {
        let session = Self { role, input: Vec::new(), messages: Vec::new(), answers: Vec::new() };
        let session = session
            .frame(FIN | TEXT, b"one")
            .frame(FIN | PING, b"1")
            .frame(BINARY, b"frag")
            .frame(FIN | PING, b"2")
            .frame(CONTINUATION, b"")
            .frame(FIN | CONTINUATION, b"ments");
        session
            .message(OwnedMessage::Binary(b"fragments".into()))
            .frame(FIN | TEXT, b"three")
            .frame(FIN | TEXT, &[b'x'; 130])
            .frame(FIN | PING, b"3")
            .frame(FIN | TEXT, b"last")
    }

    /// Adds a Close frame.
    pub(crate) fn close(self) -> Self {
        self.frame(FIN | CLOSE, &wire::close_payload(1000, "bye"))
    }

    /// Adds a frame and its meaning.
    pub(crate) fn frame(mut self, first: u8, payload: &[u8]) -> Self {
        self.input.extend(wire::to(self.role, first, payload));
        match first ^ FIN {
            TEXT => self.message(OwnedMessage::Text(String::from_utf8(payload.into()).unwrap())),
            BINARY => self.message(OwnedMessage::Binary(payload.into())),
            PING => self.answer(FIN | PONG, payload),
            CLOSE => self.answer(first, payload),
            _ => self,
        }
    }

    /// Records that a message is complete.
    fn message(mut self, message: OwnedMessage) -> Self {
        self.messages.push((self.input.len(), message.clone()));
        match message {
            OwnedMessage::Text(text) => self.answer(FIN | TEXT, text.as_bytes()),
            OwnedMessage::Binary(data) => self.answer(FIN | BINARY, &data),
        }
    }

    fn answer(mut self, first: u8, payload: &[u8]) -> Self {
        self.answers.push((self.input.len(), (first, payload.into())));
        self
    }

    /// All messages.
    #[cfg(feature = "net")]
    pub(crate) fn messages(&self) -> Vec<OwnedMessage> {
        self.messages.iter().map(|(_, message)| message.clone()).collect()
    }

    /// Everything that must be sent back, except for messages.
    #[cfg(feature = "net")]
    pub(crate) fn control_answers(&self) -> Vec<(u8, Vec<u8>)> {
        let answers = self.answers.iter().map(|(_, answer)| answer.clone());
        answers.filter(|(first, _)| first & 0x8 != 0).collect()
    }

    /// A connection that masks with the same keys each time.
    pub(crate) fn connection(&self) -> Connection {
        match self.role {
            Role::Client => Connection::client(&Limits::default(), Seed::from([7; 32])),
            Role::Server => Connection::server(&Limits::default()),
        }
    }

    /// Checks the result of an echo over a stream: it received exactly the messages that were read
    /// completely; what it wrote is complete, except at the end of a broken stream; and an end is
    /// clean only if both Close frames were exchanged.
    #[track_caller]
    pub(crate) fn judge(&self, run: &Run, stream: &Faulty, order: Order, context: &dyn Debug) {
        let read = stream.read_count();
        let (written, torn) = stream.written_frames();
        let fate = stream.fate();

        let messages = self.messages.iter().filter(|(end, _)| *end <= read);
        assert!(
            run.received.iter().eq(messages.map(|(_, message)| message)),
            "{:?} of {read} bytes: {context:?}",
            run.received
        );

        assert!(torn == 0 || fate.is_write_cut, "{torn} bytes of a frame: {context:?}");
        let due = self.answers.iter().filter(|(end, _)| *end <= read).map(|(_, answer)| answer);
        let due: Vec<_> = due.cloned().collect();
        let is_all = match order {
            Order::OfInput => is_prefix(&written, &due, |_| true, context),
            #[cfg(feature = "net")]
            Order::OfTwoTasks => {
                let is_last = |frame: &Sent| frame.first == FIN | CLOSE;
                let closes = written.iter().position(is_last);
                assert!(closes.is_none_or(|at| at == written.len() - 1), "{context:?}");
                let has_close = is_prefix(&written, &due, |first| first == FIN | CLOSE, context);
                let has_pongs = is_prefix(&written, &due, |first| first == FIN | PONG, context);
                is_prefix(&written, &due, |first| first & 0x8 == 0, context);
                has_close && has_pongs
            }
        };
        assert!(is_all || fate.is_write_cut, "something is owed: {context:?}");

        // The peer's Close frame determines how the connection ended, whatever happens to ours.
        let is_closed = read == self.input.len();
        let have_crossed =
            is_closed && written.last().is_some_and(|last| last.first == FIN | CLOSE);
        let is_broken = fate.is_read_cut || fate.is_write_cut;
        match &run.end {
            Ok(()) => {
                assert!(is_closed, "an end: {context:?}");
                assert!(have_crossed || is_broken, "an end: {context:?}");
                assert!(stream.is_shut_down() || fate.is_write_cut, "an end: {context:?}");
            }
            Err(Error::Io(_) | Error::ConnectionLost) => {
                assert!(is_broken && !is_closed, "{:?}: {context:?}", run.end);
            }
            Err(error) => panic!("{error:?}: {context:?}"),
        }
        match (&run.end, &run.again) {
            (Ok(()), Ok(())) => {}
            (Err(_), Err(Error::ConnectionLost)) => {}
            ends => panic!("{ends:?}: {context:?}"),
        }
        let info = run.info.as_ref().expect("reading has ended");
        assert!(!info.was_clean || have_crossed, "{info:?}: {context:?}");
        assert!(info.was_clean || is_broken, "{info:?}: {context:?}");
        assert_eq!(info.received.is_some(), is_closed, "{info:?}: {context:?}");
        assert!(info.sent.is_none() || have_crossed, "never left: {info:?}: {context:?}");
    }
}

/// Returns whether all frames of a kind that are due were written; only the last one may be
/// missing.
#[track_caller]
fn is_prefix(
    written: &[Sent],
    due: &[(u8, Vec<u8>)],
    is_meant: impl Fn(u8) -> bool,
    context: &dyn Debug,
) -> bool {
    let written = written.iter().filter(|frame| is_meant(frame.first));
    let mut due = due.iter().filter(|(first, _)| is_meant(*first));
    for frame in written {
        let expected = due.next().map(|(first, payload)| (*first, &payload[..]));
        assert_eq!(Some((frame.first, &frame.payload[..])), expected, "{context:?}");
    }
    due.next().is_none()
}
