use super::{
    HandshakeError, HeadError, HeadLimits, RequestError,
    byte_run::{text_len, token_len, word_len},
    grammar::is_token_byte,
    head_lines::HeadLines,
};
use crate::parsed::Parsed;

/// A scanner that finds the end of an HTTP head in growing input. Use it to parse the head with
/// other code; [`AwaitingRequest`](super::server::AwaitingRequest) scans and parses.
///
/// It continues where it stopped and scans no byte twice, so that a head takes linear time, however
/// it is split. Input that is not HTTP, such as a TLS ClientHello, fails at its first invalid byte.
///
/// It is strict: lines end with CRLF, a name is a token directly before its colon, and control
/// characters are errors. So is an empty line before the head: RFC 9112 2.2 suggests skipping it
/// for clients that end an earlier request with one, but an upgrade request is the first on its
/// stream.
///
/// ```
/// use sansocket::Parsed;
/// use sansocket::handshake::{HeadScanner, HeadLimits};
///
/// let mut scanner = HeadScanner::new(&HeadLimits::default());
/// let input = b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n\x81\x85";
/// assert_eq!(scanner.scan(&input[..20])?, Parsed::Partial { needed: 1 });
/// assert_eq!(scanner.scan(input)?, Parsed::Complete { value: (), consumed: 37 });
///
/// let error = HeadScanner::new(&HeadLimits::default()).scan(b"\x16\x03\x01").unwrap_err();
/// assert_eq!(error.rejection_status(), Some(400));
/// # Ok::<(), sansocket::handshake::HandshakeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct HeadScanner {
    limits: HeadLimits,
    state: HeadState,
    /// The number of bytes that were scanned.
    position: usize,
    target_start: usize,
    lines: HeadLines,
}

/// The meaning of the next byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HeadState {
    Start,
    /// The parts of the start line: in a request, the method, the target and the version.
    FirstWord,
    SecondWord,
    LastWords,
    /// After a CR inside the head.
    LineEnd,
    LineStart,
    Name,
    Value,
    /// After a CR at the start of a line.
    HeadEnd,
    Done,
}

impl HeadScanner {
    /// Creates a scanner at the start of a head.
    #[must_use]
    pub const fn new(limits: &HeadLimits) -> Self {
        Self {
            limits: HeadLimits { ..*limits },
            state: HeadState::Start,
            position: 0,
            target_start: 0,
            lines: HeadLines::FIRST,
        }
    }

    /// Scans the new part of `input`, which is everything received so far.
    ///
    /// When the head is complete, `consumed` is its length.
    ///
    /// # Errors
    ///
    /// The head of the request breaks the grammar of RFC 9112 or exceeds a limit.
    pub fn scan(&mut self, input: &[u8]) -> Result<Parsed<()>, HandshakeError> {
        self.find_end(input).map_err(|error| self.request_error(error).into())
    }

    /// Distinguishes malformed HTTP from other protocols. No byte after the invalid one is
    /// considered, so that the error does not depend on how the input is split.
    fn request_error(&self, error: HeadError) -> RequestError {
        match (error, self.state) {
            (HeadError::InvalidByte { byte, .. }, HeadState::Start) if is_tls(byte) => {
                RequestError::Tls
            }
            // An empty line before the request is malformed HTTP.
            (HeadError::InvalidByte { byte: b'\r' | b'\n', .. }, HeadState::Start) => error.into(),
            // Not even the method is complete.
            (HeadError::InvalidByte { .. }, HeadState::Start | HeadState::FirstWord) => {
                RequestError::NotHttp
            }
            _ => error.into(),
        }
    }

    /// Scans like [`scan`](Self::scan), for the head of a request or a response.
    pub(super) fn find_end(&mut self, input: &[u8]) -> Result<Parsed<()>, HeadError> {
        let limit = self.limits.max_head_len;
        let input = input.get(..limit).unwrap_or(input);
        let rest = input.get(self.position..).unwrap_or_default();
        let mut unseen = Unseen { rest, position_of_end: self.position.saturating_add(rest.len()) };
        let result = self.advance(&mut unseen);
        let position = unseen.position();
        #[cfg(test)]
        LOOKED_AT.set(LOOKED_AT.get() + position - self.position);
        self.position = position;
        match result {
            Ok(()) => Ok(Parsed::Complete { value: (), consumed: position }),
            Err(Stop::Error(error)) => Err(error),
            Err(Stop::EndOfInput) if position >= limit => Err(HeadError::TooLong { limit }),
            Err(Stop::EndOfInput) => Ok(Parsed::Partial { needed: 1 }),
        }
    }

    pub(super) const fn limits(&self) -> &HeadLimits {
        &self.limits
    }

    /// Returns the places of the lines of the complete head.
    pub(super) const fn lines(&self) -> &HeadLines {
        &self.lines
    }

    /// Continues with another head directly after the complete one. Their lengths add up.
    pub(super) fn begin_next(&mut self) {
        self.state = HeadState::Start;
        self.lines.begin(self.position);
    }

