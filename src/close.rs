//! Close codes, the payload of a Close frame, and the end of a connection.

use alloc::string::String;
use core::fmt;

/// The status code of a Close frame (RFC 6455 7.4): the reason for closing, as a number.
///
/// It holds any number; [`CloseCode::is_allowed_on_wire`] checks whether a frame may carry it.
///
/// ```
/// use sansocket::CloseCode;
///
/// assert_eq!(u16::from(CloseCode::NORMAL), 1000);
/// assert!(CloseCode::from(4999).is_allowed_on_wire());
/// assert!(!CloseCode::ABNORMAL.is_allowed_on_wire());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CloseCode(u16);

impl CloseCode {
    /// 1000: the purpose of the connection has been fulfilled.
    pub const NORMAL: Self = Self(1000);
    /// 1001: the server is going down, or the browser is leaving the page.
    pub const GOING_AWAY: Self = Self(1001);
    /// 1002: the peer broke a rule of the protocol.
    pub const PROTOCOL_ERROR: Self = Self(1002);
    /// 1003: the endpoint received a kind of data that it cannot accept.
    pub const UNSUPPORTED_DATA: Self = Self(1003);
    /// 1005: the Close frame had no code. Never on the wire.
    pub const NO_STATUS: Self = Self(1005);
    /// 1006: the connection ended without a Close frame. Never on the wire.
    pub const ABNORMAL: Self = Self(1006);
    /// 1007: data that does not fit its type, such as text that is not UTF-8.
    pub const INVALID_PAYLOAD: Self = Self(1007);
    /// 1008: a message breaks this endpoint's policy, and no other code fits.
    pub const POLICY_VIOLATION: Self = Self(1008);
    /// 1009: a message is too big to process.
    pub const MESSAGE_TOO_BIG: Self = Self(1009);
    /// 1010: the server did not accept an extension that the client requires.
    pub const MANDATORY_EXTENSION: Self = Self(1010);
    /// 1011: the server met a condition that it did not expect.
    pub const INTERNAL_ERROR: Self = Self(1011);
    /// 1012: the service is restarting.
    pub const SERVICE_RESTART: Self = Self(1012);
    /// 1013: the server is overloaded; try again later.
    pub const TRY_AGAIN_LATER: Self = Self(1013);
    /// 1014: a gateway got an invalid response from upstream.
    pub const BAD_GATEWAY: Self = Self(1014);
    /// 1015: the TLS handshake failed. Never on the wire.
    pub const TLS_HANDSHAKE: Self = Self(1015);

    /// Returns whether a Close frame may carry the code: 1000 to 1003, 1007 to 1014, 3000 to 4999.
    ///
    /// RFC 6455 7.4.1 and 7.4.2: the defined codes, with those that IANA has registered since.
    #[must_use]
    pub const fn is_allowed_on_wire(self) -> bool {
        matches!(self.0, 1000..=1003 | 1007..=1014 | 3000..=4999)
    }
}

impl From<u16> for CloseCode {
    fn from(code: u16) -> Self {
        Self(code)
    }
}

impl From<CloseCode> for u16 {
    fn from(code: CloseCode) -> Self {
        code.0
    }
}

impl fmt::Debug for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CloseCode({})", self.0)
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The payload of a Close frame: a code and a reason (RFC 6455 5.5.1).
///
/// The reason may be empty. It is meant for logs, not for end users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "RFC 6455 5.5.1 fixes the two fields")]
pub struct CloseFrame<'a> {
    /// The code.
    pub code: CloseCode,
    /// The explanation in words, at most 123 bytes.
    pub reason: &'a str,
}

impl CloseFrame<'static> {
    /// An empty Close frame, to close without a code: `socket.send(CloseFrame::EMPTY)`.
    pub const EMPTY: Option<Self> = None;
}

/// A Close frame that was sent or received, with an owned reason.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "RFC 6455 5.5.1 fixes the two fields")]
pub struct OwnedCloseFrame {
    /// The code, or [`CloseCode::NO_STATUS`] if the Close frame was empty.
    pub code: CloseCode,
    /// The reason, at most 123 bytes.
    pub reason: String,
}

impl From<Option<CloseFrame<'_>>> for OwnedCloseFrame {
    fn from(frame: Option<CloseFrame<'_>>) -> Self {
        match frame {
            Some(CloseFrame { code, reason }) => Self { code, reason: reason.into() },
            // RFC 6455 7.1.5: a Close frame without a code counts as 1005.
            None => Self { code: CloseCode::NO_STATUS, reason: String::new() },
        }
    }
}

impl OwnedCloseFrame {
    /// Borrows the frame; `None` is an empty one.
    pub(crate) fn frame(&self) -> Option<CloseFrame<'_>> {
        let Self { code, reason } = self;
        // RFC 6455 7.4.1: 1005 means that there is no code, and never appears in a frame.
        (*code != CloseCode::NO_STATUS).then_some(CloseFrame { code: *code, reason })
    }
}

/// The side that started to close the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "nobody else takes part in a connection")]
pub enum Initiator {
    /// This endpoint sent its Close frame first.
    Local,
    /// The peer's Close frame came first.
    Peer,
    /// Neither: the transport ended without a Close frame.
    Transport,
}

/// The end of a connection: which side started to close it, and the Close frames.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CloseInfo {
    /// The side that started.
    pub initiator: Initiator,
    /// The peer's Close frame; `None` if none arrived.
    pub received: Option<OwnedCloseFrame>,
    /// Our Close frame; `None` if none was sent.
    pub sent: Option<OwnedCloseFrame>,
    /// Whether the closing handshake completed (RFC 6455 7.1.4).
    pub was_clean: bool,
}

impl CloseInfo {
    /// Returns the connection close code of RFC 6455 7.1.5: the peer's code, 1005 if its Close
    /// frame had none, 1006 if no Close frame arrived.
    #[must_use]
    pub fn code(&self) -> CloseCode {
        self.received.as_ref().map_or(CloseCode::ABNORMAL, |close| close.code)
    }

    /// Returns the connection close reason of RFC 6455 7.1.6: the peer's reason, or an empty one.
    #[must_use]
    pub fn reason(&self) -> &str {
        self.received.as_ref().map_or("", |close| &close.reason)
    }
}
