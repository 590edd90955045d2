//! Close codes, the payload of a Close frame, and how a connection ended.

use alloc::string::String;
use core::fmt;

/// A status code of RFC 6455 7.4, by which an endpoint says why it closes.
///
/// Any number can be held; [`CloseCode::is_allowed_on_wire`] tells which may stand in a frame.
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
    /// 1001: a server goes down, or a browser leaves the page.
    pub const GOING_AWAY: Self = Self(1001);
    /// 1002: the peer broke a rule of the protocol.
    pub const PROTOCOL_ERROR: Self = Self(1002);
    /// 1003: a kind of data that this endpoint cannot accept.
    pub const UNSUPPORTED_DATA: Self = Self(1003);
    /// 1005: the Close frame held no code. Never on the wire.
    pub const NO_STATUS: Self = Self(1005);
    /// 1006: no Close frame came. Never on the wire.
    pub const ABNORMAL: Self = Self(1006);
    /// 1007: data that does not fit its type, such as text that is not UTF-8.
    pub const INVALID_PAYLOAD: Self = Self(1007);
    /// 1008: a message breaks this endpoint's policy, and no other code fits.
    pub const POLICY_VIOLATION: Self = Self(1008);
    /// 1009: a message is too big to process.
    pub const MESSAGE_TOO_BIG: Self = Self(1009);
    /// 1010: a client misses an extension in the server's handshake.
    pub const MANDATORY_EXTENSION: Self = Self(1010);
    /// 1011: the server met a condition that it did not expect.
    pub const INTERNAL_ERROR: Self = Self(1011);
    /// 1012: the service restarts.
    pub const SERVICE_RESTART: Self = Self(1012);
    /// 1013: overloaded, try again later.
    pub const TRY_AGAIN_LATER: Self = Self(1013);
    /// 1014: a gateway got an invalid response from upstream.
    pub const BAD_GATEWAY: Self = Self(1014);
    /// 1015: the TLS handshake failed. Never on the wire.
    pub const TLS_HANDSHAKE: Self = Self(1015);

    /// Whether the code may stand in a Close frame: 1000 to 1003, 1007 to 1014, 3000 to 4999.
    ///
    /// RFC 6455 7.4.1 and 7.4.2: what they define, with the codes that IANA has registered since.
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

/// What a Close frame with a payload says: a code and a reason (RFC 6455 5.5.1).
///
/// The reason may be empty. It is meant for logs, not for end users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "RFC 6455 5.5.1 fixes the two fields")]
pub struct CloseFrame<'a> {
    /// Why the sender closes.
    pub code: CloseCode,
    /// The same in words, at most 123 bytes.
    pub reason: &'a str,
}

impl CloseFrame<'static> {
    /// A Close frame without a payload, to close without a code: `socket.send(CloseFrame::EMPTY)`.
    pub const EMPTY: Option<Self> = None;
}

/// A Close frame that was sent or received, with a reason that it owns.
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
    /// The Close frame that says so; `None` is an empty one.
    pub(crate) fn frame(&self) -> Option<CloseFrame<'_>> {
        let Self { code, reason } = self;
        // RFC 6455 7.4.1: 1005 stands for no code, and in no frame.
        (*code != CloseCode::NO_STATUS).then_some(CloseFrame { code: *code, reason })
    }
}

/// Who began to end the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "nobody else takes part in a connection")]
pub enum Initiator {
    /// This endpoint sent its Close frame first.
    Local,
    /// The peer's Close frame came first.
    Peer,
    /// The transport ended without a Close frame from either side.
    Transport,
}

/// How a connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CloseInfo {
    /// Who began.
    pub initiator: Initiator,
    /// What the peer's Close frame said; `None` if none came.
    pub received: Option<OwnedCloseFrame>,
    /// What our Close frame said; `None` if none was sent.
    pub sent: Option<OwnedCloseFrame>,
    /// Whether the closing handshake was completed (RFC 6455 7.1.4).
    pub was_clean: bool,
}

impl CloseInfo {
    /// The connection close code of RFC 6455 7.1.5: the peer's code, 1005 if its Close frame had
    /// none, 1006 if no Close frame came.
    #[must_use]
    pub fn code(&self) -> CloseCode {
        self.received.as_ref().map_or(CloseCode::ABNORMAL, |close| close.code)
    }

    /// The connection close reason of RFC 6455 7.1.6: the peer's reason, or an empty one.
    #[must_use]
    pub fn reason(&self) -> &str {
        self.received.as_ref().map_or("", |close| &close.reason)
    }
}
