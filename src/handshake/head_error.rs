use thiserror::Error;

/// An HTTP head that breaks a rule or a limit, of a request or a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HeadError {
    /// The stream ended inside the head.
    #[error("the stream ended inside the HTTP head")]
    Incomplete,
    /// A byte that is invalid at its position (RFC 9112 2.2 and 5, RFC 9110 5.5).
    #[error("invalid byte {byte:#04x} at position {position} in the HTTP head")]
    InvalidByte {
        /// The byte.
        byte: u8,
        /// The number of bytes before it.
        position: usize,
    },
    /// A head above [`HeadLimits::max_head_len`](super::HeadLimits::max_head_len).
    #[error("HTTP head of more than {limit} bytes")]
    TooLong {
        /// The limit in force.
        limit: usize,
    },
    /// A head above [`HeadLimits::max_headers`](super::HeadLimits::max_headers).
    #[error("HTTP head with more than {limit} headers")]
    TooManyHeaders {
        /// The limit in force.
        limit: usize,
    },
    /// A target above [`HeadLimits::max_target_len`](super::HeadLimits::max_target_len).
    #[error("request target of more than {limit} bytes")]
    TargetTooLong {
        /// The limit in force.
        limit: usize,
    },
    /// A line that is not a request line, status line or header line (RFC 9112 3, 4 and 5).
    #[error("malformed line in the HTTP head")]
    InvalidLine,
    /// A required header is missing.
    #[error("header {0} is missing")]
    MissingHeader(&'static str),
    /// A header that must be unique is present more than once.
    #[error("header {0} is present more than once")]
    DuplicateHeader(&'static str),
    /// The value of a header violates the grammar of the header.
    #[error("header {0} is malformed")]
    InvalidHeader(&'static str),
}
