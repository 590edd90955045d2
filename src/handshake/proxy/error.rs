use alloc::{format, string::String};

use thiserror::Error;

use crate::handshake::{ResponseError, client::ErrorResponse};

/// The reason why a proxy does not open a tunnel: the proxy refused, or erred.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProxyError {
    /// The HTTP proxy refused. Status 407 asks for credentials, or for other ones.
    #[error("the proxy answered {0}")]
    UnexpectedResponse(ErrorResponse),
    /// The answer of the HTTP proxy is not a valid response.
    #[error("{}", of_proxy(.0))]
    Response(ResponseError),
    /// The answer begins with this byte in place of the version: 5, or 1 in RFC 1929.
    #[error("the proxy answered with version {0}, not with SOCKS5")]
    Version(u8),
    /// The SOCKS5 proxy accepts none of the offered authentication methods.
    #[error("the proxy accepts none of the offered authentication methods")]
    NoAcceptableMethod,
    /// The SOCKS5 proxy chose an authentication method that was not offered.
    #[error("the proxy chose authentication method {0}, which was not offered")]
    UnofferedMethod(u8),
    /// The SOCKS5 proxy refused user name and password with this status (RFC 1929 2).
    #[error("the proxy refused user name and password with status {0}")]
    CredentialsRefused(u8),
    /// The SOCKS5 proxy did not connect, for the reason with this number (RFC 1928 6).
    ///
    /// | reply | meaning |
    /// | --- | --- |
    /// | 1 | general failure |
    /// | 2 | not allowed by the rules |
    /// | 3 | network unreachable |
    /// | 4 | host unreachable |
    /// | 5 | connection refused |
    /// | 6 | TTL expired |
    /// | 7 | command not supported |
    /// | 8 | type of address not supported |
    #[error("the proxy did not connect: {}", meaning(*.0))]
    Reply(u8),
    /// The SOCKS5 proxy answered with an address of a type that RFC 1928 5 does not define.
    #[error("the proxy answered with an address of type {0}")]
    AddressType(u8),
    /// The stream ended inside an answer of the SOCKS5 proxy.
    #[error("the proxy closed the connection before its answer was complete")]
    Incomplete,
}

impl ProxyError {
    /// Returns whether the same may succeed later: after an error response that
    /// [is temporary](ErrorResponse::is_retryable), after a stream that ended before or inside an answer,
    /// and after the replies 1, 3, 4, 5 and 6, which are about the way to the server.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::UnexpectedResponse(refusal) => refusal.is_retryable(),
            Self::Response(error) => error.is_cut_off(),
            Self::Reply(reply) => matches!(*reply, 1 | 3..=6),
            Self::Incomplete => true,
            Self::Version(_)
            | Self::NoAcceptableMethod
            | Self::UnofferedMethod(_)
            | Self::CredentialsRefused(_)
            | Self::AddressType(_) => false,
        }
    }
}

// Not a `source`, since the text already contains it.
impl From<ResponseError> for ProxyError {
    fn from(error: ResponseError) -> Self {
        Self::Response(error)
    }
}

/// Returns the text of an error whose own text is about a server.
fn of_proxy(error: &ResponseError) -> String {
    match error {
        ResponseError::Missing => "the proxy closed the connection without an answer".into(),
        ResponseError::Tls => "the proxy speaks TLS, which is not supported".into(),
        ResponseError::NotHttp => "the proxy does not speak HTTP".into(),
        error => format!("the answer of the proxy: {error}"),
    }
}

/// Returns the meaning of a reply (RFC 1928 6).
const fn meaning(reply: u8) -> &'static str {
    match reply {
        1 => "general failure",
        2 => "not allowed by its rules",
        3 => "network unreachable",
        4 => "host unreachable",
        5 => "connection refused",
        6 => "TTL expired",
        7 => "command not supported",
        8 => "type of address not supported",
        _ => "for an unassigned reason",
    }
}
