use sansocket::{CloseCode, ProtocolError, frame::FrameError};

use crate::{Action, Field, Violation};

/// An error of the engine, and the byte at which it came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fault {
    pub(super) error: ProtocolError,
    pub(super) at: u64,
}

impl Fault {
    /// Returns the field at fault, and the rule. `first` is the first byte of the frame, and `is_deflate`
    /// is whether RSV1 has a meaning.
    pub(super) const fn blame(&self, first: u8, is_deflate: bool) -> (Field, &'static str) {
        match self.error {
            ProtocolError::Frame(error) => match error {
                FrameError::ReservedOpCode(_) => (Field::Opcode, "6455-5.2-3"),
                FrameError::NonMinimalLength(_) => (Field::ExtendedLen, "6455-5.2-6"),
                FrameError::LengthTopBit(_) => (Field::ExtendedLen, "6455-5.2-7"),
                FrameError::FragmentedControl => (Field::Fin, "6455-5.5-2"),
                FrameError::ControlTooLong => (Field::PayloadLen, "6455-5.5-1"),
                _ => (Field::Frame, "6455-6.2-1"),
            },
            ProtocolError::UnmaskedFrame => (Field::Mask, "6455-5.1-2"),
            ProtocolError::MaskedFrame => (Field::Mask, "6455-5.1-4"),
            ProtocolError::ReservedBits => blame_reserved_bit(first, is_deflate),
            ProtocolError::UnexpectedContinuation => (Field::Opcode, "6455-5.4-3"),
            ProtocolError::UnfinishedMessage => (Field::Opcode, "6455-5.4-7"),
            ProtocolError::FrameTooLong { .. } | ProtocolError::MessageTooLong { .. } => {
                (Field::PayloadLen, "6455-10.4-1")
            }
            ProtocolError::TooManyFragments { .. } => (Field::Opcode, "own-limits-3"),
            ProtocolError::TooManyControls { .. } => (Field::Opcode, "own-limits-4"),
            ProtocolError::InvalidUtf8 => (Field::Payload, "6455-8.1-1"),
            #[cfg(feature = "deflate")]
            ProtocolError::InvalidDeflate => (Field::Payload, "7692-7.2.2-4"),
            ProtocolError::TruncatedCloseCode => (Field::Payload, "6455-5.5.1-1"),
            ProtocolError::InvalidCloseCode(code) => (Field::CloseCode, blame_code(code)),
            ProtocolError::InvalidCloseReason => (Field::CloseReason, "6455-5.5.1-2"),
            _ => (Field::Frame, "6455-10.7-1"),
        }
    }

    /// Returns the violation of the rule `clause`.
    pub(super) fn violation(&self, clause: &'static str) -> Violation {
        let action = Action::Close(self.error.close_code());
        Violation { at: self.at, clause, text: self.error.to_string(), action }
    }
}

const fn blame_reserved_bit(first: u8, is_deflate: bool) -> (Field, &'static str) {
    match first & 0x70 {
        // With compression, RSV1 is wrong only where a message does not begin.
        0x40 if is_deflate => (Field::Rsv1, "7692-6-3"),
        0x40 => (Field::Rsv1, "6455-5.2-2"),
        bits if bits & 0x20 != 0 => (Field::Rsv2, "6455-5.2-2"),
        _ => (Field::Rsv3, "6455-5.2-2"),
    }
}

/// Returns the rule that a close code breaks: it has a meaning, but not on the wire, or it has none.
const fn blame_code(code: CloseCode) -> &'static str {
    match code {
        CloseCode::NO_STATUS | CloseCode::ABNORMAL | CloseCode::TLS_HANDSHAKE => "6455-7.4.1-1",
        _ => "6455-7.4.2-1",
    }
}
