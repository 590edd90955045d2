use alloc::vec::Vec;

use super::{ErrorResponse, body_decoder::BodyDecoder};
use crate::{
    handshake::{
        HeadError, HeadLimits, HeadScanner, Headers, ResponseError,
        grammar::parse_decimal,
        head::{Head, parse_version},
    },
    parsed::Parsed,
};

/// Finds the final response in input that grows, behind those with a status of 1xx.
#[derive(Clone, Debug)]
pub(in crate::handshake) struct ResponseScanner {
    scanner: HeadScanner,
    /// Where the head begins that is being read, behind those of 1xx responses.
    head_start: usize,
    /// A refusal whose body is to come.
    refused: Option<Refused>,
}

#[derive(Clone, Debug)]
struct Refused {
    /// With as much of the body as was decoded.
    refusal: ErrorResponse,
    body_start: usize,
    decoder: BodyDecoder,
}

impl ResponseScanner {
    pub(in crate::handshake) fn new(limits: &HeadLimits) -> Self {
        // What the limit of a target counts is the status in a response.
        let limits = limits.clone().max_target_len(usize::MAX);
        Self { scanner: HeadScanner::new(&limits), head_start: 0, refused: None }
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
    ) -> Result<Parsed<Result<Headers<'b>, ErrorResponse>>, ResponseError> {
        loop {
            if let Some(refused) = &mut self.refused {
                return Ok(refused.parse_body(input));
            }
            let consumed = match self.scanner.find_end(input)? {
                Parsed::Complete { consumed, .. } => consumed,
                Parsed::Partial { needed } => return Ok(Parsed::Partial { needed }),
            };
            let bytes = input.get(self.head_start..consumed).unwrap_or_default();
            let head = Head::parse(bytes, self.scanner.header_count())?;
            match parse_status(head.start_line)? {
                status if is_success(status) => {
                    return Ok(Parsed::Complete { value: Ok(head.headers), consumed });
                }
                // RFC 9110 15.2: interim responses can come before the final one. What follows
                // a 101 is no HTTP any more.
                100 | 102..=199 => {
                    self.head_start = consumed;
                    self.scanner.begin_next();
                }
                status => {
                    let limits = self.scanner.limits();
                    self.refused = Some(Refused::new(status, &head.headers, consumed, limits));
                }
            }
        }
    }

    /// The refusal whose head is complete, with the body so far.
    pub(super) fn refusal(&self) -> Option<&ErrorResponse> {
        self.refused.as_ref().map(|refused| &refused.refusal)
    }

    /// The refusal with the body so far, when nothing more comes though [`scan`](Self::scan) asked
    /// for more. An error if the head is incomplete.
    pub(in crate::handshake) fn scan_eof(
        &self,
        input: &[u8],
    ) -> Result<ErrorResponse, ResponseError> {
        let mut refused = self.refused.clone().ok_or(HeadError::Incomplete)?;
        refused.decode(input);
        Ok(refused.refusal)
    }
}

impl Refused {
    fn new(status: u16, headers: &Headers<'_>, body_start: usize, limits: &HeadLimits) -> Self {
        Self {
            refusal: ErrorResponse { status, headers: headers.into(), body: Vec::new() },
            body_start,
            decoder: BodyDecoder::new(status, headers, limits),
        }
    }

    fn parse_body<T>(&mut self, input: &[u8]) -> Parsed<Result<T, ErrorResponse>> {
        match self.decode(input) {
            0 => Parsed::Complete { value: Err(self.refusal.clone()), consumed: self.body_start },
            needed => Parsed::Partial { needed },
        }
    }

    /// Decodes what is new of the body; returns how many bytes are missing at least.
    fn decode(&mut self, input: &[u8]) -> usize {
        let sent = input.get(self.body_start..).unwrap_or_default();
        self.decoder.decode(sent, &mut self.refusal.body)
    }
}

/// Parses a status line to its status (RFC 9112 4).
fn parse_status(line: &[u8]) -> Result<u16, ResponseError> {
    let mut words = line.splitn(3, |&byte| byte == b' ');
    let version = words.next().and_then(parse_version);
    let (major, minor) = version.ok_or(HeadError::InvalidLine)?;
    let digits = words.next().filter(|word| word.len() == 3 && !word.starts_with(b"0"));
    let status = digits.and_then(parse_decimal).ok_or(HeadError::InvalidLine)?;
    // RFC 9110 7.8: HTTP/1.0 has no upgrade, though it can refuse one.
    if major != 1 || (minor == 0 && status == 101) {
        return Err(ResponseError::HttpVersion);
    }
    Ok(status)
}