    /// Scans up to the end of the head.
    ///
    /// The states are in the order of the input, so that each leads to the next without a search.
    fn advance(&mut self, unseen: &mut Unseen<'_>) -> Result<(), Stop> {
        if self.state == HeadState::Start {
            match unseen.rest {
                [first, ..] if is_token_byte(*first) => self.state = HeadState::FirstWord,
                _ => return Err(unseen.stop()),
            }
        }
        if self.state == HeadState::FirstWord {
            unseen.skip(word_len(unseen.rest), b" ")?;
            self.target_start = unseen.position();
            self.state = HeadState::SecondWord;
        }
        if self.state == HeadState::SecondWord {
            let run = word_len(unseen.rest);
            self.check_target(unseen.position().wrapping_add(run))?;
            // A start line has at least two words. The banner of another protocol may have only
            // one, and its sender may wait for an answer.
            self.state = match unseen.skip(run, b" \r")? {
                b' ' => HeadState::LastWords,
                _ => self.end_start_line(unseen),
            };
        }
        if self.state == HeadState::LastWords {
            unseen.skip(text_len(unseen.rest), b"\r")?;
            self.state = self.end_start_line(unseen);
        }
        while self.state != HeadState::Done {
            // RFC 9112 2.2: a CR must precede an LF, and an LF must follow a CR.
            if self.state == HeadState::LineEnd {
                unseen.skip(0, b"\n")?;
                self.state = HeadState::LineStart;
            }
            if self.state == HeadState::LineStart {
                self.state = match unseen.rest {
                    [first, ..] if is_token_byte(*first) => HeadState::Name,
                    // RFC 9112 5.2: a line that begins with whitespace is obs-fold, which is
                    // rejected.
                    _ => unseen.skip(0, b"\r").map(|_| HeadState::HeadEnd)?,
                };
            }
            if self.state == HeadState::Name {
                self.check_headers()?;
                // RFC 9112 5.1: no whitespace between the name and the colon.
                unseen.skip(token_len(unseen.rest), b":")?;
                self.lines.end_name(unseen.position());
                self.state = HeadState::Value;
            }
            if self.state == HeadState::Value {
                unseen.skip(text_len(unseen.rest), b"\r")?;
                self.lines.end_header(unseen.position());
                self.state = HeadState::LineEnd;
            }
            if self.state == HeadState::HeadEnd {
                unseen.skip(0, b"\n")?;
                self.state = HeadState::Done;
            }
        }
        Ok(())
    }

    fn end_start_line(&mut self, unseen: &Unseen<'_>) -> HeadState {
        self.lines.end_start_line(unseen.position());
        HeadState::LineEnd
    }

    /// Checks that the target may have its bytes before `end`.
    fn check_target(&self, end: usize) -> Result<(), HeadError> {
        let limit = self.limits.max_target_len;
        let is_too_long = end.saturating_sub(self.target_start) > limit;
        if is_too_long { Err(HeadError::TargetTooLong { limit }) } else { Ok(()) }
    }

    /// Checks that there may be another header line.
    fn check_headers(&self) -> Result<(), HeadError> {
        let limit = self.limits.max_headers;
        let is_too_many = self.lines.header_count() >= limit;
        if is_too_many { Err(HeadError::TooManyHeaders { limit }) } else { Ok(()) }
    }
}

/// The input that was not scanned yet.
struct Unseen<'b> {
    rest: &'b [u8],
    position_of_end: usize,
}

/// The reason why a scan stops before the end of the head.
enum Stop {
    EndOfInput,
    Error(HeadError),
}

impl Unseen<'_> {
    fn position(&self) -> usize {
        self.position_of_end.wrapping_sub(self.rest.len())
    }

    /// Skips `run` bytes, and the byte after them if it is one of `ends`.
    #[inline]
    fn skip(&mut self, run: usize, ends: &[u8]) -> Result<u8, Stop> {
        self.rest = self.rest.get(run..).unwrap_or_default();
        match self.rest {
            [byte, rest @ ..] if ends.contains(byte) => {
                self.rest = rest;
                Ok(*byte)
            }
            _ => Err(self.stop()),
        }
    }

    /// Returns the reason not to skip the next byte.
    fn stop(&self) -> Stop {
        match self.rest {
            [] => Stop::EndOfInput,
            [byte, ..] => {
                Stop::Error(HeadError::InvalidByte { byte: *byte, position: self.position() })
            }
        }
    }
}

impl From<HeadError> for Stop {
    fn from(error: HeadError) -> Self {
        Self::Error(error)
    }
}

/// Whether `first` begins a TLS record with a handshake message or an alert (RFC 8446 5.1). No text
/// begins with such a byte.
pub(super) const fn is_tls(first: u8) -> bool {
    matches!(first, 0x15 | 0x16)
}

#[cfg(test)]
std::thread_local! {
    static LOOKED_AT: core::cell::Cell<usize> = const { core::cell::Cell::new(0) };
}

#[cfg(test)]
impl HeadScanner {
    /// Returns the number of bytes that all scanners of this thread have scanned so far.
    pub(crate) fn looked_at() -> usize {
        LOOKED_AT.get()
    }
}
