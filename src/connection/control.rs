//! The payload of control frames (RFC 6455 5.5).

use core::fmt;

use super::ProtocolError;
use crate::{
    close::{CloseCode, CloseFrame},
    redacted::Redacted,
};

/// The longest payload of a control frame (RFC 6455 5.5).
pub(crate) const MAX_CONTROL_LEN: usize = 125;

/// The payload of a control frame, on the stack.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct ControlPayload {
    bytes: [u8; MAX_CONTROL_LEN],
    len: u8,
}

impl ControlPayload {
    pub(super) const EMPTY: Self = Self { bytes: [0; MAX_CONTROL_LEN], len: 0 };

    /// Copies the first 125 of `bytes`.
    pub(crate) fn copy_of(bytes: &[u8]) -> Self {
        let mut payload = Self::EMPTY;
        payload.append(bytes);
        payload
    }

    /// Encodes a Close frame. RFC 6455 5.5.1: a code in network order, then a reason; or nothing.
    pub(crate) fn close(frame: Option<CloseFrame<'_>>) -> Self {
        let mut payload = Self::EMPTY;
        if let Some(CloseFrame { code, reason }) = frame {
            payload.append(&u16::from(code).to_be_bytes());
            payload.append(reason.as_bytes());
        }
        payload
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// Appends as many of `bytes` as fit.
    pub(super) fn append(&mut self, bytes: &[u8]) {
        let room = self.bytes.iter_mut().skip(usize::from(self.len));
        for (room, &byte) in room.zip(bytes) {
            *room = byte;
            self.len = self.len.saturating_add(1);
        }
    }
}

impl fmt::Debug for ControlPayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Redacted(self.as_bytes()).fmt(f)
    }
}

/// Parses a Close frame. RFC 6455 5.5.1: empty, or a code that may be sent and a reason in UTF-8.
pub(crate) fn parse_close(payload: &[u8]) -> Result<Option<CloseFrame<'_>>, ProtocolError> {
    let Some((&code, reason)) = payload.split_first_chunk::<2>() else {
        return if payload.is_empty() { Ok(None) } else { Err(ProtocolError::TruncatedCloseCode) };
    };
    let code = CloseCode::from(u16::from_be_bytes(code));
    // RFC 6455 7.4.1: 1005, 1006, 1015 and reserved codes never appear in a frame.
    if !code.is_allowed_on_wire() {
        return Err(ProtocolError::InvalidCloseCode(code));
    }
    match core::str::from_utf8(reason) {
        Ok(reason) => Ok(Some(CloseFrame { code, reason })),
        Err(_) => Err(ProtocolError::InvalidCloseReason),
    }
}
