use super::{
    HandshakeError, HeadError, HeadLimits, RequestError,
    grammar::{is_text_byte, is_token_byte},
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
    headers: usize,
    target_len: usize,
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
            headers: 0,
            target_len: 0,
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
        let unseen = input.get(self.position..).unwrap_or_default();
        let room = self.limits.max_head_len.saturating_sub(self.position);
        let mut unseen = unseen.get(..room).unwrap_or(unseen);
        #[cfg(test)]
        let seen = self.position;
        while let Some((&byte, rest)) = unseen.split_first() {
            if self.state == HeadState::Done {
                break;
            }
            self.state = self.step(byte)?;
            // Skip the rest of a run of bytes that do not change the state.
            let run = match self.state {
                HeadState::LastWords | HeadState::Value => run_len(rest, is_text_byte),
                HeadState::Name => run_len(rest, is_token_byte),
                _ => 0,
            };
            self.position = self.position.saturating_add(1).saturating_add(run);
            unseen = rest.get(run..).unwrap_or_default();
        }
        #[cfg(test)]
        LOOKED_AT.set(LOOKED_AT.get() + self.position - seen);
        if self.state == HeadState::Done {
            return Ok(Parsed::Complete { value: (), consumed: self.position });
        }
        if self.position >= self.limits.max_head_len {
            return Err(HeadError::TooLong { limit: self.limits.max_head_len });
        }
        Ok(Parsed::Partial { needed: 1 })
    }

    pub(super) const fn limits(&self) -> &HeadLimits {
        &self.limits
    }

    /// Returns the number of header lines.
    pub(super) const fn header_count(&self) -> usize {
        self.headers
    }

    /// Continues with another head directly after the complete one. Their lengths add up.
    pub(super) const fn begin_next(&mut self) {
        self.state = HeadState::Start;
        self.headers = 0;
        self.target_len = 0;
    }

    fn step(&mut self, byte: u8) -> Result<HeadState, HeadError> {
        Ok(match (self.state, byte) {
            (HeadState::Start, _) if is_token_byte(byte) => HeadState::FirstWord,
            (HeadState::FirstWord, b' ') => HeadState::SecondWord,
            (HeadState::SecondWord, b' ') => HeadState::LastWords,
            (HeadState::SecondWord, _) if is_text_byte(byte) => {
                if self.target_len >= self.limits.max_target_len {
                    return Err(HeadError::TargetTooLong { limit: self.limits.max_target_len });
                }
                self.target_len = self.target_len.saturating_add(1);
                HeadState::SecondWord
            }
            (HeadState::FirstWord | HeadState::LastWords | HeadState::Value, _)
                if is_text_byte(byte) =>
            {
                self.state
            }
            // RFC 9112 2.2: a CR must precede an LF, and an LF must follow a CR. A start line has at
            // least two words. The banner of another protocol may have only one, and its sender may
            // wait for an answer.
            (HeadState::SecondWord | HeadState::LastWords | HeadState::Value, b'\r') => {
                HeadState::LineEnd
            }
            (HeadState::LineEnd, b'\n') => HeadState::LineStart,
            (HeadState::LineStart, b'\r') => HeadState::HeadEnd,
            (HeadState::HeadEnd, b'\n') => HeadState::Done,
            // RFC 9112 5.2: a line that begins with whitespace is obs-fold, which is rejected.
            (HeadState::LineStart, _) if is_token_byte(byte) => {
                if self.headers >= self.limits.max_headers {
                    return Err(HeadError::TooManyHeaders { limit: self.limits.max_headers });
                }
                self.headers = self.headers.saturating_add(1);
                HeadState::Name
            }
            // RFC 9112 5.1: no whitespace between the name and the colon.
            (HeadState::Name, b':') => HeadState::Value,
            (HeadState::Name, _) if is_token_byte(byte) => HeadState::Name,
            _ => {
                return Err(HeadError::InvalidByte { byte, position: self.position });
            }
        })
    }
}

/// Whether `first` begins a TLS record with a handshake message or an alert (RFC 8446 5.1). No text
/// begins with such a byte.
pub(super) const fn is_tls(first: u8) -> bool {
    matches!(first, 0x15 | 0x16)
}

/// Returns the length of the longest prefix of bytes of the class.
fn run_len(bytes: &[u8], class: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|&byte| !class(byte)).unwrap_or(bytes.len())
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
