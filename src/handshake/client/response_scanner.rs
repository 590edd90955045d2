use alloc::vec::Vec;

use super::Refusal;
use crate::{
    frame::Status,
    handshake::{
        HeadError, HeadScanner, Headers, Limits, ResponseError,
        head::{Head, parse_version},
    },
};

/// Finds the final response in input that grows, behind those with a status of 1xx.
#[derive(Clone, Debug)]
pub(in crate::handshake) struct ResponseScanner {
    max_body_len: usize,
    scanner: HeadScanner,
    /// Where the head begins that is being read, behind those of 1xx responses.
    head_start: usize,
    /// A refusal whose body is to come.
    refused: Option<Refused>,
}

#[derive(Clone, Debug)]
struct Refused {
    refusal: Refusal,
    body_start: usize,
    /// How much of the body is waited for.
    awaited: usize,
    /// How much of it is kept.
    kept: usize,
}

impl ResponseScanner {
    pub(in crate::handshake) fn new(limits: &Limits) -> Self {
        // What the limit of a target counts is the status in a response.
        let limits = limits.clone().max_target_len(usize::MAX);
        Self {
            max_body_len: limits.max_body_len,
            scanner: HeadScanner::new(&limits),
            head_start: 0,
            refused: None,
        }
    }

    /// Looks at what is new in `input`, which is everything that was received so far.
    ///
    /// When the final response is complete, it is the headers of one with a status that
    /// `is_success` holds for, or else a refusal. Behind `consumed` bytes stands what is no part
    /// of the head.
    pub(in crate::handshake) fn scan<'b>(
        &mut self,
        input: &'b [u8],
        is_success: impl Fn(u16) -> bool,
    ) -> Result<Status<Result<Headers<'b>, Refusal>>, ResponseError> {
        loop {
            if let Some(refused) = &self.refused {
                return Ok(refused.parse_body(input));
            }
            let consumed = match self.scanner.find_end(input)? {
                Status::Complete { consumed, .. } => consumed,
                Status::Partial { needed } => return Ok(Status::Partial { needed }),
            };
            let bytes = input.get(self.head_start..consumed).unwrap_or_default();
            let head = Head::parse(bytes, self.scanner.header_count())?;
            match parse_status(head.start_line)? {
                status if is_success(status) => {
                    return Ok(Status::Complete { value: Ok(head.headers), consumed });
                }
                // RFC 9110 15.2: interim responses can come before the final one. What follows
                // a 101 is no HTTP any more.
                100 | 102..=199 => {
                    self.head_start = consumed;
                    self.scanner.begin_next();
                }
                status => {
                    self.refused =
                        Some(Refused::new(status, &head.headers, consumed, self.max_body_len));
                }
            }
        }
    }

    /// The refusal with the body so far, when the stream ends though [`scan`](Self::scan) asked
    /// for more. An error if the head is incomplete.
    pub(in crate::handshake) fn scan_eof(&self, input: &[u8]) -> Result<Refusal, ResponseError> {
        match &self.refused {
            Some(refused) => Ok(refused.finish(input)),
            None => Err(HeadError::Incomplete.into()),
        }
    }
}

impl Refused {
    fn new(status: u16, headers: &Headers<'_>, body_start: usize, max_len: usize) -> Self {
        let len = body_len(headers).map(|len| len.min(max_len));
        Self {
            refusal: Refusal { status, headers: headers.into(), body: Vec::new() },
            body_start,
            awaited: len.unwrap_or(0),
            kept: len.unwrap_or(max_len),
        }
    }

    fn parse_body<T>(&self, input: &[u8]) -> Status<Result<T, Refusal>> {
        let come = input.len().saturating_sub(self.body_start);
        match self.awaited.saturating_sub(come) {
            0 => Status::Complete { value: Err(self.finish(input)), consumed: self.body_start },
            needed => Status::Partial { needed },
        }
    }

    fn finish(&self, input: &[u8]) -> Refusal {
        let body = input.get(self.body_start..).unwrap_or_default();
        let body = body.get(..self.kept).unwrap_or(body);
        Refusal { body: body.into(), ..self.refusal.clone() }
    }
}

/// The length that a body declares, if it declares one that can be believed (RFC 9112 6.3).
fn body_len(headers: &Headers<'_>) -> Option<usize> {
    if headers.get("Transfer-Encoding").is_some() {
        return None;
    }
    let len = headers.at_most_one("Content-Length").ok()??;
    if !len.iter().all(u8::is_ascii_digit) {
        return None;
    }
    str::from_utf8(len).ok()?.parse().ok()
}

/// Parses a status line to its status (RFC 9112 4).
fn parse_status(line: &[u8]) -> Result<u16, ResponseError> {
    let mut words = line.splitn(3, |&byte| byte == b' ');
    let version = words.next().and_then(parse_version);
    let (major, minor) = version.ok_or(HeadError::InvalidLine)?;
    let status = match words.next().map(str::from_utf8) {
        Some(Ok(status)) if status.len() == 3 && !status.starts_with(['0', '+']) => status,
        _ => return Err(HeadError::InvalidLine.into()),
    };
    let status = status.parse().map_err(|_| HeadError::InvalidLine)?;
    // RFC 9110 7.8: HTTP/1.0 has no upgrade, though it can refuse one.
    if major != 1 || (minor == 0 && status == 101) {
        return Err(ResponseError::HttpVersion);
    }
    Ok(status)
}
