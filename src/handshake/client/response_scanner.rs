use super::{ErrorResponse, body_decoder::BodyDecoder};
use crate::{
    handshake::{
        HeadError, HeadLimits, HeadScanner, Headers, ResponseError, grammar::parse_decimal,
        head::parse_version, head_scanner::is_tls,
    },
    parsed::Parsed,
};

/// A scanner that finds the final response in growing input, after interim ones (1xx).
#[derive(Clone, Debug)]
pub(in crate::handshake) struct ResponseScanner {
    scanner: HeadScanner,
    /// An error response whose body is incomplete.
    refused: Option<Refused>,
}

#[derive(Clone, Debug)]
struct Refused {
    /// With the decoded body so far.
    refusal: ErrorResponse,
    body_start: usize,
    decoder: BodyDecoder,
}

impl ResponseScanner {
    pub(in crate::handshake) fn new(limits: &HeadLimits) -> Self {
        // In a response, the second word is the status, not a target.
        let limits = limits.clone().max_target_len(usize::MAX);
        Self { scanner: HeadScanner::new(&limits), refused: None }
    }

    /// Scans the new part of `input`, which is everything received so far.
    ///
    /// Returns the final response when it is complete: the headers if `is_success` accepts the
    /// status, otherwise the error response. `consumed` bytes belong to the heads.
    pub(in crate::handshake) fn scan<'b>(
        &mut self,
        input: &'b [u8],
        is_success: impl Fn(u16) -> bool,
    ) -> Result<Parsed<Result<Headers<'b>, ErrorResponse>>, ResponseError> {
        loop {
            if let Some(refused) = &mut self.refused {
                return Ok(refused.parse_body(input));
            }
            let lines = self.scanner.lines();
            check_protocol(input.get(lines.start()..).unwrap_or_default())?;
            let consumed = match self.scanner.find_end(input)? {
                Parsed::Complete { consumed, .. } => consumed,
                Parsed::Partial { needed } => return Ok(Parsed::Partial { needed }),
            };
            let lines = self.scanner.lines();
            match parse_status(lines.start_line(input))? {
                (status, _) if is_success(status) => {
                    let headers = Headers::of(lines, input);
                    return Ok(Parsed::Complete { value: Ok(headers), consumed });
                }
                // RFC 9110 15.2: interim responses can precede the final one. After a 101 the
                // stream is no longer HTTP.
                (100 | 102..=199, _) => {
                    self.scanner.begin_next();
                }
                (status, reason) => {
                    let limits = self.scanner.limits();
                    let response = ErrorResponse::new(status, reason, &Headers::of(lines, input));
                    self.refused = Some(Refused::new(response, consumed, limits));
                }
            }
        }
    }

    /// Returns the error response once its head is complete, with the body so far.
    pub(super) fn refusal(&self) -> Option<&ErrorResponse> {
        self.refused.as_ref().map(|refused| &refused.refusal)
    }

    /// Returns the error response with the body so far, if the input ends although
    /// [`scan`](Self::scan) needs more. It is an error if the head is incomplete.
    pub(in crate::handshake) fn scan_eof(
        &self,
        input: &[u8],
    ) -> Result<ErrorResponse, ResponseError> {
        let mut refused = match &self.refused {
            Some(refused) => refused.clone(),
            None if input.is_empty() => return Err(ResponseError::Missing),
            None => return Err(HeadError::Incomplete.into()),
        };
        refused.decode(input);
        Ok(refused.refusal)
    }
}

impl Refused {
    fn new(refusal: ErrorResponse, body_start: usize, limits: &HeadLimits) -> Self {
        let decoder = BodyDecoder::new(refusal.status(), &refusal.headers(), limits);
        Self { refusal, body_start, decoder }
    }

    fn parse_body<T>(&mut self, input: &[u8]) -> Parsed<Result<T, ErrorResponse>> {
        match self.decode(input) {
            0 => Parsed::Complete { value: Err(self.refusal.clone()), consumed: self.body_start },
            needed => Parsed::Partial { needed },
        }
    }

    /// Decodes the new part of the body. Returns the least number of bytes that are missing.
    fn decode(&mut self, input: &[u8]) -> usize {
        let sent = input.get(self.body_start..).unwrap_or_default();
        self.decoder.decode(sent, &mut self.refusal.body)
    }
}

/// Checks that `head` can be the start of a response (RFC 9112 4). The first byte that cannot be part
/// of one decides: a server of another protocol may send nothing more.
fn check_protocol(head: &[u8]) -> Result<(), ResponseError> {
    match head.first() {
        Some(&first) if is_tls(first) => Err(ResponseError::Tls),
        _ if head.iter().zip(b"HTTP/").any(|(byte, expected)| byte != expected) => {
            Err(ResponseError::NotHttp)
        }
        _ => Ok(()),
    }
}

/// Parses the status and the reason phrase in a status line (RFC 9112 4).
fn parse_status(line: &[u8]) -> Result<(u16, &[u8]), ResponseError> {
    let mut words = line.splitn(3, |&byte| byte == b' ');
    let version = words.next().and_then(parse_version);
    let (major, minor) = version.ok_or(HeadError::InvalidLine)?;
    let digits = words.next().filter(|word| word.len() == 3 && !word.starts_with(b"0"));
    let status = digits.and_then(parse_decimal).ok_or(HeadError::InvalidLine)?;
    // RFC 9110 7.8: HTTP/1.0 cannot upgrade, but it can reject an upgrade.
    if major != 1 || (minor == 0 && status == 101) {
        return Err(ResponseError::HttpVersion);
    }
    Ok((status, words.next().unwrap_or_default()))
}
