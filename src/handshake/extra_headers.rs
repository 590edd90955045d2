use alloc::{string::String, vec::Vec};
use core::fmt;

use super::{
    InvalidArgument,
    grammar::{is_text_byte, is_token},
};

/// The header lines that the application adds.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct ExtraHeaders(Vec<(String, String)>);

impl ExtraHeaders {
    pub(crate) fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    #[cfg(feature = "std")]
    pub(super) fn append(&mut self, mut others: Self) {
        self.0.append(&mut others.0);
    }

    /// Returns the lines without validating them.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns the lines after validating them: none may smuggle in another line or replace a
    /// header of the handshake.
    pub(super) fn checked(&self) -> Result<impl Iterator<Item = (&str, &str)>, InvalidArgument> {
        for (name, value) in &self.0 {
            // RFC 9110 5.1 and 5.5: no CR or LF, which would start another line.
            if !is_token(name.as_bytes()) {
                return Err(InvalidArgument::HeaderName(name.clone()));
            }
            if !value.bytes().all(is_text_byte) {
                return Err(InvalidArgument::HeaderValue(name.clone()));
            }
            if is_reserved(name) {
                return Err(InvalidArgument::ReservedHeader(name.clone()));
            }
        }
        Ok(self.lines())
    }
}

impl fmt::Debug for ExtraHeaders {
    // Only the names: values contain cookies and credentials, which must stay out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// Returns whether a header is reserved for the handshake itself.
fn is_reserved(name: &str) -> bool {
    const NAMES: [&str; 6] =
        ["Connection", "Content-Length", "Host", "Origin", "Transfer-Encoding", "Upgrade"];
    const PREFIX: &str = "Sec-WebSocket-";
    NAMES.iter().any(|own| own.eq_ignore_ascii_case(name))
        || name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}
