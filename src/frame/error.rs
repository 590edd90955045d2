use thiserror::Error;

/// A frame header that breaks RFC 6455 5.2 or 5.5 in either direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The opcode is reserved.
    #[error("reserved opcode {0:#x}")]
    ReservedOpCode(u8),
    /// The length takes more bytes than it needs.
    #[error("payload length {0} is not in its shortest form")]
    NonMinimalLength(u64),
    /// The top bit of a 64-bit length is set.
    #[error("payload length {0:#x} has its top bit set")]
    LengthTopBit(u64),
    /// A Close, Ping or Pong without FIN.
    #[error("fragmented control frame")]
    FragmentedControl,
    /// A Close, Ping or Pong with a payload of more than 125 bytes.
    #[error("control frame with a payload of more than 125 bytes")]
    ControlTooLong,
}
