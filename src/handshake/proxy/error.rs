use alloc::{format, string::String};

use thiserror::Error;

use crate::handshake::{ResponseError, client::ErrorResponse};

/// A proxy that opens no tunnel. The proxy refused, or erred.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProxyError {
    /// The HTTP proxy refused; with status 407 it wants other credentials, or some.
    #[error("the proxy answered {0}")]
    UnexpectedResponse(ErrorResponse),
    /// What the HTTP proxy answered is no response.
    #[error("{}", of_proxy(.0))]
    Response(ResponseError),
    /// An answer that begins with this byte in place of the version, 5 or that of RFC 1929, 1.
    #[error("the proxy answered with version {0}, which is not that of SOCKS5")]
    Version(u8),
    /// The SOCKS5 proxy takes none of the methods of authentication that were offered.
    #[error("the proxy accepts no method of authentication that was offered")]
    NoAcceptableMethod,
    /// The SOCKS5 proxy chose a method that was not offered.
    #[error("the proxy chose method {0} of authentication, which was not offered")]
    UnofferedMethod(u8),
    /// The SOCKS5 proxy refused user name and password with this status (RFC 1929 2).
    #[error("the proxy refused user name and password with status {0}")]
    CredentialsRefused(u8),
    /// The SOCKS5 proxy did not connect, and says why (RFC 1928 6).
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
    /// The SOCKS5 proxy names an address of a type that RFC 1928 5 does not know.
    #[error("the proxy answered with an address of type {0}")]
    AddressType(u8),
    /// The stream ended inside an answer of the SOCKS5 proxy.
    #[error("the proxy closed the connection inside its answer")]
    Incomplete,
}

impl ProxyError {
    /// Whether it makes sense to try the same again later: after a refusal that
    /// [is temporary](ErrorResponse::is_retryable), after a stream that ended inside an answer, and after
    /// the replies 1, 3, 4, 5 and 6, which are about the way to the server.
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

// Not as a `source`, which would say the same again.
impl From<ResponseError> for ProxyError {
    fn from(error: ResponseError) -> Self {
        Self::Response(error)
    }
}

/// The text of an error that is worded for servers.
fn of_proxy(error: &ResponseError) -> String {
    match error {
        ResponseError::Missing => "the proxy closed the connection without an answer".into(),
        ResponseError::Tls => "the proxy speaks TLS, which is not supported".into(),
        ResponseError::NotHttp => "the proxy does not speak HTTP".into(),
        error => format!("the answer of the proxy: {error}"),
    }
}

/// What a reply says (RFC 1928 6).
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
