use core::fmt;
use std::time::Duration;

use super::{Expected, Frame, Payload};

/// A step of a script. After the opening handshake they are taken in order.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Step {
    /// Sends these in one write.
    Send(Vec<Part>),
    /// Sends these in pieces of so many bytes.
    SendInPieces(usize, Vec<Part>),
    /// Sends these in pieces of so many bytes, with this time between them.
    Drip(Duration, usize, Vec<Part>),
    /// Sends a message so many times, and each after the echo of the one before.
    Exchange(usize, Frame),
    /// Waits until the target has sent this, and all that the steps before wait for.
    Await(Expected),
    /// Waits. What the target sends meanwhile counts as usual.
    Pause(Duration),
    /// Waits as long as a target may take for an answer.
    Linger,
    /// Ends what the run sends, as TCP's FIN does. The target can still send.
    End,
}

/// A part of what is sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Part {
    /// A frame.
    Frame(Frame),
    /// Bytes as they are.
    Raw(Payload),
}

/// Bytes as they are, which may be no frame.
#[must_use]
pub fn raw(bytes: impl Into<Payload>) -> Part {
    Part::Raw(bytes.into())
}

impl From<Frame> for Part {
    fn from(frame: Frame) -> Self {
        Self::Frame(frame)
    }
}

impl Part {
    /// Whether nothing can be sent after it that the target reads as a frame.
    pub(crate) fn is_cut_off(&self) -> bool {
        match self {
            Self::Frame(frame) => frame.is_cut_off(),
            Self::Raw(_) => true,
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Frame(frame) => frame.fmt(f),
            Self::Raw(bytes) => write!(f, "the bytes {bytes}"),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = |f: &mut fmt::Formatter<'_>, parts: &[Part]| {
            f.write_str("send ")?;
            for (at, part) in parts.iter().enumerate() {
                let comma = if at == 0 { "" } else { "; " };
                write!(f, "{comma}{part}")?;
            }
            Ok(())
        };
        match self {
            Self::Send(sent) => parts(f, sent),
            Self::SendInPieces(1, sent) => {
                parts(f, sent)?;
                f.write_str(", byte by byte")
            }
            Self::SendInPieces(size, sent) => {
                parts(f, sent)?;
                write!(f, ", in pieces of {size} bytes")
            }
            Self::Drip(gap, size, sent) => {
                parts(f, sent)?;
                write!(f, ", in pieces of {size} bytes, one each {} ms", gap.as_millis())
            }
            Self::Exchange(count, frame) => {
                write!(f, "{count} times: send {frame}, and wait for its echo")
            }
            Self::Await(expected) => write!(f, "wait for {expected}"),
            Self::Pause(time) => write!(f, "wait {} ms", time.as_millis()),
            Self::Linger => f.write_str("wait as long as an answer may take"),
            Self::End => f.write_str("end the stream"),
        }
    }
}
