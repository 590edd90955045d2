use alloc::string::String;
use core::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::{Rejection, Transport};

/// The query of a request that opens or continues a session.
///
/// ```
/// use sansocket_socketio::engine_io::{Query, Transport};
///
/// let query = Query::parse("EIO=4&transport=websocket&t=N8hyd7H&sid=lv_VI97HAXpY6yYWAAAC")?;
/// assert_eq!(query.transport, Transport::WebSocket);
/// assert_eq!(query.sid.as_deref(), Some("lv_VI97HAXpY6yYWAAAC"));
/// assert_eq!(query.to_string(), "EIO=4&transport=websocket&sid=lv_VI97HAXpY6yYWAAAC");
/// # Ok::<(), sansocket_socketio::engine_io::Rejection>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the protocol has these parameters")]
pub struct Query {
    /// The transport of this request.
    pub transport: Transport,
    /// The session; `None` opens one.
    pub sid: Option<String>,
}

impl Query {
    /// Parses a query without its question mark. Unknown parameters are ignored, and the first of
    /// those with one name counts.
    ///
    /// # Errors
    ///
    /// `EIO` is missing or not 4, or `transport` is missing or unknown.
    pub fn parse(query: &str) -> Result<Self, Rejection> {
        let parameter = |name| {
            query.split('&').find_map(|parameter| match parameter.split_once('=') {
                Some((found, value)) if found == name => Some(value),
                _ => None,
            })
        };
        if parameter("EIO") != Some("4") {
            return Err(Rejection::UnsupportedProtocolVersion);
        }
        let transport = parameter("transport")
            .and_then(Transport::from_name)
            .ok_or(Rejection::UnknownTransport)?;
        let sid = match parameter("sid").map(|sid| percent_decode_str(sid).decode_utf8()) {
            None => None,
            Some(Ok(sid)) => Some(sid.into_owned()),
            // No session has such an id.
            Some(Err(_)) => return Err(Rejection::UnknownSid),
        };
        Ok(Self { transport, sid })
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EIO=4&transport={}", self.transport.name())?;
        match &self.sid {
            Some(sid) => write!(f, "&sid={}", utf8_percent_encode(sid, RESERVED)),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Query {
    // The session id grants access: keep it out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query")
            .field("transport", &self.transport)
            .field("has_sid", &self.sid.is_some())
            .finish()
    }
}

/// All but the unreserved characters (RFC 3986 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
