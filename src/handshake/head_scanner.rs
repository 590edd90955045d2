use super::{
    HandshakeError, HeadError, HeadLimits, RequestError,
    grammar::{is_text_byte, is_token_byte},
};
use crate::parsed::Parsed;

/// Finds the end of an HTTP head in input that grows, for whoever parses the head elsewhere;
/// [`AwaitingRequest`](super::server::AwaitingRequest) does both.
///
/// It goes on where it stopped and looks at no byte twice, so that a head costs linear time in
/// whatever pieces it comes. What can begin no head, such as a TLS hello, is refused at its first
/// wrong byte.
///
/// It is strict: lines end in CRLF, names are tokens right before their colon, and nothing holds a
/// control byte. An empty line before the head is refused too: RFC 9112 2.2 would skip it for
/// clients that end an earlier request with one, but an upgrade request is the first on its
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
    /// How many bytes of the input were looked at.
    position: usize,
    headers: usize,
    target_len: usize,
}

/// What the next byte is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HeadState {
    Start,
    /// The three parts of the start line: in a request method, target and version.
    FirstWord,
    SecondWord,
    LastWords,
    /// A CR has come inside the head.
    LineEnd,
    LineStart,
    Name,
    Value,
    /// A CR has come where a header line could begin.
    HeadEnd,
    Done,
}

impl HeadScanner {
    /// A scanner at the start of a head.
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

    /// Looks at what is new in `input`, which is everything that was received so far.
    ///
    /// When the head is complete, `consumed` is its length.
    ///
    /// # Errors
    ///
    /// The head of the request breaks the grammar of RFC 9112 or exceeds a limit.
    pub fn scan(&mut self, input: &[u8]) -> Result<Parsed<()>, HandshakeError> {
        self.find_end(input).map_err(|error| RequestError::from(error).into())
    }

    /// As [`scan`](Self::scan), for the head of a request or of a response.
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
            // The rest of a run of bytes that change nothing.
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

    /// How many header lines the head has.
    pub(super) const fn header_count(&self) -> usize {
        self.headers
    }

    /// Goes on with a further head right behind the complete one. Both count together.
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
            // RFC 9112 2.2: a CR only before an LF, an LF only after a CR.
            (
                HeadState::FirstWord
                | HeadState::SecondWord
                | HeadState::LastWords
                | HeadState::Value,
                b'\r',
            ) => HeadState::LineEnd,
            (HeadState::LineEnd, b'\n') => HeadState::LineStart,
            (HeadState::LineStart, b'\r') => HeadState::HeadEnd,
            (HeadState::HeadEnd, b'\n') => HeadState::Done,
            // RFC 9112 5.2: a line that begins with whitespace is obs-fold, and refused.
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

/// How many of the first bytes belong to the class.
fn run_len(bytes: &[u8], class: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|&byte| !class(byte)).unwrap_or(bytes.len())
}

#[cfg(test)]
std::thread_local! {
    static LOOKED_AT: core::cell::Cell<usize> = const { core::cell::Cell::new(0) };
}

#[cfg(test)]
impl HeadScanner {
    /// How many bytes all scanners of this thread have looked at so far.
    pub(crate) fn looked_at() -> usize {
        LOOKED_AT.get()
    }
}
